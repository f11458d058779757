# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --band`: one label for the whole band, from step to step."""

from __future__ import annotations

import sys

from ..flowgraph.options import PathOptions
from ..recordings.recording import Facts
from ..reporting import hertz, milliseconds, octets
from .output.band_printer import BandPrinter
from .output.emission_table import print_failures, print_faulty, print_model
from .output.json_output import NoJson, open_json
from .sources.auto import resolve_attention
from .sources.inputs import Faults, about_recording, progress_text
from .sources.options import options_from
from .sources.sinks import open_sinks, publish_stats


def run(recordings: list[Facts], arguments, faults: Faults) -> int:
    with open_json(arguments.json, in_list=True) as output, open_sinks(arguments) as sinks:
        for recording in recordings:
            about = {**about_recording(recording), "throttle": arguments.throttle}
            output.begin(about, "runs")
            with faults.reported(str(recording.path), output):
                label(recording, about, arguments, sinks, output)
        return faults.end(output, "runs")


def label(recording: Facts, about: dict, arguments, sinks: list, output: NoJson) -> None:
    """Runs one recording through the flowgraph, and prints and writes its labels.

    Args:
        about: what the JSON has begun with.
    """
    from ..flowgraph.stream import LabelFlowgraph

    writes_steps = arguments.steps or not output.is_lines
    printer = BandPrinter(output, arguments.steps, writes_steps, 1, arguments.quiet)
    flowgraph = LabelFlowgraph(
        recording,
        resolve_attention(arguments, token_rate(recording)),
        options_from(PathOptions, arguments),
        throttle=arguments.throttle,
        on_detection=printer.add,
        annotate=arguments.annotate or "",
        sinks=sinks,
    )
    if not output.has_stdout:
        count = f"{about['samples']} samples at " if "samples" in about else ""
        print(f"{about['file']}: {count}{hertz(recording.sample_rate)}")
    try:
        flowgraph.run_to_end(lambda done: printer.progress.show(progress_text(recording, done)))
    finally:
        printer.end()
    publish_stats(sinks, flowgraph.stats())
    if printer.latest is None:
        warn_too_short(recording.path.name, flowgraph)
    rest = {} if "samples" in about else {"samples": flowgraph.samples()}
    rest |= {
        "model": flowgraph.transformer.adapter.describe(),
        "gaps": flowgraph.gaps(),
        "tokens": flowgraph.tokens(),
        "stats": {**flowgraph.stats(), **flowgraph.sample_counts()},
    }
    output.end(rest)
    if not output.has_stdout:
        print(printer.shares.line())
        pace = "at its sample rate" if arguments.throttle else "as fast as the model takes it"
        print_costs(rest, f"played:    {pace}")
    flowgraph.raise_failure()


def token_rate(recording: Facts) -> float:
    """The rate in Hz of the complex samples that tokens are made of; 0 where it is unknown."""
    # A token of a real recording takes twice the samples (see FrontEnd.for_real).
    return (recording.sample_rate or 0.0) / (2 if recording.is_real else 1)


def warn_too_short(name: str, flowgraph) -> None:
    tokens, block_size = flowgraph.tokens()["in"], flowgraph.transformer.block_size
    print(
        f"gr-rfattn: {name}: no label: {tokens} tokens, a step takes {block_size}", file=sys.stderr
    )


def share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"


def print_costs(row: dict, pace: str) -> None:
    """Unless throttled, a recording fills the queue, and its wait is the depth of that queue."""
    stats = row["stats"]
    for name in ("gaps", "tokens"):
        counts = ", ".join(f"{count} {what}" for what, count in row[name].items())
        print(f"  {name + ':':<10} {counts}")
    print_faulty(stats, stats["samples"])
    print_failures(stats)
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
    print_model(row["model"])
    print()
