# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model of three classes made of emissions, for tests."""

import numpy as np
from gnuradio.rfattn.messages.observation import Observation

NAMES = ("ais", "dmr", "unknown")


def observation(id=1, shares=(0.2, 0.2, 0.6), model="m", run="r", names=NAMES, **more):
    """An observation with these probabilities of ``names``."""
    logs = np.log(shares) - np.log(np.sum(shares))
    about = {"width_hz": 12e3, "is_cut": False, "snr_db": 20.0, "burst_count": 1, **more}
    return Observation(id, run, model, dict(zip(names, logs.tolist(), strict=True)), **about)
