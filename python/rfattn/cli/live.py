# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label a receiver's band as it comes in, until Ctrl-C.

Sources: soapy=driver=rtlsdr (SoapySDR's device arguments), rtl_tcp=HOST:PORT, zmq=tcp://HOST:PORT
(raw complex64 of a ZMQ PUB sink), file=REC.sigmf-meta (in real time, for trying out). Frequencies
and rates may carry a unit prefix: 433.92M, 2.4M.

A retune or an overflow of the receiver begins a new segment; no label spans two. With --bands the
receiver is split into bands that the model labels together, each with its own frequency.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

from ..telemetry.label_run import LabelRuns
from . import label
from .options import (
    POLICIES,
    add_model_options,
    add_output_options,
    add_squelch_option,
    model_options,
)
from .output import Progress, hertz, write_json
from .receivers import Receiver, missing_option, open_source, source_spec
from .sinks import add_sink_options, open_sinks, publish_stats


def add_arguments(parser) -> None:
    from gnuradio.eng_arg import eng_float

    group = parser.add_argument_group("receiver")
    group.add_argument(
        "--source",
        required=True,
        type=source_spec,
        metavar="KIND=WHERE",
        help="soapy=ARGS, rtl_tcp=HOST:PORT, zmq=ADDRESS or file=RECORDING",
    )
    group.add_argument("--rate", type=eng_float, metavar="HZ", help="samples a second")
    group.add_argument("--freq", type=eng_float, metavar="HZ", help="middle of the band")
    group.add_argument(
        "--gain",
        type=float,
        metavar="DB",
        help="default: the receiver's automatic gain, if it has one",
    )
    group.add_argument(
        "--bands",
        type=int,
        default=1,
        metavar="N",
        help="label N bands of the receiver, each 1/N of its rate wide (default: %(default)s)",
    )
    add_model_options(parser)
    parser.add_argument(
        "--policy",
        choices=POLICIES,
        default="drop_oldest",
        help="when the model is too slow: drop the oldest step (default), or let "
        "the receiver wait, and so overflow",
    )
    add_squelch_option(parser)
    parser.add_argument("--duration", type=float, metavar="S", help="end after S seconds")
    parser.add_argument(
        "--steps", action="store_true", help="print every step, not runs of equal labels"
    )
    parser.add_argument("--annotate", metavar="FILE", help="write the labels as SigMF annotations")
    add_sink_options(parser)
    add_output_options(parser)
    parser.set_defaults(usage_error=parser.error)


def run(arguments) -> int:
    kind, where = arguments.source
    receiver = Receiver(kind, where, arguments.rate, arguments.freq, arguments.gain)
    missing = missing_option(receiver)
    if missing:
        arguments.usage_error(f"--source {kind}=... needs {missing}")
    if arguments.bands < 1:
        arguments.usage_error(f"--bands must be >= 1, got {arguments.bands}")
    if arguments.bands > 1 and arguments.squelch is not None:
        arguments.usage_error(f"--squelch needs --bands 1, got {arguments.bands}")
    # A service manager's stop is to end like Ctrl-C, with the summary.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with open_sinks(arguments) as sinks:
        watch_band(receiver, arguments, sinks)
    return 0


def watch_band(receiver: Receiver, arguments, sinks) -> None:
    """Labels until the source ends, the time is over or Ctrl-C, and then says what it was."""
    flowgraph, printer = make_flowgraph(receiver, arguments, sinks)
    started = time.monotonic()

    def look() -> bool:
        printer.show_progress(flowgraph)
        return arguments.duration and time.monotonic() - started >= arguments.duration

    try:
        flowgraph.run_watched(look)
    except KeyboardInterrupt:
        report(flowgraph, printer, receiver, arguments, sinks)
        flowgraph.raise_error()
        raise
    report(flowgraph, printer, receiver, arguments, sinks)


def make_flowgraph(receiver: Receiver, arguments, sinks):
    from ..blocks.sigmf_annotation_sink import sigmf_annotation_sink
    from ..blocks.transformer import transformer
    from ..flowgraph.stream import StreamFlowgraph

    n_bands = arguments.bands
    # First: a receiver sends at once.
    model = transformer(
        **model_options(arguments),
        channels=n_bands,
        sample_rate=(receiver.sample_rate or 0.0) / n_bands,
    )
    source = open_source(receiver, arguments.debug)
    annotations = None
    if arguments.annotate:
        annotations = sigmf_annotation_sink(arguments.annotate, n_bands=n_bands)
    printer = Printer(arguments)
    flowgraph = StreamFlowgraph(
        source,
        model,
        getattr(source, "is_real", False),
        arguments.policy,
        on_detection=printer.add,
        annotations=annotations,
        sinks=sinks,
        squelch_db=arguments.squelch,
    )
    return flowgraph, printer


class Printer:
    """Prints runs (or steps) when they are over, and keeps them for JSON where that is asked for.

    `add` is called in a block's thread, with several bands in one for each: a reader of stdout that
    stands still holds up those blocks, and the token buffers drop.
    """

    def __init__(self, arguments):
        self._prints, self._keeps = arguments.json != "-", arguments.json is not None
        self._each_step = arguments.steps
        self._progress = Progress(arguments.quiet)
        self._adding = threading.Lock()
        self._runs = LabelRuns()
        self._latest = None
        self.runs: list[dict] = []
        self.steps: list[dict] = []

    def add(self, detection) -> None:
        with self._adding:
            if self._latest is None:
                self._print(label.table_head())
            self._latest = detection
            if self._each_step:
                step = detection.to_dict()
                self._print(label.table_row(step, detection.sample_rate))
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
        latest, gaps = self._latest, flowgraph.gaps()
        now = f"{latest.label} {latest.confidence:.2f}" if latest else "no label yet"
        self._progress.show(
            f"{now}, {gaps['retunes']} retunes, {gaps['overflows']} overflows, "
            f"{flowgraph.tokens()['dropped']} tokens dropped; Ctrl-C ends"
        )

    def _end_run(self, run: dict) -> None:
        if self._keeps:
            self.runs.append(run)
        if not self._each_step:
            self._print(label.table_row(run, self._latest.sample_rate))

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
        "squelch": flowgraph.saved(),
        "tokens": flowgraph.tokens(),
        "stats": flowgraph.stats(),
    }
    if not row["tokens"]["in"]:
        print(f"gr-rfattn: no samples came from {row['source']}", file=sys.stderr)
    if arguments.json != "-":
        bands = f" in {row['bands']} bands" if row["bands"] > 1 else ""
        rate, frequency = hertz(row["sample_rate"]), hertz(row["frequency"])
        print(f"{row['source']}: {rate} at {frequency}{bands}")
        label.print_costs(row, "received:  live")
    if arguments.json:
        from .versions import versions

        write_json(arguments.json, {"schema": 1, **row, "versions": versions()})
