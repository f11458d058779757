# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws accuracy, tokens seen, noise and cost, and the figures of the benchmark."""

from __future__ import annotations

from pathlib import Path

from gnuradio.rfattn.benchmark import figures as bench_figures

from comparison import row_of
from study_plan import CLASSICAL


def draw(report: dict, folder: Path) -> list[Path]:
    """Writes the PNG files that the report has data for; returns their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    written = []
    for name, (size, plot) in _PLOTS.items():
        figure, axes = pyplot.subplots(figsize=size, layout="constrained")
        if plot(axes, report):
            written.append(folder / f"{name}.png")
            figure.savefig(written[-1], dpi=120)
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
        found = [r[f"test_{unit}"] for r in rows]
        means = [100 * f["mean"] for f in found]
        ends = [
            [100 * abs((f[e] if f[e] is not None else f["mean"]) - f["mean"]) for f in found]
            for e in ("low", "high")
        ]
        axes.errorbar(
            means,
            places,
            xerr=ends,
            fmt="o",
            capsize=3,
            color=f"C{k}",
            label=f"by {unit}, mean and 95 % interval",
        )
        for place, f in zip(places, found, strict=True):
            values = [100 * v for v in f["values"]]
            axes.plot(values, [place] * len(values), "|", color=f"C{k}", alpha=0.5, markersize=9)
    axes.set_yticks(range(len(rows)), [label(r) for r in rows])
    axes.set(xlabel="balanced accuracy on the test recordings, %", title="Accuracy over seeds")
    axes.set_xlim(0, 100)
    axes.grid(alpha=0.3, axis="x")
    _legend(axes)
    return bool(rows)


def _curve(axes, rows, name: str, figure: str, x) -> None:
    styles = {"layernorm": "o-", "rmsnorm": "s--", "-": "k^:"}
    colours: dict[str, str] = {}
    for row in rows:
        colour = colours.setdefault(row["attention"], f"C{len(colours)}")
        points = [p for p in row[name] if p[figure] is not None]
        more = {} if row["attention"] == CLASSICAL else {"color": colour}
        axes.plot(
            [x(p) for p in points],
            [100 * p[figure]["mean"] for p in points],
            styles[row["norm"]],
            label=label(row),
            markersize=4,
            **more,
        )
    axes.grid(alpha=0.3)
    _legend(axes)


def _context(axes, report) -> bool:
    rows = report["accuracy"]
    if not report["data"]["context_steps"]:
        return False
    longest = max(p["tokens"] for p in rows[0]["context"] if p["tokens"])
    everything = 2 * longest
    _curve(axes, rows, "context", "balanced_accuracy", lambda p: p["tokens"] or everything)
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
    _curve(axes, rows, "snr", "balanced_accuracy", lambda p: (p["low_db"] + p["high_db"]) / 2)
    axes.set(
        xlabel="strongest bin over added white noise, dB (middle of the band)",
        ylabel="balanced accuracy, %",
        title="Accuracy by SNR, by recording",
    )
    return bool(rows[0]["snr"])


def _norm(axes, report) -> bool:
    """RMSNorm over LayerNorm, paired by rounds."""
    cells = report["norm"]["latency"]
    if not cells:
        return False
    for k, attention in enumerate(dict.fromkeys(c["attention"] for c in cells)):
        for mode, style in (("stream", "o-"), ("whole window", "s:")):
            own = [c for c in cells if c["attention"] == attention and c["mode"] == mode]
            if not own:
                continue
            ends = [
                [abs((c[e] if c[e] is not None else c["ratio"]) - c["ratio"]) for c in own]
                for e in ("low", "high")
            ]
            axes.errorbar(
                [c["window"] * 2 ** (0.06 * k) for c in own],
                [c["ratio"] for c in own],
                ends,
                fmt=style,
                color=f"C{k}",
                capsize=2,
                markersize=4,
                label=attention if mode == "stream" else f"{attention}, whole window",
            )
    axes.axhline(1.0, color="k", linestyle=":")
    axes.set_xscale("log", base=2)
    axes.set(xlabel="window W, tokens", ylabel="time of RMSNorm / LayerNorm", title="Norm, paired")
    axes.grid(alpha=0.3)
    _legend(axes)
    return True


def _trade(axes, report) -> bool:
    """Accuracy against bytes at the longest window."""
    kept = {r["attention"]: r["kv_bytes"] for r in report["mechanism"]}
    rows = [r for r in report["accuracy"] if r["attention"] in kept]
    if not rows:
        return False
    longest = max(next(iter(kept.values())), key=int)
    for row in rows:
        found, first = row["test_recording"], row["norm"] == "layernorm"
        half = 0.0 if found["low"] is None else 100 * (found["high"] - found["mean"])
        # Rows of one attention keep the same bytes: move one aside a little.
        place = kept[row["attention"]][longest] / 2**20 * (1.0 if first else 1.06)
        axes.errorbar(
            place,
            100 * found["mean"],
            half,
            fmt="o" if first else "s",
            capsize=3,
            color=f"C{list(kept).index(row['attention'])}",
            label=label(row),
        )
    simple = row_of(report["accuracy"], CLASSICAL)
    if simple is not None:
        axes.axhline(
            100 * simple["test_recording"]["mean"], color="k", linestyle=":", label=CLASSICAL
        )
    axes.set_ylim(0, 100)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(
        xlabel=f"keys and values at W = {longest}, MiB",
        ylabel="balanced accuracy by recording, %",
        title="Accuracy against memory",
    )
    axes.grid(alpha=0.3)
    _legend(axes)
    return True


def _legend(axes) -> None:
    """Draws the legend below the axes, where it hides nothing."""
    axes.figure.legend(loc="outside lower center", fontsize="small", ncols=3)


def label(row: dict) -> str:
    """Name of a model; mha and flash share weights, and so accuracy."""
    name = "mha = flash" if row["attention"] == "flash" else row["attention"]
    return name if row["norm"] == "-" else f"{name}, {row['norm']}"


_PLOTS = {
    "accuracy": ((7.0, 5.0), _accuracy),
    "context": ((7.0, 4.5), _context),
    "snr": ((7.0, 4.5), _snr),
    "norm": ((7.0, 4.5), _norm),
    "trade": ((7.0, 4.5), _trade),
}
