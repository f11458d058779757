# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the emissions out of samples with the blocks of the running path, for training and tests."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pmt
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.emission_extractor import emission_extractor
from gnuradio.rfattn.blocks.parts.lifetime import KeptByFlowgraph
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.known_emission import KnownEmission
from gnuradio.rfattn.emissions.record import EmissionRecord, EmissionRecords
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.tail import tail_of
from gnuradio.rfattn.rfattn_python import emission_detector, tags

from ..learning.boxes import Box

LEAD_S = 0.2
"""Duration of what is played before the samples, from which the detector learns the floor."""
LOOKBACK_S = 0.2
"""Longer than that of a receiver, so that what is on the air at the first sample is cut, too."""
_MAX_EMISSIONS = 256
_SEGMENT_KEYS = (tags.KEY_STREAM, tags.KEY_SEGMENT, tags.KEY_SAMPLE_START, tags.KEY_RX_RATE)


@dataclass
class CutEmission:
    """One emission that the detector found, and the tokens of its channels."""

    record: EmissionRecord
    facts: Facts
    """What detector and extractor measured of it."""
    first: int
    """Number of the first of the samples, behind those of `LEAD_S`."""
    last: int
    """Number of the last of the samples, plus one."""
    segments: list[np.ndarray] = field(default_factory=list)
    """Tokens of each segment in their order, float32 [T, n_bins + features]; a segment ends where
    the channel changes."""

    def boxes(self) -> list[Box]:
        """The bursts within the samples."""
        return boxes_within(self.record, self.first, self.last)


def boxes_within(record: EmissionRecord, first: int, last: int) -> list[Box]:
    """The bursts of an emission within some samples, which its boxes count from; frequencies in Hz
    relative to the centre of the band.

    Args:
        first, last: numbers of the first of the samples, and of the last one plus one.
    """
    latest, found = record.latest, []
    centre = latest.rx_freq or 0.0
    low, high = latest.freq_lower - centre, latest.freq_upper - centre
    for start, count in record.all_bursts():
        begin, end = max(0, start - first), min(start + count, last) - first
        if end > begin:
            found.append(Box(begin, end - begin, low, high, latest.id))
    return found


def cut(
    samples: np.ndarray, sample_rate: float, front_end: FrontEnd, sides: str = "two"
) -> list[CutEmission]:
    """Finds the emissions in samples and makes their tokens, as a flowgraph does.

    `LEAD_S` of what `tail_of` gives is played before the samples, so that the detector has a noise
    floor when they begin, and `LOOKBACK_S` behind them, until the extractor has all. What is found
    there is left out.

    Args:
        samples: complex64 [n], n > 0, full scale 1.0; or real ones, with ``sides`` "one".
        sample_rate: Hz.
        front_end: of the channels, two-sided.

    Returns:
        The emissions in the order of their ids.

    Raises:
        ValueError: a block refuses the rate or the front end.
        RuntimeError: a block ended with an error.
    """
    lead = tail_of(samples[::-1], sample_rate, LEAD_S)[::-1]
    tail = tail_of(samples, sample_rate, LOOKBACK_S)
    band = np.concatenate([lead, samples, tail], dtype=np.complex64)
    found, tokens, marks = _run(band, sample_rate, front_end, sides)
    first, last = len(lead), len(lead) + len(samples)
    cuts = {
        r.latest.id: CutEmission(r, found.known[r.latest.id].facts(), first, last)
        for r in found.records.all()
    }
    within_s = first / sample_rate, last / sample_rate
    parts = _segments(marks, len(tokens), front_end.samples_per_token, *within_s)
    for (number, _), ranges in parts.items():
        joined = np.concatenate([tokens[a:b] for a, b in ranges])
        if len(joined):
            cuts[number].segments.append(joined)
    kept = []
    for number in sorted(cuts):
        if boxes := cuts[number].boxes():
            burst_s = statistics.median(box.sample_count for box in boxes) / sample_rate
            facts = replace(cuts[number].facts, burst_s=burst_s)  # without what is played around
            kept.append(replace(cuts[number], facts=facts))
    return kept


