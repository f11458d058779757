# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws bands for training: made-up and recorded emissions as some receiver gets them.

Made-up and recorded signals of a class pass through the same receiver and the same detector, so
that a model cannot tell one from the other by how they were cut. Receivers differ in all that the
label must not depend on: rate, filter, tilt, spike, image, gain control and converter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
from gnuradio.rfattn.signals.waveform import band
from gnuradio.rfattn_station.learning.truth import LINE_HZ

from .receiver import control_gain, in_steps
from .scene import render
from .scene_noise import Receiver
from .scene_signal import SERVICE, prepared_signal
from .scene_truth import Burst, Emission, Scene
from .services import DRAWN_OTHERS, OTHERS, SERVICES
from .training_receivers import LEAST_WIDTH_HZ, MOST_NARROW, NEEDS, RECEIVERS, receivers_for
from .waves.waveform import Rng, choice

_MOST_EMISSIONS = 16
_STRANGE = 0.4
"""Share of the further emissions of a band that are of no class."""
_RECORDED = 0.3
"""Share of the emissions that are cut from recordings, for classes that have any; since these are
few, the made-up ones show more of what a class can be."""
_STRONG, _STRONG_DB = 0.25, (25.0, 55.0)
"""Share of the emissions that are of a transmitter nearby, and their SNR."""
_MOST_OCCUPIED = 0.6
"""Share of the band that emissions take."""
_MOST_SAMPLES = 14_000_000
"""Samples of the signal that a band is for, which bounds time and memory."""
_MOST_FURTHER = 2_000_000
"""Samples of each further signal, so that most of the time goes into signals and not into few."""
_MOST_REFUSED = 2
"""Emissions without room after which a band is full."""
_FILTERED, _NOISE_FILTERED = 0.15, 0.8
"""Share of the bands, and of those of noise alone, behind a filter narrower than the band."""
_SPURS = 0.2
"""Mean number of the receiver's spurious lines in a band."""
_MOST_WIDE = 5
"""Width of the widest emission over the rate of a receiver, which then sees a part of it."""
_PROBE_S = 0.05
"""Length of the signal from which the width of a drawn emission is read."""


@dataclass(frozen=True)
class Band:
    """Samples of a receiver, and the truth about them."""

    samples: np.ndarray
    """complex64 [n], full scale 1.0."""
    sample_rate: float
    """In Hz."""
    truth: list[Burst]
    """Kind and box of each burst; the kind is a name of `SERVICES` or `OTHERS`. The receiver's
    spurious lines are of kind "carrier"; their numbers follow those of the emissions."""
    recorded: dict[int, str]
    """Path of the recording, by the number of the emission that is cut from one."""


def draw_band(name: str, seed: int, recordings: Sequence[tuple[str, str]] = ()) -> Band:
    """Draws a band that holds an emission of a class, and others that fit into it.

    Args:
        name: a class of `SERVICES`, or a technology of `OTHERS`.
        seed: the same gives the same band.
        recordings: class and path of recordings that may take the place of made-up signals.

    Raises:
        ValueError: the name is neither, or no receiver shows its signals at a bearable cost.
    """
    if name not in SERVICES and name not in OTHERS:
        raise ValueError(f"bands: name must be one of SERVICES or OTHERS, got {name!r}")
    rng = np.random.default_rng([seed, 17])
    first, rate, seconds = _draw_first(rng, name, recordings)
    drawn = [first]
    fitting = [k for k in SERVICES if (rate, seconds) in receivers_for(k)]
    strange = [k for k in DRAWN_OTHERS if k not in NEEDS or (rate, seconds) in receivers_for(k)]
    for _ in range(int(rng.integers(0, _MOST_EMISSIONS))):
        kinds = strange if rng.random() < _STRANGE else fitting
        emission = _draw_emission(rng, choice(rng, kinds), recordings) if kinds else None
        if emission and _fits(emission, rate, seconds, _MOST_FURTHER):
            drawn.append(emission)
    return _draw_rest(rng, drawn, seed, rate, seconds)


def draw_noise_band(seed: int) -> Band:
    """Draws a band without emissions; what a detector finds in it is the receiver's own.

    Args:
        seed: the same gives the same band.
    """
    rng = np.random.default_rng([seed, 37])
    rate, seconds = choice(rng, RECEIVERS)
    return _draw_rest(rng, [], seed, rate, seconds, _NOISE_FILTERED)


def draw_recorded_band(label: str, path: str, seed: int) -> Band:
    """Draws a band with one recording in it.

    Args:
        label: of the recording's annotations.
        path: of the recording.
        seed: the same gives the same band.

    Raises:
        SigMFError: it cannot be received again.
    """
    rng = np.random.default_rng([seed, 19])
    number = int(rng.integers(2**31))
    probe = prepared_signal(SERVICE + label, number, _PROBE_S, path)
    fits = [r for r in RECEIVERS if 2.5 * probe.width_hz <= r[0] <= 100 * probe.width_hz]
    rate, seconds = choice(rng, fits or RECEIVERS[-1:])
    emission = Emission(SERVICE + label, number, 0.0, float(rng.uniform(12, 30)), path)
    return _draw_rest(rng, [emission], seed, rate, seconds)


def _draw_first(
    rng: Rng, name: str, recordings: Sequence[tuple[str, str]]
) -> tuple[Emission, float, float]:
    """The emission that the band is for, and rate and length of a receiver that shows it."""
    receivers = receivers_for(name) if name in NEEDS else RECEIVERS
    for _ in range(30):
        emission = _draw_emission(rng, name, recordings)
        rate, seconds = choice(rng, receivers)
        if _fits(emission, rate, seconds):
            return emission, rate, seconds
    raise ValueError(f"bands: no receiver shows {name} at a bearable cost")


