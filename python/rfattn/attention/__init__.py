# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mathematics of streaming attention, on torch alone; imports where GNU Radio is absent."""

from .config import ATTENTIONS, NORMS, ModelConfig
from .cost import kv_bytes, new_cache, step_flops
from .model import StreamingTransformer

__all__ = [
    "ATTENTIONS",
    "NORMS",
    "ModelConfig",
    "StreamingTransformer",
    "kv_bytes",
    "new_cache",
    "step_flops",
]
