# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audio of a receiver may come from, and whether it looks like that of a detector."""

from __future__ import annotations

import numpy as np

KINDS = ("fm", "am", "usb", "lsb")
"""What audio comes from: an FM or AM detector, or a receiver of the upper or lower sideband."""
DEVIATION_HZ = 3000.0
"""FM deviates as far where the audio is loudest, as voice and packet radio do."""
RATES = 6e3, 48e3
"""Lowest and highest sample rate of audio, in Hz."""
LOW_HZ = 100.0
"""What a single-sideband receiver suppresses: the neighbourhood of the carrier."""
LEAST_SHARE = 0.01
"""Power density below `LOW_HZ` over that of the strongest `_STRONG_HZ`, from which on it is audio
of a detector. All of 58 recordings behind FM and AM detectors reach it, and 10 of 54 of
single-sideband receivers, which have no such filter."""
_STRONG_HZ, _BIN_HZ = 200.0, 25.0
_PIECE = 1 << 18
"""Samples that are read at a time."""


def is_detector_audio(recording) -> bool:
    """Whether real samples may be the audio of an FM or AM detector.

    A detector gives the modulation, which begins at 0 Hz. A single-sideband receiver gives a band
    of the spectrum, moved down, of which its filter passes only what is some 100 Hz from the
    carrier.

    Args:
        recording: with a known sample rate, such as a `Recording` or a `SampleArray`.
    """
    rate = recording.sample_rate
    if not recording.is_real or not RATES[0] <= rate <= RATES[1]:
        return False
    size = round(rate / _BIN_HZ)
    density = np.zeros(size // 2 + 1)
    window = np.hanning(size)
    for start in range(0, recording.n_samples, _PIECE // size * size):
        count = min(_PIECE // size, (recording.n_samples - start) // size) * size
        frames = recording.samples(start, count).real.reshape(-1, size)
        density += np.sum(np.abs(np.fft.rfft(frames * window, axis=1)) ** 2, axis=0)
    low = density[: round(LOW_HZ / _BIN_HZ) + 1].mean()
    strong = round(_STRONG_HZ / _BIN_HZ)
    return bool(low > LEAST_SHARE * np.convolve(density, np.ones(strong) / strong, "valid").max())
