# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the messages with samples of channels that `emission_extractor` sends."""

from __future__ import annotations

import pmt

from ...emissions.recording_end import RecordingEnd
from ...messages.as_pmt import to_python
from ...rfattn_python import complex_view, tags

_EMISSION = pmt.intern(tags.KEY_EMISSION)
_SAMPLE_BYTES, _EMISSION_BYTES = 8, 4096
MESSAGE_BYTES = 2**17
"""Of the samples in a message, at most: `emission_extractor` sends about 16384."""


def samples_in(topic: str, message: pmt.pmt_base) -> int:
    """How many samples a message has; 0 where it has none, or is wrong."""
    has_samples = topic == "samples" and is_samples(message)
    return pmt.length(pmt.cdr(message)) if has_samples else 0


def bytes_of(count: int) -> int:
    """About the size of a message with ``count`` samples, or of one about an emission."""
    return _SAMPLE_BYTES * count or _EMISSION_BYTES


def is_samples(message: pmt.pmt_base) -> bool:
    return pmt.is_pair(message) and pmt.is_c32vector(pmt.cdr(message))


def read_samples(message: pmt.pmt_base):
    """What a message states of its samples, as a dictionary, and the samples, complex64 [n], which
    are read-only and belong to the message.

    Raises:
        ValueError: it is no such message.
    """
    if not is_samples(message):
        raise ValueError("must be a pair of a dictionary and a vector of complex64")
    about = pmt.car(message)
    emission = to_python(pmt.dict_ref(about, _EMISSION, pmt.PMT_NIL))
    about = to_python(pmt.dict_delete(about, _EMISSION))
    return {**about, tags.KEY_EMISSION: emission}, complex_view(pmt.cdr(message))


class SamplesWithin:
    """Leaves out samples that lie behind the end of a recording, where a tail is played behind it.
    Before `end_at` is called, nothing is left out."""

    def __init__(self):
        self._end: RecordingEnd | None = None
        self._over: set[int] = set()  # ids whose present burst lies behind the end

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Lets the first ``n_samples`` of the receiver's count; for one run."""
        if self._end is None:
            self._end = RecordingEnd(n_samples, sample_rate)
        self._end.n_samples = n_samples

    def forget(self) -> None:
        """Begins another run."""
        self._over = set()

    def cut(self, number: int, about: dict, samples):
        """Those of the emission ``number`` that count; of a burst behind the end not even the
        margin before it does."""
        if self._end is None:
            return samples
        start = about.get(tags.KEY_BURST_START)
        if start is not None and start >= self._end.n_samples:
            self._over.add(number)
        if number in self._over:
            return samples[:0]
        start, rate = about[tags.KEY_SAMPLE_START], about[tags.KEY_RX_RATE]
        return samples[: self._end.count_before(start, len(samples), rate)]
