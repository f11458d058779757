# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a SigMF recording into a flowgraph."""

from __future__ import annotations

import datetime
from bisect import bisect_left

import numpy as np
import pmt
from gnuradio import blocks, gr

from ..recordings.sigmf import Capture, Recording, SigMFError
from ..rfattn_python import tags
from .lifetime import KeptByFlowgraph
from .work_errors import WORK_DONE, keep_error, stop_on_error

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_THROTTLE_S = 0.01
"""Duration of the samples that the throttle sends at once, and sleeps for."""


class sigmf_source(KeptByFlowgraph, gr.hier_block2):
    """Plays a SigMF recording.

    Datatypes: cf32_le, ci16_le, ci8, cu8, rf32_le, ri16_le, ri8, ru8.

    Stream output:
        complex64, full scale 1.0. The imaginary part of a real-valued recording is zero.

    Tags out:
        rx_rate (double, Hz), rx_freq (double, Hz) and rx_time (tuple of uint64 s and double s since
        1970, from core:datetime), where the metadata state them, on the first sample of every
        capture. Each later capture, and each repetition, is therefore a gap.

    Args:
        filename: the .sigmf-meta or .sigmf-data file, or their common stem. The two files lie side
            by side.
        repeat: whether to start again at the end, without limit.
        throttle: whether to play in real time; the metadata must then state a sample rate.

    Attributes:
        recording: the `recordings.sigmf.Recording`.
        sample_rate: samples per second, Hz, or None.
        is_real: whether the recording is real-valued.

    Raises:
        SigMFError: when the recording cannot be read or played; one line, a ValueError.
    """

    def __init__(self, filename, repeat=False, throttle=False):
        gr.hier_block2.__init__(
            self,
            "sigmf_source",
            gr.io_signature(0, 0, 0),
            gr.io_signature(1, 1, gr.sizeof_gr_complex),
        )
        self.recording = Recording.open(filename)
        self.sample_rate = self.recording.sample_rate
        self.is_real = self.recording.is_real
        self._player = _player(self.recording, repeat)
        if not throttle:
            self.connect(self._player, self)
            return
        if self.sample_rate is None:
            raise SigMFError(f"{self.recording.meta_path}: throttle needs a core:sample_rate")
        chunk = max(1, round(self.sample_rate * _THROTTLE_S))
        self._throttle = blocks.throttle(gr.sizeof_gr_complex, self.sample_rate, True, chunk)
        self.connect(self._player, self._throttle, self)

    def play_behind(self, tail: np.ndarray) -> None:
        """Plays these samples behind the recording, without a tag; call it before the start.

        Args:
            tail: complex64 [n].

        Raises:
            SigMFError: when the recording is repeated and so has no end.
        """
        self._player.play_behind(tail)

    @property
    def error(self) -> Exception | None:
        """None, or the exception that ended the flowgraph."""
        return self._player.error


class _player(KeptByFlowgraph, gr.sync_block):
    """Gives the samples and tags of a recording."""

    def __init__(self, recording: Recording, repeat: bool):
        gr.sync_block.__init__(self, "sigmf_source", None, [np.complex64])
        self.error = None
        self._recording, self._repeat = recording, repeat
        self._position = 0
        self._tail = np.empty(0, np.complex64)
        captures = _captures(recording)
        self._tags = {c.start: _capture_tags(recording, c) for c in captures}
        self._starts = sorted(self._tags)
        _check_playable(recording, repeat, self._tags)

    @keep_error
    def start(self):
        self.error = None
        self._position = 0
        return True

    def play_behind(self, tail: np.ndarray) -> None:
        if self._repeat:
            raise SigMFError(f"{self._recording.meta_path}: it is repeated, so it has no end")
        self._tail = tail

    @stop_on_error
    def work(self, input_items, output_items):
        out = output_items[0]
        start, left = self._position, self._recording.n_samples - self._position
        if left <= 0:
            return self._play_tail(out, -left)
        count = min(len(out), left)
        out[:count] = self._recording.samples(start, count)
        self._add_tags(start, count)
        self._position = 0 if self._repeat and count == left else start + count
        return count

    def _play_tail(self, out: np.ndarray, start: int) -> int:
        part = self._tail[start : start + len(out)]
        out[: len(part)] = part
        self._position += len(part)
        return len(part) or WORK_DONE

    def _add_tags(self, start: int, count: int) -> None:
        first = bisect_left(self._starts, start)
        for capture_start in self._starts[first : bisect_left(self._starts, start + count)]:
            offset = self.nitems_written(0) + capture_start - start
            for key, value in self._tags[capture_start].items():
                self.add_item_tag(0, offset, key, value)


def _captures(recording: Recording) -> list[Capture]:
    """Returns the captures, preceded by one at sample 0 where none starts there."""
    captures = list(recording.captures)
    starts_late = not captures or captures[0].start > 0
    return [Capture(0), *captures] if starts_late else captures


def _capture_tags(recording: Recording, capture: Capture) -> dict:
    values = {}
    if recording.sample_rate is not None:
        values[tags.KEY_RX_RATE] = pmt.from_double(recording.sample_rate)
    if capture.frequency is not None:
        values[tags.KEY_RX_FREQ] = pmt.from_double(capture.frequency)
    if capture.datetime is not None:
        values[tags.KEY_RX_TIME] = _rx_time(recording, capture.datetime)
    return {pmt.intern(key): value for key, value in values.items()}


def _rx_time(recording: Recording, text: str) -> pmt.pmt_base:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise SigMFError(
            f"{recording.meta_path}: core:datetime must be ISO-8601, got {text!r}"
        ) from None
    moment = moment.replace(tzinfo=moment.tzinfo or datetime.UTC)
    seconds = (moment.replace(microsecond=0) - _EPOCH) // datetime.timedelta(seconds=1)
    if seconds < 0:  # rx_time has no sign
        raise SigMFError(
            f"{recording.meta_path}: core:datetime must be in or after 1970, got {text!r}"
        )
    fraction = moment.microsecond * 1e-6
    return pmt.make_tuple(pmt.from_uint64(seconds), pmt.from_double(fraction))


def _check_playable(recording: Recording, repeat: bool, capture_tags: dict) -> None:
    if recording.n_samples == 0:
        raise SigMFError(f"{recording.meta_path}: no samples to play")
    unmarked = [start for start, found in capture_tags.items() if not found and (start or repeat)]
    if unmarked:
        raise SigMFError(
            f"{recording.meta_path}: the gap at sample {unmarked[0]} cannot be marked without "
            "core:sample_rate, core:frequency or core:datetime"
        )
