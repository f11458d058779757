# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs of the path that were not measured, for tests of the prediction."""

from gnuradio.rfattn.attention import kv_bytes, step_flops
from gnuradio.rfattn.capacity.costs import Costs, Line

from attention_models import tiny_config

CONFIG = tiny_config()
COSTS = Costs(
    sample_rate=1e6,
    width=10e3,
    detector=Line(0.05, 0.001),
    extractor=Line(0.02, 1e-5),
    labels=Line(0.0, 0.002),
    step_s=1e-3,
    device_step_s=None,
    device_bytes=None,
    tokens_per_s=16.0,
    process_bytes=1000,
    model={"device": "cpu", "dtype": "float32", "attention": "flash"},
    config=CONFIG.to_dict(),
    step_flops=step_flops(CONFIG),
    kv_bytes=kv_bytes(CONFIG),
)
