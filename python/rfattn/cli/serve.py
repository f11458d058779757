# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve a web page that shows what a flowgraph publishes, and its metrics; needs no GNU Radio.

The flowgraph is another process: gr-rfattn live or label --throttle with --stats ADDRESS, or your
own flowgraph with a zmq_stats_sink. It may start later, end and start again. Metrics for Prometheus
are under /metrics.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from .watch import decode, subscribe


def add_arguments(parser) -> None:
    parser.add_argument(
        "--stats",
        metavar="ADDRESS",
        default="tcp://127.0.0.1:5557",
        help="where the flowgraph publishes (default: %(default)s)",
    )
    parser.add_argument(
        "--topic", default="rfattn", help="topic of the sink (default: %(default)s)"
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:8080",
        help="address of the page; port 0: any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="let --listen take an address that other machines reach; there is no password",
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="DIR",
        help="offer the I/Q of emissions from the folder that label or live --record DIR writes",
    )


def run(arguments) -> int:
    from ..telemetry.bind_address import http_address

    folder = arguments.recordings
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ValueError(f"serve: --recordings must be a folder, got {folder}")
    host, port = http_address("serve: --listen", arguments.listen, arguments.allow_remote)
    try:
        asyncio.run(serve(arguments.stats, arguments.topic, host, port, folder))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    return 0


async def serve(address: str, topic: str, host: str, port: int, folder: Path | None) -> None:
    """Serves the page until it is cancelled.

    Raises:
        ValueError: in one line, when ZMQ does not take ``address`` or the page's cannot be bound.
    """
    from ..telemetry.metrics import PrometheusMetrics
    from ..telemetry.web.feed import Feed
    from ..telemetry.web.recordings import Recordings
    from ..telemetry.web.server import PageServer

    # As asyncio.run does for Ctrl-C: an `except` of other code may catch what a handler raises.
    cancel = asyncio.current_task().cancel
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, cancel)
    feed = Feed()
    metrics = PrometheusMetrics(feed.state)
    try:
        server = PageServer(feed, metrics, host, port, address, Recordings(folder))
    except OSError as error:
        raise ValueError(f"serve: cannot bind {host}:{port}: {error.strerror or error}") from None
    try:
        print(
            f"gr-rfattn: page at {server.endpoint}, with the messages from {address}",
            file=sys.stderr,
            flush=True,
        )
        await read(address, topic, feed)
    finally:
        await server.close()


async def read(address: str, topic: str, feed) -> None:
    """Adds each message to the feed, without end."""
    from zmq.asyncio import Context

    with subscribe(Context, address, topic, "serve: --stats") as socket:
        while True:
            take(await socket.recv_multipart(), topic, feed)


def take(frames: list[bytes], topic: str, feed) -> None:
    """Adds one message to the feed; the page shows why an invalid one was ignored."""
    try:
        feed.add(*decode(frames, topic))
    except ValueError as error:
        feed.complain(str(error))
