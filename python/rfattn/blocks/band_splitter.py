# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splits a wide receiver into bands."""

from __future__ import annotations

from gnuradio import gr
from gnuradio.fft import window
from gnuradio.filter import firdes, pfb

from ..rfattn_python import band_tagger

_PASS, _TRANSITION = 0.45, 0.1
"""In widths of a band: the filter passes up to 0.45 from the middle, is at -6 dB at 0.5 and stops
from 0.55 on. A wider transition attenuates the edges so much that rf14 mislabels a signal that
fills its band."""


class band_splitter(gr.hier_block2):
    """Splits a receiver into bands of equal width, with GNU Radio's polyphase channelizer.

    The filter mixes the samples before and after a gap for `filter_samples` samples of a band.

    Stream input:
        complex64, the samples of the receiver.

    Stream output:
        `n_bands` times complex64, the bands in ascending frequency, each at 1/n_bands of the
        rate. Band n_bands // 2 is centred on the receiver's frequency. With an even `n_bands`, band
        0 covers both edges of the receiver's band.

    Tags in:
        rx_rate and rx_freq of the receiver (double, Hz).

    Tags out:
        rx_rate and rx_freq of each band, as `band_tagger` computes them. All other tags pass.

    GNU Radio Companion:
        Give each band its own `power_spectrum`, and all of them one `token_buffer` with as many
        inputs.

    Args:
        n_bands: number of bands, >= 2.
        attenuation_db: stopband attenuation of the band filter, dB, > 20. The stopband begins at
            the near edge of the passband of the neighbouring band.

    Attributes:
        filter_samples: length of the band filter, in samples of a band.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    def __init__(self, n_bands, attenuation_db=60.0):
        if n_bands < 2:
            raise ValueError(f"band_splitter: n_bands must be >= 2, got {n_bands}")
        if not attenuation_db > 20:
            raise ValueError(f"band_splitter: attenuation_db must be > 20, got {attenuation_db}")
        item = gr.sizeof_gr_complex
        gr.hier_block2.__init__(
            self,
            "band_splitter",
            gr.io_signature(1, 1, item),
            gr.io_signature(n_bands, n_bands, item),
        )
        taps = firdes.low_pass_2(
            1.0,
            n_bands,
            _PASS + _TRANSITION / 2,
            _TRANSITION,
            attenuation_db,
            window.WIN_BLACKMAN_HARRIS,
        )
        self.filter_samples = -(-len(taps) // n_bands)
        self._channelizer = pfb.channelizer_ccf(n_bands, taps, 1.0, attenuation_db)
        # The channelizer counts from the middle upwards and round the edge.
        offsets = [band - n_bands // 2 for band in range(n_bands)]
        self._channelizer.set_channel_map([offset % n_bands for offset in offsets])
        self._taggers = [band_tagger(n_bands, offset) for offset in offsets]
        self.connect(self, self._channelizer)
        for band, tagger in enumerate(self._taggers):
            self.connect((self._channelizer, band), tagger, (self, band))

    def error(self) -> str:
        """Why the last run ended with an error; empty when it did not."""
        return next((tagger.error() for tagger in self._taggers if tagger.error()), "")
