# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a detection, made from the logits of a step: neither torch nor GNU Radio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .entries import entry, to_dict
from .limits import HERTZ, MAX_CLASSES, RATE, SHARE, TIME, check_length


@dataclass(frozen=True)
class Detection:
    """What a model found in the samples of one step. No detection spans two segments."""

    label: str = entry("The most probable class.")
    confidence: float = entry("Probability of the label.", **SHARE)
    probabilities: dict[str, float] = entry("Probability by class; their sum is 1.", **SHARE)
    sample_start: int = entry("First sample of the step, counted from the start of the stream.")
    sample_count: int = entry("Samples of the step.")
    segment: int = entry("Segment of the stream; each gap begins another.")
    time: float | None = entry(
        "Time of the first sample, s: since 1970 where the receiver states its time, else since "
        "sample 0; absent where the rate is unknown, too.",
        default=None,
        **TIME,
    )
    frequency: float | None = entry("Middle of the band, Hz.", default=None, **HERTZ)
    sample_rate: float | None = entry("Complex samples a second.", default=None, **RATE)
    attention: str = entry("Attention of the model.", default="")
    norm: str = entry("Norm of the model.", default="")
    stream: int = entry("Stream of the step.", default=0)
    non_finite_tokens: int | None = entry(
        "Tokens of the step that look at a NaN or infinite sample; absent where there are none.",
        default=None,
    )

    def __post_init__(self):
        check_length("detections: probabilities", self.probabilities, MAX_CLASSES)

    def to_dict(self) -> dict:
        """The fields in plain values, without the unknown ones."""
        return to_dict(self)


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
