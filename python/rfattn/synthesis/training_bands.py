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

from .receiver import control_gain
from .scene import render
from .scene_noise import Receiver
from .scene_signal import SERVICE, prepared_signal
from .scene_truth import Burst, Emission, Scene
from .services import OTHERS, SERVICES
from .waveform import Rng, band, choice

RECEIVERS: tuple[tuple[float, float], ...] = (
    (12e3, 24.0),
    (24e3, 16.0),
    (48e3, 12.0),
    (96e3, 8.0),
    (250e3, 4.0),
    (960e3, 2.0),
    (1.024e6, 2.0),
    (1.92e6, 1.4),
    (2.4e6, 1.2),
    (3.2e6, 0.9),
    (5e6, 0.6),
    (8e6, 0.4),
    (10e6, 0.35),
    (20e6, 0.2),
    (30.72e6, 0.12),
)
"""Sample rate in Hz and length in s of the bands."""


@dataclass(frozen=True)
class Need:
    """What a class needs of a band."""

    width_hz: float
    """Usual width."""
    seconds: float
    """Shortest length that shows what the class is."""


NEEDS: dict[str, Need] = {
    "acars": Need(6e3, 1.2),
    "afsk1200": Need(10e3, 1.2),
    "ais": Need(12e3, 1.2),
    "am_voice": Need(8e3, 1.2),
    "ble": Need(1.2e6, 0.3),
    "carrier": Need(100, 1.0),
    "cw": Need(150, 3.0),
    "dab": Need(1.54e6, 0.3),
    "dcf77": Need(200, 4.0),
    "dect": Need(1.2e6, 0.3),
    "dmr": Need(8e3, 1.2),
    "dpmr": Need(4e3, 1.2),
    "dstar": Need(6e3, 1.2),
    "dvbt": Need(1.8e6, 0.1),
    "ert": Need(100e3, 0.9),
    "fsk_srd": Need(60e3, 0.9),
    "ft8": Need(50, 12.0),
    "gsm": Need(220e3, 0.3),
    "inmarsat": Need(2e3, 2.0),
    "iridium": Need(40e3, 0.9),
    "js8": Need(60, 8.0),
    "jt65": Need(180, 12.0),
    "lora": Need(125e3, 0.9),
    "lrpt": Need(120e3, 0.6),
    "lte_fdd": Need(1.1e6, 0.1),
    "lte_tdd": Need(1.1e6, 0.1),
    "mode_s": Need(2.2e6, 0.3),
    "navtex": Need(300, 4.0),
    "nfc_a": Need(1.5e6, 0.1),
    "nfc_b": Need(1.5e6, 0.1),
    "nfc_f": Need(1.5e6, 0.1),
    "nfc_v": Need(1.5e6, 0.1),
    "nfm_voice": Need(10e3, 1.2),
    "noaa_apt": Need(36e3, 1.2),
    "nxdn": Need(6e3, 1.2),
    "ook_srd": Need(30e3, 0.9),
    "orbcomm": Need(5e3, 1.2),
    "p25": Need(8e3, 1.2),
    "pocsag": Need(10e3, 1.2),
    "psk31": Need(50, 6.0),
    "radiosonde": Need(10e3, 1.2),
    "rtty": Need(300, 4.0),
    "sat_bpsk": Need(10e3, 1.2),
    "sat_fsk": Need(15e3, 1.2),
    "ssb": Need(2.7e3, 1.2),
    "tetra": Need(22e3, 0.9),
    "tpms": Need(80e3, 0.9),
    "vdl2": Need(14e3, 0.9),
    "vor": Need(21e3, 1.2),
    "wfm": Need(180e3, 0.9),
    "wifi_ofdm": Need(17e6, 0.1),
    "wspr": Need(6, 20.0),
    "ysf": Need(9e3, 1.2),
    "zigbee": Need(2e6, 0.3),
    "zwave": Need(90e3, 0.9),
}
NEEDS |= {
    "ale2g": Need(2e3, 1.2),
    "burst_modem": Need(2.7e3, 1.2),
    "buzzer": Need(2e3, 4.0),
    "cis12": Need(2.7e3, 1.2),
    "dgps_msk": Need(200, 2.0),
    "dsc": Need(300, 2.0),
    "freedv": Need(1.2e3, 1.2),
    "fsk441": Need(2e3, 1.2),
    "fst4": Need(15, 12.0),
    "ft4": Need(90, 6.0),
    "hell": Need(300, 4.0),
    "hfdl": Need(2.4e3, 1.2),
    "jt9": Need(16, 16.0),
    "mfsk16": Need(300, 4.0),
    "mil110": Need(2.7e3, 1.2),
    "msk144": Need(2.6e3, 1.2),
    "olivia": Need(500, 4.0),
    "pactor": Need(500, 2.0),
    "q65": Need(200, 12.0),
    "sitor_a": Need(300, 2.0),
    "stanag4285": Need(2.7e3, 1.2),
    "thor": Need(250, 4.0),
    "time_ticks": Need(1e3, 2.0),
    "vft": Need(2.5e3, 2.0),
}
"""Technologies of no class that look like one, a carrier for example, when less of them is seen."""

