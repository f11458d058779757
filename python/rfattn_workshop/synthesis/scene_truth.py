# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene consists of, and the true bursts that a detector should find in it.

The time of a burst is that of its envelope above a tenth of its mean power. Its band holds 99 % of
the power in bins whose density exceeds half of the noise's, and is at least `LEAST_WIDTH_HZ` wide.
A telegram that keys its carrier is one burst, and so is an over of voice; the bursts of a hopper
belong to one emission.
"""

from __future__ import annotations

from dataclasses import dataclass

from gnuradio.rfattn_station.learning.boxes import Box

from .scene_noise import Receiver
from .scene_signal import prepared_signal, visible_band


@dataclass(frozen=True)
class Emission:
    """A transmitter of a scene."""

    kind: str
    """"service:" and the name of one of `services`, a kind of `scene_signal.add_kinds`, or the
    label of a recording."""
    seed: int
    """Decides everything about the signal but its place and level."""
    centre_hz: float
    """Shift of the signal in Hz, relative to the middle of the band."""
    snr_db: float
    """Power during bursts over the noise in the occupied (99 %) band, at least 500 Hz."""
    recording: str = ""
    """Path of the recording that the signal is cut from, empty for a made signal."""


@dataclass(frozen=True)
class Scene:
    """A band with its emissions."""

    duration_s: float
    seed: int
    emissions: tuple[Emission, ...]
    receiver: Receiver = Receiver()
    noise: str = ""
    """Path of a recording of noise that takes the place of made noise and receiver, or empty."""
    left_out: int = 0
    """Emissions that found no room."""


@dataclass(frozen=True)
class Burst:
    """The truth of one burst, in seconds from the start and Hz from the middle of the band."""

    emission: int
    """Place of the emission in the scene."""
    kind: str
    snr_db: float
    start_s: float
    duration_s: float
    freq_lower: float
    freq_upper: float

    @property
    def time_bandwidth(self) -> float:
        """Duration times width, without a unit."""
        return self.duration_s * (self.freq_upper - self.freq_lower)

    def box(self, sample_rate: float) -> Box:
        """The burst in samples of a rate."""
        return Box(
            self.start_s * sample_rate,
            self.duration_s * sample_rate,
            self.freq_lower,
            self.freq_upper,
            self.emission,
        )


def bursts_of(emission: Emission, number: int, duration_s: float) -> list[Burst]:
    """The true bursts of an emission within the scene."""
    prepared = prepared_signal(emission.kind, emission.seed, duration_s, emission.recording)
    low, high = visible_band(prepared, emission.snr_db)
    centres = prepared.signal.centres or (0.0,) * len(prepared.bursts_s)
    found = []
    for (start, end), centre in zip(prepared.bursts_s, centres, strict=True):
        start, end = max(start, 0.0), min(end, duration_s)
        if end > start:
            at = emission.centre_hz + centre
            found.append(
                Burst(
                    number,
                    emission.kind,
                    emission.snr_db,
                    start,
                    end - start,
                    at + low,
                    at + high,
                )
            )
    return found


def truth(scene: Scene) -> list[Burst]:
    """The true bursts of a scene, in Hz and seconds, the same at every rate."""
    return [
        burst
        for number, emission in enumerate(scene.emissions)
        for burst in bursts_of(emission, number, scene.duration_s)
    ]
