# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of senders.py, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnuradio.rfattn.reporting import table
from gnuradio.rfattn.wilson import wilson

from ..harness import headline, text_of
from .senders_judge import SLOWER, WITHIN


def to_markdown(report: Mapping) -> str:
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    every = report["all"]
    yield headline(
        "Transmitters and events of a station",
        report,
        f"{{machine}}. Set `{report['set']}`: {len(report['bands'])} bands with "
        f"{every['intervals_a_week']:.0f} intervals of regular devices a week; "
        f"{every['ms_per_emission']:.2f} ms of CPU time an emission.",
    )
    false, weeks = every["false"], every["weeks"]
    each = ", ".join(f"{kind} {count / weeks:.2f}" for kind, count in sorted(false.items()))
    yield table(
        ["figure", "share"],
        [
            ["same transmitter, F1", f"{every['f1']:.3f}"],
            [f"missing within {SLOWER} times the oracle's", _share(every["missing"], SLOWER)],
            [f"new within {WITHIN} emissions", _share(every["new"], WITHIN)],
            [f"back within {WITHIN} emissions", _share(every["back"], WITHIN)],
            ["changed: moved, or another rhythm", _share(every["changed"], 1)],
        ],
    )
    if every["receiver"]:
        told = (f"{text} {'never' if h is None else f'{h:.1f} h'}" for text, h in every["receiver"])
        yield f"Events of the receiver, and after how long: {', '.join(told)}."
    yield f"False alarms a week: {sum(false.values()) / weeks:.2f} ({each})."


def _share(values: Sequence[float | None], most: float) -> str:
    """Of the values those that are at most so high; None is never."""
    if not values:
        return "none"
    part = sum(value is not None and value <= most for value in values)
    low, high = wilson(part, len(values))
    return f"{part} of {len(values)}: {part / len(values):.2f} ({low:.2f} to {high:.2f})"
