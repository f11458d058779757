# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dictionary of an ``rfattn:step`` tag: reading it, and the entries that the model adds.

Read key by key, since ``pmt.to_python`` takes 150 µs for one and this 10, once a step.
"""

from __future__ import annotations

import math

import pmt

from ...rfattn_python import tags

STEP = pmt.intern(tags.STEP)


def _number(value) -> float:
    number = float(pmt.to_uint64(value) if pmt.is_uint64(value) else pmt.to_double(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def _time(value) -> tuple[int, float]:
    return pmt.to_uint64(pmt.tuple_ref(value, 0)), _number(pmt.tuple_ref(value, 1))


_READ = {
    tags.KEY_STREAM: pmt.to_uint64,
    tags.KEY_SEGMENT: pmt.to_uint64,
    tags.KEY_SAMPLE_START: pmt.to_uint64,
    tags.KEY_SAMPLE_COUNT: pmt.to_uint64,
    tags.KEY_NON_FINITE_TOKENS: pmt.to_uint64,
    tags.KEY_RX_RATE: _number,
    tags.KEY_RX_FREQ: _number,
    tags.KEY_RX_TIME: _time,
    tags.KEY_ATTENTION: pmt.symbol_to_string,
    tags.KEY_NORM: pmt.symbol_to_string,
}
_REQUIRED = (tags.KEY_SEGMENT, tags.KEY_SAMPLE_START, tags.KEY_SAMPLE_COUNT)
_READ_KEYS = [(name, pmt.intern(name), convert) for name, convert in _READ.items()]


def read_step(tag: pmt.pmt_base) -> dict:
    """The entries that a detection needs, in plain values; unknown ones are absent.

    Raises:
        ValueError: naming the entry that is missing or has a wrong type.
    """
    if not pmt.is_dict(tag):
        raise ValueError(f"{tags.STEP}: the value must be a dictionary, got {tag}")
    values = {}
    for name, key, convert in _READ_KEYS:
        value = pmt.dict_ref(tag, key, pmt.PMT_NIL)
        if pmt.is_null(value):
            continue
        try:
            values[name] = convert(value)
        except Exception:
            raise ValueError(f"{tags.STEP}: entry {name} has a wrong type: {value}") from None
    for name in _REQUIRED:
        if name not in values:
            raise ValueError(f"{tags.STEP}: entry {name} is missing")
    return values


class StepCosts:
    """The entries that a model adds to every step: its attention and norm, memory, and caches.

    Args:
        adapter: the model that runs.
        evictions: caches that earlier models of the same block evicted.
    """

    _COUNTS = (
        tags.KEY_KV_BYTES,
        tags.KEY_STREAMS,
        tags.KEY_EVICTIONS,
        tags.KEY_PEAK_TEMPORARY_BYTES,
        tags.KEY_DEVICE_BYTES,
    )

    def __init__(self, adapter, evictions: int = 0):
        self._adapter, self._evictions = adapter, evictions
        self._names = pmt.make_dict()
        for key in (tags.KEY_ATTENTION, tags.KEY_NORM):
            self._names = pmt.dict_add(
                self._names, pmt.intern(key), pmt.intern(getattr(adapter, key))
            )
        self._changes = -1
        self._dictionary = self._names

    @property
    def evictions(self) -> int:
        return self._evictions + self._adapter.evictions

    def dictionary(self) -> pmt.pmt_base:
        """The entries as they are after a call of the model; made anew when a stream got or lost a
        cache, since torch takes tens of microseconds to look up the memory of the device."""
        model = self._adapter
        if model.cache_changes != self._changes:
            self._changes, self._dictionary = model.cache_changes, self._names
            counts = (
                model.kv_bytes,
                len(model.streams),
                self.evictions,
                model.peak_temporary_bytes,
                model.device_bytes,
            )
            for key, count in zip(self._COUNTS, counts, strict=True):
                if count is not None:
                    self._dictionary = pmt.dict_add(
                        self._dictionary, pmt.intern(key), pmt.from_uint64(count)
                    )
        return self._dictionary
