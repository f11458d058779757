# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is played behind a recording, so that all of it can be searched.

It is made for every recording, so it does without scipy, whose filters take half a second to
import.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .recording import Recording

TAIL_S = 0.5
"""Longer than the 0.16 s in which the detector learns the floor, and than `LOOKBACK_S`."""
LOOKBACK_S = 0.45
"""How far the extractor works behind the end of what is played. What the detector finds when it
has learnt the floor, it cuts from its beginning; at the start of a recording that takes 0.37 s."""
_CONSTANT_S = 0.002
"""Samples that are equal for so long are none of a receiver. The detector takes twice as many for
absent: what is mirrored may be twice as long."""
_SHORT_S = 0.05
_UNLEARNT_S = 0.16
"""A recording shorter than this ends before the detector has learnt a floor."""
_FLOOR_DB = -25.0
_SILENCE_DB = -60.0
_STEADY_DB = 6.0
_FRAME_S = 1e-3
_BURST_S = 0.25e-3
"""A short burst stands out in frames of this length."""
_LEAST_FRAMES = 32
_PARTS, _PART_SAMPLES = 16, 64
"""Pauses are looked for in so many parts of the band, if each has so many samples of a frame."""
_N_BINS = 64
_LINE_BINS = 9
"""What is narrower than half of these is a line, such as that of a receiver at 0 Hz. It is left out
of the spectrum of noise, which would spread it."""
_ORDER = 32
"""The order of the linear prediction at a turn."""
_JOINED = 4096
"""Samples behind a turn that differ from those of the recording."""
_LEARNT = 1 << 14
"""Samples that the prediction is made from."""
_NOISE_DB = -80.0
"""White noise that the prediction assumes, over the mean power."""
_ABSURD = 1e12
"""The detector counts samples of so many times full scale as not finite, and takes zeros."""
_FILLED = 0.9
"""Share of the bins that reach a quarter of their mean power, from which on a band is full."""
_SPREAD_VARIANCE = 20.0
"""Variance of the spread of powers, times the number of samples, of Gaussian noise."""
_SPREAD_SIGMAS, _SPREAD_SLACK, _MOST_DOUBT = 5.0, 0.15, 0.75
"""How far the spread may be from that of noise; from which doubt on it tells nothing."""
_MOST_OVER = 8.0
"""A line of the spectrum counts for this many times its neighbourhood at most: a spur repeats,
too."""
_LEAK = 5.0
"""Slack where pauses are cut by frames, which hold some of the signal."""
_LEAST_LAG = 64
"""Samples; what repeats sooner is the shape of the spectrum."""
_REPEAT_DOUBT = 12.0
"""Noise reaches more in e^-12 of the cases."""


