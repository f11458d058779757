# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what a flowgraph publishes: labels, rates, latency, losses, memory; needs no GNU Radio.

A terminal shows all of it at once; a pipe or a file gets a line for each message.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from ..reporting import hertz, milliseconds
from ..telemetry import schema
from ..telemetry.entries import read_as
from ..telemetry.state import State
from ..telemetry.terminal import STAGES, screen, signal_name
from .sinks import add_sink_options

_REDRAWS_PER_SECOND = 4
_ONCE_S = 1.0
"""Without a model there are no statistics; within this time every live emission is heard of."""


def add_arguments(parser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="e.g. tcp://127.0.0.1:5557")
    parser.add_argument(
        "--topic", default="rfattn", help="topic of the sink (default: %(default)s)"
    )
    parser.add_argument(
        "--count", type=int, default=0, metavar="N", help="end after N messages (default: 0, never)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=0.0,
        metavar="S",
        help="fail when no message comes for S seconds (default: 0, wait)",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="print the whole view once, with the first statistics or after 1 s of other messages, "
        "and end",
    )
    add_sink_options(parser, "prometheus")
    parser.add_argument("--json", action="store_true", help="print each message as one JSON line")


def run(arguments) -> int:
    state = State()
    with serve_metrics(state, arguments.prometheus):
        messages = receive(arguments.address, arguments.topic, arguments.timeout)
        show(arguments, state, added(messages, state))
    return 0


@contextmanager
def serve_metrics(state: State, address: str) -> Iterator[None]:
    """Serves the metrics of ``state`` while it is open, if there is an address."""
    if not address:
        yield
        return
    from ..telemetry.metrics import MetricsServer, PrometheusMetrics

    metrics = PrometheusMetrics(state)
    with closing(MetricsServer(metrics, address, allow_remote=False)) as server:
        print(f"gr-rfattn: metrics at {server.endpoint}", file=sys.stderr, flush=True)
        yield


def added(messages, state: State):
    """Yields the messages, each after it was added to ``state``.

    Raises:
        ValueError: in one line, at a message that is not as `schema` defines it.
    """
    for topic, message in messages:
        try:
            state.add(topic, message)
        except ValueError as error:
            raise ValueError(f"watch: {error}") from None
        yield topic, message


def show(arguments, state: State, messages) -> None:
    if arguments.count:
        messages = (message for message, _ in zip(messages, range(arguments.count), strict=False))
    if arguments.json:
        for topic, message in messages:
            print(json.dumps({"topic": topic, **message}), flush=True)
    elif arguments.once:
        show_once(messages, state, arguments.address)
    elif is_screen():
        show_live(messages, state, arguments.address)
    else:
        for topic, message in messages:
            print(plain(topic, message), flush=True)


def receive(address: str, topic: str, timeout: float):
    """Yields (topic without its first part, message) without end.

    Raises:
        ValueError: an address that ZMQ does not take, a message of another schema.
        OSError: no message came for ``timeout`` seconds (0: wait without limit).
    """
    import zmq

    with subscribe(zmq.Context, address, topic, "watch: address") as socket:
        while True:
            if not socket.poll(int(timeout * 1000) or None):
                raise TimeoutError(f"nothing from {address} on topic {topic!r} in {timeout:g} s")
            frames = socket.recv_multipart()
            yield decode(frames, topic)


@contextmanager
def subscribe(context_class, address: str, topic: str, name: str):
    """A socket that gets the messages of a `zmq_stats_sink`.

    Args:
        context_class: ``zmq.Context`` or that of ``zmq.asyncio``.
        topic: the first part of the topics.
        name: what a refusal calls the address.

    Raises:
        ValueError: an address that ZMQ does not take.
    """
    import zmq

    with context_class() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.subscribe(f"{topic}.")
        try:
            socket.connect(address)
        except zmq.ZMQError as error:
            raise ValueError(f"{name} {address!r}: {error}") from None
        yield socket


def decode(frames: list[bytes], topic: str) -> tuple[str, dict]:
    """The topic without its first part, and the message with its envelope.

    Raises:
        ValueError: in one line, when it is not a message or one of another schema.
    """
    try:
        name, body = frames
        message = json.loads(body)
        version = message["schema"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"watch: not a message of gr-rfattn: {frames!r:.80}") from None
    if version != schema.SCHEMA:
        raise ValueError(f"watch: message schema {version!r}, this version reads {schema.SCHEMA}")
    read_as(schema.Envelope, message, "watch")
    return name.decode().removeprefix(f"{topic}."), message


def plain(topic: str, message: dict) -> str:
    """A message as one line."""
    lines = {
        "stats": stats_line,
        "detections": detection_line,
        "spectra": spectra_line,
        "emissions": emission_line,
    }
    if topic in lines:
        return lines[topic](schema.read(topic, message))
    envelope = schema.Envelope.__dataclass_fields__
    rest = {name: value for name, value in message.items() if name not in envelope}
    return f"{topic}: {json.dumps(rest)}"


def stats_line(stats: schema.Stats) -> str:
    stages = ", ".join(
        f"{stage} p50 {milliseconds(figures.p50)} p99 {milliseconds(figures.p99)}"
        for stage in STAGES
        for figures in [getattr(stats, f"{stage}_seconds")]
    )
    share = stats.dropped_share()
    dropped = f"{stats.dropped_tokens} tokens dropped"
    dropped += "" if share is None else f" ({share:.1%})"
    return f"stats: {stats.steps} steps, {dropped}, {stages}"


def detection_line(detection: schema.Detection) -> str:
    return (
        f"detection: {detection.label} {detection.confidence:.2f} in stream {detection.stream} at "
        f"sample {detection.sample_start}, {hertz(detection.frequency)}"
    )


def emission_line(emission: schema.Emission) -> str:
    return (
        f"emission {emission.id} {emission.state}: {hertz(round(emission.middle))}, "
        f"{hertz(float(f'{emission.width:.3g}'))} wide, SNR {emission.snr_db:.1f} dB, "
        f"{signal_name(emission)}"
    )


def spectra_line(spectra: schema.Spectra) -> str:
    highest = max((value for value in spectra.peak_db if value is not None), default=None)
    peak = "-" if highest is None else f"{highest:.1f} dB"
    return f"spectra: {len(spectra.peak_db)} values, peak {peak}, {hertz(spectra.frequency)}"


def is_screen() -> bool:
    """Returns whether stdout is a terminal on which a cursor moves."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def show_once(messages, state: State, address: str) -> None:
    from rich.console import Console

    started = None
    for topic, _ in messages:
        started = started or time.monotonic()
        if topic == "stats" or time.monotonic() - started > _ONCE_S:
            break
    console = Console()
    console.print(screen(state, address, console.width))


def show_live(messages, state: State, address: str) -> None:
    """Draws on a separate screen until the messages end, then restores what was there before."""
    from rich.console import Console
    from rich.live import Live

    # Another thread draws some times a second, however many messages come, and after a resize.
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves the screen, too
    console = Console()
    with Live(
        console=console,
        screen=True,
        refresh_per_second=_REDRAWS_PER_SECOND,
        get_renderable=lambda: screen(state, address, console.width),
    ):
        for _ in messages:
            pass
