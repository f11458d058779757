# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page asks for about the station: its logbook, and names that a person gives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gnuradio.rfattn.telemetry.http_guard import Guard
from tornado.web import HTTPError

from .json_handler import JsonHandler

if TYPE_CHECKING:  # needs SQLAlchemy
    from .station import StationView


class StationHandler(JsonHandler):
    """The station, and names that a person gives transmitters."""

    def initialize(self, guard: Guard, station: StationView | None) -> None:
        super().initialize(guard)
        self._station = station

    def prepare(self) -> None:
        super().prepare()
        if self._station is None:
            raise HTTPError(404)

    async def get(self) -> None:
        await self._reply(self._station.answer())

    async def post(self) -> None:
        asked = {name: self.get_query_argument(name, "") for name in ("key", "name", "muted")}
        named = self._station.name(asked["key"], asked["name"].strip(), asked["muted"] == "1")
        await self._reply(named)

    async def _reply(self, answer) -> None:
        try:
            self.answer(await answer or {})
        except asyncio.CancelledError:  # the server ends; Tornado would log a traceback
            return
        except ValueError as error:
            self.refuse(409, error)