def _run(
    band: np.ndarray, sample_rate: float, front_end: FrontEnd, sides: str
) -> tuple[_Found, np.ndarray, Iterable[gr.tag_t]]:
    """The emissions of a band, the tokens of all of them, and the tags on these."""
    width = front_end.n_bins + len(FEATURES)
    detector = emission_detector(sample_rate, sides=sides)
    extractor = emission_extractor(
        sample_rate,
        **{"max_snr_db": 0.0} | {k: v for k, v in front_end.to_dict().items() if k != "sides"},
        lookback_s=LOOKBACK_S,
        delay_s=LOOKBACK_S,
        max_emissions=_MAX_EMISSIONS,
        features=list(FEATURES),
    )
    sink, found = blocks.vector_sink_f(width, 1 << 16), _Found()
    graph = gr.top_block("cut")
    graph.connect(ArraySource(band), detector, extractor, sink)
    graph.msg_connect(detector, "emissions", found, "emissions")
    graph.msg_connect(extractor, "findings", found, "findings")
    graph.run()
    found.drain()
    for block in (detector, extractor):
        if block.error():
            raise RuntimeError(block.error())
    if found.error is not None:
        raise RuntimeError(str(found.error))
    return found, np.array(sink.data(), np.float32).reshape(-1, width), sink.tags()


def _segments(
    marks: Iterable[gr.tag_t], count: int, per_token: int, begin_s: float, end_s: float
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """First token and last one + 1 of each part within these times, by stream and segment.

    Args:
        count: tokens of all streams.
        per_token: samples of a channel from token to token.
    """
    begun = [tag for tag in marks if pmt.symbol_to_string(tag.key) == tags.SEGMENT]
    ends = [*(tag.offset for tag in begun), count][1:]
    parts: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for tag, end in zip(begun, ends, strict=True):
        stream, segment, start, rate = (_entry(tag.value, key) for key in _SEGMENT_KEYS)
        early = max(0, int(np.ceil((begin_s * rate - start) / per_token)))
        late = max(0, int(np.floor((end_s * rate - start) / per_token)))
        end = min(end, tag.offset + late)
        parts.setdefault((stream, segment), []).append((min(tag.offset + early, end), end))
    return parts


def _entry(value, key: str):
    return pmt.to_python(pmt.dict_ref(value, pmt.intern(key), pmt.PMT_NIL))


class ArraySource(KeptByFlowgraph, gr.sync_block):
    """Sends ``samples``, complex64 [n]; `vector_source` would make a list of them first.

    Every run of its flowgraph sends the samples that the attribute then holds. The first one has
    the tag rx_rate where ``sample_rate``, in Hz, is given.
    """

    def __init__(self, samples: np.ndarray, sample_rate: float | None = None):
        gr.sync_block.__init__(self, "array", None, [np.complex64])
        self.samples, self._sent, self._rate = samples, 0, sample_rate

    def start(self):
        self._sent = 0
        return True

    def work(self, input_items, output_items):
        if self._sent == 0 and self._rate is not None:
            self.add_item_tag(0, 0, pmt.intern(tags.KEY_RX_RATE), pmt.from_double(self._rate))
        part = self.samples[self._sent : self._sent + len(output_items[0])]
        output_items[0][: len(part)] = part
        self._sent += len(part)
        return len(part) or -1


class _Found(MessageSink):
    """Collects the messages of the detector and of the extractor."""

    TOPICS = ("emissions", "findings")

    def __init__(self):
        self.records = EmissionRecords()
        self.known: dict[int, KnownEmission] = {}
        MessageSink.__init__(self)

    def _receive(self, topic: str, message: dict) -> None:
        received = schema.read(topic, message)
        known = self.known.setdefault(received.id, KnownEmission(Decision(), None))
        if topic == "findings":
            known.add_frames(received.frames)
            return
        known.add_emission(received)
        self.records.add(received)
