# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attentions can run here."""

from __future__ import annotations

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from ..attention.registry import ATTENTIONS
from . import files
from .adapter import AttentionModelAdapter


def explain(
    device: str = "auto", dtype: str = "auto", config: ModelConfig | None = None
) -> dict[str, list[str]]:
    """The reasons why each attention cannot run with these choices; none for those that can."""
    config = config or ModelConfig()
    reasons: dict[str, list[str]] = {name: [] for name in ATTENTIONS}
    for name in reasons:
        try:
            shape = config.replace(attention=name)
            contract = {
                "schema": files.SCHEMA,
                "kind": "stream",
                "front_end": {},
                "model": shape.to_dict(),
                "classes": [str(i) for i in range(shape.n_classes)],
            }
            AttentionModelAdapter(StreamingTransformer(shape), contract, device, dtype)
        except ValueError as error:
            reasons[name].append(str(error))
    return reasons
