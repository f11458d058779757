# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers that describe an emission beside its spectra, for a model.

The channel of an emission has a rate of its own, so the spectra no longer show how wide the
emission is; nor do they show the time between its bursts. `emission_extractor` puts these numbers
behind the spectrum of each token, as they are known when the token is made. `DESCRIBED` follow from
what the detector states; `emission_features` here and lib/measure/emission_features.cc compute them
alike. `MEASURED` follow from the samples of the channel; lib/measure/modulation.h defines them.

| name | value |
|---|---|
| width | log2(width in Hz / 16000) / 4 |
| channel | log2(rate of the channel / width) - 1 |
| burst | log2(duration in s / 0.1) / 4, see `burst_duration` |
| ended | 1 where a burst has ended, else 0 |
| period | log2(period in s) / 4; 0 where it is not known |
| periodic | 1 where the period is known, else 0 |
| duty | 2 duty - 1 |
| snr | (SNR in dB, at most 25, - 15) / 10 |

Each is limited to ±4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
LIMIT = 4.0
MAX_BURSTS = 32
_WIDTH_HZ, _BURST_S, _PERIOD_S, _SNR_DB = 16e3, 0.1, 1.0, 15.0
MOST_SNR_DB = 25.0
"""Beyond it the SNR tells but how near a transmitter is."""
_LEAST = 1e-9  # Hz or s: a logarithm stays finite


def emission_features(
    width_hz, channel_rate_hz, duration_s, has_ended, period_s, duty, snr_db
) -> np.ndarray:
    """The features `DESCRIBED` of an emission, or of many.

    The arguments are numbers, or arrays that broadcast.

    Args:
        width_hz: of the emission, Hz.
        channel_rate_hz: sample rate of its channel, Hz.
        duration_s: of its bursts, s, as `burst_duration` gives it.
        has_ended: whether a burst has ended.
        period_s: median time from burst to burst, s; 0 where it is not known.
        duty: share of the time since its first sample that its bursts take, 0 to 1.
        snr_db: mean power during the bursts over that of the noise between the edges, dB.

    Returns:
        float32 [..., 8], in the order of `DESCRIBED`.
    """
    period, is_periodic = np.asarray(period_s, float), np.asarray(period_s, float) > 0.0
    values = (
        _octaves(width_hz, _WIDTH_HZ) / 4.0,
        _octaves(channel_rate_hz, np.maximum(width_hz, _LEAST)) - 1.0,
        _octaves(duration_s, _BURST_S) / 4.0,
        np.asarray(has_ended, float),
        np.where(is_periodic, _octaves(period, _PERIOD_S) / 4.0, 0.0),
        is_periodic.astype(float),
        2.0 * np.asarray(duty, float) - 1.0,
        (np.minimum(snr_db, MOST_SNR_DB) - _SNR_DB) / 10.0,
    )
    stacked = np.stack(np.broadcast_arrays(*values), axis=-1)
    return np.clip(stacked, -LIMIT, LIMIT).astype(np.float32)


def burst_duration(ended_s: Sequence[float], on_air_s: float = 0.0) -> float:
    """The duration of a burst, s, that stands for those of an emission.

    Args:
        ended_s: durations of the bursts that ended, the newest last.
        on_air_s: length so far of the burst on the air; 0 between bursts.

    Returns:
        the median of the last 32 that ended; ``on_air_s`` before one has ended, or where it is
        longer.
    """
    newest = list(ended_s)[-MAX_BURSTS:]
    return max(float(np.median(newest)) if newest else 0.0, on_air_s)


def _octaves(value, unit) -> np.ndarray:
    return np.log2(np.maximum(value, _LEAST) / unit)
