# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams with `rfattn:step` tags, and model files, for the tests of the blocks behind them."""

import threading

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.recordings.front_end import FrontEnd

from attention_models import save_family, save_model  # noqa: F401 (for the tests that import this)

RUN_LIMIT_S = 60
COUNTS = (
    "stream",
    "segment",
    "sample_start",
    "sample_count",
    "arrival_ns",
    "dropped_tokens",
    "rested_tokens",
    "queued_steps",
)
FRONT_END = FrontEnd(fft_size=64, hop=64, n_bins=8)
"""The one that `attention_models.contract_of` states."""


def tag(offset, key, value):
    made = gr.tag_t()
    made.offset, made.key, made.value = offset, pmt.intern(key), value
    return made


def step_dict(**fields):
    """The dictionary of a step tag; counts as uint64, a front end as power_spectrum states it, the
    rest as pmt.to_pmt makes it."""
    value = pmt.make_dict()
    for name, field in ({"front_end": FRONT_END} | fields).items():
        if field is None:
            continue
        if name == "front_end":
            item = pmt.to_pmt(field.to_dict())
        elif name == "features":
            item = pmt.to_pmt(list(field))
        elif name == "ended":
            item = _uint64s(field)
        else:
            item = pmt.from_uint64(field) if name in COUNTS else pmt.to_pmt(field)
        value = pmt.dict_add(value, pmt.intern(name), item)
    return value


def _uint64s(numbers):
    """A PMT vector of uint64, as token_buffer makes it."""
    vector = pmt.make_vector(len(numbers), pmt.PMT_NIL)
    for i, number in enumerate(numbers):
        pmt.vector_set(vector, i, pmt.from_uint64(number))
    return vector


def step_tag(offset, **fields):
    return tag(offset, rfattn.tags.STEP, step_dict(**fields))


def segment_tag(token, number, sample_start, stream=None, front_end=None, **rx):
    """The tag of a segment of power_spectrum, whose tokens take 10 samples each."""
    counts = {
        "segment": number,
        "sample_start": sample_start,
        "samples_per_token": 10,
        "token_samples": 10,
        "stream": stream,
    }
    value = pmt.make_dict()
    for name, count in counts.items():
        if count is not None:
            value = pmt.dict_add(value, pmt.intern(name), pmt.from_uint64(count))
    for name, entry in ({"front_end": front_end} | rx).items():
        if entry is not None:
            value = pmt.dict_add(value, pmt.intern(name), pmt.to_pmt(entry))
    return tag(token, rfattn.tags.SEGMENT, value)


def vectors(rows, tags, repeat=False):
    """A source of float32 rows [T, n] with tags."""
    return blocks.vector_source_f(rows.ravel().tolist(), repeat, rows.shape[1], tags)


def steps_of(
    tokens, block_size, segments=(), repeat=False, streams=(), ended=None, batches=(), **fields
):
    """Tokens [T, n_bins] as a source of steps; ``segments``, ``streams``: the number of each
    (default 0); ``batches``: likewise (default: none is stated); ``ended``: by step, the streams
    that ended before it."""
    count = len(tokens) // block_size
    numbers = segments or [0] * count
    streams = streams or [0] * count
    batches = batches or [None] * count
    tags = [
        step_tag(
            i * block_size,
            stream=streams[i],
            segment=numbers[i],
            sample_start=i * block_size,
            ended=(ended or {}).get(i),
            batch=batches[i],
            **({"sample_count": block_size} | fields),
        )
        for i in range(count)
    ]
    return vectors(tokens, tags, repeat)


def random_spectra(count, n_bins=8, seed=3):
    return np.random.default_rng(seed).normal(-60, 10, (count, n_bins)).astype(np.float32)


def run(tb, max_items=100_000_000):
    """Runs to the end, which must come in time."""
    tb.start(max_items)
    ended = threading.Thread(target=tb.wait, daemon=True)
    ended.start()
    ended.join(RUN_LIMIT_S)
    if ended.is_alive():
        tb.stop()
        raise AssertionError(f"the flowgraph did not end within {RUN_LIMIT_S} s")
