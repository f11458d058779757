# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demodulates the channel of an emission with GNU Radio's blocks."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable

import numpy as np
from gnuradio import analog, blocks, filter, gr
from gnuradio.fft import window

from ...catalogue.class_row import SIDEBAND_MIDDLE_HZ
from ...decoding.decoder import Decoder
from .work_errors import WORK_DONE, stop_on_error

_AUDIO_HZ = (200.0, 2800.0)
"""Of a sideband."""
_PHASES = 32
"""Of the polyphase resampler."""
_SAMPLE_BYTES = 8


class ChannelQueue:
    """Samples of a channel that wait for a demodulator.

    Attributes:
        n_bytes: of those that wait.
    """

    def __init__(self, most_bytes: int):
        self._most_bytes = most_bytes
        self._waiting: deque[np.ndarray] = deque()
        self._changed = threading.Condition()
        self._is_whole = self._is_closed = False
        self.n_bytes = 0

    def put(self, samples: np.ndarray, waits: bool) -> bool:
        """Adds samples, unless more wait than may, and nobody ``waits`` for room.

        Returns:
            Whether they were added; False when nobody takes any more.
        """
        with self._changed:
            if waits:
                self._changed.wait_for(lambda: self._is_closed or not self._is_full())
            if self._is_closed or self._is_full():
                return False
            self._waiting.append(samples)
            self.n_bytes += samples.nbytes
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """Ends the samples behind those that wait."""
        with self._changed:
            self._is_whole = True
            self._changed.notify_all()

    def close(self) -> int:
        """Discards what waits, and returns how many samples that is; nobody takes any more."""
        with self._changed:
            self._is_closed = True
            left = sum(map(len, self._waiting))
            self._waiting.clear()
            self.n_bytes = 0
            self._changed.notify_all()
            return left

    def get(self, waits: bool = True) -> np.ndarray | None:
        """The next samples, where one ``waits`` when there are some; None at the end, or where
        there are none yet."""
        with self._changed:
            if waits:
                self._changed.wait_for(lambda: self._waiting or self._is_whole or self._is_closed)
            if not self._waiting:
                return None
            samples = self._waiting.popleft()
            self.n_bytes -= samples.nbytes
            self._changed.notify_all()
            return samples

    def _is_full(self) -> bool:
        return self.n_bytes > self._most_bytes


class _QueueSource(gr.sync_block):
    """The samples of a `ChannelQueue`."""

    def __init__(self, queue: ChannelQueue):
        gr.sync_block.__init__(self, "queue source", None, [np.complex64])
        self._queue, self._samples, self.error = queue, np.empty(0, np.complex64), None

    @stop_on_error
    def work(self, input_items, output_items):
        out, written = output_items[0], 0
        while written < len(out):
            if not len(self._samples):
                found = self._queue.get(waits=not written)
                if found is None:
                    return written or WORK_DONE
                self._samples = found
            count = min(len(out) - written, len(self._samples))
            out[written : written + count] = self._samples[:count]
            self._samples = self._samples[count:]
            written += count
        return written


class _WriterSink(gr.sync_block):
    """Hands items to ``write``, and closes the queue when that returns False."""

    def __init__(self, item: np.dtype, write: Callable[[bytes], bool], queue: ChannelQueue):
        gr.sync_block.__init__(self, "writer sink", [item], None)
        self._write, self._queue, self.error = write, queue, None

    @stop_on_error
    def work(self, input_items, output_items):
        is_taken = False
        try:
            is_taken = self._write(input_items[0].tobytes())
        finally:
            if not is_taken:
                self._queue.close()
        return len(input_items[0]) if is_taken else WORK_DONE


class ChannelFlowgraph(gr.top_block):
    """A flowgraph from a `ChannelQueue` to a function.

    Args:
        name: of the flowgraph.
        queue: takes the samples.
        between: blocks, from complex64 to items of the type ``item``.
        item: what ``write`` gets, as octets.
        write: called with octets; it returns False when nobody takes them any more.
    """

    def __init__(
        self,
        name: str,
        queue: ChannelQueue,
        between: list,
        item: np.dtype,
        write: Callable[[bytes], bool],
    ):
        gr.top_block.__init__(self, name)
        # A flowgraph keeps only the C++ halves of blocks in Python.
        self._ends = _QueueSource(queue), _WriterSink(item, write, queue)
        self.connect(self._ends[0], *between, self._ends[1])

    def run_to_end(self) -> None:
        """Runs until the queue ends, or somebody calls `stop`.

        Raises:
            the exception of a block.
        """
        self.start()
        self.wait()
        for end in self._ends:
            if end.error is not None:
                raise end.error


