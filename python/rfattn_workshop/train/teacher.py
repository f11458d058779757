# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trained model whose probabilities another one learns to give (distillation).

Hinton, Vinyals and Dean 2015, arXiv 1503.02531. What the teacher was trained with need not be
there any more: it labels whatever the new model is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer

from .config import TrainConfig
from .init_weights import init_model, load_mean
from .start import Start, start_name


def load_teacher(
    config: TrainConfig,
    shape: ModelConfig,
    classes: Sequence[str],
    teacher: Start,
    features: Sequence[str] = (),
) -> StreamingTransformer | None:
    """The teacher, whose outputs are in the order of ``classes``; None if there is none.

    Args:
        shape: of the model that learns.
        features: names of those behind the spectrum of each token of the data.

    Raises:
        ModelFileError: the teacher cannot be read.
        ValueError: it lacks a class, takes steps of another length, or has another front end.
    """
    if not teacher:
        return None
    _, contract = load_mean(teacher)
    own = ModelConfig.from_dict(contract["model"])
    if missing := [name for name in classes if name not in contract["classes"]]:
        raise ValueError(
            f"training: the teacher {start_name(teacher)} lacks the class {missing[0]}"
        )
    if own.block_size != shape.block_size:
        raise ValueError(
            f"training: the teacher {start_name(teacher)} must take steps of {shape.block_size} "
            f"tokens, as the model does, got {own.block_size}"
        )
    model, _ = init_model(config.replace(model=own), classes, teacher, features)
    return model.eval().requires_grad_(False)


def teacher_losses(logits: torch.Tensor, taught: torch.Tensor) -> torch.Tensor:
    """The cross entropy with the teacher's probabilities; logits and ``taught`` [B, K, C], the
    result [B, K]."""
    probabilities = F.softmax(taught, dim=-1)
    return -(probabilities * F.log_softmax(logits, dim=-1)).sum(dim=-1)
