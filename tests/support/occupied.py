# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The band that samples occupy."""

import numpy as np


def width_99(samples, rate: float) -> float:
    """The width in Hz that leaves 0.5 % of the power on either side."""
    power = np.abs(np.fft.fftshift(np.fft.fft(samples))) ** 2
    share = np.cumsum(power) / power.sum()
    low, high = np.searchsorted(share, [0.005, 0.995])
    return (high - low) / len(power) * rate
