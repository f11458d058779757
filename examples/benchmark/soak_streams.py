# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flowgraph of the long run: streams that come and go, and a transformer that is swapped."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pmt
import torch
from gnuradio import gr
from gnuradio.rfattn import latency_probe, tags, token_buffer, transformer
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.inference import AttentionModelAdapter

STARTS = (0, 2**31 - 4096, 10**12 - 4096, 2**53 - 4096)
"""Positions of the first token of a stream, by its number; the streams pass 2**31 and 2**53."""
MODELS = (
    ("mha", "layernorm"),
    ("flash", "rmsnorm"),
    ("gqa", "layernorm"),
    ("mla", "rmsnorm"),
    ("ssm", "layernorm"),
)
RUN_TOKENS = 72
"""Tokens of a stream that come together: four and a half steps, so that some stay incomplete."""
MOST_RUNS = 400
CHECKED_STEPS = 128
"""Steps since a stream's cache was empty that the offline pass can follow."""
CHECKED_SHARE = 0.01
MOST_SAMPLES = 100
"""That are kept, and checked at the end."""
SHAPE = {
    "n_bins": 16,
    "n_classes": 8,
    "block_size": 16,
    "window": 256,
    "d_model": 32,
    "n_layers": 2,
}


def start_of(stream: int) -> int:
    return STARTS[stream % len(STARTS)]


def write_models(folder: Path, seed: int) -> dict[tuple[str, str], Path]:
    """A file for each of MODELS."""
    paths = {}
    for attention, norm in MODELS:
        config = ModelConfig(**SHAPE, attention=attention, norm=norm)
        # Tokens of a vector source state no front end.
        contract = verify.contract_of(config) | {"front_end": {}}
        adapter = AttentionModelAdapter(verify.random_model(config, seed), contract, "cpu")
        paths[attention, norm] = folder / f"{attention}.pt"
        adapter.save(paths[attention, norm])
    return paths


class _PlacedAdapter(AttentionModelAdapter):
    def reset(self, stream=None, position=None):
        super().reset(stream, position if stream is None else start_of(stream))


class PlacedTransformer(transformer):
    """A transformer whose streams begin at `start_of` their number instead of at 0."""

    def _build(self, requested):
        adapter = transformer._build(self, requested)
        adapter.__class__ = _PlacedAdapter
        return adapter


class ComingAndGoing(gr.sync_block):
    """Tokens of `alive` streams in turn, each of which ends after a random number of runs and is
    followed by a new one; some begin a new segment meanwhile.

    Token i of a stream is row (stream + i) of the table, which repeats.
    """

    def __init__(self, table: np.ndarray, alive: int, tokens: int, seconds: float, seed: int):
        gr.sync_block.__init__(self, "coming and going", None, [(np.float32, table.shape[1])])
        self._rows, self._table = len(table), np.concatenate([table, table[:RUN_TOKENS]])
        self._random = np.random.default_rng(seed)
        self._tokens, self._ends_at = tokens, time.monotonic() + seconds
        self.streams = self.made = 0
        self.is_done = False
        self._alive = [self._new() for _ in range(alive)]
        self._turn = 0
        self.set_output_multiple(RUN_TOKENS)

    def _new(self) -> dict:
        self.streams += 1
        runs = int(self._random.integers(3, MOST_RUNS))
        return {"id": self.streams - 1, "done": 0, "segment": 0, "left": runs}

    def work(self, input_items, output_items):
        if self.made >= self._tokens or time.monotonic() > self._ends_at:
            self.is_done = True
            return -1
        out = output_items[0]
        for begin in range(0, len(out) - RUN_TOKENS + 1, RUN_TOKENS):
            self._write_run(out[begin : begin + RUN_TOKENS], self.nitems_written(0) + begin)
        written = len(out) // RUN_TOKENS * RUN_TOKENS
        self.made += written
        return written

    def _write_run(self, out: np.ndarray, offset: int) -> None:
        self._turn = (self._turn + 1) % len(self._alive)
        stream = self._alive[self._turn]
        if stream["left"] == 0:
            self.add_item_tag(0, offset, pmt.intern(tags.END), pmt.from_uint64(stream["id"]))
            stream = self._alive[self._turn] = self._new()
        elif self._random.random() < 0.01:
            stream["segment"] += 1
        self._announce(stream, offset)
        first = (stream["id"] + stream["done"]) % self._rows
        out[:] = self._table[first : first + RUN_TOKENS]
        stream["done"] += RUN_TOKENS
        stream["left"] -= 1

    def _announce(self, stream: dict, offset: int) -> None:
        value = pmt.make_dict()
        for key, count in (
            (tags.KEY_STREAM, stream["id"]),
            (tags.KEY_SEGMENT, stream["segment"]),
            (tags.KEY_SAMPLE_START, start_of(stream["id"]) + stream["done"]),
            (tags.KEY_SAMPLES_PER_TOKEN, 1),
            (tags.KEY_TOKEN_SAMPLES, 1),
        ):
            value = pmt.dict_add(value, pmt.intern(key), pmt.from_uint64(count))
        self.add_item_tag(0, offset, pmt.intern(tags.SEGMENT), value)


