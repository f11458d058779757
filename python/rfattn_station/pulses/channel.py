# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pulses and gaps of an emission, from its samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SEPARATION = 6.0
"""Two frequencies are further apart than so many of their deviations; the halves of noise are not
(4.3)."""
LEAST_SHARE = 0.03
"""Of all widths, in a group."""
_EDGE = 5
"""Samples at both ends of a pulse, where it has no frequency."""
_RUNS_OF_ONE = 4
"""A pulse of FSK has more changes of frequency, in the mean."""


@dataclass(frozen=True)
class Pulses:
    """What was found, in s.

    Attributes:
        keying: "OOK", or "FSK", where a pulse is the higher frequency.
        pulses: widths, [n].
        gaps: of OOK the width of the gap behind each pulse, [n - 1]; of FSK the times on the lower
            frequency.
    """

    keying: str
    pulses: np.ndarray
    gaps: np.ndarray


def channel(samples: np.ndarray, rate: float, middle: float, width: float):
    """The emission at 0 Hz, complex64 [n], and its rate.

    Args:
        middle: of the emission from that of the band, Hz.
    """
    half = min(width / 3, rate / 4)
    spectrum = np.fft.fft(samples)
    hertz = np.fft.fftfreq(len(samples), 1 / rate)
    away = np.abs((hertz - middle + rate / 2) % rate - rate / 2)
    # As much noise as in the emission's width passes. The slopes are so long that an edge does not
    # ring.
    spectrum *= np.clip((1.5 * half - away) / half + 0.5, 0.0, 1.0)
    turn = np.exp(-2j * np.pi * middle / rate * np.arange(len(samples)))
    return (np.fft.ifft(spectrum) * turn).astype(np.complex64), rate


def find_pulses(samples: np.ndarray, rate: float, width: float) -> Pulses:
    """The pulses of an emission at 0 Hz, in so many Hz of noise.

    Raises:
        ValueError: there are fewer than eight, or noise makes too many.
    """
    level = np.abs(samples)
    high = np.median(level[level > level.max() / 2])
    starts, widths = runs(level > high / 2)
    on = [slice(a, a + n) for a, n, is_on in zip(starts, *widths, strict=True) if is_on]
    turned = np.angle(samples[1:] * np.conj(samples[:-1])) * rate / (2 * np.pi)
    found = _of_frequency(turned, on, rate)
    if found is None:
        lengths, states = widths
        pulses = lengths[states] / rate
        first, last = np.flatnonzero(states)[[0, -1]]
        gaps = lengths[first:last][~states[first:last]] / rate
        found = Pulses("OOK", pulses, gaps)
    if len(found.pulses) < 8:
        raise ValueError(f"must have at least 8 pulses, got {len(found.pulses)}")
    _check_noise(level, high, width, rate, len(found.pulses))
    return found


def _check_noise(level: np.ndarray, high: float, width: float, rate: float, pulses: int) -> None:
    """Refuses a signal in which noise makes more pulses than `LEAST_SHARE`, which has groups.

    The level of noise of the power N in a flat band of the width B rises above half of the
    amplitude A of a pulse 2 sqrt(pi / 12) B r exp(-r²) times a second, r² = A² / 4 N (Rice).
    """
    snr = high**2 / np.mean(level[level < high / 2] ** 2)
    passes = 2 * np.sqrt(np.pi / 12 * snr / 4) * np.exp(-snr / 4)
    made = width * len(level) / rate * passes
    if made > LEAST_SHARE * pulses:
        raise ValueError(
            f"must be stronger: at {10 * np.log10(snr):.1f} dB in {width / 1e3:.0f} kHz noise "
            f"makes some {min(made, pulses):.0f} of {pulses} pulses, and may make {LEAST_SHARE:.0%}"
        )


def runs(states: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Where runs of equal states begin, how long they are, and their states."""
    changes = np.flatnonzero(states[1:] != states[:-1]) + 1
    starts = np.concatenate([[0], changes])
    lengths = np.diff(np.concatenate([starts, [len(states)]]))
    return starts, (lengths, states[starts])


def _of_frequency(turned: np.ndarray, on: list[slice], rate: float) -> Pulses | None:
    """The pulses where the frequency is keyed; None where it is not."""
    kept = [turned[one][_EDGE:-_EDGE] for one in on if one.stop - one.start > 4 * _EDGE]
    if not kept:
        return None
    low, high = np.percentile(np.concatenate(kept), (10, 90))
    middle, pulses, gaps = (low + high) / 2, [], []
    whole = np.concatenate(kept)
    halves = whole[whole > middle], whole[whole <= middle]
    spread = max(1.48 * np.median(np.abs(half - np.median(half))) for half in halves)
    if high - low < _SEPARATION * spread:
        return None
    for one in kept:
        _, (lengths, states) = runs(one > middle)
        inner, inner_states = lengths[1:-1], states[1:-1]  # the outer ones are cut
        pulses.extend(inner[inner_states] / rate)
        gaps.extend(inner[~inner_states] / rate)
    if len(pulses) < _RUNS_OF_ONE * len(kept):
        return None
    return Pulses("FSK", np.array(pulses), np.array(gaps))
