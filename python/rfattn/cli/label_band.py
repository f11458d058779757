# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --band`: one label for the whole band, from step to step."""

from __future__ import annotations

import sys
from pathlib import Path

from ..flowgraph.options import PathOptions
from ..recordings.sigmf import Recording
from ..reporting import Progress, hertz, milliseconds, octets, versions, write_json
from ..telemetry.label_run import label_runs
from .auto import resolve_attention
from .options import SCHEMA, options_from
from .sinks import open_sinks, publish_stats


def run(arguments) -> int:
    with open_sinks(arguments) as sinks:
        rows = label_all(arguments, sinks)
    if arguments.json:
        write_json(arguments.json, {"schema": SCHEMA, "recordings": rows, "versions": versions()})
    return 0


def label_all(arguments, sinks: list) -> list[dict]:
    """Labels and prints one recording after the other."""
    progress = Progress(arguments.quiet)
    rows = []
    for path in arguments.recordings:
        rows.append(label(path, arguments, sinks, progress))
        if arguments.json != "-":
            print_recording(rows[-1], arguments.steps)
    return rows


def label(path: str, arguments, sinks: list, progress: Progress) -> dict:
    """Runs one recording through the flowgraph; what was found, in plain values."""
    from ..flowgraph.stream import LabelFlowgraph

    flowgraph = LabelFlowgraph(
        path,
        resolve_attention(arguments, recording_rate(path)),
        options_from(PathOptions, arguments),
        throttle=arguments.throttle,
        annotate=arguments.annotate or "",
        sinks=sinks,
    )
    name = Path(path).name
    try:
        flowgraph.run_to_end(lambda share: progress.show(f"{name}: {share:.0%} read"))
    finally:
        progress.clear()
    publish_stats(sinks, flowgraph.stats())
    recording = flowgraph.source.recording
    detections = flowgraph.detections.detections
    if not detections:
        warn_too_short(name, flowgraph)
    return {
        "file": str(path),
        "samples": recording.n_samples,
        "sample_rate": recording.sample_rate,
        "frequency": recording.frequency,
        "throttle": arguments.throttle,
        "model": flowgraph.transformer.adapter.describe(),
        "runs": [run.to_dict() for run in label_runs(detections)],
        "steps": [detection.to_dict() for detection in detections],
        "gaps": flowgraph.gaps(),
        "tokens": flowgraph.tokens(),
        "stats": flowgraph.stats(),
    }


def recording_rate(path: str) -> float:
    """The rate in Hz of the complex samples that tokens are made of; 0 where it is unknown."""
    recording = Recording.open(path)
    # A token of a real recording takes twice the samples (see FrontEnd.for_real).
    return (recording.sample_rate or 0.0) / (2 if recording.is_real else 1)


def warn_too_short(name: str, flowgraph) -> None:
    tokens, block_size = flowgraph.tokens()["in"], flowgraph.transformer.block_size
    print(
        f"gr-rfattn: {name}: no label: {tokens} tokens, a step takes {block_size}", file=sys.stderr
    )


def print_recording(row: dict, each_step: bool) -> None:
    print(f"{row['file']}: {row['samples']} samples at {hertz(row['sample_rate'])}")
    print(table_head())
    for item in row["steps" if each_step else "runs"]:
        print(table_row(item, row["sample_rate"]))
    pace = "at its sample rate" if row["throttle"] else "as fast as the model takes it"
    print_costs(row, f"played:    {pace}")


def table_head(streams: bool = False) -> str:
    """The head of a table of labels; ``streams``: with the number of the stream in front."""
    first = f"{'stream':>6}  " if streams else ""
    return (
        f"  {first}{'time (s)':>21}  {'samples':>19}  {'frequency':>12}  {'label':<12} confidence"
    )


def table_row(item: dict, rate: float | None, streams: bool = False) -> str:
    """A label run or a step, in the columns of `table_head`."""
    first = f"{item['stream']:>6}  " if streams else ""
    start, end = item["sample_start"], item["sample_start"] + item["sample_count"]
    span = "-" if rate is None else f"{start / rate:.6f}-{end / rate:.6f}"
    return (
        f"  {first}{span:>21}  {f'{start}-{end}':>19}  {hertz(item.get('frequency')):>12}  "
        f"{item['label']:<12} {item['confidence']:10.2f}"
    )


def share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"


def print_costs(row: dict, pace: str) -> None:
    """Unless throttled, a recording fills the queue, and its wait is the depth of that queue."""
    stats, model = row["stats"], row["model"]
    for name in ("gaps", "tokens"):
        counts = ", ".join(f"{count} {what}" for what, count in row[name].items())
        print(f"  {name + ':':<10} {counts}")
    tokens = row["tokens"]
    if tokens["dropped"]:
        print(f"  looked at: {share(tokens['processed'], tokens['in'])} of the tokens")
    print(f"  {pace}, {stats['steps']} steps in {stats['uptime_seconds']:.2f} s")
    for name in ("latency", "wait", "inference"):
        figures = stats[f"{name}_seconds"]
        quantiles = ", ".join(f"{q} {milliseconds(figures[q])}" for q in ("p50", "p95", "p99"))
        print(f"  {name + ':':<10} {quantiles}")
    print(
        f"  memory:    KV {octets(stats.get('kv_bytes', 0))}, "
        f"peak resident {octets(stats['peak_rss_bytes'])}"
    )
    print(
        f"  model:     {model['attention']} with {model['norm']}, {model['dtype']} on "
        f"{model['device']}, {model['threads']} threads\n"
    )
