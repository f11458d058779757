#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time from the last sample of a step to its label, of made emissions that are played in real time.

Usage: label_latency.py [--seconds S] [--rate HZ] [--receiver]

Twenty emissions that are on the air for long, and six that send bursts, go through what
`gr-rfattn label --throttle` runs, or with --receiver through what `gr-rfattn live` runs. The time
of each step is split where it passes: detector and extractor, scheduler and queue, inference,
labels. A sample counts from the moment at which the source gave it.

A step that ends before the detector has reported its burst, or the edges of its channel, has to
wait for that report, however fast the rest is. Such steps have rows of their own.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pmt
from gnuradio import gr, rfattn
from gnuradio.eng_arg import eng_float
from gnuradio.rfattn.blocks.parts.lifetime import KeptByFlowgraph
from gnuradio.rfattn.blocks.recording_source import recording_source
from gnuradio.rfattn.flowgraph.emissions import EmissionFlowgraph, RecordingEmissionFlowgraph
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn_workshop.synthesis.scene import draw_scene, render

from busy_bands import LIVE_KINDS

BURST_KINDS = ("ais", "dmr", "fsk", "lora", "ook", "wifi")
EMISSIONS = 20
SNR_DB = (10.0, 25.0)
STAGES = ("extractor", "queue", "inference", "labels")
QUANTILES = (0.5, 0.95, 0.99)
tags = rfattn.tags


@dataclass
class Passed:
    """When samples or tokens up to a number had passed, both in rising order."""

    ends: list[float] = field(default_factory=list)
    times_ns: list[int] = field(default_factory=list)

    def add(self, end: float, ns: int | None = None) -> None:
        self.ends.append(end)
        self.times_ns.append(time.monotonic_ns() if ns is None else ns)

    def at(self, end: float) -> int | None:
        """When ``end`` had passed; None where it has not."""
        found = bisect_left(self.ends, end - 1e-6)
        return self.times_ns[found] if found < len(self.ends) else None


class Clock(KeptByFlowgraph, gr.sync_block):
    """Keeps the tags of one key, and when items came. All else is done when the run is over, since
    it would take the time that is measured."""

    def __init__(self, item, key: str | None = None):
        gr.sync_block.__init__(self, "clock", [item], None)
        self.passed, self.tags = Passed(), []
        self._key = None if key is None else pmt.intern(key)

    def work(self, input_items, output_items):
        count = len(input_items[0])
        if self._key is not None:
            self.tags += self.get_tags_in_window(0, 0, count, self._key)
        self.passed.add(self.nitems_read(0) + count)
        return count


class MessageClock(gr.basic_block):
    """Keeps messages, and when they came."""

    def __init__(self):
        gr.basic_block.__init__(self, "message_clock", None, None)
        self.found = []
        self.message_port_register_in(pmt.intern("in"))
        self.set_msg_handler(pmt.intern("in"), self._keep)

    def _keep(self, message) -> None:
        self.found.append((time.monotonic_ns(), message))


@dataclass(frozen=True)
class Step:
    """What the model's tag states of a step."""

    stream: int
    place: tuple[float, float]
    """Rate and frequency of the channel, Hz."""
    end: int
    """Sample of the channel behind its last one."""
    start_ns: int
    end_ns: int
    is_found_late: bool
    """The edges of its channel, too, may have been reported after it."""


def steps_of(clock: Clock) -> list[Step]:
    """The steps of the tags in their order."""
    names = (tags.KEY_SAMPLE_START, tags.KEY_SAMPLE_COUNT, tags.KEY_STREAM)
    stamps = (tags.KEY_START_NS, tags.KEY_END_NS)
    found = []
    for tag in clock.tags:
        start, count, stream = (_entry(tag.value, name) for name in names)
        times_ns = (_entry(tag.value, name) for name in stamps)
        is_late = pmt.dict_has_key(tag.value, pmt.intern(tags.KEY_FOUND_NS))
        found.append(Step(stream, _place(tag.value), start + count, *times_ns, is_late))
    return found


