# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what a flowgraph publishes: labels, rates, latency, losses, memory; needs no GNU Radio.

A terminal shows all of it at once; a pipe or a file gets a line for each message.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from ..telemetry.terminal import STAGES, State, screen
from .options import add_prometheus_option
from ..reporting import hertz, milliseconds

_REDRAWS_PER_SECOND = 4


def add_arguments(parser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="e.g. tcp://127.0.0.1:5557")
    parser.add_argument("--topic", default="rfattn", help="as of the sink (default: %(default)s)")
    parser.add_argument(
        "--count", type=int, default=0, metavar="N", help="end after N messages (default: 0, never)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=0.0,
        metavar="S",
        help="fail when nothing comes for S seconds (default: 0, wait)",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="print the whole view once, with the first statistics, and end",
    )
    add_prometheus_option(parser)
    parser.add_argument("--json", action="store_true", help="print each message as one JSON line")


def run(arguments) -> int:
    with open_metrics(arguments.prometheus) as add:
        messages = receive(arguments.address, arguments.topic, arguments.timeout)
        show(arguments, told(messages, add))
    return 0


@contextmanager
def open_metrics(address: str) -> Iterator[Callable[[str, dict], None]]:
    """Serves metrics while it is open, if there is an address; gives what takes the messages."""
    if not address:
        yield lambda kind, message: None
        return
    from ..telemetry.metrics import MetricsServer, PrometheusMetrics

    metrics = PrometheusMetrics()
    with closing(MetricsServer(metrics, address, allow_remote=False)) as server:
        print(f"gr-rfattn: metrics at {server.endpoint}", file=sys.stderr, flush=True)
        yield metrics.add


def told(messages, add):
    """The messages, each given to ``add`` first."""
    for kind, message in messages:
        add(kind, message)
        yield kind, message


def show(arguments, messages) -> None:
    if arguments.count:
        messages = (message for message, _ in zip(messages, range(arguments.count), strict=False))
    if arguments.json:
        for kind, message in messages:
            print(json.dumps({"topic": kind, **message}), flush=True)
    elif arguments.once:
        show_once(messages, arguments.address)
    elif is_screen():
        show_live(messages, arguments.address)
    else:
        for kind, message in messages:
            print(plain(kind, message), flush=True)


def receive(address: str, topic: str, timeout: float):
    """Yields (kind, message) for ever: kind is stats, detections, model or info.

    Raises:
        ValueError: an address that ZMQ does not take, a message of another schema.
        OSError: nothing came for ``timeout`` seconds (0: wait for ever).
    """
    import zmq

    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.subscribe(f"{topic}.")
        try:
            socket.connect(address)
        except zmq.ZMQError as error:
            raise ValueError(f"watch: address {address!r}: {error}") from None
        while True:
            if not socket.poll(int(timeout * 1000) or None):
                raise TimeoutError(f"nothing from {address} on topic {topic!r} in {timeout:g} s")
            frames = socket.recv_multipart()
            yield decode(frames, topic)


def decode(frames: list[bytes], topic: str) -> tuple[str, dict]:
    try:
        name, body = frames
        message = json.loads(body)
        schema = message["schema"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"watch: not a message of gr-rfattn: {frames!r:.80}") from None
    if schema != 1:
        raise ValueError(f"watch: message schema {schema!r}, this version reads 1")
    return name.decode().removeprefix(f"{topic}."), message


def plain(kind: str, message: dict) -> str:
    """A message as one line."""
    if kind == "stats":
        stages = ", ".join(
            f"{s} p50 {milliseconds(message[f'{s}_seconds']['p50'])} "
            f"p99 {milliseconds(message[f'{s}_seconds']['p99'])}"
            for s in STAGES
        )
        steps, dropped = message["steps"], message["dropped_tokens"]
        return f"stats: {steps} steps, {dropped} tokens dropped, {stages}"
    if kind == "detections":
        return (
            f"detection: {message['label']} {message['confidence']:.2f} at sample "
            f"{message['sample_start']}, {hertz(message.get('frequency'))}"
        )
    if kind == "spectra":
        highest = max(value for value in message["peak_db"] if value is not None)
        return (
            f"spectra: {len(message['peak_db'])} values, peak {highest:.1f} dB, "
            f"{hertz(message.get('frequency'))}"
        )
    known = ("schema", "seq", "time_unix_s")
    return f"{kind}: {json.dumps({k: v for k, v in message.items() if k not in known})}"


def is_screen() -> bool:
    """Whether stdout is a terminal on which a cursor moves."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def show_once(messages, address: str) -> None:
    from rich.console import Console

    state = State()
    for kind, message in messages:
        state.add(kind, message)
        if kind == "stats":
            break
    console = Console()
    console.print(screen(state, address, console.width))


def show_live(messages, address: str) -> None:
    """On a screen of its own, until the messages end; what was there before then comes back."""
    from rich.console import Console
    from rich.live import Live

    # Another thread draws some times a second, however many messages come, and after a resize.
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves the screen, too
    state, console = State(), Console()
    with Live(
        console=console,
        screen=True,
        refresh_per_second=_REDRAWS_PER_SECOND,
        get_renderable=lambda: screen(state, address, console.width),
    ):
        for kind, message in messages:
            state.add(kind, message)
