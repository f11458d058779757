# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder with a short labelled recording of one emission."""

import json

import numpy as np

RATE, SAMPLES = 250e3, 60_000


def write(folder, label="ook_srd", name="r", middle=30e3, width=20e3):
    """Noise in a band in noise, with its edges, on the air for the middle half."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(3)
    noise, signal = rng.standard_normal((2, 2 * SAMPLES)).view(np.complex128)
    frequencies = np.fft.fftfreq(SAMPLES, 1 / RATE)
    signal = np.fft.ifft(np.fft.fft(signal) * (np.abs(frequencies - middle) < width / 2))
    first, count = SAMPLES // 4, SAMPLES // 2
    signal[:first] = signal[first + count :] = 0.0
    (0.01 * (10 * signal + noise)).astype("<c8").tofile(folder / f"{name}.sigmf-data")
    annotation = {
        "core:sample_start": first,
        "core:sample_count": count,
        "core:freq_lower_edge": middle - width / 2,
        "core:freq_upper_edge": middle + width / 2,
        "core:label": label,
    }
    about = {"core:datatype": "cf32_le", "core:sample_rate": RATE, "core:version": "1.2.6"}
    meta = {"global": about, "captures": [], "annotations": [annotation]}
    (folder / f"{name}.sigmf-meta").write_text(json.dumps(meta))
    return folder
