# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of spectra: FFTW and VOLK in a loop on one thread, without a scheduler.

GNU Radio uses the same two libraries. Each call of their C interfaces takes a whole chunk, so that
the cost of calling from Python vanishes against the work.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import time

import numpy as np
from gnuradio.rfattn.recordings.front_end import window_taps

_CHUNK = 1 << 15
"""Samples in a chunk: 256 KiB, which stays in the second-level cache."""
_FORWARD, _MEASURE = -1, 0
_DB_PER_OCTAVE = np.float32(10.0 * np.log10(2.0))
_POINTER, _INT, _UINT, _FLOAT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_float


class BareLoop:
    """Computes Hann window, FFT, shift (by alternating signs in the window), |X|^2, dB.

    Args:
        fft_size, hop: see ``power_spectrum``; hop must divide fft_size.
        samples: complex64; only the first chunk is transformed, repeatedly.

    Raises:
        OSError: when FFTW or VOLK is not installed.
    """

    def __init__(self, fft_size: int, hop: int, samples: np.ndarray):
        self._fft = ctypes.CDLL(_library("fftw3f"))
        self._volk = _Volk()
        self._size, self._hop = fft_size, hop
        self._samples = np.ascontiguousarray(samples[:_CHUNK])
        # Frames that start at a multiple of fft_size lie next to each other and take one call; the
        # overlapping ones lie in as many such rows as hops go into fft_size.
        self._phases = fft_size // hop
        count = len(self._samples) // fft_size - (self._phases > 1)
        self._frames = np.empty((self._phases, count, fft_size), np.complex64)
        self._bins = np.empty_like(self._frames)
        self._power = np.empty(self._frames.shape, np.float32)
        taps = window_taps("hann", fft_size)
        sign = 1.0 - 2.0 * (np.arange(fft_size) % 2)
        self._taps = np.tile(taps * sign / taps.sum(), count).astype(np.float32)
        self._plan = self._make_plan(self._phases * count)

    def _make_plan(self, count: int):
        make = self._fft.fftwf_plan_many_dft
        make.restype = _POINTER
        make.argtypes = [_INT, _POINTER, _INT, *([_POINTER] * 2 + [_INT] * 2) * 2, _INT, _UINT]
        n = ctypes.byref(_INT(self._size))
        layout = (None, 1, self._size)
        self._fft.fftwf_execute.argtypes = [_POINTER]
        return make(
            1,
            n,
            count,
            self._frames.ctypes.data,
            *layout,
            self._bins.ctypes.data,
            *layout,
            _FORWARD,
            _MEASURE,
        )

    def run(self) -> None:
        """Transforms one chunk of samples."""
        source, taps = self._samples.ctypes.data, self._taps.ctypes.data
        for phase, frames in enumerate(self._frames):
            self._volk.multiply(
                frames.ctypes.data, source + 8 * phase * self._hop, taps, frames.size
            )
        self._fft.fftwf_execute(self._plan)
        total, power = self._power.size, self._power.ctypes.data
        self._volk.mag_squared(power, self._bins.ctypes.data, total)
        self._volk.log2(power, power, total)
        self._volk.scale(power, power, _DB_PER_OCTAVE, total)

    def spectra(self) -> np.ndarray:
        """float32 [frames, fft_size] of the first chunk, in dB."""
        self.run()
        return self._power.swapaxes(0, 1).reshape(-1, self._size).copy()

    def cpu_ns_per_sample(self, seconds: float) -> float:
        chunks, start = 0, time.thread_time_ns()
        while time.thread_time_ns() - start < seconds * 1e9:
            self.run()
            chunks += 1
        return (time.thread_time_ns() - start) / (chunks * self._power.size // self._phases)


class _Volk:
    """Kernels of VOLK. Each is a variable with a function pointer, which the first call replaces by
    the kernel for this processor."""

    def __init__(self):
        self._library = ctypes.CDLL(_library("volk"))
        data = _POINTER, _POINTER
        self.multiply = self._kernel("volk_32fc_32f_multiply_32fc", *data, _POINTER, _UINT)
        self.mag_squared = self._kernel("volk_32fc_magnitude_squared_32f", *data, _UINT)
        self.log2 = self._kernel("volk_32f_log2_32f", *data, _UINT)
        self.scale = self._kernel("volk_32f_s32f_multiply_32f", *data, _FLOAT, _UINT)

    def _kernel(self, name: str, *arguments):
        call = ctypes.CFUNCTYPE(None, *arguments)
        room = np.ones(8, np.complex64)
        blank = [room.ctypes.data if a is _POINTER else 1 for a in arguments]
        call(_POINTER.in_dll(self._library, name).value)(*blank)
        return call(_POINTER.in_dll(self._library, name).value)


def _library(name: str) -> str:
    found = ctypes.util.find_library(name)
    if found is None:
        raise OSError(f"lib{name} is not installed")
    return found
