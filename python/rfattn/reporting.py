# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts that all reports share: Markdown tables, intervals in brackets, versions of packages."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata

from . import __version__


def table(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A Markdown table; each cell is written by `str`."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def table_of(columns: Mapping[str, Callable], rows: Iterable) -> str:
    """A Markdown table with a line for each of ``rows``; ``columns`` maps each heading to the
    function that makes the cell from the row. Without rows it is the line "Not measured."."""
    lines = [[make(row) for make in columns.values()] for row in rows]
    return table(list(columns), lines) if lines else "Not measured.\n"


def interval(low: float | None, high: float | None, form: str = ".3g", scale: float = 1.0) -> str:
    """ "[low, high]"; an unknown end stays empty, and two unknown ends give ""."""
    if low is None and high is None:
        return ""
    ends = ("" if end is None else f"{scale * end:{form}}" for end in (low, high))
    return f"[{', '.join(ends)}]"


def mebibytes(count: int | None) -> str:
    """Bytes as a number of MiB; "-" when unknown."""
    return "-" if count is None else f"{count / 2**20:.2f}"


def versions(*distributions: str) -> dict[str, str | None]:
    """Versions of gr-rfattn, Python and the named distributions; None for one that is missing."""
    found: dict[str, str | None] = {"gr-rfattn": __version__, "python": platform.python_version()}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found
