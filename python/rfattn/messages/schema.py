# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topics: the class of each message, and what is added to all of them.

Each class is in a file beside this one, and has each field once, with its type, its meaning and its
metric. Blocks send messages as PMT dictionaries, `zmq_stats_sink` as JSON with an `Envelope` around
them. Names end in their unit where the type does not give it. A field that is None is absent from
the message. No GNU Radio here.
"""

from __future__ import annotations

from dataclasses import dataclass

from .audio import Audio, Request
from .decoded import Decoded
from .detection import Detection
from .edge import Edge
from .emission import Emission
from .entries import entry, read_as
from .event import Event
from .findings import Findings
from .frame import Frame
from .limits import SECONDS
from .model import Info, Model
from .spectra import Spectra
from .stats import Stats

SCHEMA = 1
"""Version of all messages."""


@dataclass(frozen=True)
class Envelope:
    """What `zmq_stats_sink` adds to every message."""

    schema: int = entry("Version of these messages.")
    seq: int = entry("Number of the message within its topic, from 0.")
    time_unix_s: float = entry("When it was sent, s since 1970.", **SECONDS)


MESSAGES = {
    "stats": Stats,
    "detections": Detection,
    "emissions": Emission,
    "findings": Findings,
    "frames": Frame,
    "decoded": Decoded,
    "spectra": Spectra,
    "model": Model,
    "info": Info,
    "edges": Edge,
    "events": Event,
    "requests": Request,
    "audio": Audio,
}
"""Class by topic, which is the name of the message port, too."""


def read(topic: str, message: dict):
    """The message of ``topic`` as an object of its class; fields that it lacks are ignored.

    Raises:
        ValueError: naming the topic, the field and its rule, when a field is missing or wrong.
    """
    return read_as(MESSAGES[topic], message, topic)