_MOST_NARROW = 4000
"""Rate of the widest receiver over the width of the narrowest emission in its band."""
_MOST_EMISSIONS = 8
_MOST_OCCUPIED = 0.6
"""Share of the band that emissions take."""
_MOST_SAMPLES = 14_000_000
"""Samples of a signal, which bounds time and memory."""
_PROBE_S = 0.05
"""Length of the signal from which the width of a drawn emission is read."""


def receivers_for(name: str) -> list[tuple[float, float]]:
    """The receivers that can show a class."""
    need = NEEDS[name]
    fits = [
        (rate, seconds)
        for rate, seconds in RECEIVERS
        if 1.3 * need.width_hz <= rate <= _MOST_NARROW * max(need.width_hz, 250.0)
        and seconds >= need.seconds
    ]
    return fits or [max(RECEIVERS, key=lambda r: r[0])]


def _fits(emission: Emission, rate: float, seconds: float) -> bool:
    """Whether a receiver shows an emission that was drawn, at a cost within bounds."""
    probe = prepared_signal(emission.kind, emission.seed, _PROBE_S, emission.recording)
    width = probe.width_hz
    return (
        probe.signal.rate * seconds <= _MOST_SAMPLES
        and rate / _MOST_NARROW <= max(width, 250.0)
        and width <= 5 * rate
    )


@dataclass(frozen=True)
class Band:
    """Samples of a receiver, and the truth about them."""

    samples: np.ndarray
    """complex64 [n], full scale 1.0."""
    sample_rate: float
    truth: list[Burst]
    """Kind and box of each burst; the kind of a made-up one is its class, `OTHERS` included."""
    recorded: dict[int, str]
    """Path of the recording, by the number of the emission that is cut from one."""


def draw_band(
    name: str, seed: int, recordings: Sequence[tuple[str, str]] = (), others: float = 0.2
) -> Band:
    """Draws a band that holds an emission of a class, and others that fit into it.

    Args:
        name: a class of `SERVICES`, or a technology of `OTHERS`.
        recordings: class and path of recordings that may take the place of made-up signals.
        others: share of the further emissions that are of no class.
    """
    rng = np.random.default_rng([seed, 17])
    first, rate, seconds = _draw_first(rng, name, recordings)
    drawn = [first]
    fitting = [k for k in SERVICES if (rate, seconds) in receivers_for(k)]
    strange = [k for k in OTHERS if k not in NEEDS or (rate, seconds) in receivers_for(k)]
    for _ in range(int(rng.integers(0, _MOST_EMISSIONS))):
        kinds = strange if rng.random() < others else fitting
        emission = _draw_emission(rng, choice(rng, kinds), recordings) if kinds else None
        if emission and _fits(emission, rate, seconds):
            drawn.append(emission)
    placed = _place(rng, drawn, rate, seconds)
    return _render(rng, Scene(seconds, seed, tuple(placed), _draw_receiver(rng)), rate)


