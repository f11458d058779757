# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a waterfall from samples."""

from __future__ import annotations

from gnuradio import gr

from ..rfattn_python import power_spectrum, spectrum_probe
from .parts.lifetime import FreedWithFlowgraph


class waterfall_probe(FreedWithFlowgraph, gr.hier_block2):
    """Makes the rows of a waterfall from samples: a power spectrum and a probe for its tokens.

    It looks at every sample, so that a burst shorter than a row is seen: frames are adjacent, and
    each row has the largest value of each bin. With 1024 bins it takes about 3 % of a core at 20
    million samples a second.

    Stream input:
        complex64, any rate, full scale 1.0.

    Tags in:
        rx_rate, rx_freq and rx_time, as `power_spectrum` takes them.

    Messages out:
        - spectra: dictionaries of `spectrum_probe`. Connect them to a `zmq_stats_sink` or a
          `qt_detection_sink`.

    Args:
        sides: "two" or "one", like the parameter of `power_spectrum`.
        n_bins: values in a row and samples in a frame: a power of two from 8 to 65536; with one
            side a frame has twice as many samples. A page shows up to about 1300.
        interval_ms: time between two rows, ms, > 0.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    def __init__(self, sides="two", n_bins=1024, interval_ms=100.0):
        gr.hier_block2.__init__(
            self,
            "waterfall_probe",
            gr.io_signature(1, 1, gr.sizeof_gr_complex),
            gr.io_signature(0, 0, 0),
        )
        frame = n_bins if sides == "two" else 2 * n_bins
        self._spectrum = power_spectrum(frame, frame, n_bins, sides=sides)
        self._probe = spectrum_probe(n_bins, interval_ms, sides)
        self.message_port_register_hier_out("spectra")
        self.connect(self, self._spectrum, self._probe)
        self.msg_connect(self._probe, "spectra", self, "spectra")

    def error(self) -> str:
        """Why the last run ended with an error; empty when it did not."""
        return self._spectrum.error() or self._probe.error()
