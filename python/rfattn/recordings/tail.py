# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is played behind a recording, so that all of it can be searched."""

from __future__ import annotations

import numpy as np

from .sigmf import Recording

TAIL_S = 0.4
"""Longer than the 0.16 s in which the detector learns the floor, and than `LOOKBACK_S`."""
LOOKBACK_S = 0.3
"""How far the extractor works behind the end of what is played; what the detector finds when it
has learnt the floor of the tail, it cuts from its beginning."""
_SHORT_S = 0.05
_FLOOR_DB = -25.0
_STEADY_DB = 6.0
_FRAME_S = 1e-3
_LEAST_FRAMES = 32
_N_BINS = 64
_FILLED = 0.9
"""Share of the bins that reach a quarter of their mean power, from which on a band is full."""


def tail_of(samples: np.ndarray, rate: float, seconds: float) -> np.ndarray:
    """Samples to play behind a recording, so that the detector learns its floor and finds what is
    on the air at its end.

    They are the recording backwards, then forwards, and so on: with its own noise, without a jump
    at the turns, and with the pauses of its signals, in which the floor is seen. What is played
    backwards is conjugated, so that each signal keeps its frequency.

    Where a signal is on the air all the time, two things are wrong with that. In less than 0.05 s
    that repeat, each frequency that the repetition has becomes a line. In a full band, the floor is
    nowhere to be seen. So where the power is steady (the 90 % quantile of the power of frames of
    1 ms, or of a 32nd of the recording, is less than 6 dB above the 10 % quantile) and the
    recording is that short or fills its band, white noise 25 dB below the mean power follows
    instead: what was on the air then ends with the recording.

    Args:
        samples: complex64 [n], n >= 1: the recording, or the end of it, at least ``seconds``.
        rate: Hz.

    Returns:
        complex64 [seconds * rate]; the same for the same samples.
    """
    count = round(seconds * rate)
    if _is_steady(samples, rate) and (len(samples) < _SHORT_S * rate or _fills_band(samples)):
        return _noise_below(samples, count)
    return _mirrored(samples, count)


def tail_of_recording(recording: Recording, rate: float, seconds: float = TAIL_S) -> np.ndarray:
    """`tail_of` a recording, of which only the last ``seconds`` of the last capture are read."""
    starts = [c.start for c in recording.captures if c.start < recording.n_samples]
    first = max([0, recording.n_samples - round(seconds * rate), *starts[-1:]])
    return tail_of(recording.samples(first), rate, seconds)


def _is_steady(samples: np.ndarray, rate: float) -> bool:
    length = max(1, min(round(_FRAME_S * rate), len(samples) // _LEAST_FRAMES))
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    low, high = np.quantile(_power(frames), (0.1, 0.9))
    return high < low * 10 ** (_STEADY_DB / 10)


def _fills_band(samples: np.ndarray) -> bool:
    """Whether nearly all of the band has about the same power. Of real samples both sides do."""
    if len(samples) < _N_BINS:
        return False
    frames = samples[: len(samples) // _N_BINS * _N_BINS].reshape(-1, _N_BINS)
    spectrum = np.mean(np.abs(np.fft.fft(frames * np.hanning(_N_BINS))) ** 2, axis=0)
    return np.mean(spectrum > spectrum.mean() / 4) >= _FILLED


def _mirrored(samples: np.ndarray, count: int) -> np.ndarray:
    """The samples backwards and forwards in turn, each turned in phase to continue the last one."""
    tail, done, last = np.empty(count, np.complex64), 0, complex(samples[-1])
    backwards = True
    while done < count:
        part = (samples[::-1].conj() if backwards else samples)[: count - done]
        phase = last * complex(part[0]).conjugate()
        tail[done : done + len(part)] = part * np.complex64(phase / abs(phase) if phase else 1)
        done += len(part)
        last, backwards = complex(tail[done - 1]), not backwards
    return tail


def _noise_below(samples: np.ndarray, count: int) -> np.ndarray:
    """White noise; real-valued where the samples are."""
    noise = np.random.default_rng(0).standard_normal((count, 2), dtype=np.float32)
    if not samples.imag.any():
        noise *= np.float32([np.sqrt(2), 0])
    level = np.sqrt(_power(samples) / 2 * 10 ** (_FLOOR_DB / 10))
    return (noise * np.float32(level)).view(np.complex64)[:, 0]


def _power(samples: np.ndarray) -> np.ndarray:
    """Mean power along the last axis."""
    return np.mean(samples.real**2 + samples.imag**2, axis=-1, dtype=np.float64)
