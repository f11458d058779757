# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of an emission as Server-Sent Events, for listeners on the page."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json

from gnuradio.rfattn.catalogue.class_row import sideband_middle
from gnuradio.rfattn.messages.audio import AUDIO_RATE, AUTO, MODES, AudioRequest
from gnuradio.rfattn.messages.entries import to_dict
from gnuradio.rfattn.telemetry.http_guard import Guard, GuardedHandler

from ..sound.audio_subscriber import SoundMessages, subscribe_audio
from .feed import Feed

_MOST_LISTENERS = 8
_BEAT_S = 2.0


class Sound:
    """Where the sound of the flowgraph comes from.

    Args:
        address: where it publishes; topic, keys: see `subscribe`.
    """

    def __init__(self, address: str, topic: str, keys: str):
        self._address, self._topic, self._keys = address, topic, keys
        self._listeners = 0

    @contextlib.contextmanager
    def open(self, request: AudioRequest):
        """Gives a socket for a request, and what decodes its messages; None where as many listen
        as may."""
        from zmq.asyncio import Context

        if self._listeners >= _MOST_LISTENERS:
            yield None
            return
        self._listeners += 1
        try:
            with subscribe_audio(
                Context, self._address, self._topic, request, "sound", self._keys
            ) as socket:
                yield socket, SoundMessages(self._topic)
        finally:
            self._listeners -= 1


class SoundHandler(GuardedHandler):
    """Sends the sound of an emission until it ends or the reader is gone.

    Each event ``sound`` is an object: state, as in `Audio`, "busy" where as many listen as may, or
    "silent" where nothing comes from the flowgraph; rate, samples a second; and where known id,
    frequency, label, demodulation, position, samples_lost, lost, the number of messages that did
    not arrive, and pcm, samples of 16 bits, little-endian, in base64.
    """

    def initialize(self, guard: Guard, feed: Feed, sound: Sound) -> None:
        super().initialize(guard)
        self._feed, self._sound = feed, sound

    async def get(self, key: str) -> None:
        mode = self.get_query_argument("mode", AUTO)
        entry = self._feed.emission(key)
        if entry is None or mode not in MODES:
            self.set_status(404 if entry is None else 400)
            return
        self.set_header("Content-Type", "text/event-stream")
        stays = self.get_query_argument("stay", "0") == "1"
        if not (entry["is_live"] or stays):
            await self._tell({"state": "ended"})
            return
        with self._sound.open(_request(entry, mode, stays)) as found:
            if found is None:
                await self._tell({"state": "busy"})
            else:
                await self._pass_on(*found, stays)

    async def _pass_on(self, socket, messages: SoundMessages, stays: bool) -> None:
        state = ""
        while state != "ended" or stays:
            try:
                frames = await asyncio.wait_for(socket.recv_multipart(), _BEAT_S)
                about, samples = messages.read(frames)
                state = about.state
                event = {**to_dict(about), "lost": messages.lost}
                if len(samples):
                    event["pcm"] = base64.b64encode(samples.tobytes()).decode()
            except TimeoutError:
                event = {"state": "silent"}
            except ValueError as error:
                self._feed.complain(str(error))
                continue
            if not await self._tell(event):
                return

    async def _tell(self, event: dict) -> bool:
        text = json.dumps({**event, "rate": AUDIO_RATE}, allow_nan=False)
        return await self.send(f"event: sound\ndata: {text}\n\n")


def _request(entry: dict, mode: str, stays: bool) -> AudioRequest:
    """What asks for an emission or, where the listener stays, for the frequency of it."""
    if not stays:
        return AudioRequest(entry["id"], None, mode)
    middle = (entry["freq_lower"] + entry["freq_upper"]) / 2
    return AudioRequest(None, round(middle - sideband_middle(mode)), mode)