def tail_of(samples: np.ndarray, rate: float, seconds: float) -> np.ndarray:
    """Samples to play behind a recording, so that the detector learns its floor and finds what is
    on the air at its end.

    They are the recording backwards, then forwards, and so on: with its own noise, without a click
    at the turns, and with the pauses of its signals, in which the floor is seen. What is played
    backwards is conjugated, so that each signal keeps its frequency. Samples that are constant for
    2 ms or longer, as of a muted receiver, are left out; behind nothing else come zeros.

    In two cases that would hide the floor, and noise follows instead:

    - The recording is shorter than 0.05 s. What repeats so fast becomes lines of a spectrum. The
      noise has the spectrum of the recording in its pauses: in those frames, of 1 ms or a 32nd of
      the recording, that are less than 3 dB above the 10 % quantile of their powers.
    - Such a recording is steady, or a full band of one shorter than 0.16 s: the 90 % quantile of
      the powers is less than 6 dB above the 10 % quantile. What may be the noise of a receiver is
      no signal: its samples are Gaussian and never repeat. The noise has the spectrum of the
      recording without short bursts, where that may be noise or there is noise beside it, which
      shows the floor. Else a signal that never pauses fills
      the band, and white noise 25 dB below the mean power follows, so that it ends with the
      recording.

    Args:
        samples: complex64 [n], n >= 1: the recording, or the end of it, at least ``seconds``.
        rate: Hz.

    Returns:
        complex64 [seconds * rate]; the same for the same samples.
    """
    samples = np.where(np.abs(samples) < _ABSURD, samples, np.complex64(0))  # so is NaN
    samples = _without_constants(samples, _CONSTANT_S * rate)
    count, is_short = round(seconds * rate), len(samples) < _SHORT_S * rate
    if not len(samples):
        return np.zeros(count, np.complex64)
    frames = _frames(samples, rate)
    low, high = np.quantile(_power(frames), (0.1, 0.9))
    is_steady = high < low * 10 ** (_STEADY_DB / 10)
    unlearnt = is_short or (len(samples) < _UNLEARNT_S * rate and _fills_band(samples))
    if is_steady and unlearnt:
        quiet, slack = _quiet(_frames(samples, rate, _BURST_S))
        if _has_noise_beside(quiet) or (_fills_band(quiet) and _may_be_noise(quiet, slack)):
            return _noise_of_pauses(quiet, count, _power(samples))
        return _white(count, _power(samples) * 10 ** (_FLOOR_DB / 10), samples)
    if is_short:
        return _noise_of_pauses(frames[_power(frames) <= 2 * low], count, _power(samples))
    return _mirrored(samples, count)


def tail_of_recording(recording: Recording, rate: float, seconds: float = TAIL_S) -> np.ndarray:
    """`tail_of` a recording, of which only the last ``seconds`` of the last capture are read."""
    starts = [c.start for c in recording.captures if c.start < recording.n_samples]
    first = max([0, recording.n_samples - round(seconds * rate), *starts[-1:]])
    return tail_of(recording.samples(first), rate, seconds)


def _without_constants(samples: np.ndarray, least: float) -> np.ndarray:
    """The samples without those of which ``least`` or more in a row are equal."""
    starts = np.flatnonzero(np.append(True, samples[1:] != samples[:-1]))
    lengths = np.diff(np.append(starts, len(samples)))
    return samples[np.repeat(lengths < least, lengths)]


