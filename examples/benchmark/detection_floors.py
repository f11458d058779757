# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers whose noise is not level, is muted or changes its gain: what the detector reports there
of noise alone, and how much of the same scene it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import scipy.fft
from gnuradio.rfattn.emissions.boxes import score
from gnuradio.rfattn_workshop.synthesis.scene import Burst, Scene, draw_scene, render

from detection_flowgraph import boxes_of, find_emissions, flagged
from transmitters import TRANSMITTERS

DURATION_S = 2.0
STEP_S = 1.0
"""The gain changes at this time, or the receiver is heard from it on."""
NOISE_LSB = 3.0
"""Standard deviation of I and of Q of the noise, in steps of an 8-bit converter."""
SCENE_SNR_DB = 10.0
NOISE_SEED = 600_000

Gain = Callable[[np.ndarray], np.ndarray]
"""Gain in dB by frequency, a share of the rate from -0.5 to 0.5."""


def _humps(periods: float, db: float, phase: float) -> Gain:
    return lambda f: db / 2 * np.cos(2 * np.pi * periods * f + phase)


def _roll_off(db: float) -> Gain:
    return lambda f: -db * np.clip((np.abs(f) - 0.4) / 0.1, 0, 1) ** 2


def _filter(width: float, db: float, centre: float = 0.0) -> Gain:
    return lambda f: -db * np.clip((np.abs(f - centre) - width / 2) / 0.02, 0, 1)


def _shaped(samples: np.ndarray, gain: Gain) -> np.ndarray:
    frequency = np.linspace(-0.5, 0.5, 4001)
    n = len(samples)
    at = np.interp(scipy.fft.fftfreq(n), frequency, 10 ** (gain(frequency) / 20))
    return scipy.fft.ifft(scipy.fft.fft(samples) * at.astype(np.float32))


def _quantised(samples: np.ndarray, lsb: float) -> np.ndarray:
    """As an 8-bit converter gives them, the noise at so many of its steps."""
    # The median of the power is that of the noise, whatever is on the air now and then.
    noise = np.sqrt(np.median(np.abs(samples) ** 2) / np.log(2) / 2)
    scaled = samples / noise * lsb
    parts = [np.clip(np.round(p - 0.5) + 0.5, -127.5, 127.5) for p in (scaled.real, scaled.imag)]
    return ((parts[0] + 1j * parts[1]) / 127.5).astype(np.complex64)


def _stepped(samples: np.ndarray, rate: float, db: float) -> np.ndarray:
    stepped = samples.copy()
    stepped[round(STEP_S * rate) :] *= 10 ** (db / 20)
    return stepped


def _muted(samples: np.ndarray, rate: float) -> np.ndarray:
    muted = samples.copy()
    muted[: round(STEP_S * rate)] = muted[0]
    return muted


@dataclass(frozen=True)
class Floor:
    """A receiver: (samples of white noise and signals, rate) -> its samples, and which signals can
    be heard."""

    receive: Callable[[np.ndarray, float], np.ndarray]
    band: tuple[float, float] = (-0.5, 0.5)
    """As a share of the rate."""
    start_s: float = 0.0

    def hears(self, burst: Burst, sample_rate: float) -> bool:
        low, high = (edge * sample_rate for edge in self.band)
        return (
            low <= burst.freq_lower and burst.freq_upper <= high and burst.start_s >= self.start_s
        )


def _with_gain(gain: Gain, lsb: float = NOISE_LSB, band: tuple[float, float] = (-0.5, 0.5)):
    return Floor(lambda samples, rate: _quantised(_shaped(samples, gain), lsb), band)


def _with_step(db: float) -> Floor:
    return Floor(lambda samples, rate: _quantised(_stepped(samples, rate, db), NOISE_LSB))


def floors() -> dict[str, Floor]:
    """Every receiver by name."""
    kinds = {"level": _with_gain(lambda f: 0 * f)}
    for db in (3, 6):
        kinds[f"slope, {db} dB"] = _with_gain(lambda f, db=db: db * f)
        kinds[f"roll-off, {db} dB"] = _with_gain(_roll_off(db))
    for periods in (0.7, 1.3, 2, 3, 6):
        for db in (2, 3, 4, 6):
            phase = np.random.default_rng([int(10 * periods), db]).uniform(0, 2 * np.pi)
            kinds[f"{periods} humps, {db} dB"] = _with_gain(_humps(periods, db, phase))
    kinds["filter, 40 dB"] = _with_gain(_filter(0.75, 40), band=(-0.37, 0.37))
    kinds["filter, noise of half a step"] = _with_gain(_filter(0.75, 40), 0.5, (-0.37, 0.37))
    kinds["filter off the middle, 6 dB"] = _with_gain(_filter(0.5, 6, 0.15), band=(-0.1, 0.4))
    kinds["muted for a second"] = Floor(
        lambda samples, rate: _muted(_quantised(samples, NOISE_LSB), rate), start_s=STEP_S
    )
    for db in (1, -1, 2, -2, 3, -3, 6, -6, 10, -10):
        kinds[f"gain changes by {db:+d} dB"] = _with_step(db)
    return kinds


def measure_floors(
    seeds: Iterable[int], sample_rate: float, progress: Callable[[str, int], None], find=None
) -> list[dict]:
    """For each receiver: false emissions of noise alone, and recall of its signals in scenes.

    Args:
        seeds: of the noise, and of the scenes.
        find: stands for `detection_flowgraph.find_emissions` in tests.
    """
    find = find or find_emissions
    noises = [render(Scene(DURATION_S, NOISE_SEED + s, ()), sample_rate)[0] for s in seeds]
    options = {"snr_db": SCENE_SNR_DB, "kinds": tuple(TRANSMITTERS), "receiver": False}
    scenes = [render(draw_scene(s, DURATION_S, **options), sample_rate) for s in seeds]
    rows = []
    for done, (name, floor) in enumerate(floors().items()):
        progress(name, done)
        false = 0
        for noise in noises:
            found = find(floor.receive(noise, sample_rate), sample_rate)
            false += len(found) - len(flagged(found))
        recalls = []
        for samples, bursts in scenes:
            truth = [b.box(sample_rate) for b in bursts if floor.hears(b, sample_rate)]
            if truth:
                found = find(floor.receive(samples, sample_rate), sample_rate)
                recalls.append(score(truth, boxes_of(found)).recall(0.3))
        rows.append(
            {
                "floor": name,
                "false": false,
                "false /s/MHz": false / (len(noises) * DURATION_S * sample_rate / 1e6),
                "recall 0.3": float(np.mean(recalls)) if recalls else None,
            }
        )
    return rows
