# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `live` does for those who listen: `gr-rfattn listen` and the page of `serve`."""

from __future__ import annotations

from .place import Place

_MOST_DEMODULATORS = 4


def add_listening_options(parser) -> None:
    action = parser.add_argument(
        "--max-demodulators",
        type=int,
        default=_MOST_DEMODULATORS,
        metavar="N",
        help="emissions that may be listened to at a time through --stats, by gr-rfattn listen and "
        "on the page of serve; 0: none (default: %(default)s)",
    )
    action.needs = "--stats"


def check_listening(arguments) -> None:
    """Ends with a usage error where the number is none."""
    if arguments.max_demodulators < 0:
        arguments.usage_error(f"--max-demodulators must be >= 0, got {arguments.max_demodulators}")


def make_demodulator(arguments, place: Place):
    """The block `emission_demodulator` behind a receiver, for the sinks by which somebody can
    listen; None where there is none, or where the number is 0."""
    can_be_asked = any("audio" in sink.TOPICS for sink in place.sinks)
    if place.policy == "block" or not (can_be_asked and arguments.max_demodulators):
        return None
    from ...blocks.emission_demodulator import emission_demodulator

    return emission_demodulator(arguments.max_demodulators)


def print_listening(stats: dict) -> None:
    """Prints what was listened to, if anything was."""
    counts = stats.get("demodulators")
    if counts is None or not any(counts.values()):
        return
    print(f"  heard:     {counts['started']} demodulators were started for listeners")
    if counts["failed"]:
        print(f"  left out:  {counts['failed']} demodulators failed")
    if counts["refused"]:
        print(
            f"  left out:  {counts['refused']} requests to listen, since as many demodulators ran "
            "as may (--max-demodulators)"
        )
    if counts["samples_lost"]:
        print(f"  left out:  {counts['samples_lost']} samples, since a demodulator was too slow")