def reports_of(clock: Clock) -> dict[int, list[tuple[int, int]]]:
    """By emission: first sample of each burst, and the sample at which it was first reported."""
    reports: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tag in clock.tags:
        now, on_air = (
            _entry(tag.value, key) for key in (tags.KEY_SAMPLE_NOW, tags.KEY_BURST_START)
        )
        ended = pmt.dict_ref(tag.value, pmt.intern(tags.KEY_BURSTS), pmt.PMT_NIL)
        starts = [*pmt.u64vector_elements(ended)[::2], *([] if on_air is None else [on_air])]
        known = reports[_entry(tag.value, tags.KEY_ID)]
        known += [(start, now) for start in starts if not known or start > known[-1][0]]
    return reports


def tokens_of(clock: Clock) -> dict[tuple, Passed]:
    """When the tokens of each channel left the extractor, by the sample behind the last one."""
    names = (tags.KEY_SAMPLE_START, tags.KEY_SAMPLES_PER_TOKEN, tags.KEY_TOKEN_SAMPLES)
    left: dict[tuple, Passed] = defaultdict(Passed)
    runs = zip(clock.tags, [*clock.tags[1:], None], strict=True)
    for tag, after in runs:
        start, per_token, in_token = (_entry(tag.value, name) for name in names)
        last = bisect_right(clock.passed.ends, tag.offset)
        stop = clock.passed.ends[-1] if after is None else after.offset
        key = _entry(tag.value, tags.KEY_STREAM), *_place(tag.value)
        for end, ns in zip(clock.passed.ends[last:], clock.passed.times_ns[last:], strict=True):
            count = min(end, stop) - tag.offset
            left[key].add(start + (count - 1) * per_token + in_token, ns)
            if end >= stop:
                break
    return left


def labels_of(clock: MessageClock) -> dict[int, list[int]]:
    """When the labels of each call of the model left `emission_labels`, by emission."""
    told: dict[int, list[int]] = defaultdict(list)
    for ns, message in clock.found:
        told[_entry(message, tags.KEY_STREAM)].append(ns)
    return told


def _entry(dictionary, name: str):
    return pmt.to_python(pmt.dict_ref(dictionary, pmt.intern(name), pmt.PMT_NIL))


def _place(dictionary) -> tuple[float, float]:
    return _entry(dictionary, tags.KEY_RX_RATE), _entry(dictionary, tags.KEY_RX_FREQ)


def measure(path: Path, sample_rate: float, is_receiver: bool, seconds: float) -> dict:
    """Plays a recording in real time.

    Returns:
        ``rows``, for "on the air" and "found late" a table of the stages in s, float [n, 1 + 4],
        of which the first column is the sum; ``stats`` of the path; ``not_seen``: steps of which a
        time is missing.
    """
    flowgraph = _make_flowgraph(path, sample_rate, is_receiver)
    labeller, model = flowgraph.labeller, flowgraph.labeller.transformer
    given, detected = Clock(np.complex64), Clock(np.complex64, tags.EMISSION)
    tokens = Clock((np.float32, model.n_values), tags.SEGMENT)
    steps, labels = Clock((np.float32, model.n_classes), tags.STEP), MessageClock()
    flowgraph.connect(flowgraph.source, given)
    labeller.connect(labeller.detector, detected)
    labeller.connect(labeller.extractor, tokens)
    labeller.connect(model, steps)
    flowgraph.msg_connect(labeller.labels, "confidences", labels, "in")
    timer = threading.Timer(seconds, flowgraph.stop)
    timer.start()
    flowgraph.run_watched(lambda: None)
    timer.cancel()
    times = Times(
        given.passed, reports_of(detected), tokens_of(tokens), labels_of(labels), sample_rate
    )
    rows, not_seen = split(steps_of(steps), times)
    return {"rows": rows, "not_seen": not_seen, "stats": flowgraph.costs()["stats"]}


