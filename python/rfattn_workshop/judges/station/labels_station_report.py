# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of labels_station.py, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gnuradio.rfattn.reporting import table
from gnuradio.rfattn.wilson import wilson

from ..harness import headline, left_out, text_of

_MOST_CHANGES = 60
_WITH_INTERVAL = "right", "wrong"


def to_markdown(report: Mapping) -> str:
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    days = report["days"]
    examples = ", ".join(
        f"{d['checksum']} by checksums and {d['person']} by the user" for d in report["examples"]
    )
    yield headline(
        "What a station learns in three days",
        report,
        f"{{machine}}. Set of seeds: {report['set']}. Examples of the days: {examples}. "
        "Shares are of all takes, also of those that were not found. "
        "In brackets: 95 % intervals (Wilson).",
    )
    yield from left_out(report)
    yield "## Before and after each night"
    yield _outcomes(
        {
            f"{group}: {when}": counts[group]
            for group in days["before"]
            for when, counts in days.items()
        }
    )
    yield "## What the nights decided"
    yield "\n".join(
        f"- Night {number}: {_decided(learned)}"
        for number, learned in enumerate(report["learned"], 1)
    )
    yield "## After the last night, with false labels among the examples"
    yield _outcomes(report["false"])
    if report["missing"]:
        yield "## Classes whose examples are all left out"
        yield _outcomes(
            {
                f"{label}: {when}": counts
                for label, both in report["missing"].items()
                for when, counts in both.items()
            }
        )
    if report["changes"]:
        yield "## What the last night changed"
        yield table(["is", "was called", "is called", "takes"], report["changes"][:_MOST_CHANGES])


def _decided(learned: Mapping) -> str:
    kept = "kept" if learned["is_kept"] else "not kept"
    left_out = [f"{label} ({reason})" for label, reason in learned["left_out"].items()]
    return f"{kept}: {learned['reason']}. Not learned: {', '.join(left_out) or 'none'}."


def _outcomes(rows: Mapping[str, Mapping[str, int]]) -> str:
    """A line for each row of counts."""
    names = list(next(iter(rows.values())))
    lines = []
    for title, counts in rows.items():
        count = sum(counts.values())
        shares = [_share(counts[name], count, name in _WITH_INTERVAL) for name in names]
        lines.append([title, count, *shares])
    return table(["", "takes", *names], lines)


def _share(part: int, count: int, has_interval: bool) -> str:
    if not count:
        return ""
    low, high = wilson(part, count)
    return f"{part / count:.3f}" + (f" ({low:.2f} to {high:.2f})" if has_interval else "")
