# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what is found and labelled in the noise of receivers, where there is no signal."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.signals.waveform import apply_response, band

from ...synthesis.receiver import control_gain, in_steps
from ...synthesis.scene import Scene, render
from ...synthesis.scene_noise import Receiver
from .labels_path import Labeller

RATE = 2.4e6
PIECE_S = 5.0
"""Longest piece, which bounds the memory."""
STEEP, SHALLOW = (0.02, -60.0), (0.15, -25.0)
"""Width of a filter's edge as a share of the rate, and its stop band in dB."""
_LSB = 0.01
"""Standard deviation of the noise before the converter, of full scale: about one step of 8 bits."""
_LINES = "carrier"
_FAULTS = {"dc", "image"}


@dataclass(frozen=True)
class Shape:
    """One kind of noise."""

    receiver: Callable[[np.random.Generator], Receiver] = lambda rng: Receiver()
    edge: tuple[float, float] | None = None
    """A filter of half the band to all of it, with such an edge and such a stop band."""
    bits: int = 0
    """Of the converter; 0: exact."""
    has_agc: bool = False

    def make(self, rng: np.random.Generator, seed: int, seconds: float) -> np.ndarray:
        """complex64 [seconds * RATE]."""
        samples, _ = render(Scene(seconds, seed, (), self.receiver(rng)), RATE)
        if self.edge is not None:
            half = rng.uniform(0.25, 0.5)
            samples = apply_response(samples, band(-half, half, *self.edge))
        if self.has_agc:
            samples = control_gain(rng, samples)
        if self.bits:
            scaled = samples.astype(np.complex64) * np.float32(_LSB / samples.std())
            return in_steps(scaled, self.bits)
        return samples.astype(np.complex64)


def _spurs(rng: np.random.Generator) -> Receiver:
    return Receiver(spurs=tuple((rng.uniform(-0.45, 0.45), rng.uniform(5, 25)) for _ in range(3)))


SHAPES = {
    "white": Shape(),
    "ripple, edges, spike, image": Shape(Receiver.draw),
    "steep filter of 0.5 to 1 fs": Shape(edge=STEEP),
    "shallow filter of 0.5 to 1 fs": Shape(edge=SHALLOW),
    "tilt of up to 8 dB": Shape(lambda rng: Receiver(tilt_db=rng.uniform(-8, 8))),
    "three spurs": Shape(_spurs),
    "spike at 0 Hz": Shape(lambda rng: Receiver(dc_db=rng.uniform(10, 35))),
    "8 bits": Shape(bits=8),
    "steep filter, 8 bits": Shape(edge=STEEP, bits=8),
    "gain control": Shape(has_agc=True),
}


def pieces(minutes: float, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name and samples of noise of every shape, so many minutes together."""
    seconds = 60 * minutes / len(SHAPES)
    count = max(1, int(np.ceil(seconds / PIECE_S)))
    length = max(0.04, round(seconds / count, 2))
    for number, (name, shape) in enumerate(SHAPES.items()):
        for k in range(count):
            rng = np.random.default_rng([seed, number, k, 67])
            yield name, shape.make(rng, 600_000 + 1000 * seed + 100 * number + k, length)


def noise_recordings(folders: Sequence[str]) -> Iterator[tuple[np.ndarray, float]]:
    """The complex recordings labelled noise; without a stated rate they count as 1 MS/s."""
    for entry in itertools.chain.from_iterable(map(find_recordings, folders)):
        recording = open_recording(entry.path)
        if entry.label == "noise" and not recording.is_real:
            yield recording.samples(), recording.sample_rate or 1e6


def measure(
    labeller: Labeller, minutes: float, seed: int, folders: Sequence[str], show
) -> list[dict]:
    """What is found in made noise of every shape, and in recordings of idle bands.

    Args:
        minutes: of made noise at `RATE`.
        folders: labelled folders, whose complex recordings of noise are played.
        show: called with a line of progress.
    """
    rows: dict[str, dict] = {}
    made = ((name, samples, RATE) for name, samples in pieces(minutes, seed) if minutes)
    idle = (("idle bands of recordings", *one) for one in noise_recordings(folders))
    for name, samples, rate in itertools.chain(made, idle):
        show(f"noise: {name}")
        row = rows.setdefault(name, _empty(name))
        row["seconds"] += len(samples) / rate
        for record in labeller.label(samples, rate):
            latest = record.latest
            row["boxes"] += 1
            row["faults"] += bool(_FAULTS & set(latest.flags))
            row["labels"] += latest.label not in (None, UNKNOWN, _LINES)
            row["carriers"] += latest.label == _LINES
            row["families"] += latest.label == UNKNOWN and latest.family is not None
            if latest.label not in (None, UNKNOWN):
                row["called"][latest.label] = row["called"].get(latest.label, 0) + 1
    return [*rows.values(), _total(rows.values())] if rows else []


def _empty(name: str) -> dict:
    counts = dict.fromkeys(("boxes", "faults", "labels", "carriers", "families"), 0)
    return {"name": name, "seconds": 0.0, **counts, "called": {}}


def _total(rows) -> dict:
    total = _empty("all")
    for row in rows:
        for key, value in row.items():
            if isinstance(value, int | float):
                total[key] += value
    return total
