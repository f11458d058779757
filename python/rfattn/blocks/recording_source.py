# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays recordings of any format, and samples from a pipe, into a flowgraph."""

from __future__ import annotations

import datetime
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

import numpy as np
import pmt
from gnuradio import blocks, gr

from ..recordings.recording import Capture, Facts, Recording, RecordingError
from ..recordings.stream import SampleStream
from ..recordings.tail import TAIL_S, tail_of
from ..rfattn_python import tags
from .parts.lifetime import KeptByFlowgraph
from .parts.work_errors import WORK_DONE, keep_error, stop_on_error

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_WAIT_S, _REST_MS = 0.005, 1
"""Between two looks whether to go on. GNU Radio would let a source that gave nothing rest for
250 ms."""
_THROTTLE_S = 0.01
"""Duration of the samples that the throttle sends at once, and sleeps for."""


class recording_source(KeptByFlowgraph, gr.hier_block2):
    """Plays a recording of any format; see `sigmf_source` for stream and tags.

    Args:
        recording: a `recordings.recording.Recording`.
        repeat: whether to start again at the end, without limit.
        throttle: whether to play in real time; its sample rate must then be known.

    Attributes:
        recording: as given.
        sample_rate: samples per second, Hz, or None.
        is_real: whether the recording is real-valued.

    Raises:
        RecordingError: when the recording cannot be played; one line, a ValueError.
    """

    def __init__(self, recording, repeat=False, throttle=False):
        gr.hier_block2.__init__(
            self,
            type(self).__name__,
            gr.io_signature(0, 0, 0),
            gr.io_signature(1, 1, gr.sizeof_gr_complex),
        )
        self.recording = recording
        self.sample_rate, self.is_real = recording.sample_rate, recording.is_real
        self._player = _player(recording, repeat)
        if not throttle:
            self.connect(self._player, self)
            return
        if self.sample_rate is None:
            raise RecordingError(
                f"{recording.path}: it states no sample rate, without which it cannot be played in "
                "real time: give --rate HZ, or sample_rate in a flowgraph"
            )
        chunk = max(1, round(self.sample_rate * _THROTTLE_S))
        self._throttle = blocks.throttle(gr.sizeof_gr_complex, self.sample_rate, True, chunk)
        self.connect(self._player, self._throttle, self)

    def play_behind(self, tail: np.ndarray) -> None:
        """Plays these samples behind the recording, without a tag; call it before the start.

        Args:
            tail: complex64 [n].

        Raises:
            RecordingError: when the recording is repeated and so has no end.
        """
        self._player.play_behind(tail)

    def wait_while(self, is_behind: Callable[[], bool]) -> None:
        """Gives no samples while ``is_behind`` returns true; it is called before some thousand
        samples each."""
        self._player.is_behind = is_behind

    @property
    def error(self) -> Exception | None:
        """None, or the exception that ended the flowgraph."""
        return self._player.error


class _player(KeptByFlowgraph, gr.sync_block):
    """Gives the samples and tags of a recording."""

    def __init__(self, recording: Recording, repeat: bool):
        gr.sync_block.__init__(self, "recording_source", None, [np.complex64])
        self.gateway.set_blkd_input_timer_value(_REST_MS)
        self.error = None
        self.is_behind: Callable[[], bool] | None = None
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
            raise RecordingError(f"{self._recording.path}: it is repeated, so it has no end")
        self._tail = tail

    @stop_on_error
    def work(self, input_items, output_items):
        if _waited(self.is_behind):
            return 0
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


def open_source(recording: Facts, throttle=False, on_end=None, repeat=False):
    """The block that plays a recording, in real time with ``throttle``, again and again with
    ``repeat``; or a pipe as it comes.

    Raises:
        RecordingError: when it cannot be played.
    """
    if isinstance(recording, SampleStream):
        if repeat:
            raise RecordingError(f"{recording.path}: a pipe cannot be repeated (repeat=1)")
        return stream_source(recording, on_end)
    return recording_source(recording, repeat, throttle)


