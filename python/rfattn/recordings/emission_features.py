# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers that describe an emission beside its spectra, for a model.

The channel of an emission has a rate of its own, so the spectra no longer show how wide the
emission is; nor do they show the time between its bursts. `emission_extractor` puts these numbers
behind the spectrum of each token, as they are known when the token is made. `DESCRIBED` follow from
what the detector states (lib/measure/emission_features.cc), `MEASURED` from the samples of the
channel (lib/measure/modulation.h).

| name | value |
|---|---|
| width | log2(width in Hz / 16000) / 4 |
| channel | log2(rate of the channel / width) - 1 |
| burst | log2(duration in s / 0.1) / 4, the median of the last 32 that ended |
| ended | 1 where a burst has ended, else 0 |
| period | log2(period in s) / 4; 0 where it is not known |
| periodic | 1 where the period is known, else 0 |
| duty | 2 duty - 1 |
| snr | (SNR in dB, at most 25, - 15) / 10 |

Each is limited to ±4.
"""

from __future__ import annotations

DESCRIBED = ("width", "channel", "burst", "ended", "period", "periodic", "duty", "snr")
MEASURED = (
    "measured",
    "carrier",
    "envelope",
    "deviation",
    "levels",
    "am_rate",
    "am_line",
    "fm_rate",
    "fm_line",
    "square_line",
    "fourth_line",
)
FEATURES = DESCRIBED + MEASURED
"""Names of all features, in the order that cuts have them."""
