# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve a web page that shows what a flowgraph publishes, and its metrics; needs no GNU Radio.

The flowgraph is another process: gr-rfattn live with --stats ADDRESS, or your own flowgraph with a
zmq_stats_sink. It may start later, end and start again. Metrics for Prometheus
are under /metrics.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from gnuradio.rfattn.cli.sources.sinks import add_hosts_option, add_publisher_options
from gnuradio.rfattn.telemetry.subscriber import decode, subscribe

from .keeping import check_packages
from .rig import add_rigctl_option, rig_of


def add_arguments(parser) -> None:
    add_publisher_options(parser)
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:8080",
        help="address of the page; port 0: any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        default="",
        help="file with a token that the page and /metrics ask for (16 or more letters and digits, "
        "readable by its owner only); needed for a --listen that other machines reach",
    )
    add_hosts_option(parser)
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="DIR",
        help="offer the I/Q of emissions from the folder that label or live --record DIR writes",
    )
    parser.add_argument(
        "--station",
        metavar="DIR",
        default="",
        help="show transmitters and events of the logbook of live --station DIR, or of one "
        "on a server: postgresql://USER@HOST/NAME",
    )
    add_rigctl_option(parser)


def run(arguments) -> int:
    from gnuradio.rfattn.telemetry.bind_address import http_address
    from gnuradio.rfattn.telemetry.http_guard import Guard, read_hosts, read_token

    folder = arguments.recordings
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ValueError(f"serve: --recordings must be a folder, got {folder}")
    rig = rig_of("serve", arguments.rigctl) if arguments.rigctl else None
    if arguments.station:
        check_packages("serve --station")
    token = read_token(arguments.token_file, "serve: --token-file")
    host, port = http_address("serve: --listen", arguments.listen, token)
    guard = Guard(host, token, read_hosts(arguments.hosts, "serve: --hosts"))
    try:
        asyncio.run(serve(arguments, host, port, guard, rig))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    return 0


async def serve(arguments, host: str, port: int, guard, rig) -> None:
    """Serves the page until it is cancelled.

    Args:
        guard: a `Guard`.
        rig: a `Rig` that the page may send to emissions; None: there is none.

    Raises:
        ValueError: in one line, when ZMQ does not take ``--stats`` or the page's address cannot be
            bound.
    """
    from gnuradio.rfattn.telemetry.metrics import PrometheusMetrics

    from ..web.feed import Feed
    from ..web.recordings import Recordings
    from ..web.server import PageServer
    from ..web.sound import Sound

    # An `except` of other code may catch what a handler of signals raises.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    feed = Feed()
    metrics = PrometheusMetrics(feed.state)
    address, recordings = arguments.stats, Recordings(arguments.recordings)
    sound = Sound(address, arguments.topic, arguments.keys)
    station = None
    if arguments.station:
        from ..web.station import StationView

        station = StationView(arguments.station)
    of_emissions = recordings, sound, rig, station
    try:
        server = PageServer(feed, metrics, host, port, guard, address, *of_emissions)
    except OSError as error:
        raise ValueError(f"serve: cannot bind {host}:{port}: {error.strerror or error}") from None
    try:
        _report(f"page at {server.endpoint}, with the messages from {address}")
        await read(arguments, feed)
    finally:
        await server.close()
        if station is not None:
            station.close()


def _report(text: str) -> None:
    print(f"gr-rfattn: {text}", file=sys.stderr, flush=True)


async def read(arguments, feed) -> None:
    """Adds each message to the feed, without end."""
    from zmq.asyncio import Context

    topic = arguments.topic
    with subscribe(Context, arguments.stats, topic, "serve: --stats", arguments.keys) as socket:
        while True:
            take(await socket.recv_multipart(), topic, feed)


def take(frames: list[bytes], topic: str, feed) -> None:
    """Adds one message to the feed; the page shows why an invalid one was ignored."""
    try:
        feed.add(*decode(frames, topic))
    except ValueError as error:
        feed.complain(str(error))
