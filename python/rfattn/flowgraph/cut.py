# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the emissions out of samples with the blocks of the running path, for training and tests."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pmt
from gnuradio import blocks, gr

from ..blocks.lifetime import KeptByFlowgraph
from ..blocks.message_sink import MessageSink
from ..emissions.boxes import Box
from ..emissions.record import EmissionRecord, EmissionRecords
from ..recordings.emission_features import FEATURES
from ..recordings.front_end import FrontEnd
from ..recordings.tail import tail_of
from ..rfattn_python import emission_detector, emission_extractor, tags
from ..telemetry import schema

LEAD_S = 0.2
"""Duration of what is played before the samples, from which the detector learns the floor."""
LOOKBACK_S = 0.2
"""Longer than that of a receiver: what is on the air when the detector begins is cut, too."""


@dataclass
class CutEmission:
    """One emission that the detector found, and the tokens of its channels."""

    record: EmissionRecord
    first: int = 0
    """Number of the first sample, after what the detector learnt from."""
    last: int = 0
    """Number of the last sample, plus one."""
    segments: list[np.ndarray] = field(default_factory=list)
    """Tokens of each segment in their order, float32 [T, n_bins + features]; a segment ends where
    the channel changes."""

    def boxes(self) -> list[Box]:
        """The bursts; frequencies relative to the centre of the band."""
        latest, found = self.record.latest, []
        centre = latest.rx_freq or 0.0
        low, high = latest.freq_lower - centre, latest.freq_upper - centre
        for start, count in self.record.all_bursts():
            begin = max(0, start - self.first)
            end = min(start + count, self.last) - self.first
            if end > begin:
                found.append(Box(begin, end - begin, low, high, latest.id))
        return found


def cut(
    samples: np.ndarray,
    sample_rate: float,
    front_end: FrontEnd,
    sides: str = "two",
    sensitivity: float = 0.01,
    learn: bool = True,
) -> list[CutEmission]:
    """Finds the emissions in samples and makes their tokens, as a flowgraph does.

    Args:
        samples: complex64 [n], full scale 1.0; or real ones, with ``sides`` "one".
        sample_rate: Hz.
        front_end: of the channels, two-sided.
        learn: play `LEAD_S` of the samples backwards first (or what else `tail_of` gives), so that
            the detector has learnt the floor when they begin. What it finds there is left out, and
            so is what it finds behind the samples, where a tail is played in any case, until the
            extractor has all.

    Returns:
        The emissions in the order of their ids.

    Raises:
        RuntimeError: a block ended with an error.
    """
    lead = tail_of(samples[::-1], sample_rate, LEAD_S)[::-1] if learn else samples[:0]
    tail = tail_of(samples, sample_rate, LOOKBACK_S)
    band = np.concatenate([lead, samples, tail], dtype=np.complex64)
    width = front_end.n_bins + len(FEATURES)
    detector = emission_detector(sample_rate, sensitivity, sides)
    extractor = emission_extractor(
        sample_rate,
        front_end.fft_size,
        front_end.hop,
        front_end.n_bins,
        front_end.window,
        front_end.averaging,
        front_end.scale,
        front_end.dc,
        LOOKBACK_S,
        max_emissions=256,
        features=True,
    )
    sink, found = blocks.vector_sink_f(width, 1 << 16), _Records()
    graph = gr.top_block("cut")
    graph.connect(_ArraySource(band), detector, extractor, sink)
    graph.msg_connect(detector, "emissions", found, "emissions")
    graph.run()
    found.drain()
    for block in (detector, extractor):
        if block.error():
            raise RuntimeError(block.error())
    tokens = np.array(sink.data(), np.float32).reshape(-1, width)
    first, last = len(lead), len(lead) + len(samples)
    cuts = {r.latest.id: CutEmission(r, first, last) for r in found.records.all()}
    begin_s, end_s = first / sample_rate, last / sample_rate
    for (number, _), parts in _segments(sink.tags(), len(tokens), begin_s, end_s).items():
        joined = np.concatenate([tokens[a:b] for a, b in parts])
        if len(joined):
            cuts[number].segments.append(joined)
    return [cuts[number] for number in sorted(cuts) if cuts[number].boxes()]


def _segments(
    found, count: int, begin_s: float, end_s: float
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """First token and last one + 1 of each part within these times, by stream and segment."""
    marks = []
    for tag in found:
        if pmt.symbol_to_string(tag.key) == tags.SEGMENT:
            stream, segment, start, rate = (
                pmt.to_python(pmt.dict_ref(tag.value, pmt.intern(key), pmt.PMT_NIL))
                for key in (
                    tags.KEY_STREAM,
                    tags.KEY_SEGMENT,
                    tags.KEY_SAMPLE_START,
                    tags.KEY_RX_RATE,
                )
            )
            hop = pmt.to_python(
                pmt.dict_ref(
                    pmt.dict_ref(tag.value, pmt.intern(tags.KEY_FRONT_END), pmt.PMT_NIL),
                    pmt.intern(tags.KEY_HOP),
                    pmt.PMT_NIL,
                )
            )
            early = max(0, int(np.ceil((begin_s * rate - start) / hop)))
            late = max(0, int(np.floor((end_s * rate - start) / hop)))
            marks.append((tag.offset, (stream, segment), early, late))
    parts: dict[tuple[int, int], list[tuple[int, int]]] = {}
    ends = [*(mark[0] for mark in marks), count][1:]
    for (first, name, early, late), end in zip(marks, ends, strict=True):
        end = min(end, first + late)
        parts.setdefault(name, []).append((min(first + early, end), end))
    return parts


class _ArraySource(KeptByFlowgraph, gr.sync_block):
    """Sends an array; `vector_source` would make a list of it first."""

    def __init__(self, samples: np.ndarray):
        gr.sync_block.__init__(self, "array", None, [np.complex64])
        self._samples, self._sent = samples, 0

    def work(self, input_items, output_items):
        part = self._samples[self._sent : self._sent + len(output_items[0])]
        output_items[0][: len(part)] = part
        self._sent += len(part)
        return len(part) or -1


class _Records(MessageSink):
    """Collects the messages of the detector."""

    TOPICS = ("emissions",)

    def __init__(self):
        self.records = EmissionRecords()
        MessageSink.__init__(self)

    def _receive(self, topic: str, message: dict) -> None:
        self.records.add(schema.read(topic, message))
