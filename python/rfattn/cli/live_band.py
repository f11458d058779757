# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live --band`: one label for the whole band, or for each of --bands, as it comes in."""

from __future__ import annotations

import sys

from ..flowgraph.options import PathOptions
from ..reporting import hertz
from . import label_band
from .attached.actions import Actions
from .output.band_printer import BandPrinter
from .output.json_output import NoJson
from .scan import centre, print_scan
from .sources.auto import resolve_attention
from .sources.options import options_from
from .sources.receivers import Receiver, open_source
from .sources.sinks import publish_stats


def make_flowgraph(receiver: Receiver, arguments, sinks, output: NoJson, actions: Actions):
    """The flowgraph and its printer; there are no ``actions`` with --band."""
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
    known = getattr(source, "recording", receiver)  # a recording knows its own
    about = {
        "source": f"{receiver.kind}={receiver.where}",
        "sample_rate": known.sample_rate,
        "frequency": known.frequency,
        "bands": n_bands,
    }
    printer = Printer(arguments, output, about)
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


class Printer(BandPrinter):
    """`BandPrinter` with a line of progress, and the JSON of a receiver."""

    def __init__(self, arguments, output: NoJson, about: dict):
        BandPrinter.__init__(
            self, output, arguments.steps, arguments.steps, arguments.bands, arguments.quiet
        )
        self.about, self.scan = about, None
        output.begin(about, "runs")

    def show_progress(self, flowgraph) -> None:
        latest, gaps, tokens = self.latest, flowgraph.gaps(), flowgraph.tokens()
        dropped = label_band.share(tokens["dropped"], tokens["in"])
        now = f"{latest.label} {latest.confidence:.2f}" if latest else "no label yet"
        self.progress.show(
            f"{now}, {gaps['retunes']} retunes, {gaps['overflows']} overflows, "
            f"{dropped} of the tokens dropped; Ctrl-C ends"
        )


def report(flowgraph, printer: Printer, arguments, sinks: list, output: NoJson) -> None:
    """The summary, on stdout and as JSON, and the last statistics to the subscribers."""
    printer.end()
    publish_stats(sinks, flowgraph.stats())
    rest = {
        "model": flowgraph.transformer.adapter.describe(),
        "gaps": flowgraph.gaps(),
        "tokens": flowgraph.tokens(),
        "stats": {**flowgraph.stats(), **flowgraph.sample_counts()},
    }
    if printer.scan is not None:
        rest["scan"] = printer.scan.to_list()
    about = printer.about
    if not rest["tokens"]["in"]:
        print(f"gr-rfattn: no samples came from {about['source']}", file=sys.stderr)
    output.end(rest)
    if output.has_stdout:
        return
    bands = f" in {about['bands']} bands" if about["bands"] > 1 else ""
    rate = hertz(about["sample_rate"])
    print(f"{about['source']}: {rate} at {centre({**about, **rest})}{bands}")
    print(printer.shares.line())
    print_scan(rest.get("scan", []), has_emissions=False)
    label_band.print_costs(rest, "received:  live")
