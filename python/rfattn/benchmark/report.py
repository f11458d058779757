# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a benchmark as report.json, report.md and PNG figures."""

from __future__ import annotations

import json
from pathlib import Path

from ..files import replace_file
from ..reporting import interval, mebibytes, table_of
from .machine import details, summary
from .plan import DEFAULT_MODEL
from .recommend import accuracies, rate_text
from .rows import find, is_by_cpu, operators_of, ratio

_BUSY = 0.5
"""Share of the cores that other programs may use before the report warns."""
_TAKEN = 0.05
"""Share of the time of the steps that they may take."""


def write(report: dict, folder: str | Path) -> list[Path]:
    """Writes all files into ``folder``, which is made if needed; returns their paths."""
    from . import figures

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data, text = folder / "report.json", folder / "report.md"
    replace_file(data, json.dumps(report, allow_nan=False) + "\n")
    replace_file(text, markdown(report))
    return [data, text, *figures.draw(report, folder)]


def markdown(report: dict) -> str:
    timed = [row for row in report["rows"] if "ns" in row]
    matrix = [r for r in timed if r["kind"] == "model" and r["mode"] in ("stream", "whole window")]
    parts = [
        ("Paced at the real rate", _paced(timed, report["plan"])),
        ("Streams", _streams(timed, report["plan"])),
        ("What a step needs", _needed(timed, matrix, report["plan"])),
        ("Baselines, in the same rounds", _baselines(timed)),
        ("What this machine follows", _followed(report)),
        ("Memory, each in a process of its own", _memory(report["memory"])),
        ("Accuracy", _accuracy(report["eval"])),
        ("Left out", left_out(report)),
        ("Machine", details(report["machine"]) + _models(report["plan"])),
    ]
    head = [
        "# Benchmark\n",
        f"`{report['command']}`, {report['seconds']:.0f} s\n{summary(report['machine'])}\n",
        *_busy(report["machine"], timed),
        table_of(_COLUMNS, matrix),
        f"\n{report['recommendation']['sentence']}\n",
        "A *token* is one spectrum; a step takes n tokens of each of B streams. *CPU* is time of "
        "the processor, in all threads. By the clock are p50 to max, misses (steps above "
        f"{report['plan']['budget_ms']:g} ms) and steps behind; "
        f"{'of CPU time' if all(map(is_by_cpu, timed)) else 'also'} ratios, tokens/s and MS/s, "
        f"which are samples at hop {report['plan']['hop']}. Closed loop: the next step starts when "
        "the last has ended. Brackets hold 95 % intervals; an end that the number of steps cannot "
        "give is empty.\n",
    ]
    return "\n".join([*head, *(f"## {title}\n\n{text}" for title, text in parts)])


def _busy(machine: dict, timed) -> list[str]:
    """A warning if other programs took part of the processor: of the cores at the start, or of the
    time of the steps, which shows where one thread computes."""
    load, cores = machine["load_average"][0], machine["cores"]
    closed = [row for row in timed if row["mode"] != "paced" and is_by_cpu(row)]
    cpu, wall = (sum(sum(map(sum, row[name])) for row in closed) for name in ("cpu_ns", "ns"))
    taken = max(0.0, 1.0 - cpu / wall) if closed else 0.0
    if load < _BUSY * cores and taken < _TAKEN:
        return []
    share = f", and others took {taken:.0%} of the time of the steps" if closed else ""
    return [
        f"**Other programs kept the machine busy: load {load:.1f} on {cores} cores at the start"
        f"{share}. CPU times and ratios hold, but for what others took of the processor's caches; "
        "all that is by the clock does not.**\n"
    ]


def quantile(row: dict, name: str) -> str:
    """A quantile in ms with its interval, such as "2.05 [2.03, 2.07]"."""
    return f"{row[f'{name}_ms']:.3g} {interval(*row[f'{name}_interval_ms'])}"


_SHAPE = {
    "attention": lambda r: r["attention"],
    "norm": lambda r: r["norm"],
    "W": lambda r: r["window"],
    "n": lambda r: "W" if r["block_size"] == r["window"] else r["block_size"],
    "B": lambda r: r["batch"],
    "type": lambda r: r["dtype"],
}
LATENCY = {
    "p50 ms": lambda r: quantile(r, "p50"),
    "p95 ms": lambda r: quantile(r, "p95"),
    "p99 ms": lambda r: quantile(r, "p99"),
    "max ms": lambda r: f"{r['max_ms']:.3g}",
}
"""Columns of every table of latencies."""
TIMES = {"CPU p50 ms": lambda r: quantile(r, "cpu_p50"), **LATENCY}
"""Columns of every table of steps."""
_COLUMNS = {
    **_SHAPE,
    "kernel": lambda r: r["kernel"],
    **TIMES,
    "misses": lambda r: f"{r['miss_rate']:.1%}",
    "tokens/s": lambda r: f"{r['tokens_per_s']:,.0f}",
    "MS/s": lambda r: f"{r['samples_per_s'] / 1e6:.3g}",
    "KV MiB": lambda r: mebibytes(r.get("kv_bytes")),
}