def _frames(samples: np.ndarray, rate: float, seconds: float = _FRAME_S) -> np.ndarray:
    length = max(1, min(round(seconds * rate), len(samples) // _LEAST_FRAMES))
    return samples[: len(samples) // length * length].reshape(-1, length)


def _quiet(frames: np.ndarray) -> tuple[np.ndarray, float]:
    """The samples of the frames of which no part of the band is 3 dB above the 10 % quantile of its
    powers, and the slack for what they hold of signals.

    Where no part has pauses, but a few bursts, what is beside these is left out, too.
    """
    length = frames.shape[1]
    parts = max(1, min(_PARTS, length // _PART_SAMPLES))
    size = length // parts * parts
    spectra = np.abs(np.fft.fft(frames[:, :size] * np.hanning(size), axis=1)) ** 2
    power = spectra.reshape(len(frames), parts, -1).sum(axis=2, dtype=np.float64)
    rises = power / (np.quantile(power, 0.1, axis=0) + 1e-30)
    busy = rises.max(axis=1)
    is_loud = busy > max(2.0, np.quantile(busy, 0.1))
    pauses = np.quantile(rises, 0.9, axis=0).max() >= 10 ** (_STEADY_DB / 10)
    beside = is_loud.copy()
    beside[1:] |= is_loud[:-1]
    beside[:-1] |= is_loud[1:]
    if not pauses and not beside.all():
        is_loud = beside
    return frames[~is_loud].reshape(-1), _LEAK if pauses else 1.0


def _fills_band(samples: np.ndarray) -> bool:
    """Whether nearly all of the band has about the same power. Of real samples both sides do."""
    if len(samples) < _N_BINS:
        return False
    spectrum = _spectrum(samples)
    level = np.minimum(spectrum, _MOST_OVER * np.median(spectrum)).mean()
    return np.mean(spectrum > level / 4) >= _FILLED


def _has_noise_beside(samples: np.ndarray) -> bool:
    """Whether the weaker half of the band is level, and some of the rest 6 dB stronger.

    So it is beside signals, and neither below the slopes of one nor where it fades. 0 Hz is left
    out.
    """
    if len(samples) < _N_BINS * _LEAST_FRAMES:
        return False
    low, middle, most = np.quantile(_spectrum(samples)[2:-1], (0.2, 0.5, 1.0))
    return bool(middle < 2 * low and most > 4 * middle)


def _may_be_noise(samples: np.ndarray, slack: float = 1.0) -> bool:
    """Whether samples are Gaussian and never repeat, as far as so many can tell.

    With a larger ``slack`` a little of them may be a signal.

    The mean square of the powers of noise is twice the square of their mean, three times for real
    samples; that of a signal with a constant envelope is once. OFDM repeats the end of each symbol.
    """
    samples = samples.astype(np.complex128)  # fourth powers of large ones
    power = samples.real**2 + samples.imag**2
    if not power.any():
        return False
    is_real = not samples.imag.any()
    spread = np.mean(power**2) / np.mean(power) ** 2 * (2 / 3 if is_real else 1)
    doubt = _SPREAD_SIGMAS * np.sqrt(_SPREAD_VARIANCE / len(samples))
    if doubt > _MOST_DOUBT or abs(spread - 2) > slack * max(_SPREAD_SLACK, doubt):
        return False
    lines = np.abs(np.fft.fft(samples)) ** 2
    level = _smoothed(np.minimum(lines, _MOST_OVER * np.median(lines)), 257)
    flat = np.minimum(lines / (level + 1e-30), _MOST_OVER)
    repeats = np.abs(np.fft.ifft(flat - flat.mean())) ** 2 * len(samples)
    most = repeats[_LEAST_LAG : len(repeats) // 2].max(initial=0)
    # Of real samples both sides of the spectrum are one, and the sums have one dimension.
    limit = np.log(len(samples)) + _REPEAT_DOUBT
    return most < slack * (4 if is_real else 1) * limit


def _smoothed(lines: np.ndarray, width: int) -> np.ndarray:
    """The mean of ``width`` lines around each; behind the last comes the first."""
    sums = np.cumsum(np.pad(lines, (width // 2 + 1, width // 2), mode="wrap"))
    return (sums[width:] - sums[:-width]) / width


def _spectrum(samples: np.ndarray) -> np.ndarray:
    """Mean power of each of `_N_BINS` bins; their mean is the power of the samples."""
    parts = samples[: len(samples) // _N_BINS * _N_BINS].reshape(-1, _N_BINS)
    window = np.hanning(_N_BINS)
    return np.mean(np.abs(np.fft.fft(parts * window)) ** 2, axis=0) / np.sum(window**2)


def _mirrored(samples: np.ndarray, count: int) -> np.ndarray:
    """The samples backwards and forwards in turn, each turned in phase to continue the last one.

    Their mean is not turned: a receiver's offset is no signal, and would jump.
    """
    mean = samples.mean(dtype=np.complex128).astype(np.complex64)
    samples = samples - mean
    predictor = _predictor(samples)
    response = _inverse_response(predictor)
    tail, done, before = np.empty(count, np.complex64), 0, samples[-_ORDER:]
    backwards = True
    while done < count:
        part = (samples[::-1].conj() if backwards else samples)[: count - done]
        phase = complex(before[-1]) * complex(part[0]).conjugate()
        part = part * np.complex64(phase / abs(phase) if phase else 1)
        part[:_JOINED] = _join(before, part[:_JOINED], predictor, response)
        tail[done : done + len(part)] = part
        done += len(part)
        before, backwards = tail[max(0, done - _ORDER) : done], not backwards
    return tail + mean


def _predictor(samples: np.ndarray) -> np.ndarray:
    """The filter that leaves of the last samples what those before do not predict, complex128
    [_ORDER + 1]: linear prediction by the autocorrelation method."""
    last = samples[-_LEARNT:].astype(np.complex128)
    length = 2 * len(last)
    power = np.abs(np.fft.fft(last, length)) ** 2
    correlation = np.fft.ifft(power)[: _ORDER + 1]
    if not samples.imag.any():
        correlation = correlation.real
    correlation[0] = correlation[0].real * (1 + 10 ** (_NOISE_DB / 10)) + 1e-30
    lag = np.arange(_ORDER)[:, None] - np.arange(_ORDER)
    known = correlation[np.abs(lag)]
    weights = np.linalg.solve(np.where(lag < 0, known.conj(), known), correlation[1:])
    return np.concatenate([[1.0], -weights])


def _inverse_response(predictor: np.ndarray) -> np.ndarray:
    """What the inverse of the filter makes of a one: the first `_JOINED` samples."""
    response = np.zeros(_ORDER + _JOINED, predictor.dtype)
    response[_ORDER] = 1.0
    weights = -predictor[:0:-1]
    for i in range(_ORDER + 1, len(response)):
        response[i] = weights @ response[i - _ORDER : i]
    return response[_ORDER:]


def _join(
    before: np.ndarray, part: np.ndarray, predictor: np.ndarray, response: np.ndarray
) -> np.ndarray:
    """``part`` as it would continue ``before``; its end is unchanged.

    A jump, or a bend, has power at all frequencies, which stands out where a receiver's filter
    leaves no noise. What cannot be predicted of ``part`` therefore passes the inverse filter, which
    begins in the state that ``before`` left; its difference to ``part`` fades.
    """
    if len(part) < 4 * _ORDER or len(before) < _ORDER:
        return part
    n = len(part)
    fresh = np.convolve(part, predictor)[:n]
    fresh[:_ORDER] = fresh[_ORDER : 2 * _ORDER]  # those need samples before the part
    # What the inverse filter adds of the samples before, which reach as far as the predictor.
    fresh[:_ORDER] -= np.convolve(before[-_ORDER:], predictor)[_ORDER:]
    size = 2 * n
    joined = np.fft.ifft(np.fft.fft(fresh, size) * np.fft.fft(response[:n], size))[:n]
    joined = joined if part.imag.any() else joined.real
    faded = np.clip(2.0 - 2.0 * np.arange(n) / n, 0.0, 1.0)
    return part + (joined - part) * faded


def _noise_of_pauses(pauses: np.ndarray, count: int, power: float) -> np.ndarray:
    """Noise with the spectrum of ``pauses``; of silence, at least 60 dB below ``power``."""
    pauses, least = pauses.reshape(-1), power * 10 ** (_SILENCE_DB / 10)
    if len(pauses) < _N_BINS:
        return _white(count, max(least, _power(pauses)), pauses)
    spectrum = _spectrum(pauses)
    around = np.pad(spectrum, _LINE_BINS // 2, mode="wrap")
    medians = np.median(sliding_window_view(around, _LINE_BINS), axis=-1)
    without_lines = np.minimum(spectrum, 2 * medians)
    response = np.fft.fftshift(np.fft.ifft(np.sqrt(without_lines + least)))
    if not pauses.imag.any():
        response = response.real
    return np.convolve(_white(count, 1.0, pauses), response.astype(np.complex64), "same")


def _white(count: int, power: float, like: np.ndarray) -> np.ndarray:
    """White noise; real-valued where ``like`` is."""
    noise = np.random.default_rng(0).standard_normal((count, 2), dtype=np.float32)
    if not like.imag.any():
        noise *= np.float32([np.sqrt(2), 0])
    return (noise * np.float32(np.sqrt(power / 2))).view(np.complex64)[:, 0]


def _power(samples: np.ndarray) -> np.ndarray:
    """Mean power along the last axis."""
    return np.mean(samples.real**2 + samples.imag**2, axis=-1, dtype=np.float64)