def _render(rng: Rng, scene: Scene, rate: float) -> Band:
    samples, truth = render(scene, rate)
    truth = [replace(burst, kind=burst.kind.removeprefix(SERVICE)) for burst in truth]
    recorded = {i: e.recording for i, e in enumerate(scene.emissions) if e.recording}
    return Band(_receive(rng, samples), rate, truth, recorded)


def draw_recorded_band(label: str, path: str, seed: int) -> Band:
    """Draws a band with one recording in it.

    Raises:
        SigMFError: it cannot be received again.
    """
    rng = np.random.default_rng([seed, 19])
    number = int(rng.integers(2**31))
    probe = prepared_signal(SERVICE + label, number, _PROBE_S, path)
    fits = [r for r in RECEIVERS if 2.5 * probe.width_hz <= r[0] <= 100 * probe.width_hz]
    rate, seconds = choice(rng, fits or RECEIVERS[-1:])
    emission = Emission(SERVICE + label, number, 0.0, float(rng.uniform(12, 30)), path)
    placed = _place(rng, [emission], rate, seconds)
    return _render(rng, Scene(seconds, seed, tuple(placed), _draw_receiver(rng)), rate)


def _draw_first(rng: Rng, name: str, recordings) -> tuple[Emission, float, float]:
    """The emission that the band is for, and rate and length of a receiver that shows it."""
    receivers = receivers_for(name) if name in NEEDS else RECEIVERS
    for _ in range(30):
        emission = _draw_emission(rng, name, recordings)
        rate, seconds = choice(rng, receivers)
        if _fits(emission, rate, seconds):
            return emission, rate, seconds
    raise ValueError(f"bands: no receiver shows {name} at a bearable cost")


def _draw_emission(rng: Rng, name: str, recordings) -> Emission:
    seed, snr = int(rng.integers(2**31)), rng.triangular(0, 14, 40)
    paths = [path for label, path in recordings if label == name]
    path = choice(rng, paths) if paths and rng.random() < 0.5 else ""
    return Emission(SERVICE + name, seed, 0.0, float(snr), path)


def _place(rng: Rng, drawn: list[Emission], rate: float, seconds: float) -> list[Emission]:
    """Puts emissions beside each other, the first one first; those without room are left out."""
    taken: list[tuple[float, float]] = []
    placed, occupied = [], 0.0
    for emission in drawn:
        prepared = prepared_signal(emission.kind, emission.seed, seconds, emission.recording)
        width = prepared.width_hz
        if placed and occupied + min(width, rate) > _MOST_OCCUPIED * rate:
            continue
        room = max(0.0, 0.94 * rate - width) / 2
        if width > rate:  # the receiver sees a part of it
            room = (width - 0.9 * rate) / 2
        for _ in range(20):
            centre = rng.uniform(-room, room)
            gap = width * rng.uniform(0.05, 1.0)
            low, high = centre - width / 2 - gap, centre + width / 2 + gap
            if all(high < a or low > b for a, b in taken) or rng.random() < 0.01:
                taken.append((centre - width / 2, centre + width / 2))
                middle = (prepared.low_hz + prepared.high_hz) / 2
                placed.append(replace(emission, centre_hz=centre - middle))
                occupied += min(width, rate)
                break
    return placed


def _draw_receiver(rng: Rng) -> Receiver:
    drawn = Receiver.draw(rng)
    spurs = tuple(
        (float(rng.uniform(-0.5, 0.5)), float(rng.uniform(0, 25))) for _ in range(rng.poisson(0.5))
    )
    return replace(drawn, spurs=spurs)


def _receive(rng: Rng, samples: np.ndarray) -> np.ndarray:
    """What a filter narrower than the band, gain control and the converter do."""
    if rng.random() < 0.15:
        half = rng.uniform(0.3, 0.48)
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
    parts = np.round(samples.astype(np.complex64).view(np.float32) / step) * step
    return np.clip(parts, -1.0, 1.0 - step).view(np.complex64)
