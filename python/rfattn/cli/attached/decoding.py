# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--decode` of `label` and `live`: programs that decode emissions, and what they write."""

from __future__ import annotations

from ...printable import shortened
from ...reporting import count_of
from .place import Place

_MOST_LINES = 10
"""Below the row of an emission; --steps prints all that are kept."""
_WIDTH = 120
_LEFT_OUT = {
    "left_out": "emissions were not decoded, since as many programs ran as may (--max-decoders)",
    "not_installed": "emissions were not decoded, since no program that does is installed",
    "private": "emissions were not decoded, since they are meant for one receiver (--content)",
    "failed": "programs ended with an error or were killed",
    "lines_lost": "lines of programs came too fast",
    "samples_lost": "samples were discarded, since a program was too slow",
}


def add_decoding_options(parser) -> None:
    group = parser.add_argument_group("decoding by other programs")
    group.needs = "--decode"
    group.add_argument(
        "--decode",
        action="store_true",
        help="start a program for each emission whose class it decodes, such as direwolf for "
        "afsk1200, and show what it writes",
    )
    text = "table of these programs, in TOML (default: the shipped one)"
    group.add_argument("--decoders", metavar="FILE", default="", help=text)
    text = "programs that run at a time (default: %(default)s)"
    group.add_argument("--max-decoders", type=int, default=4, metavar="N", help=text)
    group.add_argument(
        "--content",
        action="store_true",
        help="decode what is meant for one receiver, such as pages, too; whether you may is a "
        "matter of law",
    )


def make_decoder(arguments, place: Place):
    """The block `emission_decoder` that the options ask for; None for none.

    Raises:
        ValueError: in one line, for a wrong option or table.
    """
    if not arguments.decode:
        return None
    from ...blocks.emission_decoder import emission_decoder

    try:
        return emission_decoder(
            arguments.decoders,
            arguments.max_decoders,
            arguments.content,
            place.policy,
            arguments.margin,
        )
    except ValueError as error:
        text = str(error).removeprefix("emission_decoder: ")
        raise ValueError(f"--{text.replace('max_decoders', 'max-decoders')}") from None


def decoded_lines(emission: dict, has_all: bool) -> list[str]:
    """What was decoded of an emission, as lines below its row."""
    # The row has the frames that were read here.
    decoded = [entry for entry in emission["decoded"] if "bits" not in entry]
    shown = decoded if has_all else decoded[:_MOST_LINES]
    lines = [decoded_line(entry, has_all) for entry in shown]
    left = len(decoded) - len(shown)
    return [*lines, f"{'':>7}… and {left} more lines (--steps and --json)"] if left else lines


def decoded_line(entry: dict, has_all: bool) -> str:
    line = f"{'':>7}{entry['source']}: {entry['text']}"
    return line if has_all else shortened(line, _WIDTH)


def print_decoding(stats: dict) -> None:
    """Prints how much was decoded, and what was not."""
    counts = stats.get("decoders")
    if counts is None:
        return
    programs = count_of(counts["started"], "program")
    print(f"  decoded:   {count_of(counts['lines'], 'line')} of {programs}")
    for name, what in _LEFT_OUT.items():
        if counts[name]:
            print(f"  left out:  {counts[name]} {what}")
