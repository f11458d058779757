# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the logits of a step to a detection: numpy only, neither torch nor GNU Radio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

KEY_ATTENTION, KEY_NORM, KEY_CHANNEL = "attention", "norm", "channel"
"""What the transformer adds to a step, beside the keys in tags.h."""


@dataclass(frozen=True)
class Detection:
    """What a model says about the samples of one step.

    ``probabilities`` are by class and sum to 1; ``confidence`` is that of ``label``.
    ``sample_start`` is absolute in the stream. ``time`` of the first sample is in s: since 1970
    when the receiver states its time, else since sample 0; None when the rate is unknown too.
    ``frequency`` and ``sample_rate`` are in Hz, None when unknown. No detection spans two segments.
    ``channel`` is the input of a transformer with several, None of one with a single input.
    """

    label: str
    confidence: float
    probabilities: dict[str, float]
    sample_start: int
    sample_count: int
    segment: int
    time: float | None = None
    frequency: float | None = None
    sample_rate: float | None = None
    attention: str = ""
    norm: str = ""
    channel: int | None = None

    def to_dict(self) -> dict:
        """The fields in plain values, without the unknown ones."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def from_logits(logits, step: dict, classes: Sequence[str]) -> Detection:
    """The detection of one step.

    Args:
        logits: float32 ``[n_classes]``.
        step: the dictionary of the step's ``rfattn:step`` tag.
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
        attention=step.get(KEY_ATTENTION, ""),
        norm=step.get(KEY_NORM, ""),
        channel=step.get(KEY_CHANNEL),
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _time(step: dict) -> float | None:
    if "rx_time" in step:
        seconds, fraction = step["rx_time"]
        return seconds + fraction
    if step.get("rx_rate"):
        return step["sample_start"] / step["rx_rate"]
    return None
