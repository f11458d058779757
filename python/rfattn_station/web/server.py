# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page over HTTP: files, updates as Server-Sent Events, metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.telemetry.http_guard import Guard, GuardedHandler, GuardedServer
from gnuradio.rfattn.telemetry.metrics import PrometheusMetrics
from gnuradio.rfattn.telemetry.metrics_server import MetricsHandler
from tornado.web import Application, HTTPError, StaticFileHandler

from ..tuning.rigctl import Rig
from . import emission_requests
from .feed import TICK_S, Feed
from .recordings import Recordings
from .sound import Sound, SoundHandler
from .station_requests import StationHandler

if TYPE_CHECKING:  # needs SQLAlchemy
    from .station import StationView

PAGE = Path(__file__).parent / "page"
_MAX_READERS = 32
_END = ""  # of the events of a reader
_WAITING_UPDATES = 20  # for a slow reader; it then gets a snapshot instead
_BEAT_S = 2.0  # a page that gets none for some time takes the connection for dead


class PageServer:
    """Serves the page of one feed until `close`, inside a running asyncio loop.

    Args:
        feed: what the page shows; its `update` is called here only.
        metrics: what /metrics serves.
        host, port: to bind; port 0: any free one.
        guard: decides which requests are answered.
        source: where the messages come from, for the page.
        recordings: where the I/Q of emissions lies; its files are all that is served of it, and
            labels that a person chose are written into it.
        sound: where the sound of emissions comes from.
        rig: the receiver that a reader may send to emissions; None: there is none.
        station: what answers from the logbook of the station; None: there is none.

    Attributes:
        endpoint: the page's URL, with the port that is bound.

    Raises:
        OSError: when the address cannot be bound.
    """

    def __init__(
        self,
        feed: Feed,
        metrics: PrometheusMetrics,
        host: str,
        port: int,
        guard: Guard,
        source: str,
        recordings: Recordings,
        sound: Sound,
        rig: Rig | None = None,
        station: StationView | None = None,
    ):
        self._feed = feed
        self._readers: set[asyncio.Queue] = set()
        shared = {"guard": guard}
        hello = {
            "source": source,
            "recordings": bool(recordings),
            "receiver": rig.address if rig else "",
            "station": station is not None,
            "classes": sorted(known_of("family")),
        }
        of_emissions = {"feed": feed, "recordings": recordings, "rig": rig}
        application = Application(
            [
                (r"/()", _File, {**shared, "path": PAGE, "default_filename": "index.html"}),
                (r"/events", _Events, {**shared, "subscribe": self._subscribe, "hello": hello}),
                (r"/metrics", MetricsHandler, {**shared, "metrics": metrics}),
                (r"/station", StationHandler, {**shared, "station": station}),
                (
                    rf"/sound/{emission_requests.KEY}",
                    SoundHandler,
                    {**shared, "feed": feed, "sound": sound},
                ),
                *emission_requests.handlers({**shared, **of_emissions}),
                (r"/([\w.]+)", _File, {**shared, "path": PAGE}),
            ],
            log_function=lambda handler: None,
        )
        self._server = GuardedServer(application, host, port)
        self.endpoint = f"{self._server.endpoint}/"
        self._ticking = asyncio.create_task(self._tick())

    async def close(self) -> None:
        """Ends all connections and frees the address."""
        self._ticking.cancel()
        for queue in self._readers:
            self._replace(queue, _END)
        await self._server.end()
        while self._readers:  # a task that is cancelled instead logs a traceback
            await asyncio.sleep(0.01)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._tell()

    def _tell(self) -> None:
        """Offers what is new to all readers."""
        update = self._feed.update()
        if update is not None:
            event = _event("update", update)
            for queue in self._readers:
                self._offer(queue, event)

    def _offer(self, queue: asyncio.Queue, event: str) -> None:
        if queue.full():
            self._replace(queue, _event("snapshot", self._feed.snapshot()))
        else:
            queue.put_nowait(event)

    def _replace(self, queue: asyncio.Queue, event: str) -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(event)

    @contextlib.contextmanager
    def _subscribe(self):
        if len(self._readers) >= _MAX_READERS:
            raise HTTPError(503, reason=f"More than {_MAX_READERS} pages are open")
        self._tell()  # what the snapshot has must not come again
        queue = asyncio.Queue(_WAITING_UPDATES)
        queue.put_nowait(_event("snapshot", self._feed.snapshot()))
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)


def _event(name: str, value: dict) -> str:
    return f"event: {name}\ndata: {json.dumps(value, allow_nan=False)}\n\n"


class _File(GuardedHandler, StaticFileHandler):
    IS_LINKED = True

    def initialize(self, guard: Guard, path: Path, default_filename: str | None = None) -> None:
        GuardedHandler.initialize(self, guard)
        StaticFileHandler.initialize(self, str(path), default_filename)


class _Events(GuardedHandler):
    def initialize(self, guard: Guard, subscribe, hello: dict) -> None:
        super().initialize(guard)
        self._subscribe, self._hello = subscribe, hello

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        with self._subscribe() as queue:
            is_read = await self.send(_event("hello", self._hello))
            while is_read and (event := await self._next(queue)) != _END:
                is_read = await self.send(event)

    async def _next(self, queue: asyncio.Queue) -> str:
        try:
            return await asyncio.wait_for(queue.get(), _BEAT_S)
        except TimeoutError:
            return _event("beat", {})
