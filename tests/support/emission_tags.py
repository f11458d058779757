# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of `emission_detector`, for tests of the blocks behind it."""

import pmt
from gnuradio import gr, rfattn

_COUNTS = {
    "id",
    "segment",
    "sample_start",
    "sample_count",
    "sample_now",
    "burst_count",
    "burst_start",
    "sideband_of",
}
_DEFAULTS = {
    "id": 1,
    "state": "new",
    "segment": 0,
    "sample_start": 0,
    "sample_count": 0,
    "freq_lower": -10e3,
    "freq_upper": 10e3,
    "snr_db": 20.0,
    "power_db": -20.0,
    "duty": 1.0,
    "burst_count": 0,
    "bursts": (),
    "burst_start": None,
    "flags": (),
}


def emission_dict(**fields):
    """The dictionary of an emission; `bursts` are (first sample, number of samples)."""
    value = pmt.make_dict()
    for name, field in (_DEFAULTS | fields).items():
        if field is not None:
            value = pmt.dict_add(value, pmt.intern(name), _to_pmt(name, field))
    return value


def emission_tag(offset, **fields):
    """An emission as it was found when `offset` samples had arrived."""
    tag = gr.tag_t()
    tag.offset, tag.key = offset, pmt.intern(rfattn.tags.EMISSION)
    tag.value = emission_dict(**({"sample_now": offset} | fields))
    return tag


def _to_pmt(name, field):
    if name == "bursts":
        numbers = [number for burst in field for number in burst]
        return pmt.init_u64vector(len(numbers), numbers)
    if name == "flags":
        vector = pmt.make_vector(len(field), pmt.PMT_NIL)
        for i, flag in enumerate(field):
            pmt.vector_set(vector, i, pmt.intern(flag))
        return vector
    return pmt.from_uint64(field) if name in _COUNTS else pmt.to_pmt(field)
