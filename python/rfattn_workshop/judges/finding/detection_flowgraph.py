# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the block emission_detector over samples in memory and collects what it reports."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn_station.learning.boxes import Box

EXPECTED_FLAGS = {"dc", "image"}
"""What a flagged emission is without a transmitter there."""


@dataclass
class Found:
    """What a detector reported of one emission."""

    boxes: list[Box] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)


class EmissionCollector(MessageSink):
    """Keeps every message of the port emissions."""

    TOPICS = ("emissions",)

    def __init__(self):
        super().__init__()
        self.messages: list[dict] = []

    def _receive(self, topic: str, message: dict) -> None:
        self.messages.append(message)


def find_emissions(samples: np.ndarray, sample_rate: float) -> dict[int, Found]:
    """Runs the detector over complex64 samples; returns what it found by emission id."""
    # A file_source reads samples a hundred times as fast as a vector_source takes an array over.
    with tempfile.NamedTemporaryFile(suffix=".cf32") as file:
        np.asarray(samples, np.complex64).tofile(file)
        file.flush()
        source = blocks.file_source(gr.sizeof_gr_complex, file.name, False)
        return _run(source, rfattn.emission_detector(sample_rate))


def find_in_parts(parts: Iterable[np.ndarray], sample_rate: float) -> dict[int, Found]:
    """The same of samples that come part by part, and do not fit into memory."""
    end, begin = os.pipe()

    def write():
        with contextlib.suppress(BrokenPipeError), open(begin, "wb") as pipe:
            for part in parts:
                pipe.write(part.astype(np.complex64, copy=False).tobytes())

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    source = blocks.file_descriptor_source(gr.sizeof_gr_complex, end, False)  # closes the pipe
    found = _run(source, rfattn.emission_detector(sample_rate))
    writer.join()
    return found


def _run(source, detector) -> dict[int, Found]:
    top = gr.top_block("detection")
    collector = EmissionCollector()
    top.connect(source, detector)
    top.msg_connect(detector, "emissions", collector, "emissions")
    top.run()
    collector.drain()
    if detector.error():
        raise RuntimeError(detector.error())
    return collect(collector.messages)


def collect(messages: Iterable[dict]) -> dict[int, Found]:
    """The boxes of each emission: each burst with the edges of the message that reported it, and
    the burst that was on the air at the last message."""
    found: dict[int, Found] = {}
    last: dict[int, dict] = {}
    for message in messages:
        emission = found.setdefault(message["id"], Found())
        pairs = np.reshape(np.asarray(message.get("bursts", ()), np.int64), (-1, 2))
        emission.boxes += [_box(message, start, count) for start, count in pairs.tolist()]
        emission.flags |= {str(flag) for flag in message.get("flags", ())}
        last[message["id"]] = message
    for number, message in last.items():
        if "burst_start" in message:
            start = message["burst_start"]
            end = message["sample_start"] + message["sample_count"]
            if end > start:
                found[number].boxes.append(_box(message, start, end - start))
    return found


def _box(message: dict, start: int, count: int) -> Box:
    return Box(start, count, message["freq_lower"], message["freq_upper"], message["id"])


def boxes_of(found: dict[int, Found]) -> list[Box]:
    return [box for emission in found.values() for box in emission.boxes]


def flagged(found: dict[int, Found]) -> set[int]:
    """Emissions that the detector itself takes for the receiver's."""
    return {number for number, emission in found.items() if emission.flags & EXPECTED_FLAGS}
