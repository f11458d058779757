# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the logits of a step to a detection: numpy only, neither torch nor GNU Radio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .schema import Detection

__all__ = ["Detection", "from_logits", "softmax"]


def from_logits(logits, step: dict, classes: Sequence[str]) -> Detection:
    """Makes the detection of one step; the only place where logits become probabilities.

    Args:
        logits: float32 ``[n_classes]``.
        step: the dictionary of the step's ``rfattn:step`` tag; its keys are those of tags.h, which
            cannot be imported without GNU Radio.
        classes: names of the logits.

    Raises:
        ValueError: when the number of logits is another, or one is not finite.
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.shape != (len(classes),):
        raise ValueError(f"detection: {len(classes)} classes, got logits {logits.shape}")
    if not np.isfinite(logits).all():
        raise ValueError(
            f"detection: logits must be finite, got {logits.tolist()} "
            f"at sample {step['sample_start']}"
        )
    probabilities = softmax(logits)
    best = int(np.argmax(logits))
    return Detection(
        label=classes[best],
        confidence=float(probabilities[best]),
        probabilities=dict(zip(classes, probabilities.tolist(), strict=True)),
        sample_start=step["sample_start"],
        sample_count=step["sample_count"],
        segment=step["segment"],
        time=_time(step),
        frequency=step.get("rx_freq"),
        sample_rate=step.get("rx_rate"),
        attention=step.get("attention", ""),
        norm=step.get("norm", ""),
        stream=step.get("stream", 0),
        non_finite_tokens=step.get("non_finite_tokens") or None,
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _time(step: dict) -> float | None:
    if "rx_time" in step:
        seconds, fraction = step["rx_time"]
        return seconds + fraction
    if step.get("rx_rate"):
        return step["sample_start"] / step["rx_rate"]
    return None
