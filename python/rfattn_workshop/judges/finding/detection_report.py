# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the benchmark of detection, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnuradio.rfattn.reporting import hertz, table

from ..harness import headline, text_of

METRICS = (
    "touched",
    "recall 0.3",
    "recall 0.5",
    "precision 0.5",
    "mean IoU",
    "boxes",
    "ids",
    "false /s/MHz",
)
BY_GROUP = "touched", "recall 0.5"
ERRORS = "centre_error", "width_ratio", "start_error", "end_error"


def to_markdown(report: Mapping) -> str:
    """The whole report, with the machine and the command."""
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    yield headline("Detection of emissions", report)
    if "cells" in report:
        yield from _cells(report["cells"])
    if "receivers" in report:
        yield from _receivers(report["receivers"])


def _cells(cells: Sequence[Mapping]) -> Iterator[str]:
    yield "## By SNR"
    yield (
        f"{cells[0]['scenes']} scenes a cell; 95 % intervals from drawing scenes again. Each true "
        "emission counts once."
    )
    rows = [[f"{cell['snr_db']:g}", *values(cell["metrics"]["all"])] for cell in cells]
    yield table(["SNR, dB", *METRICS], rows)
    for title, prefix in (("kind", "kind "), ("time times bandwidth", "tb ")):
        yield f"## Touched / recall at IoU 0.5, by {title}"
        yield _by_group(cells, prefix)
    yield "## Errors of matched boxes, median / 90 %"
    rows = [
        [f"{cell['snr_db']:g}", *(_joined(cell["errors"].get(name)) for name in ERRORS)]
        for cell in cells
    ]
    yield table(["SNR, dB", *(name.replace("_", " ") for name in ERRORS)], rows)


def _by_group(cells: Sequence[Mapping], prefix: str) -> str:
    """Metrics of the groups whose name begins with the prefix."""
    groups = sorted({g for cell in cells for g in cell["metrics"] if g.startswith(prefix)})
    header = [prefix.strip(), *(f"{cell['snr_db']:g} dB" for cell in cells), "emissions"]
    rows = []
    for group in groups:
        found = [cell["metrics"].get(group) for cell in cells]
        counts = {round(cell["counts"].get(group, 0)) for cell in cells}
        shares = [_joined(own and [own[name][0] for name in BY_GROUP]) for own in found]
        rows.append([group.removeprefix(prefix), *shares, " / ".join(map(str, sorted(counts)))])
    return table(header, rows)


def _receivers(found: Sequence[Mapping]) -> Iterator[str]:
    yield "## Drawn receivers, 30 s of noise each"
    yield table([*found[0]], [[_value(*item) for item in row.items()] for row in found])
    false = [row["false /s/MHz"] for row in found]
    yield f"Mean {sum(false) / len(false):.3f}, most {max(false):.3f} per second and MHz."


def values(metrics: Mapping) -> list[str]:
    return [_with_interval(metrics.get(name, (None,) * 3)) for name in METRICS]


def _with_interval(value: Sequence[float | None]) -> str:
    if value[0] is None:
        return ""
    return f"{_number(value[0])} ({_number(value[1])} to {_number(value[2])})"


def _value(name: str, value: float) -> str:
    if name == "rate":
        return hertz(value)
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _joined(found: Sequence[float | None] | None) -> str:
    return "" if found is None else " / ".join(map(_number, found))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
