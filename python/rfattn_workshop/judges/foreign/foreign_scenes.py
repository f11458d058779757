# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of signals that other projects make, with their truth, kept in a folder.

Generators: ``torchsig`` draws scenes of its own, with levels and truth by its own rules.
``torchsig-signals`` and ``gnuradio`` make signals without noise. Here these get a place, a level
and white noise, so that time and band of each burst are measured on its own samples.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import replace_file

from ...synthesis.scene import Burst
from ...synthesis.scene_signal import LEAST_WIDTH_HZ
from .. import other_programs
from . import foreign_gnuradio

SIGNALS = 6
"""Of a scene, where there is room for so many."""
_USED = 0.45
"""Edges of the band that signals lie in, over the rate."""
_GUARD = 0.15
"""Free band on each side of a signal, over its width."""
_ATTEMPTS = 200
"""Places that are drawn for a signal until one is free."""
_POINTS = 1 << 15
"""Of the spectrum that the edges are read from."""
_TORCHSIG = Path(__file__).with_name("foreign_torchsig.py")

Clean = tuple[str, list[np.ndarray]]
"""The kind of a signal and its bursts without noise, complex [n], centred on 0 Hz."""


@dataclass(frozen=True)
class ForeignScene:
    """What a scene is made from."""

    generator: str
    seed: int
    snr_db: float
    """Power of each signal on the air, over the noise in the band that holds 99 % of it; in scenes
    of TorchSig's own, of the highest line of its spectrum, with bins of rate / 16384."""
    rate: float
    seconds: float
    cache: Path
    python: str
    """Path of the Python that has TorchSig."""


def torchsig_version(python: str) -> str:
    """The version of TorchSig that a Python has.

    Raises:
        RuntimeError: it has none; the message gives the reason.
    """
    return _run_torchsig(python, "version").strip()


def load(scene: ForeignScene) -> tuple[np.ndarray, list[Burst]]:
    """Samples and true bursts, which are made if the cache lacks them: complex64 [n]."""
    about = f"{scene.snr_db:g}dB_{scene.rate:.0f}_{scene.seconds:g}s"
    path = scene.cache / f"{scene.generator}_{scene.seed}_{about}"
    data, truth = path.with_name(f"{path.name}.cf32"), path.with_name(f"{path.name}.json")
    if not truth.exists():
        if scene.generator == "torchsig":
            samples, bursts = _torchsig_scene(scene)
        else:
            samples, bursts = compose(_clean_signals(scene), scene)
        samples.tofile(data)
        replace_file(truth, json.dumps([asdict(burst) for burst in bursts], indent=1) + "\n")
    return np.fromfile(data, np.complex64), [Burst(**row) for row in json.loads(truth.read_text())]


def _clean_signals(scene: ForeignScene) -> list[Clean]:
    # Scene by scene the numbers continue, so that all kinds occur equally often.
    first = scene.seed * SIGNALS
    if scene.generator == "torchsig-signals":
        made = _from_torchsig(scene, "signals", first)
        return [(name.partition(" ")[2], [samples]) for name, samples in made.items()]
    numbers = range(first, first + SIGNALS)
    return [foreign_gnuradio.make(n, scene.rate, scene.seconds) for n in numbers]


def _torchsig_scene(scene: ForeignScene) -> tuple[np.ndarray, list[Burst]]:
    made = _from_torchsig(scene, "scene", scene.seed, scene.snr_db)
    bursts = []
    for i, row in enumerate(json.loads(str(made["truth"]))):
        span = row["start"] / scene.rate, row["count"] / scene.rate
        bursts.append(Burst(i, row["kind"], scene.snr_db, *span, *_wide_enough(*row["edges"])))
    return made["samples"], bursts


