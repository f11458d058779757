# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page and programs ask for about emissions: the history, one of them, content, files of
I/Q, pictures, corrected labels, a receiver at one of them."""

from __future__ import annotations

import asyncio
import math
from dataclasses import fields
from pathlib import Path

from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.recordings.sigmf import META_SUFFIX
from gnuradio.rfattn.reporting import octets
from gnuradio.rfattn.telemetry.http_guard import Guard
from tornado.web import HTTPError

from ..tuning.dial import dial_of
from ..tuning.rigctl import Rig
from .corrections import check_label, correct
from .feed import Feed
from .history import Query
from .json_handler import JsonHandler
from .recordings import Recordings, stated_frequency
from .spectrogram import spectrogram

KEY = r"(\d{1,18}\.\d{1,18})"
"""Of an emission, in a route: numbers of 64 bits."""
_PART_BYTES = 2**18  # of a recording, sent at a time
_MOST_WORDS = 8


def handlers(shared: dict) -> list[tuple]:
    """The routes of this module; ``shared`` are the arguments of its handlers."""
    key, name = KEY, r"([\w.+-]+)"
    return [
        (r"/history", _History, shared),
        (rf"/emissions/{key}", _Emission, shared),
        (rf"/contents/{key}", _Contents, shared),
        (rf"/recordings/{key}", _RecordingList, shared),
        (rf"/recordings/{key}/{name}", _Recording, shared),
        (rf"/spectrogram/{key}/{name}", _Spectrogram, shared),
        (rf"/label/{key}", _Label, shared),
        (rf"/tune/{key}", _Tune, shared),
    ]


class _OfEmissions(JsonHandler):
    def initialize(self, guard: Guard, feed: Feed, recordings: Recordings, rig: Rig | None) -> None:
        super().initialize(guard)
        self._feed, self._recordings, self._rig = feed, recordings, rig

    def files(self, key: str) -> dict[str, Path]:
        found = self._feed.emission(key)
        if found is None:
            raise HTTPError(404)
        return self._recordings.of(found)

    def answer_or_404(self, found: dict | None) -> None:
        if found is None:
            raise HTTPError(404)
        self.answer(found)


class _History(_OfEmissions):
    """The emissions that ended and were found by words, band and order: see `History.find`."""

    def get(self) -> None:
        try:
            query = Query(
                words=tuple(self.get_query_argument("words", "").split()[:_MOST_WORDS]),
                low=self._hertz("low"),
                high=self._hertz("high"),
                sort=self.get_query_argument("sort", "time"),
                descends=self.get_query_argument("descends", "1") == "1",
                sidebands=self.get_query_argument("sidebands", "0") == "1",
                named=self.get_query_argument("named", "0") == "1",
            )
        except ValueError as error:
            self.refuse(400, error)
            return
        self.answer(self._feed.history.find(query))

    def _hertz(self, name: str) -> float | None:
        text = self.get_query_argument(name, "")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a number of Hz, got {text!r:.40}")
        return value


class _Emission(_OfEmissions):
    """One emission, live or ended: see `Feed.emission`."""

    def get(self, key: str) -> None:
        self.answer_or_404(self._feed.emission(key))


class _Contents(_OfEmissions):
    """What was read from the signal of an emission: see `EmissionFeed.contents`."""

    def get(self, key: str) -> None:
        self.answer_or_404(self._feed.contents(key))


class _RecordingList(_OfEmissions):
    """The files of an emission: their names, and their sizes as text and in bytes."""

    def get(self, key: str) -> None:
        files = self.files(key).items()
        sizes = {name: path.stat().st_size for name, path in files}
        self.answer([{"name": n, "size": octets(s), "bytes": s} for n, s in sizes.items()])


class _Recording(_OfEmissions):
    """A file of an emission, to be saved."""

    async def get(self, key: str, name: str) -> None:
        path = self.files(key).get(name)
        if path is None:
            raise HTTPError(404)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        with path.open("rb") as file:
            while part := file.read(_PART_BYTES):
                if not await self.send(part):
                    return


class _Spectrogram(_OfEmissions):
    """The spectrogram of a recording, which is named by its metadata."""

    async def get(self, key: str, name: str) -> None:
        path = self.files(key).get(name)
        if path is None or not name.endswith(META_SUFFIX):
            raise HTTPError(404)
        try:
            self.answer(await asyncio.to_thread(spectrogram, path))
        except (RecordingError, OSError, ValueError) as error:
            self.refuse(409, error)


class _Label(_OfEmissions):
    """Gives an emission the label that a person chose, in the metadata of its I/Q."""

    def post(self, key: str) -> None:
        label = self.get_query_argument("label", "")
        metas = [p for n, p in self.files(key).items() if n.endswith(META_SUFFIX)]
        if not metas:
            self.refuse(409, "a label is saved beside the I/Q of the emission, and there is none")
            return
        try:
            label = check_label(label)
            files = correct(metas, label, stated_frequency(metas[0].name))
        except (RecordingError, OSError, ValueError) as error:
            self.refuse(409, error)
            return
        self._feed.correct(key, label)
        self.answer({"files": files})


class _Tune(_OfEmissions):
    """Sends the receiver of ``--rigctl`` to an emission, with the mode of its label."""

    async def post(self, key: str) -> None:
        found = self._feed.emission(key)
        if found is None:
            raise HTTPError(404)
        if self._rig is None:
            self.refuse(409, "no receiver: start serve with --rigctl HOST:PORT")
            return
        try:
            stated = {field.name: found[field.name] for field in fields(Emission)}
            emission = Emission(**{**stated, "bursts": []})  # which an entry has in another form
            dial = dial_of(emission, found["corrected"] or emission.label)
            await self._rig.tune(dial)
        except asyncio.CancelledError:  # the server ends; Tornado would log a traceback
            return
        except ValueError as error:
            self.refuse(409, error)
            return
        self.answer({"dial": str(dial), "receiver": self._rig.address})