class Demodulator(ChannelFlowgraph):
    """A flowgraph from a `ChannelQueue` to a decoder's stdin.

    Args:
        decoder: states demodulation, rate and format.
        queue: takes the samples.
        write: called with octets; it returns False when nobody takes them any more.
        rate: of the channel, Hz.
        offset: of the middle of the emission from that of the channel, Hz.
        width: of the emission, Hz.
        level: amplitude of the emission, > 0; it becomes half of full scale, but for "fm".
    """

    def __init__(
        self,
        decoder: Decoder,
        queue: ChannelQueue,
        write: Callable[[bytes], bool],
        rate: float,
        offset: float,
        width: float,
        level: float,
    ):
        between = [
            *in_the_middle(rate, offset, level),
            *demodulation(decoder.demodulation, decoder.sample_rate, rate, width),
            *_to_format(decoder.sample_format),
        ]
        item = np.dtype(_ITEMS[decoder.sample_format])
        name = f"demodulator of {decoder.name}"
        ChannelFlowgraph.__init__(self, name, queue, between, item, write)


def in_the_middle(rate: float, offset: float, level: float) -> list:
    """Blocks that shift the middle of an emission to 0 Hz, and make its level half of full
    scale."""
    return [
        blocks.multiply_const_cc(0.5 / level),
        blocks.rotator_cc(-2 * math.pi * offset / rate),
    ]


def demodulation(kind: str, sample_rate: float, rate: float, width: float) -> list:
    """Blocks that demodulate an emission whose middle is at 0 Hz; see `Decoder` for the kinds.

    Args:
        sample_rate: of what comes out, Hz.
        rate: of the channel, Hz.
        width: of the emission, Hz.
    """
    ratio = sample_rate / rate
    if kind == "iq":
        return [_resampler(filter.pfb_arb_resampler_ccf, ratio)]
    if kind == "fm":
        demodulator = analog.quadrature_demod_cf(rate / (math.pi * width))
        return [demodulator, _resampler(filter.pfb_arb_resampler_fff, ratio)]
    if kind == "am":
        mean = filter.dc_blocker_ff(max(2, round(sample_rate / 50)))
        return [blocks.complex_to_mag(), _resampler(filter.pfb_arb_resampler_fff, ratio), mean]
    turned = [blocks.conjugate_cc()] if kind == "lsb" else []
    taps = filter.firdes.complex_band_pass(1.0, sample_rate, *_AUDIO_HZ, 200.0)
    return [
        *turned,
        _resampler(filter.pfb_arb_resampler_ccf, ratio),
        blocks.rotator_cc(2 * math.pi * SIDEBAND_MIDDLE_HZ / sample_rate),
        filter.fir_filter_ccc(1, taps),
        blocks.complex_to_real(),
    ]


def _resampler(kind, ratio: float):
    """Changes the rate; flat to 0.4 of the lower of both rates, and closed at 0.5 of it."""
    highest = min(1.0, ratio)
    taps = filter.firdes.low_pass(
        _PHASES, _PHASES, 0.45 * highest, 0.1 * highest, window.WIN_BLACKMAN_HARRIS
    )
    return kind(ratio, taps, _PHASES)


_ITEMS = {"u8": "u1", "s16": "i2", "f32": "f4", "cu8": "u1", "cs16": "i2", "cf32": "c8"}


def _to_format(name: str) -> list:
    """Blocks that turn float or complex of full scale 1.0 into items of this format."""
    makers = {
        "u8": lambda: [blocks.float_to_uchar(1, 127.0, 128.0)],
        "s16": lambda: [blocks.float_to_short(1, 32767.0)],
        "cu8": lambda: [blocks.complex_to_interleaved_char(False, 127.0), blocks.add_const_bb(128)],
        "cs16": lambda: [blocks.complex_to_interleaved_short(False, 32767.0)],
    }
    return makers.get(name, list)()