def _paced(rows, plan: dict) -> str:
    columns = {
        **_SHAPE,
        "a step every, ms": lambda r: f"{r['period_ms']:.3g}",
        "steps/s": lambda r: f"{r['tokens_per_s_offered'] / r['block_size']:,.0f}",
        "CPU p50 ms": TIMES["CPU p50 ms"],
        "CPU p99 ms": lambda r: f"{r['cpu_p99_ms']:.3g}",
        **LATENCY,
        "misses": lambda r: f"{r['miss_rate']:.1%}",
        "steps behind, by CPU": lambda r: r["cpu_backlog_steps"],
        "by the clock": lambda r: r["backlog_steps"],
    }
    paced = [row for row in rows if row["mode"] == "paced"]
    note = (
        f"Tokens of each stream arrive at {rate_text(plan)}, whether the model is ready or not; "
        "latency counts from the scheduled arrival. *CPU p99* is of the steps themselves, and "
        "*steps behind, by CPU* are those that would be without other programs."
    )
    if plan["input"] == "emission" and paced:
        each = 1e3 / paced[0]["period_ms"]
        note += (
            " A channel is about twice as wide as its emission, so narrower ones make fewer steps. "
            f"One such emission makes {each:,.0f} steps a second and 20 make {20 * each:,.0f} "
            "while the model looks at all of them; with the rests of `live` they make those of "
            "*What this machine follows*."
        )
    return f"{note}\n\n{table_of(columns, paced)}"


def streams_gain(rows, batch: int, **where) -> tuple | None:
    """How many times the tokens of ``batch`` single steps one call for all of them takes, with its
    interval; None if it was not measured."""
    together = find(rows, kind="model", batch=batch, **where)
    return ratio(find(rows, kind="single steps", batch=batch, **where), together)


def _streams(rows, plan: dict) -> str:
    """One call for several streams against a call for each, of every mode."""
    lines = []
    for row in (r for r in rows if r["kind"] == "single steps"):
        where = {k: row[k] for k in ("mode", "attention", "norm", "window", "block_size")}
        together = find(rows, kind="model", batch=row["batch"], **where)
        lines.append((row, together, find(rows, kind="model", batch=1, **where), where))
    columns = {
        "shape": lambda line: "as above" if line[0]["mode"] == "stream" else named,
        **{name: lambda line, make=make: make(line[0]) for name, make in _SHAPE.items()},
        **{
            f"{name}, {title} ms": lambda line, i=i, of=of: (
                "-" if line[i] is None else quantile(line[i], of)
            )
            for name, i in (("one call", 1), ("B single steps", 0), ("one stream alone", 2))
            for title, of in (("CPU p50", "cpu_p50"), ("p50", "p50"))
        },
        "speed of one call": lambda line: _times(streams_gain(rows, line[0]["batch"], **line[3])),
    }
    named = "--model" if plan["streams_shape"] else DEFAULT_MODEL
    note = "B streams in one call against a call for each.\n\n"
    return note + table_of(columns, [line for line in lines if line[1] is not None])


def _times(measured: tuple | None) -> str:
    return "-" if measured is None else f"×{measured[0]:.2f} {interval(*measured[1:])}"


def _baselines(rows) -> str:
    others = [r for r in rows if r["kind"] != "model"]
    named = {"operators": "torch's operators alone"}
    return table_of({"what": lambda r: named.get(r["kind"], r["kind"]), **_COLUMNS}, others)


def _needed(rows, matrix, plan: dict) -> str:
    """What each step has to compute and to read, next to what it takes."""
    lines = []
    for row in (r for r in matrix if r["norm"] == plan["norms"][0]):
        alone = operators_of(row, rows)
        if alone is not None and "read_ms" in alone:
            lines.append((row, alone, max(alone["product_ms"], alone["read_ms"])))
    columns = {
        **{name: lambda line, make=make: make(line[0]) for name, make in _SHAPE.items()},
        "MFLOP": lambda line: f"{line[1]['flops'] / 1e6:,.3g}",
        "multiply ms": lambda line: f"{line[1]['product_ms']:.3g}",
        "MiB": lambda line: mebibytes(line[1]["bytes"]),
        "read ms": lambda line: f"{line[1]['read_ms']:.3g}",
        "torch's operators alone, CPU p50 ms": lambda line: quantile(line[1], "cpu_p50"),
        "step, CPU p50 ms": lambda line: quantile(line[0], "cpu_p50"),
        "step / need": lambda line: f"{line[0]['cpu_p50_ms'] / line[2]:.3g}",
        **_other_runners(rows, plan["runners"][1:]),
    }
    note = (
        "Operations of a step, and bytes of its weights and caches, each with the time in which "
        "torch does as many here at its best: in a product of large squares, and in a dot product "
        "of two vectors, from the processor's caches where they fit. The longer of both is what "
        "the step *needs*. *Torch's operators alone* are the products and attentions of the step, "
        "one after the other: what torch takes for them, not what the machine can do.\n\n"
    )
    return note + table_of(columns, lines)


