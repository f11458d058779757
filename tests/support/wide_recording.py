# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wide receiver's recording, made of two others at different offsets in noise."""

import json

import numpy as np
from gnuradio.rfattn.recordings.formats import open_recording

N_BANDS, BAND_RATE, MIDDLE = 4, 1.92e6, 2590e6
OFFSETS = {"lte_tdd": -1, "wifi_ofdm": 1}  # bands from the middle
SAMPLES = 32768  # of a band
NOISE = 1e-3  # of full scale


def write_wide(stem, made):
    """Writes the recording; each of the two is played at the rate of a band.

    A spectrum put into a wider one is the same signal at a higher rate, moved.
    """
    n_wide = N_BANDS * SAMPLES
    spectrum = np.zeros(n_wide, np.complex128)
    bins = np.arange(-SAMPLES // 2, SAMPLES // 2)
    for label, offset in OFFSETS.items():
        narrow = np.fft.fft(open_recording(made[label]).samples(0, SAMPLES))
        spectrum[(bins + offset * SAMPLES) % n_wide] = narrow[bins % SAMPLES]
    noise = np.random.default_rng(1).normal(scale=NOISE, size=(n_wide, 2)) @ [1, 1j]
    samples = np.fft.ifft(spectrum) * N_BANDS + noise
    samples.astype("<c8").tofile(f"{stem}.sigmf-data")
    about = {
        "core:datatype": "cf32_le",
        "core:version": "1.2.6",
        "core:sample_rate": N_BANDS * BAND_RATE,
    }
    captures = [{"core:sample_start": 0, "core:frequency": MIDDLE}]
    with open(f"{stem}.sigmf-meta", "w") as file:
        json.dump({"global": about, "captures": captures, "annotations": []}, file)
