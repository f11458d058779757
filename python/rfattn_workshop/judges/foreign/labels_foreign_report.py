# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of labels_foreign.py, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gnuradio.rfattn.reporting import table

from ..harness import headline, left_out, text_of
from ..naming.labels_report import rows_table

_TITLES = {"classes": "Classes", "strangers": "Strangers"}
_TABLES = ("all", "SNR", "frequency", "neighbour", "source", "class", "sender")
_MOST_CONFUSIONS = 60


def to_markdown(report: Mapping) -> str:
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    yield headline(
        "Labels of what other projects send",
        report,
        f"Set of seeds: {report['set']}. {{machine}}. In brackets: 95 % intervals (Wilson).",
    )
    yield from left_out(report)
    if report["no_receiver"]:
        yield f"No receiver shows: {', '.join(report['no_receiver'])}."
    for part, title in _TITLES.items():
        for name in _TABLES:
            if name in report[part]:
                yield f"## {title}: {name}"
                yield rows_table(name, report[part][name])
        if report["confusions"][part]:
            yield f"## {title}: what was called what"
            lines = report["confusions"][part][:_MOST_CONFUSIONS]
            yield table(["is", "called", "takes"], [list(line) for line in lines])
