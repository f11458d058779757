# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The band in which the capacity of a machine is measured."""

from __future__ import annotations

import numpy as np
import pmt
from gnuradio import gr

from ..blocks.parts.lifetime import KeptByFlowgraph
from ..rfattn_python import tags
from .bursts import Bursts

USED = 0.9
"""Share of the band in which emissions lie."""
_SPACING = 2.0
"""Distance of neighbouring emissions, in widths, at least."""
_PERIOD_S = 0.2
_SNR_DB = 20.0
_NOISE = np.float32(0.01)


class BandSource(KeptByFlowgraph, gr.sync_block):
    """Sends noise with emissions that are always on the air, 20 dB above it, without end.

    The emissions repeat without a seam. The noise does not: that of a short stretch has lines which
    a detector finds when it is repeated.

    Args:
        sample_rate: Hz, > 0.
        emissions: how many, 0 to `most_emissions`; they lie evenly spread.
        width: of each, Hz.
        bursts: added to them; None: none.

    Raises:
        ValueError: so many emissions do not fit beside each other.
    """

    def __init__(
        self, sample_rate: float, emissions: int, width: float, bursts: Bursts | None = None
    ):
        gr.sync_block.__init__(self, "band", None, [np.complex64])
        self._rate, self._signal = sample_rate, make_emissions(sample_rate, emissions, width)
        self._random, self._sent, self._bursts = np.random.default_rng(1), 0, bursts

    @property
    def nbytes(self) -> int:
        """Bytes of the emissions in memory."""
        return self._signal.nbytes

    def work(self, input_items, output_items):
        if self._sent == 0:
            self.add_item_tag(0, 0, pmt.intern(tags.KEY_RX_RATE), pmt.from_double(self._rate))
        place = self._sent % len(self._signal)
        count = min(len(output_items[0]), len(self._signal) - place)
        noise = self._random.standard_normal(2 * count, np.float32).view(np.complex64)
        np.multiply(noise, _NOISE, out=noise)
        np.add(noise, self._signal[place : place + count], out=output_items[0][:count])
        if self._bursts is not None:
            self._bursts.add_to(output_items[0][:count])
        self._sent += count
        return count


def make_emissions(sample_rate: float, emissions: int, width: float) -> np.ndarray:
    """One period of the emissions of a `BandSource`, complex64; see there."""
    if emissions > most_emissions(sample_rate, width):
        raise ValueError(
            f"emissions must be at most {most_emissions(sample_rate, width)} of width {width:g} Hz "
            f"at {sample_rate:g} S/s, got {emissions}"
        )
    count = round(_PERIOD_S * sample_rate)
    spectrum = np.zeros(count, np.complex64)
    frequencies = np.fft.fftfreq(count, 1 / sample_rate)
    random = np.random.default_rng(2)
    for centre in _centres(sample_rate, emissions):
        within = np.flatnonzero(np.abs(frequencies - centre) < width / 2)
        spectrum[within] = np.exp(2j * np.pi * random.random(len(within)))
    # Of noise with a variance of 2 a sample, each value of an FFT has the power 2 * count.
    level = _NOISE * 10 ** (_SNR_DB / 20) * np.sqrt(2 * count)
    return (level * np.fft.ifft(spectrum)).astype(np.complex64)


def most_emissions(sample_rate: float, width: float) -> int:
    """How many emissions of a width, in Hz, a `BandSource` takes."""
    return int(USED * sample_rate / (_SPACING * width))


def widest(sample_rate: float) -> float:
    """The width, in Hz, of the widest emission that a `BandSource` takes."""
    return USED * sample_rate / _SPACING


def _centres(sample_rate: float, emissions: int) -> np.ndarray:
    """Hz relative to the centre of the band; none at 0, where receivers have a spike."""
    spacing = USED * sample_rate / max(1, emissions)
    centres = (np.arange(emissions) - (emissions - 1) / 2) * spacing
    return centres + spacing / 4 if emissions % 2 else centres
