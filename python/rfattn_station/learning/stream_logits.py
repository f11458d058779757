# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams whole recordings through a network, for figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from gnuradio.rfattn.attention import ModelConfig, new_cache
from gnuradio.rfattn.reporting import track

if TYPE_CHECKING:
    import torch
    from gnuradio.rfattn.attention import StreamingTransformer

_BATCH = 16
"""Recordings in a batch."""


def stream_logits(
    model: StreamingTransformer,
    config: ModelConfig,
    spectra: Sequence[np.ndarray],
    doing: str = "",
) -> list[np.ndarray]:
    """Streams whole recordings through the model, step by step, as a flowgraph does.

    Args:
        spectra: for each recording float32 [T, n_bins] in dB, for a model of emissions with their
            features behind; an incomplete last block is left out.
        doing: text of the progress on stderr; empty for none.

    Returns:
        For each recording the logits, float32 [T // block_size, n_classes].
    """
    import torch

    n = config.block_size
    order = sorted(range(len(spectra)), key=lambda i: len(spectra[i]))
    found: list[np.ndarray] = [np.empty(0)] * len(spectra)
    for start in track(range(0, len(order), _BATCH), doing, quiet=not doing):
        batch = order[start : start + _BATCH]
        steps = [len(spectra[i]) // n for i in batch]
        tokens = torch.zeros(len(batch), max(steps) * n, config.n_values)
        for row, i in enumerate(batch):
            tokens[row, : steps[row] * n] = torch.from_numpy(spectra[i][: steps[row] * n])
        logits = _batch_logits(model, config, tokens)
        for row, i in enumerate(batch):
            found[i] = logits[row, : steps[row]]
    return found


def _batch_logits(
    model: StreamingTransformer, config: ModelConfig, tokens: torch.Tensor
) -> np.ndarray:
    """Streams a batch from the first token: [B, T, n_bins] → logits [B, T / n, n_classes]."""
    import torch

    n = config.block_size
    tokens = tokens.to(next(model.parameters()).device)
    logits = torch.empty(len(tokens), tokens.size(1) // n, config.n_classes)
    with torch.inference_mode():
        caches = [new_cache(config, tokens.device) for _ in tokens]
        for start in range(0, tokens.size(1), n):
            counts = [start] * len(tokens)
            logits[:, start // n] = model(tokens[:, start : start + n], caches, counts, counts)
    return logits.numpy()
