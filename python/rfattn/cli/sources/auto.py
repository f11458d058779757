# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns ``--attention auto`` into the name of an attention."""

from __future__ import annotations

import sys
from dataclasses import replace

from ...flowgraph.options import ModelOptions
from .options import options_from


def resolve_attention(arguments, sample_rate: float) -> ModelOptions:
    """The options of the model, with the attention that "auto" stands for on this machine.

    Args:
        arguments: parsed options of `ModelOptions`, ``budget_ms`` and ``bench``.
        sample_rate: of the complex samples in Hz; 0: unknown.

    Raises:
        ValueError: when no attention meets the budget, or none is known.
    """
    options = options_from(ModelOptions, arguments)
    if options.attention != "auto":
        return options
    if options.runner != "auto":
        raise ValueError(f"attention 'auto' takes runner 'auto', got {options.runner!r}")
    from ...inference import blas, recommend_attention

    blas.set_torch_threads(options.threads)
    found = recommend_attention(
        options.model,
        options.norm,
        options.device,
        options.dtype,
        budget_ms=arguments.budget_ms,
        sample_rate=sample_rate,
        bench=arguments.bench,
    )
    print(f"gr-rfattn: attention 'auto' is {found.reason}", file=sys.stderr)
    return replace(options, attention=found.attention)
