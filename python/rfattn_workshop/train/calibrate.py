# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibrates a trained model: its probabilities, and how often it answers `unknown`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn_station.learning.stream_logits import stream_logits

from .data import IGNORE, Tokens, block_targets

_TEMPERATURES = torch.logspace(-1, 1, 81, dtype=torch.float64)


def calibrate(
    model, shape, recordings: Sequence[Tokens], classes: Sequence[str], refused: float
) -> None:
    """Changes the head so that its probabilities fit the annotated steps of the recordings.

    One temperature divides all logits (Guo et al. 2017, arXiv 1706.04599): of 81 values from 0.1 to
    10 the one with the lowest negative log-likelihood. If the model has the class `UNKNOWN`, its
    bias then moves until a share ``refused`` of these steps gets that label.
    """
    logits, targets = _annotated_logits(model, shape, recordings)
    if len(targets) == 0:
        return
    losses = [F.cross_entropy(logits / t, targets).item() for t in _TEMPERATURES]
    temperature = _TEMPERATURES[int(np.argmin(losses))]
    with torch.no_grad():
        model.head.weight.div_(temperature)
        model.head.bias.div_(temperature)
        if UNKNOWN in classes:
            unknown = list(classes).index(UNKNOWN)
            known = [k for k in range(len(classes)) if k != unknown]
            lead = (logits[:, known].amax(dim=1) - logits[:, unknown]) / temperature
            model.head.bias[unknown] += torch.quantile(lead, refused)


def _annotated_logits(model, shape, recordings) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits float64 [N, n_classes] and targets int64 [N] of the annotated steps."""
    usable = [tokens for tokens in recordings if len(tokens) >= shape.block_size]
    logits = stream_logits(model, shape, [tokens.spectra for tokens in usable], "calibrating")
    targets = [block_targets(tokens.targets, shape.block_size) for tokens in usable]
    logits, targets = np.concatenate(logits), np.concatenate(targets)
    labelled = targets != IGNORE
    return torch.from_numpy(logits[labelled]).double(), torch.from_numpy(targets[labelled])