def _draw_emission(rng: Rng, name: str, recordings: Sequence[tuple[str, str]]) -> Emission:
    """An emission of a class without a place, some of them recorded where there are recordings."""
    seed = int(rng.integers(2**31))
    snr = rng.uniform(*_STRONG_DB) if rng.random() < _STRONG else rng.triangular(0, 14, 40)
    paths = [path for label, path in recordings if label == name]
    path = choice(rng, paths) if paths and rng.random() < _RECORDED else ""
    return Emission(SERVICE + name, seed, 0.0, float(snr), path)


def _fits(
    emission: Emission, rate: float, seconds: float, most_samples: float = _MOST_SAMPLES
) -> bool:
    """Whether a receiver shows an emission that was drawn, at a cost within bounds."""
    probe = prepared_signal(emission.kind, emission.seed, _PROBE_S, emission.recording)
    width = probe.width_hz
    return (
        probe.signal.rate * seconds <= most_samples
        and rate / MOST_NARROW <= max(width, LEAST_WIDTH_HZ)
        and width <= _MOST_WIDE * rate
    )


def _draw_rest(
    rng: Rng,
    drawn: list[Emission],
    seed: int,
    rate: float,
    seconds: float,
    filtered: float = _FILTERED,
) -> Band:
    """The band: the emissions in their places, and the receiver."""
    placed = _place(rng, drawn, rate, seconds)
    scene = Scene(seconds, seed, tuple(placed), _draw_receiver(rng))
    samples, truth = render(scene, rate)
    truth = [replace(burst, kind=burst.kind.removeprefix(SERVICE)) for burst in truth]
    truth += _spur_bursts(scene, rate)
    recorded = {i: e.recording for i, e in enumerate(scene.emissions) if e.recording}
    return Band(_receive(rng, samples, filtered), rate, truth, recorded)


def _spur_bursts(scene: Scene, rate: float) -> list[Burst]:
    """The truth of the receiver's lines: nothing tells them from the carrier of a transmitter."""
    half = LINE_HZ / 2
    return [
        Burst(
            len(scene.emissions) + k, "carrier", level_db, 0.0, scene.duration_s, f - half, f + half
        )
        for k, (f, level_db) in enumerate((at * rate, level) for at, level in scene.receiver.spurs)
    ]


def _place(rng: Rng, drawn: list[Emission], rate: float, seconds: float) -> list[Emission]:
    """Puts emissions beside each other, the first one first, until `_MOST_REFUSED` had no room."""
    taken: list[tuple[float, float]] = []
    placed, occupied, refused = [], 0.0, 0
    for emission in drawn:
        if refused == _MOST_REFUSED:
            break
        prepared = prepared_signal(emission.kind, emission.seed, seconds, emission.recording)
        width = prepared.width_hz
        if placed and occupied + min(width, rate) > _MOST_OCCUPIED * rate:
            refused += 1
            continue
        centre = _draw_centre(rng, width, rate, taken)
        if centre is None:
            refused += 1
        else:
            taken.append((centre - width / 2, centre + width / 2))
            middle = (prepared.low_hz + prepared.high_hz) / 2
            placed.append(replace(emission, centre_hz=centre - middle))
            occupied += min(width, rate)
    return placed


def _draw_centre(
    rng: Rng, width: float, rate: float, taken: Sequence[tuple[float, float]]
) -> float | None:
    """A centre in Hz beside the taken bands, once in a hundred tries also on them; None: none."""
    room = max(0.0, 0.94 * rate - width) / 2
    if width > rate:  # the receiver sees a part of it
        room = (width - 0.9 * rate) / 2
    for _ in range(20):
        centre = rng.uniform(-room, room)
        gap = width * rng.uniform(0.05, 1.0)
        low, high = centre - width / 2 - gap, centre + width / 2 + gap
        if all(high < a or low > b for a, b in taken) or rng.random() < 0.01:
            return centre
    return None


def _draw_receiver(rng: Rng) -> Receiver:
    """A receiver of scenes, with spurious carriers."""
    drawn = Receiver.draw(rng)
    spurs = tuple(
        (float(rng.uniform(-0.5, 0.5)), float(rng.uniform(0, 25)))
        for _ in range(rng.poisson(_SPURS))
    )
    return replace(drawn, spurs=spurs)


def _receive(rng: Rng, samples: np.ndarray, filtered: float) -> np.ndarray:
    """Passes samples through a filter narrower than the band, gain control and the converter.

    Args:
        filtered: probability of the filter.
    """
    if rng.random() < filtered:
        half = rng.uniform(0.25, 0.48)
        shape = band(-half, half, rng.uniform(0.02, 0.12), rng.uniform(-70, -15))
        spectrum = scipy.fft.fft(samples)
        spectrum *= shape(np.fft.fftfreq(len(samples))).astype(np.float32)
        samples = scipy.fft.ifft(spectrum)
    if rng.random() < 0.1:
        samples = control_gain(rng, samples).astype(np.complex64)
    peak = float(np.quantile(np.abs(samples[::7]), 0.9995)) + 1e-12
    top_db = rng.uniform(-30, 0) if rng.random() < 0.9 else rng.uniform(0, 4)
    samples = samples * np.float32(10 ** (top_db / 20) / peak)
    bits = int(choice(rng, (8, 8, 10, 12, 14, 16)))
    if bits == 8:  # the noise must toggle the lowest bit, as receivers are set
        samples *= np.float32(10 ** (max(0.0, -12.0 - top_db) / 20))
    step = np.float32(2.0 ** (1 - bits))
    parts = in_steps(samples, bits).view(np.float32)
    return np.clip(parts, -1.0, 1.0 - step).view(np.complex64)