class stream_source(KeptByFlowgraph, gr.sync_block):
    """Plays samples from a pipe, as they come, with the tags of `sigmf_source` on the first one.

    Args:
        stream: a `recordings.stream.SampleStream`.
        on_end: called with the number of samples when the pipe ends. What `tail_of` makes of the
            last ones is then played behind them, for which their rate must be known. None: the
            flowgraph ends at once.

    Attributes:
        recording: the stream; sample_rate, is_real: its own; n_samples: how many came so far;
        error: None, or the exception that ended the flowgraph.
    """

    def __init__(self, stream: SampleStream, on_end=None):
        gr.sync_block.__init__(self, "stream_source", None, [np.complex64])
        self.error = None
        self.recording, self._on_end = stream, on_end
        self.sample_rate, self.is_real = stream.sample_rate, stream.is_real
        self.n_samples = 0
        self._last: deque[np.ndarray] = deque()  # what the tail is made of
        self._n_last = 0
        self._tail: np.ndarray | None = None
        self._is_behind: Callable[[], bool] | None = None
        self.gateway.set_blkd_input_timer_value(_REST_MS)
        self._tags = _capture_tags(stream, stream.captures[0])

    def wait_while(self, is_behind: Callable[[], bool]) -> None:
        """See `recording_source`."""
        self._is_behind = is_behind

    @stop_on_error
    def work(self, input_items, output_items):
        if _waited(self._is_behind):
            return 0
        out = output_items[0]
        if self._tail is not None:
            return self._play_tail(out)
        samples = self.recording.read(len(out))
        if samples is None:
            return self._end()
        if not self.n_samples and len(samples):
            for key, value in self._tags.items():
                self.add_item_tag(0, 0, key, value)
        out[: len(samples)] = samples
        self.n_samples += len(samples)
        if self._on_end is not None and len(samples):
            self._keep(samples)
        return len(samples)

    def _keep(self, samples: np.ndarray) -> None:
        """Keeps the last samples, at least `TAIL_S` of them."""
        self._last.append(samples)
        self._n_last += len(samples)
        least = TAIL_S * self.sample_rate
        while self._n_last - len(self._last[0]) >= least:
            self._n_last -= len(self._last.popleft())

    def _end(self) -> int:
        if not self.n_samples:
            raise RecordingError(f"{self.recording.path}: no samples came")
        if self._on_end is None:
            return WORK_DONE
        self._on_end(self.n_samples)
        self._tail = tail_of(np.concatenate(self._last), self.sample_rate, TAIL_S)
        return 0

    def _play_tail(self, out: np.ndarray) -> int:
        part, self._tail = self._tail[: len(out)], self._tail[len(out) :]
        out[: len(part)] = part
        return len(part) or WORK_DONE


def _waited(is_behind: Callable[[], bool] | None) -> bool:
    """Waits a moment and returns true if something behind the source is late."""
    if is_behind is None or not is_behind():
        return False
    time.sleep(_WAIT_S)
    return True


def _captures(recording: Facts) -> list[Capture]:
    """Returns the captures, preceded by one at sample 0 where none starts there."""
    captures = list(recording.captures)
    starts_late = not captures or captures[0].start > 0
    return [Capture(0), *captures] if starts_late else captures


def _capture_tags(recording: Facts, capture: Capture) -> dict:
    values = {}
    if recording.sample_rate is not None:
        values[tags.KEY_RX_RATE] = pmt.from_double(recording.sample_rate)
    if capture.frequency is not None:
        values[tags.KEY_RX_FREQ] = pmt.from_double(capture.frequency)
    if capture.datetime is not None:
        values[tags.KEY_RX_TIME] = _rx_time(recording, capture.datetime)
    return {pmt.intern(key): value for key, value in values.items()}


def _rx_time(recording: Facts, text: str) -> pmt.pmt_base:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise RecordingError(
            f"{recording.path}: core:datetime must be ISO-8601, got {text!r}"
        ) from None
    moment = moment.replace(tzinfo=moment.tzinfo or datetime.UTC)
    seconds = (moment.replace(microsecond=0) - _EPOCH) // datetime.timedelta(seconds=1)
    if seconds < 0:  # rx_time has no sign
        raise RecordingError(
            f"{recording.path}: core:datetime must be in or after 1970, got {text!r}"
        )
    fraction = moment.microsecond * 1e-6
    return pmt.make_tuple(pmt.from_uint64(seconds), pmt.from_double(fraction))


def _check_playable(recording: Recording, repeat: bool, capture_tags: dict) -> None:
    if recording.n_samples == 0:
        raise RecordingError(f"{recording.path}: no samples to play")
    unmarked = [start for start, found in capture_tags.items() if not found and (start or repeat)]
    if unmarked:
        raise RecordingError(
            f"{recording.path}: the gap at sample {unmarked[0]} cannot be marked without "
            "core:sample_rate, core:frequency or core:datetime"
        )
