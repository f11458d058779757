# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streaming attention models on torch alone; imports where GNU Radio is absent."""

from .adapter import AttentionModelAdapter, explain
from .auto import choose
from .config import ATTENTIONS, NORMS, ModelConfig
from .convert import convert
from .cost import kv_bytes, new_cache, step_flops
from .files import ModelFileError, available_models, load_checkpoint, save_checkpoint
from .model import StreamingTransformer
from .torchscript import load_eager

__all__ = [
    "ATTENTIONS",
    "NORMS",
    "AttentionModelAdapter",
    "ModelConfig",
    "ModelFileError",
    "StreamingTransformer",
    "available_models",
    "choose",
    "convert",
    "explain",
    "kv_bytes",
    "load_checkpoint",
    "load_eager",
    "new_cache",
    "save_checkpoint",
    "step_flops",
]