@dataclass
class Times:
    """When what passed; see the functions that make them."""

    given: Passed
    reports: dict[int, list[tuple[int, int]]]
    tokens: dict[tuple, Passed]
    labels: dict[int, list[int]]
    sample_rate: float

    def is_found_late(self, emission: int, sample: float) -> bool:
        """Whether the burst that ``sample`` belongs to was reported after it had come."""
        known = [now for start, now in self.reports.get(emission, ()) if start <= sample]
        return max(known, default=0) >= sample


def _make_flowgraph(path: Path, sample_rate: float, is_receiver: bool) -> EmissionFlowgraph:
    recording = open_recording(path, sample_rate=sample_rate)
    model = ModelOptions(model="", device="cpu")
    if not is_receiver:
        return RecordingEmissionFlowgraph(recording, model=model, throttle=True)
    return EmissionFlowgraph(recording_source(recording, throttle=True), sample_rate, model=model)


def split(steps: list[Step], times: Times) -> tuple[dict, int]:
    """The rows of `measure`, and the number of steps of which a time is missing."""
    rows, not_seen, calls = {"on the air": [], "found late": []}, 0, defaultdict(list)
    for step in steps:
        own = calls[step.stream]
        if not own or own[-1] != step.start_ns:
            own.append(step.start_ns)
        last = step.end / step.place[0] * times.sample_rate
        came_ns = times.given.at(last)
        left_ns = times.tokens[step.stream, *step.place].at(step.end)
        told = times.labels.get(step.stream, ())
        if came_ns is None or left_ns is None or len(told) < len(own):
            not_seen += 1
            continue
        stamps = [came_ns, left_ns, step.start_ns, step.end_ns, told[len(own) - 1]]
        is_late = step.is_found_late or times.is_found_late(step.stream, last)
        rows["found late" if is_late else "on the air"].append(np.diff(stamps) / 1e9)
    return {
        name: np.array([[sum(row), *row] for row in found]).reshape(-1, 1 + len(STAGES))
        for name, found in rows.items()
    }, not_seen


def report(found: dict) -> str:
    """The table of `measure`, in ms."""
    lines = ["| steps | | whole | " + " | ".join(STAGES) + " |", "|---" * 7 + "|"]
    for name, table in found["rows"].items():
        for quantile in QUANTILES if len(table) else ():
            cells = " | ".join(f"{ms:.1f}" for ms in 1e3 * np.quantile(table, quantile, axis=0))
            lines.append(f"| {name}: {len(table)} | p{100 * quantile:g} | {cells} |")
    stats = found["stats"]
    lines.append(
        f"budget {stats['budget_seconds'] * 1e3:g} ms, by the statistics missed by "
        f"{stats['deadline_misses']} of {stats['steps'] - stats['found_late_steps']} steps, and "
        f"{stats['found_late_steps']} found late; {found['not_seen']} steps without "
        f"all times; {stats.get('samples_missed', 0)} samples missed"
    )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the band")
    parser.add_argument("--rate", type=eng_float, default=2.4e6, metavar="HZ", help="of the band")
    parser.add_argument("--emissions", type=int, default=EMISSIONS, help="on the air for long")
    parser.add_argument("--seed", type=int, default=5, help="of the band")
    parser.add_argument("--receiver", action="store_true", help="as `live` plays it")
    options = parser.parse_args(arguments)
    kinds = dict(emissions=options.emissions, snr_db=SNR_DB, kinds=LIVE_KINDS)
    lasting = draw_scene(options.seed, options.seconds, **kinds)
    bursts = draw_scene(
        options.seed + 1, options.seconds, len(BURST_KINDS), snr_db=SNR_DB, kinds=BURST_KINDS
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "band.cf32"
        samples = render(lasting, options.rate)[0] + render(bursts, options.rate)[0]
        (samples / np.float32(2)).tofile(path)
        found = measure(path, options.rate, options.receiver, options.seconds + 1)
    print(report(found))


if __name__ == "__main__":
    main()
