# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A benchmark's value as files: report.json, report.md, and PNG figures."""

from __future__ import annotations

import json
from pathlib import Path

from .recommend import accuracies

_COLUMNS = (
    "attention",
    "norm",
    "W",
    "n",
    "B",
    "kernel",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "misses",
    "tokens/s",
    "MS/s",
    "KV MiB",
)


_BUSY = 0.5
"""Share of the cores that others may use before the report warns."""


def write(report: dict, folder: str | Path) -> list[Path]:
    """Writes all files into ``folder``, which is made; returns their paths."""
    from . import figures

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data, text = folder / "report.json", folder / "report.md"
    data.write_text(json.dumps(report, allow_nan=False) + "\n", encoding="utf-8")
    text.write_text(markdown(report), encoding="utf-8")
    return [data, text, *figures.draw(report, folder)]


def markdown(report: dict) -> str:
    """The report: models, recommendation, what to reach, baselines, claims, machine."""
    rows = report["rows"]
    models = [r for r in rows if r["kind"] == "model" and r["mode"] != "paced"]
    paced = [r for r in rows if r["mode"] == "paced"]
    others = [r for r in rows if r["kind"] != "model"]
    parts = [
        "# Benchmark\n",
        *_busy(report["machine"]),
        _rows_table(models),
        f"\n**{report['recommendation']['sentence']}**\n",
        "A *token* is one spectrum; a step takes n tokens; MS/s are I/Q samples at hop "
        f"{report['plan']['hop']}. Closed loop: the next step starts when the last has ended. "
        f"Misses are steps above {report['plan']['budget_ms']:g} ms. 95 % intervals in brackets; "
        "an end that the number of steps cannot give is open.\n",
        "## Paced at the real rate\n",
        _paced_table(paced, report["plan"]),
        "\n## What to reach\n",
        _goals_table(report["goals"]),
        "\n## Baselines, in the same rounds\n",
        _rows_table(others, baseline=True),
        "\n## The flowgraph\n",
        _flowgraph_table(report["flowgraph"]),
        "\n## Start to first label\n",
        _first_label_table(report.get("first_label", [])),
        "\n## Spectra\n",
        _front_end_table(report["front_end"]),
        "\n## Memory, each in a process of its own\n",
        _memory_table(report["memory"]),
        "\n## Next to the study\n",
        _claims_table(report),
        "\n## Left out\n",
        _left_out(report),
        "\n## Machine\n",
        _machine(report),
    ]
    return "\n".join(parts)


def _busy(machine: dict) -> list[str]:
    """A warning where other programs took part of the processor."""
    load, cores = machine["load_average"][0], machine["cores"]
    if load < _BUSY * cores:
        return []
    return [
        f"**The machine was busy when this began (load {load:.1f} on {cores} cores): the ratios "
        "were measured side by side and stand, the absolute times do not.**\n"
    ]


def table(head, lines) -> str:
    """A Markdown table; the cells are written as they are."""
    body = [f"| {' | '.join(map(str, line))} |" for line in lines]
    if not body:
        return "Not measured.\n"
    return "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *body]) + "\n"


def _rows_table(rows, baseline: bool = False) -> str:
    head = ("what", *_COLUMNS) if baseline else _COLUMNS
    timed = [row for row in rows if "ns" in row]
    return table(head, [([row["kind"]] if baseline else []) + _cells(row) for row in timed])


def _cells(row: dict) -> list[str]:
    kv = row.get("kv_bytes")
    n = "W" if row["block_size"] == row["window"] else row["block_size"]
    return [
        row["attention"],
        row["norm"],
        row["window"],
        n,
        row["batch"],
        row["kernel"],
        *(_quantile(row, name) for name in ("p50", "p95", "p99")),
        f"{row['max_ms']:.3g}",
        f"{row['miss_rate']:.1%}",
        f"{row['tokens_per_s']:,.0f}",
        f"{row['samples_per_s'] / 1e6:.3g}",
        "-" if kv is None else f"{kv / 2**20:.2f}",
    ]


def _quantile(row: dict, name: str) -> str:
    low, high = row[f"{name}_interval_ms"]
    return f"{row[f'{name}_ms']:.3g} {_interval(low, high)}"