def _from_torchsig(scene: ForeignScene, what: str, number: int, *more) -> dict[str, np.ndarray]:
    """The arrays that foreign_torchsig.py writes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "made.npz"
        sizes = SIGNALS, scene.rate, scene.seconds
        _run_torchsig(scene.python, what, out, number, *sizes, *more)
        with np.load(out) as made:
            return dict(made)


def _run_torchsig(python: str, *arguments) -> str:
    command = [python, str(_TORCHSIG), *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"{python}: {error.strerror}") from None
    if done.returncode:
        reason = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        raise RuntimeError(f"{python}: {reason}")
    return done.stdout


def compose(signals: Sequence[Clean], scene: ForeignScene) -> tuple[np.ndarray, list[Burst]]:
    """Puts signals into noise, each in a band of its own, the widest first.

    Returns:
        complex64 [seconds * rate], peak 0.7, and the true bursts. A signal without room is left
        out.
    """
    rng = np.random.default_rng([scene.seed, 5])
    samples = rng.standard_normal((round(scene.seconds * scene.rate), 2)) @ [1, 1j] / np.sqrt(2)
    parts = [(kind, [_trim(wave) for wave in waves]) for kind, waves in signals]
    bands = [_band(np.concatenate(waves), scene.rate) for _, waves in parts]
    taken: list[tuple[float, float]] = []
    bursts: list[Burst] = []
    for i in sorted(range(len(parts)), key=lambda i: bands[i][0] - bands[i][1]):
        kind, waves = parts[i]
        shift = _free_shift(rng, bands[i], taken, scene.rate)
        starts = _starts(rng, [len(wave) for wave in waves], len(samples))
        if shift is None or starts is None:
            continue
        low, high = bands[i][0] + shift, bands[i][1] + shift
        taken.append(_guarded(low, high))
        power = 10 ** (scene.snr_db / 10) * (high - low) / scene.rate
        gain = np.sqrt(power / np.mean(np.abs(np.concatenate(waves)) ** 2))
        for start, wave in zip(starts, waves, strict=True):
            times = np.arange(len(wave)) / scene.rate
            samples[start : start + len(wave)] += gain * wave * np.exp(2j * np.pi * shift * times)
            span = start / scene.rate, len(wave) / scene.rate
            bursts.append(Burst(i, kind, scene.snr_db, *span, low, high))
    peak = max(np.abs(samples.real).max(), np.abs(samples.imag).max())
    return (samples * (0.7 / peak)).astype(np.complex64), bursts


def _trim(wave: np.ndarray) -> np.ndarray:
    """The burst from its first to its last sample above a tenth of its mean power."""
    power = np.abs(wave) ** 2
    (seen,) = np.nonzero(power > 0.1 * power.mean())
    return wave[seen[0] : seen[-1] + 1]


def _band(wave: np.ndarray, rate: float) -> tuple[float, float]:
    """The edges with 99 % of the power between them, at least `LEAST_WIDTH_HZ` apart."""
    return _wide_enough(*other_programs.band_edges(wave, rate, 0.005, _POINTS))


def _wide_enough(low: float, high: float) -> tuple[float, float]:
    missing = max(0.0, LEAST_WIDTH_HZ - (high - low)) / 2
    return float(low - missing), float(high + missing)


def _free_shift(rng, band, taken, rate: float) -> float | None:
    """A shift that brings the band to where no other is."""
    low, high = band
    if high - low > 2 * _USED * rate:
        return None
    for _ in range(_ATTEMPTS):
        shift = float(rng.uniform(-_USED * rate - low, _USED * rate - high))
        first, last = _guarded(low + shift, high + shift)
        if all(last < a or first > b for a, b in taken):
            return shift
    return None


def _guarded(low: float, high: float) -> tuple[float, float]:
    return low - _GUARD * (high - low), high + _GUARD * (high - low)


def _starts(rng, lengths: Sequence[int], count: int) -> list[int] | None:
    """First samples of bursts, with pauses of one to three mean lengths between them."""
    for _ in range(_ATTEMPTS):
        pauses = rng.uniform(1, 3, len(lengths) - 1) * np.mean(lengths)
        after = np.cumsum([0, *(np.array(lengths[:-1]) + pauses)])
        free = count - int(after[-1]) - lengths[-1]
        if free >= 0:
            return [int(start) for start in after + rng.integers(free + 1)]
    return None
