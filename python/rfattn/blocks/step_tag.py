# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dictionary of an ``rfattn:step`` tag: reading it, and what the model adds.

Key by key, since ``pmt.to_python`` takes 150 µs for one and this 10: it is done for every step.
"""

from __future__ import annotations

import pmt

from ..rfattn_python import tags
from ..telemetry.detection import KEY_ATTENTION, KEY_NORM, KEY_STREAM

STEP = pmt.intern(tags.STEP)


def _time(value) -> tuple[int, float]:
    return pmt.to_uint64(pmt.tuple_ref(value, 0)), pmt.to_double(pmt.tuple_ref(value, 1))


_READ = {
    tags.KEY_SEGMENT: pmt.to_uint64,
    tags.KEY_SAMPLE_START: pmt.to_uint64,
    tags.KEY_SAMPLE_COUNT: pmt.to_uint64,
    tags.KEY_RX_RATE: pmt.to_double,
    tags.KEY_RX_FREQ: pmt.to_double,
    tags.KEY_RX_TIME: _time,
    KEY_ATTENTION: pmt.symbol_to_string,
    KEY_NORM: pmt.symbol_to_string,
    KEY_STREAM: pmt.to_uint64,
}
_READ_KEYS = [(name, pmt.intern(name), take) for name, take in _READ.items()]
_COSTS = {
    name: pmt.intern(getattr(tags, f"KEY_{name.upper()}"))
    for name in ("kv_bytes", "peak_temporary_bytes")
}
_DEVICE_BYTES = pmt.intern(tags.KEY_DEVICE_BYTES)
_MODEL = {name: pmt.intern(name) for name in (KEY_ATTENTION, KEY_NORM)}
_CHANNEL = pmt.intern(KEY_STREAM)


def read_step(tag: pmt.pmt_base) -> dict:
    """What a detection needs of a step, in plain values; the unknown is absent."""
    values = ((name, pmt.dict_ref(tag, key, pmt.PMT_NIL), take) for name, key, take in _READ_KEYS)
    return {name: take(value) for name, value, take in values if not pmt.is_null(value)}


class StepCosts:
    """What goes with every step that one adapter computes: by what, and what it keeps."""

    def __init__(self, adapter, channels: int):
        self._adapter = adapter
        costs = pmt.make_dict()
        for name, key in _COSTS.items():
            if (count := getattr(adapter, name)) is not None:
                costs = pmt.dict_add(costs, key, pmt.from_uint64(count))
        for name, key in _MODEL.items():
            costs = pmt.dict_add(costs, key, pmt.intern(getattr(adapter, name)))
        self._of_channel = (
            [costs]
            if channels == 1
            else [
                pmt.dict_add(costs, _CHANNEL, pmt.from_uint64(channel))
                for channel in range(channels)
            ]
        )

    def of(self, channel: int) -> pmt.pmt_base:
        """The dictionary for a step of ``channel`` that has just been computed."""
        held = self._adapter.device_bytes
        costs = self._of_channel[channel]
        return costs if held is None else pmt.dict_add(costs, _DEVICE_BYTES, pmt.from_uint64(held))