def _interval(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f"[{'' if low is None else f'{low:.3g}'}, {'' if high is None else f'{high:.3g}'}]"


def _paced_table(rows, plan: dict) -> str:
    head = (
        "attention",
        "norm",
        "W",
        "n",
        "B",
        "a step every, ms",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "misses",
        "steps behind at the end",
    )
    note = (
        f"Steps arrive at {plan['sample_rate'] / 1e6:g} MS/s whether the model is ready or "
        "not; latency counts from the scheduled arrival.\n\n"
    )
    return note + table(
        head,
        [
            [
                row["attention"],
                row["norm"],
                row["window"],
                row["block_size"],
                row["batch"],
                f"{row['period_ms']:.3g}",
                *(_quantile(row, q) for q in ("p50", "p95", "p99")),
                f"{row['max_ms']:.3g}",
                f"{row['miss_rate']:.1%}",
                row["backlog_steps"],
            ]
            for row in rows
        ],
    )


def _goals_table(goals) -> str:
    return table(
        ("what", "against", "goal", "here", "reached"),
        [
            [
                goal["what"],
                goal["against"],
                f"{goal['relation']} {goal['bound']:g} {goal['unit']}",
                "-"
                if goal["here"] is None
                else f"{goal['here']:.3g} {_interval(*goal['interval'])}",
                _verdict(goal),
            ]
            for goal in goals
        ],
    )


def _verdict(goal: dict) -> str:
    if goal["met"] is None:
        return "not measured"
    return ("yes" if goal["met"] else "**no**") + ("" if goal["clear"] else ", within noise")


def _flowgraph_table(rows) -> str:
    note = (
        "From the arrival of a step's last sample in power_spectrum to its label, at the real "
        "rate and in overload with policy drop_oldest and a capacity of one step.\n\n"
    )
    lines = []
    for row in (r for r in rows if "error" not in r):
        for what, run in (
            ("paced", row["paced"]),
            *((f"overload {o['factor']:g}×", o) for o in row["overload"]),
        ):
            lines.append(
                [
                    row["attention"],
                    row["window"],
                    row["block_size"],
                    what,
                    f"{run['sample_rate'] / 1e6:.3g}",
                    *(_quantile(run, q) for q in ("p50", "p95", "p99")),
                    f"{run['max_ms']:.3g}",
                    *(run["tokens"][k] for k in ("in", "out", "dropped", "incomplete", "waiting")),
                ]
            )
    return note + table(
        (
            "attention",
            "W",
            "n",
            "load",
            "MS/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "max ms",
            "tokens in",
            "out",
            "dropped",
            "incomplete",
            "waiting",
        ),
        lines,
    )


def _first_label_table(rows) -> str:
    note = (
        "A process that imports everything, loads `rf14` and labels noise. The first start finds "
        "its files in memory or on the disk, wherever they were; the others in memory.\n\n"
    )
    return note + table(
        (
            "start",
            "imported s",
            "model ready s",
            "first label s",
            "CPU s",
            "first inference ms",
            "second ms",
        ),
        [
            [
                i + 1,
                *(f"{row[k]:.2f}" for k in ("imported_s", "model_s", "label_s", "cpu_s")),
                *(f"{ms:.2f}" for ms in row["inference_ms"]),
            ]
            for i, row in enumerate(rows)
            if "error" not in row
        ],
    )


def _front_end_table(rows) -> str:
    return table(
        ("fft_size", "hop", "power_spectrum, CPU ns per sample", "bare loop", "in-tree chain"),
        [
            [
                row["fft_size"],
                row["hop"],
                *(
                    f"{row['ns_per_sample'][name]:.2f}"
                    if name in row["ns_per_sample"]
                    else "cannot overlap"
                    for name in ("power_spectrum", "bare loop", "in-tree chain")
                ),
            ]
            for row in rows
            if "refused" not in row
        ],
    )


def _memory_table(rows) -> str:
    return table(
        (
            "attention",
            "W",
            "KV MiB",
            "predicted",
            "peak temporary MiB",
            "peak RSS MiB",
            "of it libraries",
            "tokens soaked",
            "RSS growth KiB",
        ),
        [
            [
                row["attention"],
                row["window"],
                *(
                    _mib(row.get(name))
                    for name in (
                        "kv_bytes",
                        "kv_bytes_predicted",
                        "peak_temporary_bytes",
                        "peak_rss_bytes",
                        "rss_before_bytes",
                    )
                ),
                f"{row.get('soak_tokens', 0):,}",
                f"{row.get('rss_growth_bytes', 0) / 1024:.0f}",
            ]
            for row in rows
            if "error" not in row
        ],
    )


def _mib(count: int | None) -> str:
    return "-" if count is None else f"{count / 2**20:.2f}"


def _claims_table(report: dict) -> str:
    """The study's figures (hardware, data and split were not given) and ours of the same name."""
    rows = [
        r
        for r in report["rows"]
        if r["kind"] == "model" and r["mode"] == "stream" and r["batch"] == 1 and "ns" in r
    ]
    by_name = {(r["attention"], r["norm"]): r for r in sorted(rows, key=lambda r: r["window"])}
    accuracy = accuracies(report["eval"])

    def here(attention: str, norm: str, name: str, form: str) -> str:
        row = by_name.get((attention, norm))
        return "-" if row is None else f"{form.format(row[name])} (W = {row['window']})"

    def right(attention: str, norm: str) -> str:
        value = accuracy.get((attention, norm))
        return "no --eval" if value is None else f"{value:.1%} balanced"

    kv = [
        f"{r['kv_bytes'] / 1e6:.1f}"
        for name in ("latent", "mha")
        if (r := by_name.get((name, "layernorm")))
    ]
    return table(
        ("claim of the study", "there", "here"),
        [
            ["latent, p50", "22.0 ms", here("latent", "layernorm", "p50_ms", "{:.2f} ms")],
            [
                "latent, throughput (its *sample* is not defined)",
                "1900 samples/s",
                here("latent", "layernorm", "tokens_per_s", "{:,.0f} tokens/s"),
            ],
            [
                "KV memory, latent against baseline",
                "480 MB against 1000 MB",
                f"{' MB against '.join(kv)} MB" if len(kv) == 2 else "-",
            ],
            ["LayerNorm, p50", "28.0 ms", here("flash", "layernorm", "p50_ms", "{:.2f} ms flash")],
            ["RMSNorm, p50", "26.2 ms", here("flash", "rmsnorm", "p50_ms", "{:.2f} ms flash")],
            ["latent, accuracy", "90.6 %", right("latent", "layernorm")],
            ["RMSNorm, accuracy", "91.1 %", right("latent", "rmsnorm")],
        ],
    )


def _left_out(report: dict) -> str:
    lines = [f"- {what}: {why}" for what, why in report["absent"].items()]
    lines += [
        f"- power_spectrum, fft {row['fft_size']}, hop {row['hop']}: {row['refused']}"
        for row in report["front_end"]
        if "refused" in row
    ]
    for row in report["rows"]:
        why = row.get("skipped") or row.get("refused")
        if why:
            name = " ".join(n for n in (row["attention"], row["norm"]) if n != "-") or row["kind"]
            lines.append(f"- {name}, W {row['window']}, n {row['block_size']}: {why}")
    lines += [f"- {row['error']}" for row in report.get("first_label", []) if "error" in row]
    lines += [
        f"- {row['attention']}, W {row['window']}: {row['error']}"
        for part in ("memory", "flowgraph")
        for row in report[part]
        if "error" in row
    ]
    return "\n".join(lines or ["Nothing."]) + "\n"


def _machine(report: dict) -> str:
    machine, shape = report["machine"], report["plan"]["base"]
    known = {name: value for name, value in machine.items() if name not in ("versions", "blas")}
    lines = [f"- {name}: {value}" for name, value in known.items()]
    lines += ["- " + ", ".join(f"{k} {v or 'absent'}" for k, v in machine["versions"].items())]
    lines += [
        f"- BLAS: {b['name']} {b['version']}, {b['threading']}, {b['threads']} threads, "
        f"kernels for {b.get('architecture') or 'any processor'}"
        for b in machine["blas"]
    ]
    lines.append(
        f"- model: d {shape['d_model']}, {shape['n_heads']} heads, {shape['n_layers']} "
        f"layers, FFN {shape['ffn_factor']}×, {shape['n_bins']} bins, random weights, "
        f"seed {report['plan']['seed']}"
    )
    lines.append(
        "- checked before it was timed: all but floors against one offline pass of "
        "the same weights with scores written out, floors by their number of operations; "
        "warm-up (full ring) is not counted"
    )
    return "\n".join([*lines, f"- `{report['command']}`, {report['seconds']:.0f} s"]) + "\n"
