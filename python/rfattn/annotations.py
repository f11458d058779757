# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From detections to SigMF annotations: equal neighbours become one."""

from __future__ import annotations

from .detection import Detection
from .sigmf import Annotation


class AnnotationMerger:
    """Merges detections, given in stream order, into annotations.

    Steps that follow each other in one segment, with one label at one frequency, become one
    annotation. A step of confidence below ``min_confidence`` is left out and ends it. Holds one
    annotation a run, not the detections.

    Band edges are given when frequency and rate are known: frequency ± rate/2, or for a real-valued
    recording (``is_real``) from the frequency to half the rate above it.
    """

    def __init__(self, min_confidence: float = 0.0, is_real: bool = False):
        self._min_confidence = min_confidence
        self._is_real = is_real
        self._done: list[Annotation] = []
        self._run: list[Detection] = []  # the first and the last of the run
        self._steps, self._confidence = 0, 0.0

    def add(self, detection: Detection) -> None:
        """The next detection of the stream."""
        if self._run and not _continues(self._run[-1], detection):
            self._end_run()
        if detection.confidence < self._min_confidence:
            self._end_run()
            return
        self._run = [*self._run[:1], detection]
        self._steps += 1
        self._confidence += detection.confidence

    def annotations(self) -> list[Annotation]:
        """Everything so far, in stream order."""
        return self._done + ([self._annotation()] if self._run else [])

    def _end_run(self) -> None:
        self._done = self.annotations()
        self._run, self._steps, self._confidence = [], 0, 0.0

    def _annotation(self) -> Annotation:
        first, last = self._run[0], self._run[-1]
        lower, upper = self._edges(first)
        model = f" by {first.attention} with {first.norm}" if first.attention else ""
        return Annotation(
            start=first.sample_start,
            count=last.sample_start + last.sample_count - first.sample_start,
            label=first.label,
            freq_lower_edge=lower,
            freq_upper_edge=upper,
            comment=f"confidence {self._confidence / self._steps:.2f}, "
            f"mean of {self._steps} steps{model}",
        )

    def _edges(self, detection: Detection) -> tuple[float | None, float | None]:
        if detection.frequency is None or detection.sample_rate is None:
            return None, None
        half = detection.sample_rate / 2
        below = 0.0 if self._is_real else half
        return detection.frequency - below, detection.frequency + half


def _continues(last: Detection, detection: Detection) -> bool:
    same = ("segment", "label", "frequency", "attention", "norm")
    return all(getattr(last, name) == getattr(detection, name) for name in same)
