# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what a flowgraph publishes: labels, rates, latency, losses, memory; needs no GNU Radio.

A terminal shows all of it at once; a pipe or a file gets a line for each message.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from ..frequency_text import width_text
from ..messages import schema
from ..messages.decoded import Decoded
from ..messages.detection import Detection
from ..messages.emission import Emission
from ..messages.spectra import Spectra
from ..messages.stats import Stats
from ..printable import printable, unescaped
from ..reporting import hertz, milliseconds
from ..telemetry.state import State
from ..telemetry.terminal import STAGES, frequency_column, left_out, screen, signal_name
from .sources.published import LOOKS_PER_SECOND, Publisher
from .sources.sinks import add_keys_option, add_sink_options

_ADDRESS_HELP = "where the flowgraph publishes, such as tcp://127.0.0.1:5557"
_ONCE_S = 1.0
"""How long --once takes messages at least: a message of every live emission comes in this time."""
_ONCE_WITHOUT_STATS_S = 2.0
"""How long --once waits for statistics, which come once a second; without a model none do."""
_ONCE_TIMEOUT_S = 10.0
"""A flowgraph sends something about once a second; `live` needs some seconds to start."""


def add_arguments(parser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help=_ADDRESS_HELP)
    add = parser.add_argument
    add("--topic", default="rfattn", help="topic of the sink (default: %(default)s)")
    add("--count", type=int, default=0, metavar="N", help="end after N messages (default: never)")
    text = "fail when no message comes for S seconds; 0: wait without end (default: 0, with --once "
    add("--timeout", type=seconds, metavar="S", help=f"{text}{_ONCE_TIMEOUT_S:g})")
    form = parser.add_mutually_exclusive_group()
    text = "print the whole view once, with the messages of at least a second, and end"
    form.add_argument("--once", action="store_true", help=text)
    form.add_argument("--json", action="store_true", help="print each message as one JSON line")
    parser.add_argument(
        "--sidebands",
        action="store_true",
        help="show sidebands of other emissions, too (default: only their number; a pipe or a file "
        "gets all messages)",
    ).not_with = "--json"
    add_keys_option(parser, "client.key_secret and server.key")
    add_sink_options(parser, "prometheus")


def seconds(text: str) -> float:
    """The value of --timeout."""
    value = float(text)
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be 0 or more seconds, got {text}")
    return value


def run(arguments) -> int:
    if arguments.timeout is None:
        arguments.timeout = _ONCE_TIMEOUT_S if arguments.once else 0.0
    state = State()
    try:
        with serve_metrics(state, arguments):
            show(arguments, state, publisher_of(arguments).receive(state))
    finally:
        if state.refused:
            print(f"gr-rfattn: watch: {state.refused} messages were refused", file=sys.stderr)
    return 0


def publisher_of(arguments) -> Publisher:
    where = arguments.address, arguments.topic, arguments.keys
    return Publisher("watch", "address", *where, arguments.timeout, is_quiet=is_screen())


@contextmanager
def serve_metrics(state: State, arguments) -> Iterator[None]:
    """Serves the metrics of ``state`` while it is open, if there is an address."""
    if not arguments.prometheus:
        yield
        return
    from ..telemetry.metrics import PrometheusMetrics
    from ..telemetry.metrics_server import MetricsServer

    address = arguments.prometheus, arguments.token_file, arguments.hosts
    with closing(MetricsServer(PrometheusMetrics(state), *address)) as server:
        print(f"gr-rfattn: metrics at {server.endpoint}", file=sys.stderr, flush=True)
        yield


def show(arguments, state: State, messages) -> None:
    """Shows the messages until they end, or as many as were asked for.

    ``messages`` gives None at least some times a second, so that a screen can be drawn anew.
    """
    if arguments.once or (is_screen() and not arguments.json):
        draw = show_once if arguments.once else show_live
        draw(first_of(messages, arguments.count), state, arguments.address, arguments.sidebands)
        return
    came = (message for message in messages if message is not None)
    for topic, message in first_of(came, arguments.count):
        line = json.dumps({"topic": topic, **message}) if arguments.json else plain(topic, message)
        if line:
            print(line, flush=True)


def first_of(messages, count: int):
    """The messages up to the one of number ``count``, or all for 0; None is not counted."""
    seen = 0
    for message in messages:
        yield message
        seen += message is not None
        if count and seen >= count:
            return


def plain(topic: str, message: dict) -> str:
    """A message as one line; "" for one that is of no use to a reader."""
    lines = {
        "stats": stats_line,
        "detections": detection_line,
        "spectra": spectra_line,
        "emissions": emission_line,
        "decoded": decoded_line,
    }
    if topic in lines:
        return lines[topic](schema.read(topic, message))
    envelope = schema.Envelope.__dataclass_fields__
    rest = {name: value for name, value in message.items() if name not in envelope}
    return f"{printable(topic)}: {json.dumps(rest)}"


def stats_line(stats: Stats) -> str:
    stages = ", ".join(
        f"{stage} p50 {milliseconds(figures.p50)} p99 {milliseconds(figures.p99)}"
        for stage in STAGES
        for figures in [getattr(stats, f"{stage}_seconds")]
    )
    return f"stats: {stats.steps} steps, tokens {left_out(stats)}, {stages}"


def detection_line(detection: Detection) -> str:
    return (
        f"detection: {printable(detection.label)} {detection.confidence:.2f} in stream "
        f"{detection.stream} at sample {detection.sample_start}, {hertz(detection.frequency)}"
    )


def emission_line(emission: Emission) -> str:
    frequency = frequency_column([emission]).text(emission.middle)
    return (
        f"emission {emission.id} {emission.state}: {frequency}, {width_text(emission.width)} wide, "
        f"SNR {emission.snr_db:.1f} dB, {printable(signal_name(emission))}"
    )


def decoded_line(decoded: Decoded) -> str:
    return f"emission {decoded.id}: {printable(decoded.source)}: {printable(decoded.text)}"


def spectra_line(spectra: Spectra) -> str:
    highest = max((value for value in spectra.peak_db if value is not None), default=None)
    peak = "-" if highest is None else f"{highest:.1f} dB"
    return f"spectra: {len(spectra.peak_db)} values, peak {peak}, {hertz(spectra.frequency)}"


def is_screen() -> bool:
    """Returns whether stdout is a terminal on which a cursor moves."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def show_once(messages, state: State, address: str, sidebands: bool = False) -> None:
    """Prints what the messages of a second, or of two until the first statistics, add up to."""
    started = None
    for message in messages:
        now = time.monotonic()
        if message is not None and started is None:
            started = now
        wait_s = _ONCE_WITHOUT_STATS_S if state.stats is None else _ONCE_S
        if started is not None and now - started >= wait_s:
            break
    console = make_console()
    console.print(screen(state, address, console.width, sidebands))


def show_live(messages, state: State, address: str, sidebands: bool = False) -> None:
    """Draws on a separate screen until the messages end, then restores what was there before.

    The main thread draws, which Ctrl-C reaches also when the terminal takes nothing.
    """
    from rich.live import Live

    console = make_console(is_terminal=True)
    drawn = 0.0
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for _ in messages:
            now = time.monotonic()
            if now - drawn >= 1.0 / LOOKS_PER_SECOND:
                drawn = now
                live.update(screen(state, address, console.width, sidebands), refresh=True)


def make_console(is_terminal: bool | None = None):
    """A console whose own control characters reach the terminal.

    Args:
        is_terminal: None: asks stdout each time, which is no terminal any more after a signal.
    """
    from rich.console import Console

    return Console(file=unescaped(sys.stdout), force_terminal=is_terminal)
