# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a `Follower` keeps between runs: a row for each transmitter and each other part of it.

A transmitter that sends changes its own row. All of them together are megabytes, which a card
would have to take each minute.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict

from sqlalchemy import delete, select

from .logbook import Logbook, state_of
from .tables import STATE

WHOLE = "transmitters "
"""Begins the name of the first row, which ends with the name of the receiver. Everything stood
there before there were others."""
_PART = "transmitter "
"""Begins the names of the others, such as "transmitter 17 RECEIVER": number or name of a part."""
_TRACKS = "tracks"
_FIRST = ""


def transmitter_states(data) -> dict[str, dict]:
    """What is known of the transmitters of each receiver."""
    return {name: _state_of(texts)["station"] for name, texts in _rows(data).items()}


class FollowedState:
    """What is kept of one receiver."""

    def __init__(self, receiver: str):
        self._receiver = receiver
        self._stamp: int | None = None
        self._hashes: dict[str, int] = {}

    def read(self, data) -> dict | None:
        """The state that was kept, or None."""
        texts = _rows(data, self._receiver).get(self._receiver)
        if texts is None:
            return None
        state = _state_of(texts)
        self._stamp = state.pop("stamp", None)
        self._hashes = {part: hash(text) for part, text in texts.items() if part != _FIRST}
        return state

    def write(self, logbook: Logbook, data, state: dict) -> None:
        """Writes what changed.

        Args:
            state: with what joins emissions as ``station``, whose ``tracks``, a list of objects,
                each have a ``number``.
        """
        parts = {part: json.dumps(value) for part, value in _parts_of(state).items()}
        hashes = {part: hash(text) for part, text in parts.items()}
        name = f"{WHOLE}{self._receiver}"
        stamp = (state_of(data, name, locks=True) or {}).get("stamp")
        if stamp is None or stamp != self._stamp:
            # Another program wrote it, or a transaction of this one failed.
            there = _rows(data, self._receiver).get(self._receiver, {})
            self._hashes = dict.fromkeys(there.keys() - {_FIRST})
        gone = self._hashes.keys() - hashes.keys()
        changed = {part for part, found in hashes.items() if self._hashes.get(part) != found}
        if not (changed or gone):
            return
        self._stamp, self._hashes = time.time_ns(), hashes
        names = {part: f"{_PART}{part} {self._receiver}" for part in gone | changed}
        if gone:
            data.execute(delete(STATE).where(STATE.c.name.in_([names[part] for part in gone])))
        first = {"stamp": self._stamp, "station": _first_of(state["station"])}
        rows = {names[part]: parts[part] for part in changed}
        logbook.set_texts(data, {**rows, name: json.dumps(first)})


def _first_of(station: dict) -> dict:
    """What stands in the first row: an earlier version reads there that it cannot read this."""
    return {"version": station.get("version"), **({_TRACKS: []} if _TRACKS in station else {})}


def _parts_of(state: dict) -> dict[str, object]:
    station = state["station"]
    parts = {name: value for name, value in state.items() if name != "station"}
    parts |= {str(track["number"]): track for track in station.get(_TRACKS, ())}
    rest = station.keys() - _first_of(station).keys()
    return parts | {f"station.{name}": station[name] for name in rest}


def _state_of(texts: dict[str, str]) -> dict:
    """The state of which these are the parts."""
    state = json.loads(texts[_FIRST])
    rows = texts.keys() - {_FIRST} if "stamp" in state else ()
    for part in sorted(rows, key=lambda part: (len(part), part)):  # tracks by their numbers
        value = json.loads(texts[part])
        if part.isdecimal():
            state["station"][_TRACKS].append(value)
        elif part.startswith("station."):
            state["station"][part.removeprefix("station.")] = value
        else:
            state[part] = value
    return state


def _rows(data, receiver: str = "") -> dict[str, dict[str, str]]:
    """By receiver and part the texts of one, or of all."""
    row, found = STATE.c, defaultdict(dict)
    mine = row.name.startswith(_PART.rstrip()), row.name.endswith(f" {receiver}", autoescape=True)
    rows = select(row.name, row.value).where(*mine[: 2 if receiver else 1])
    for name, text in data.execute(rows):
        kind, _, whose = name.partition(" ")
        part, _, name = (_FIRST, "", whose) if f"{kind} " == WHOLE else whose.partition(" ")
        if not receiver or name == receiver:
            found[name][part] = text
    return {name: texts for name, texts in found.items() if _FIRST in texts}