@dataclass
class Sample:
    """The logits of a step, and the tokens that they rest on: `count` from `first` on."""

    model: tuple[str, str]
    stream: int
    first: int
    count: int
    logits: np.ndarray


@dataclass
class _Context:
    model: tuple[str, str]
    segment: int
    first: int
    steps: int = 0


@dataclass
class Interval:
    """What came since the last look, in ms."""

    latency: list[float] = field(default_factory=list)
    step: list[float] = field(default_factory=list)


class Observer(gr.sync_block):
    """Counts steps and their times, and keeps samples of them to be checked."""

    def __init__(self, n_classes: int, block_size: int, seed: int):
        gr.sync_block.__init__(self, "observer", [(np.float32, n_classes)], None)
        self._block_size, self._random = block_size, np.random.default_rng(seed)
        self._contexts: dict[int, _Context] = {}
        self._keys = {name: pmt.intern(name) for name in _ENTRIES}
        self.steps = self.evictions = self.newest = self._seen = 0
        self.by_model: Counter = Counter()
        self.samples: list[Sample] = []
        self.interval = Interval()

    def work(self, input_items, output_items):
        logits = input_items[0]
        first = self.nitems_read(0)
        for tag in self.get_tags_in_range(0, first, first + len(logits), pmt.intern(tags.STEP)):
            self._take(tag.value, logits[tag.offset - first])
        return len(logits)

    def _take(self, value, logits: np.ndarray) -> None:
        entry = {name: pmt.dict_ref(value, key, pmt.PMT_NIL) for name, key in self._keys.items()}
        arrival, start, end = (pmt.to_uint64(entry[n]) for n in _TIMES)
        self.interval.latency.append((end - arrival) / 1e6)
        self.interval.step.append((end - start) / 1e6)
        model = tuple(pmt.symbol_to_string(entry[name]) for name in ("attention", "norm"))
        stream, segment = (pmt.to_uint64(entry[name]) for name in ("stream", "segment"))
        self.evictions = pmt.to_uint64(entry["evictions"])
        context = self._contexts.get(stream)
        if context is None or (context.model, context.segment) != (model, segment):
            first = pmt.to_uint64(entry["sample_start"]) - start_of(stream)
            context = self._contexts[stream] = _Context(model, segment, first)
        context.steps += 1
        self.steps += 1
        self.newest = max(self.newest, stream)
        self.by_model[model] += 1
        if context.steps <= CHECKED_STEPS and self._random.random() < CHECKED_SHARE:
            count = context.steps * self._block_size
            self._keep(Sample(model, stream, context.first, count, logits.copy()))

    def _keep(self, sample: Sample) -> None:
        """Any of all samples stays with the same probability (Vitter's algorithm R)."""
        self._seen += 1
        if len(self.samples) < MOST_SAMPLES:
            self.samples.append(sample)
        elif (place := int(self._random.integers(self._seen))) < MOST_SAMPLES:
            self.samples[place] = sample

    def forget(self, before: int) -> None:
        """Forgets streams with lower numbers, which ended long ago."""
        for stream in [s for s in list(self._contexts) if s < before]:
            self._contexts.pop(stream, None)


_TIMES = ("arrival_ns", "start_ns", "end_ns")
_ENTRIES = (*_TIMES, "attention", "norm", "stream", "segment", "sample_start", "evictions")


class Checker:
    """Compares samples with the offline pass of their model."""

    def __init__(self, paths: dict, table: np.ndarray):
        self._models = {
            key: AttentionModelAdapter.load(str(p), device="cpu") for key, p in paths.items()
        }
        self._table = table
        self.checked: Counter = Counter()
        self.worst = 0.0

    def check(self, sample: Sample) -> None:
        """Notes the largest difference, relative to the size of the logits."""
        rows = (sample.stream + sample.first + np.arange(sample.count)) % len(self._table)
        tokens = torch.from_numpy(self._table[rows])[None]
        want = self._models[sample.model].offline(tokens, position=start_of(sample.stream))[0, -1]
        error = verify.relative_error(torch.from_numpy(sample.logits), want)
        self.worst = max(self.worst, error)
        self.checked[start_of(sample.stream)] += 1


class SoakFlowgraph(gr.top_block):
    """source → token_buffer → transformer → latency_probe → observer."""

    def __init__(self, paths: dict, source: ComingAndGoing, alive: int, seed: int):
        gr.top_block.__init__(self, "soak")
        first = str(paths[MODELS[0]])
        room = 2 * alive  # streams that ended keep their ring until their last step is taken
        self.source = source
        self.model = PlacedTransformer(first, device="cpu", threads=1, max_streams=room)
        self.buffer = token_buffer(
            SHAPE["n_bins"], SHAPE["block_size"], 8, "block", max_streams=room
        )
        self.observer = Observer(SHAPE["n_classes"], SHAPE["block_size"], seed)
        probe = latency_probe(SHAPE["n_classes"])
        self.connect(source, self.buffer, self.model, probe, self.observer)
