# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the frames of emissions state."""

from __future__ import annotations

import math

import pmt

from ..content import read_frame
from ..messages import schema
from ..messages.as_pmt import to_message
from ..messages.decoded import MOST_TEXT
from .parts.message_sink import MessageSink
from .parts.policy import check_policy

_DECODED = pmt.intern("decoded")
_LEAST_TEXT = 20


class frame_contents(MessageSink):
    """Reads what frames with a right checksum state: fields, and one line of text.

    AIS: MMSI, type of message, position, speed and name. Mode S: address, kind of squitter,
    callsign and altitude. AX.25 (APRS, packet radio, satellites): callsigns, path and text. Z-Wave:
    home id and nodes. Where the packages `pyais` and `pyModeS` are installed, all of their fields
    come, too.

    Messages in:
        - frames: dictionaries of `emission_extractor`, where it sends contents.

    Messages out:
        - decoded: a dictionary for each frame: id (uint64), source (symbol, the format),
          sample_start (uint64), is_right, text (u8vector of UTF-8, without control characters),
          bits (u8vector), and fields, a dictionary of numbers, truth values and texts, which are
          u8vectors.

    Args:
        most_text: longest text, characters, 20 to 500; what is longer ends with "…".
        policy: when messages come faster than they can be read: "block" keeps all in memory, which
            suits a recording; "drop" discards the oldest while more than 2000 wait, which suits a
            receiver.

    Attributes:
        messages_lost: number of messages that policy "drop" has discarded.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    TOPICS = ("frames",)

    def __init__(self, most_text=MOST_TEXT, policy="block"):
        if not _LEAST_TEXT <= most_text <= MOST_TEXT:
            raise ValueError(
                f"frame_contents: most_text must be from {_LEAST_TEXT} to {MOST_TEXT}, "
                f"got {most_text}"
            )
        check_policy("frame_contents", policy)
        self._most_text, self._n_samples = most_text, math.inf
        MessageSink.__init__(self, drops=policy == "drop", is_guest=True)
        self.message_port_register_out(_DECODED)

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Sends no frame that begins behind the first ``n_samples``, where a tail is played behind
        a recording, as in `emission_labels`."""
        self._n_samples = n_samples

    def _receive(self, topic: str, message: dict) -> None:
        frame = schema.read(topic, message)
        if frame.sample_start < self._n_samples:
            decoded = read_frame(frame, self._most_text)
            self.message_port_pub(_DECODED, to_message(decoded))
