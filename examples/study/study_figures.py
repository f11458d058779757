# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws accuracy, tokens seen, noise and cost, and the figures of the benchmark."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gnuradio.rfattn.benchmark import figures as bench_figures
from gnuradio.rfattn.benchmark.figures import error_bars
from gnuradio.rfattn.files import replace_with

from comparison import row_of
from study_plan import CLASSICAL


def draw(report: dict, folder: Path) -> list[Path]:
    """Writes the PNG files that the report has data for; returns their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    written = []
    for name, plot in _PLOTS.items():
        figure, axes = pyplot.subplots(figsize=(7.0, 5.0), layout="constrained")
        if plot(axes, report):
            axes.grid(alpha=0.3)
            # Below the axes, where it hides nothing.
            figure.legend(loc="outside lower center", fontsize="small", ncols=3)
            written.append(folder / f"{name}.png")
            replace_with(written[-1], partial(figure.savefig, dpi=120, format="png"))
        pyplot.close(figure)
    return written + _of_the_benchmark(report, folder)


def _of_the_benchmark(report: dict, folder: Path) -> list[Path]:
    """Latency, throughput and memory by length with layernorm, drawn by the benchmark."""
    rows = [r | {"ns": []} for r in report["rows"] if "p50_ms" in r and r["norm"] == "layernorm"]
    budget = {"budget_ms": report["plan"]["budget_ms"]}
    return bench_figures.draw({"rows": rows, "plan": budget, "eval": []}, folder)


def _accuracy(axes, report) -> bool:
    """Mean, 95 % interval and every seed, on the test recordings."""
    rows = report["accuracy"][::-1]
    for k, unit in enumerate(("step", "recording")):
        places = [i + 0.18 - 0.36 * (k == 0) for i in range(len(rows))]
        found = [_percents(r[f"test_{unit}"]) for r in rows]
        style = {"fmt": "o", "capsize": 3, "color": f"C{k}"}
        means = [f[0] for f in found]
        label = f"by {unit}, mean and 95 % interval"
        axes.errorbar(means, places, xerr=error_bars(found), label=label, **style)
        for place, row in zip(places, rows, strict=True):
            values = [100 * v for v in row[f"test_{unit}"]["values"]]
            axes.plot(values, [place] * len(values), "|", color=f"C{k}", alpha=0.5, markersize=9)
    axes.set_yticks(range(len(rows)), [model_name(r) for r in rows])
    axes.set(xlabel="balanced accuracy on the test recordings, %", title="Accuracy over seeds")
    axes.set_xlim(0, 100)
    return bool(rows)


def _percents(found: dict) -> tuple:
    """Mean, low and high of a `mean_interval` in percent."""
    return tuple(None if found[k] is None else 100 * found[k] for k in ("mean", "low", "high"))


def _curve(axes, rows, name: str, x) -> None:
    styles = {"layernorm": "o-", "rmsnorm": "s--", "-": "k^:"}
    colours: dict[str, str] = {}
    for row in rows:
        points = [p for p in row[name] if p["balanced_accuracy"] is not None]
        places = [x(p) for p in points]
        means = [100 * p["balanced_accuracy"]["mean"] for p in points]
        style = {"label": model_name(row), "markersize": 4}
        if row["attention"] != CLASSICAL:
            style["color"] = colours.setdefault(row["attention"], f"C{len(colours)}")
        axes.plot(places, means, styles[row["norm"]], **style)


def _context(axes, report) -> bool:
    rows = report["accuracy"]
    if not report["data"]["context_steps"]:
        return False
    longest = max(p["tokens"] for p in rows[0]["context"] if p["tokens"])
    everything = 2 * longest
    _curve(axes, rows, "context", lambda p: p["tokens"] or everything)
    ticks = [p["tokens"] or everything for p in rows[0]["context"]]
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [*(str(t) for t in ticks[:-1]), "all"])
    axes.set(
        xlabel="tokens since the cache was empty",
        ylabel="balanced accuracy of the step, %",
        title="Accuracy by tokens seen, at the same steps",
    )
    axes.axvline(report["plan"]["training"]["model"]["window"], color="k", linestyle=":")
    return True


def _snr(axes, report) -> bool:
    rows = report["accuracy"]
    _curve(axes, rows, "snr", lambda p: (p["low_db"] + p["high_db"]) / 2)
    axes.set(
        xlabel="strongest bin over added white noise, dB (middle of the band)",
        ylabel="balanced accuracy, %",
        title="Accuracy by SNR, by recording",
    )
    return bool(rows[0]["snr"])


def _norm(axes, report) -> bool:
    """RMSNorm over LayerNorm, paired by rounds."""
    cells = report["norm"]["latency"]
    for k, attention in enumerate(dict.fromkeys(c["attention"] for c in cells)):
        for mode, form, suffix in (("stream", "o-", ""), ("whole window", "s:", ", whole window")):
            own = [c for c in cells if (c["attention"], c["mode"]) == (attention, mode)]
            if own:
                windows = [c["window"] * 2 ** (0.06 * k) for c in own]
                measured = [(c["ratio"], c["low"], c["high"]) for c in own]
                style = {"fmt": form, "color": f"C{k}", "capsize": 2, "markersize": 4}
                ratios = [c["ratio"] for c in own]
                label = attention + suffix
                axes.errorbar(windows, ratios, error_bars(measured), label=label, **style)
    axes.axhline(1.0, color="k", linestyle=":")
    axes.set_xscale("log", base=2)
    axes.set(xlabel="window W, tokens", ylabel="time of RMSNorm / LayerNorm", title="Norm, paired")
    return bool(cells)


def _trade(axes, report) -> bool:
    """Accuracy against bytes at the longest window."""
    kept = {r["attention"]: r["kv_bytes"] for r in report["mechanism"]}
    rows = [r for r in report["accuracy"] if r["attention"] in kept]
    if not rows:
        return False
    longest = max(next(iter(kept.values())), key=int)
    for row in rows:
        found, first = _percents(row["test_recording"]), row["norm"] == "layernorm"
        # Rows of one attention keep the same bytes: move one aside a little.
        place = kept[row["attention"]][longest] / 2**20 * (1.0 if first else 1.06)
        colour = f"C{list(kept).index(row['attention'])}"
        style = {"fmt": "o" if first else "s", "capsize": 3, "color": colour}
        axes.errorbar(place, found[0], error_bars([found]), label=model_name(row), **style)
    trees = row_of(report["accuracy"], CLASSICAL)
    if trees is not None:
        mean = _percents(trees["test_recording"])[0]
        axes.axhline(mean, color="k", linestyle=":", label=CLASSICAL)
    axes.set_ylim(0, 100)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(
        xlabel=f"keys and values at W = {longest}, MiB",
        ylabel="balanced accuracy by recording, %",
        title="Accuracy against memory",
    )
    return True


def model_name(row: dict) -> str:
    """Name of a model; mha and flash share weights, and so accuracy."""
    name = "mha = flash" if row["attention"] == "flash" else row["attention"]
    return name if row["norm"] == "-" else f"{name}, {row['norm']}"


_PLOTS = {
    "accuracy": _accuracy,
    "context": _context,
    "snr": _snr,
    "norm": _norm,
    "trade": _trade,
}
