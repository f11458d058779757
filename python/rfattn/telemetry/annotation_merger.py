# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From detections to SigMF annotations: equal neighbours become one."""

from __future__ import annotations

from dataclasses import dataclass

from ..recordings.sigmf import Annotation
from .detection import Detection


@dataclass
class _Run:
    """Detections that are to be one annotation."""

    first: Detection
    last: Detection
    steps: int = 0
    confidence: float = 0.0  # sum over the steps


class AnnotationMerger:
    """Merges detections, given in stream order, into annotations.

    Steps of one channel that follow each other in one segment, with one label at one frequency,
    become one annotation. A step of confidence below ``min_confidence`` is left out and ends it.
    Holds one annotation a run, not the detections.

    Band edges are given when the rate is known: frequency ± rate/2, or for a real-valued recording
    (``is_real``) from the frequency to half the rate above it. An unknown frequency counts as 0, as
    it does for whoever draws them (inspectrum).

    Channels that are ``n_bands`` bands of one receiver are counted in its samples, ``n_bands`` to
    each of theirs.
    """

    def __init__(self, min_confidence: float = 0.0, is_real: bool = False, n_bands: int = 1):
        self._min_confidence = min_confidence
        self._is_real = is_real
        self._n_bands = n_bands
        self._done: list[Annotation] = []
        self._runs: dict[int | None, _Run] = {}  # by channel

    def add(self, detection: Detection) -> None:
        """The next detection of the stream."""
        run = self._runs.get(detection.channel)
        if run is not None and not _continues(run.last, detection):
            self._end_run(detection.channel)
        if detection.confidence < self._min_confidence:
            self._end_run(detection.channel)
            return
        run = self._runs.setdefault(detection.channel, _Run(detection, detection))
        run.last = detection
        run.steps += 1
        run.confidence += detection.confidence

    def annotations(self) -> list[Annotation]:
        """Everything so far, in stream order."""
        return self._done + [self._annotation(run) for run in self._runs.values()]

    def _end_run(self, channel: int | None) -> None:
        run = self._runs.pop(channel, None)
        if run is not None:
            self._done.append(self._annotation(run))

    def _annotation(self, run: _Run) -> Annotation:
        first, last = run.first, run.last
        lower, upper = self._edges(first)
        model = f" by {first.attention} with {first.norm}" if first.attention else ""
        return Annotation(
            start=first.sample_start * self._n_bands,
            count=(last.sample_start + last.sample_count - first.sample_start) * self._n_bands,
            label=first.label,
            freq_lower_edge=lower,
            freq_upper_edge=upper,
            comment=f"confidence {run.confidence / run.steps:.2f}, "
            f"mean of {run.steps} steps{model}",
        )

    def _edges(self, detection: Detection) -> tuple[float | None, float | None]:
        if detection.sample_rate is None:
            return None, None
        middle, half = detection.frequency or 0.0, detection.sample_rate / 2
        return middle - (0.0 if self._is_real else half), middle + half


def _continues(last: Detection, detection: Detection) -> bool:
    same = ("segment", "label", "frequency", "attention", "norm")
    return all(getattr(last, name) == getattr(detection, name) for name in same)