def _other_runners(rows, runners) -> dict:
    """Columns of what the steps take with other runners, and how many times as fast ours are."""

    def other(line, runner: str) -> dict | None:
        same = "mode attention norm window block_size batch".split()
        return find(rows, kind=runner, **{name: line[0][name] for name in same})

    def time(line, runner: str) -> str:
        found = other(line, runner)
        return "-" if found is None else quantile(found, "cpu_p50")

    found = {}
    for name in runners:
        found[f"{name}, CPU p50 ms"] = lambda line, name=name: time(line, name)
        found[f"speed to {name}"] = lambda line, name=name: _times(
            ratio(other(line, name), line[0])
        )
    return found


def _followed(report: dict) -> str:
    """The path of `live` as fast as it goes; reports of earlier versions have none."""
    found = report.get("capacity")
    if found is None:
        return "Not measured.\n"
    costs, cores = found["costs"], report["machine"]["cores"]
    rate, model = costs["sample_rate"], costs["model"]
    columns = {
        "emissions in the band": lambda r: r["streams"],
        "MS/s": lambda r: f"{r['samples_per_s'] / 1e6:.3g}",
        "times real time": lambda r: f"{r['samples_per_s'] / rate:.2g}",
        "cores in real time": lambda r: f"{r['measured_cores']:.3f}",
        "predicted": lambda r: f"{r['predicted_cores']:.3f} ({r['error']:+.0%})",
        "steps/s in real time": lambda r: f"{r['measured_steps_per_s']:.0f}",
    }
    followed = found["followed"]
    most = "not even one emission" if followed is None else f"{followed} emissions"
    most += ", which is all that are cut in a band" if followed == found["most"] else ""
    note = (
        f"Detector, extractor, model and labels on a made-up band of {rate / 1e6:g} MS/s as fast "
        f"as they go, labelled by `{model['name']}` with {model['attention']} and "
        f"{model['norm']} in {model['dtype']}. Emissions of {costs['width'] / 1e3:g} kHz make "
        f"{costs['tokens_per_s']:.0f} tokens a second each, and rest for a second after each "
        "window of them. From the cost of each part, "
        f"{cores} cores follow {most}; the last row is measured there.\n\n"
    )
    return note + table_of(columns, found["runs"])


def _memory(rows) -> str:
    columns = {
        "attention": lambda r: r["attention"],
        "W": lambda r: r["window"],
        "type": lambda r: r["dtype"],
        "KV MiB": lambda r: mebibytes(r["kv_bytes"]),
        "predicted": lambda r: mebibytes(r["kv_bytes_predicted"]),
        "peak temporary MiB": lambda r: mebibytes(r["peak_temporary_bytes"]),
        "peak RSS MiB": lambda r: mebibytes(r["peak_rss_bytes"]),
        "of it libraries": lambda r: mebibytes(r["rss_before_bytes"]),
        "tokens soaked": lambda r: f"{r.get('soak_tokens', 0):,}",
        "RSS growth KiB": lambda r: f"{r.get('rss_growth_bytes', 0) / 1024:.0f}",
    }
    return table_of(columns, [row for row in rows if "error" not in row])


def _accuracy(results) -> str:
    """Balanced accuracy of the models of --eval."""
    columns = {
        "attention": lambda item: item[0][0],
        "norm": lambda item: item[0][1],
        "balanced accuracy": lambda item: f"{item[1]:.1%}",
    }
    return table_of(columns, accuracies(results).items())


def left_out(report: dict) -> str:
    """What could not be measured, a line each with the reason."""
    lines = [f"- {what}: {why}" for what, why in report["absent"].items()]
    for row in report["rows"]:
        why = row.get("skipped") or row.get("refused")
        if why:
            name = " ".join(n for n in (row["attention"], row["norm"]) if n != "-") or row["kind"]
            lines.append(f"- {name}, W {row['window']}, n {row['block_size']}: {why}")
    lines += [
        f"- {row['attention']}, W {row['window']}: {row['error']}"
        for row in report["memory"]
        if "error" in row
    ]
    return "\n".join(lines or ["Nothing."]) + "\n"


def _models(plan: dict) -> str:
    shape = plan["base"]
    return (
        f"- model: d {shape['d_model']}, {shape['n_heads']} heads, {shape['n_layers']} layers, FFN "
        f"{shape['ffn_factor']}×, {shape['n_bins']} bins, random weights, seed {plan['seed']}\n"
        f"- runner: {plan['runners'][0]}; *auto* is native on the CPU in float32, graph on CUDA\n"
        "- checked before the timing: operators alone by their number of operations, all others "
        "against one offline pass of the same weights with scores written out; warm-up (full ring) "
        "does not count\n"
    )
