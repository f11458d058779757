# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a `zmq_stats_sink` for the sound of an emission, and receives it; no GNU Radio here."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.audio import AUDIO_TOPIC, Audio, AudioRequest
from gnuradio.rfattn.telemetry.subscriber import decode, subscribe

_MOST_OCTETS = 2**18
"""Of a piece of sound: 5 s."""


def subscribe_audio(
    context_class, address: str, topic: str, request: AudioRequest, name: str, keys: str = ""
):
    """A socket that gets the sound that was asked for; the request lasts as long as the socket.

    Args and errors are those of `subscribe`.
    """
    prefix = f"{AUDIO_TOPIC}/{topic}/{request}"
    return subscribe(context_class, address, topic, name, keys, prefix)


class SoundMessages:
    """Decodes the messages of one request.

    Attributes:
        lost: number of messages that did not arrive.
    """

    def __init__(self, topic: str):
        self._topic, self._next = topic, None
        self.lost = 0

    def read(self, frames: list[bytes]) -> tuple[Audio, np.ndarray]:
        """What a message states, and its samples, int16 [n].

        Raises:
            ValueError: in one line, when it is no message with sound.
        """
        if len(frames) != 3:
            raise ValueError(f"not sound of gr-rfattn: {len(frames)} frames instead of 3")
        _, message = decode(frames[:2], self._topic)
        about, octets = schema.read("audio", message), frames[2]
        if len(octets) % 2 or len(octets) > _MOST_OCTETS:
            raise ValueError(
                f"sound must have an even number of octets up to {_MOST_OCTETS}, got {len(octets)}"
            )
        if octets and about.position is None:
            raise ValueError("audio: position is missing")
        number = message["seq"]
        if self._next is not None and number > self._next:
            self.lost += number - self._next
        self._next = number + 1
        return about, np.frombuffer(octets, "<i2")
