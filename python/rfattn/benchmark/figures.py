# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a benchmark: throughput, KV memory, latency, norm and accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..files import replace_with
from .recommend import accuracies
from .rows import is_by_cpu, ratio


def draw(report: dict, folder: Path) -> list[Path]:
    """Writes the PNG files that the report has data for; returns their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [
        r
        for r in report["rows"]
        if r["kind"] == "model" and r["mode"] == "stream" and r["batch"] == 1 and "ns" in r
    ]
    written = []
    for name, plot in _PLOTS.items():
        figure, axes = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
        if plot(axes, rows, report):
            written.append(folder / f"{name}.png")
            replace_with(written[-1], partial(figure.savefig, dpi=120, format="png"))
        pyplot.close(figure)
    return written


def _series(rows, norm: str | None = None) -> dict[str, list[dict]]:
    """The rows of one norm and the most frequent block size, by attention, sorted by window."""
    norm = norm or rows[0]["norm"]
    sizes = [r["block_size"] for r in rows]
    n = max(sizes, key=sizes.count)
    found: dict[str, list[dict]] = {}
    for row in sorted(rows, key=lambda r: r["window"]):
        if row["norm"] == norm and row["block_size"] == n:
            found.setdefault(row["attention"], []).append(row)
    return found


def _scale(axes, windows) -> None:
    """Scales the axis of windows, with a mark at each."""
    axes.set_xscale("log", base=2)
    marks = sorted(set(windows))
    axes.set_xticks(marks, [f"{w // 1024}k" if w % 1024 == 0 else str(w) for w in marks])
    axes.set_xlabel("window W, tokens")
    axes.grid(alpha=0.3)


def _lines(axes, rows, value, label: str, title: str) -> bool:
    if not rows:
        return False
    for attention, points in _series(rows).items():
        axes.plot([p["window"] for p in points], [value(p) for p in points], "o-", label=attention)
    axes.set(ylabel=label, title=title, yscale="log")
    _scale(axes, [row["window"] for row in rows])
    axes.legend()
    return True


def _throughput(axes, rows, report) -> bool:
    return _lines(axes, rows, lambda r: r["tokens_per_s"], "tokens/s", "Throughput, closed loop")


def _kv_memory(axes, rows, report) -> bool:
    return _lines(axes, rows, lambda r: r["kv_bytes"] / 2**20, "MiB", "Keys and values kept")


def _latency(axes, rows, report) -> bool:
    if not rows:
        return False
    name, title = ("cpu_p50_ms", "CPU time") if is_by_cpu(rows[0]) else ("p50_ms", "time")
    _lines(axes, rows, lambda r: r[name], "ms", f"Median {title} of a step")
    axes.axhline(report["plan"]["budget_ms"], color="k", linestyle=":", label="budget")
    axes.legend()
    return True


def _norm(axes, rows, report) -> bool:
    """RMSNorm over LayerNorm, paired by rounds."""
    if not {"layernorm", "rmsnorm"} <= {r["norm"] for r in rows}:
        return False
    plain, root = _series(rows, "layernorm"), _series(rows, "rmsnorm")
    for attention in [a for a in plain if a in root]:
        pairs = [
            (a, b) for a in plain[attention] for b in root[attention] if a["window"] == b["window"]
        ]
        measured = [ratio(b, a) for a, b in pairs]
        windows, middle = [a["window"] for a, _ in pairs], [m[0] for m in measured]
        axes.errorbar(windows, middle, error_bars(measured), marker="o", capsize=3, label=attention)
    axes.axhline(1.0, color="k", linestyle=":")
    axes.set(ylabel="time of RMSNorm / LayerNorm", title="Norm, paired by rounds")
    _scale(axes, [row["window"] for row in rows])
    axes.legend()
    return True


def error_bars(measured: Sequence[tuple]) -> list[list[float]]:
    """Lengths below and above of (value, low, high), for `errorbar`; 0 for an unknown end."""
    return [[abs((m[k] if m[k] is not None else m[0]) - m[0]) for m in measured] for k in (1, 2)]


def _accuracy(axes, rows, report) -> bool:
    found = accuracies(report["eval"])
    if not found:
        return False
    axes.barh([f"{a}, {n}" for a, n in found], [100 * value for value in found.values()])
    axes.set(xlabel="balanced accuracy, %", title="Accuracy on the recordings of --eval")
    axes.set_xlim(0, 100)
    return True


_PLOTS = {
    "throughput": _throughput,
    "kv_memory": _kv_memory,
    "latency": _latency,
    "norm": _norm,
    "accuracy": _accuracy,
}
