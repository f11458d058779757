# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live --band`: one label for the whole band, or for each of --bands, as it comes in."""

from __future__ import annotations

import sys

from ..flowgraph.options import PathOptions
from ..reporting import Progress, hertz, versions, write_json
from ..telemetry.label_run import LabelRuns
from . import label_band
from .auto import resolve_attention
from .options import SCHEMA, options_from
from .receivers import Receiver, open_source
from .sinks import publish_stats


def make_flowgraph(receiver: Receiver, arguments, sinks):
    from ..blocks.sigmf_annotation_sink import sigmf_annotation_sink
    from ..flowgraph.stream import StreamFlowgraph, make_model

    options = options_from(PathOptions, arguments)
    n_bands = options.bands
    # The model before the source: a receiver sends at once.
    model_options = resolve_attention(arguments, (receiver.sample_rate or 0.0) / n_bands)
    model = make_model(model_options, n_bands)
    source = open_source(receiver, arguments.debug)
    annotations = None
    if arguments.annotate:
        annotations = sigmf_annotation_sink(arguments.annotate, n_bands=n_bands)
    printer = Printer(arguments, n_bands)
    flowgraph = StreamFlowgraph(
        source,
        model,
        options,
        getattr(source, "is_real", False),
        on_detection=printer.add,
        annotations=annotations,
        sinks=sinks,
    )
    return flowgraph, printer


class Printer:
    """Prints label runs (or steps) when they end, and keeps them for JSON where that is asked for.

    `add` is called in a block's thread: a reader of stdout that stops reading holds up that block,
    and then the token buffer drops.
    """

    def __init__(self, arguments, n_streams: int):
        self._prints, self._keeps = arguments.json != "-", arguments.json is not None
        self._each_step, self._streams = arguments.steps, n_streams > 1
        self._progress = Progress(arguments.quiet)
        self._runs = LabelRuns()
        self._latest = None
        self.runs: list[dict] = []
        self.steps: list[dict] = []

    def add(self, detection) -> None:
        if self._latest is None:
            self._print(label_band.table_head(self._streams))
        self._latest = detection
        if self._each_step:
            step = detection.to_dict()
            self._print(label_band.table_row(step, detection.sample_rate, self._streams))
            if self._keeps:
                self.steps.append(step)
        run = self._runs.add(detection)
        if run is not None:
            self._end_run(run.to_dict())

    def end(self) -> None:
        """Prints the last runs; call when the flowgraph has ended."""
        self._progress.clear()
        for run in self._runs.end():
            self._end_run(run.to_dict())

    def show_progress(self, flowgraph) -> None:
        latest, gaps, tokens = self._latest, flowgraph.gaps(), flowgraph.tokens()
        dropped = label_band.share(tokens["dropped"], tokens["in"])
        now = f"{latest.label} {latest.confidence:.2f}" if latest else "no label yet"
        self._progress.show(
            f"{now}, {gaps['retunes']} retunes, {gaps['overflows']} overflows, "
            f"{dropped} of the tokens dropped; Ctrl-C ends"
        )

    def _end_run(self, run: dict) -> None:
        if self._keeps:
            self.runs.append(run)
        if not self._each_step:
            self._print(label_band.table_row(run, self._latest.sample_rate, self._streams))

    def _print(self, line: str) -> None:
        if self._prints:
            self._progress.clear()
            print(line, flush=True)


def report(flowgraph, printer: Printer, receiver: Receiver, arguments, sinks) -> None:
    """The summary, on stdout and as JSON, and the last statistics to the subscribers."""
    printer.end()
    publish_stats(sinks, flowgraph.stats())
    about = getattr(flowgraph.source, "recording", receiver)  # a recording knows its own
    row = {
        "source": f"{receiver.kind}={receiver.where}",
        "sample_rate": about.sample_rate,
        "frequency": about.frequency,
        "bands": arguments.bands,
        "model": flowgraph.transformer.adapter.describe(),
        "runs": printer.runs,
        **({"steps": printer.steps} if arguments.steps else {}),
        "gaps": flowgraph.gaps(),
        "tokens": flowgraph.tokens(),
        "stats": flowgraph.stats(),
    }
    if not row["tokens"]["in"]:
        print(f"gr-rfattn: no samples came from {row['source']}", file=sys.stderr)
    if arguments.json != "-":
        bands = f" in {row['bands']} bands" if row["bands"] > 1 else ""
        rate, frequency = hertz(row["sample_rate"]), hertz(row["frequency"])
        print(f"{row['source']}: {rate} at {frequency}{bands}")
        label_band.print_costs(row, "received:  live")
    if arguments.json:
        write_json(arguments.json, {"schema": SCHEMA, **row, "versions": versions()})
