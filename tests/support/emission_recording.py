# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of one emission in noise."""

import json

import numpy as np

RATE, SECONDS = 2e6, 0.8
ON_AIR = (0.2, 0.6)  # s
BAND = (20e3, 36e3)  # Hz from the centre; from 0 Hz where the samples are real
CENTRE = 100e6


def write_emission(stem, is_real=False, rate=RATE):
    """Writes noise with an emission: noise of its own, 20 dB above the other between its edges.

    Args:
        rate: as stated in the metadata; None: no rate and no frequency.
    """
    rng = np.random.default_rng(4)
    count = int(SECONDS * RATE)
    noise, signal = rng.standard_normal((2, count)) + 1j * rng.standard_normal((2, count))
    frequencies = np.fft.fftfreq(count, 1 / RATE)
    inside = (frequencies > BAND[0]) & (frequencies < BAND[1])
    seconds = np.arange(count) / RATE
    on = (seconds >= ON_AIR[0]) & (seconds < ON_AIR[1])
    samples = 0.01 * (10 * np.fft.ifft(np.fft.fft(signal) * inside) * on + noise)
    values = samples.real.astype("<f4") if is_real else samples.astype("<c8")
    values.tofile(f"{stem}.sigmf-data")
    about = {"core:datatype": "rf32_le" if is_real else "cf32_le", "core:version": "1.2.6"}
    capture = {"core:sample_start": 0}
    if rate is not None:
        about["core:sample_rate"] = rate
        capture |= {} if is_real else {"core:frequency": CENTRE}
    box = {
        "core:sample_start": int(ON_AIR[0] * RATE),
        "core:sample_count": int((ON_AIR[1] - ON_AIR[0]) * RATE),
        "core:freq_lower_edge": BAND[0] + capture.get("core:frequency", 0.0),
        "core:freq_upper_edge": BAND[1] + capture.get("core:frequency", 0.0),
        "core:label": "class0",
    }
    meta = {"global": about, "captures": [capture], "annotations": [box]}
    with open(f"{stem}.sigmf-meta", "w") as file:
        json.dump(meta, file)
    return f"{stem}.sigmf-meta"
