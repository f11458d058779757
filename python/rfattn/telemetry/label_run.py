# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges neighbouring steps of a stream that have equal labels into runs."""

from __future__ import annotations

from dataclasses import dataclass

from ..messages.detection import Detection

_SAME = ("segment", "label", "frequency", "attention", "norm")
"""Fields that are equal in all steps of a run."""


@dataclass
class LabelRun:
    """Steps of one stream and segment, one after the other, with one label from one model.

    ``first`` and ``last`` are the detections at its ends; it holds no others, however long it is.
    """

    first: Detection
    last: Detection
    steps: int = 1
    confidence_sum: float = 0.0
    non_finite_tokens: int = 0

    @classmethod
    def begin(cls, detection: Detection) -> LabelRun:
        tokens = detection.non_finite_tokens or 0
        return cls(detection, detection, 1, detection.confidence, tokens)

    @property
    def confidence(self) -> float:
        """Mean over the steps."""
        return self.confidence_sum / self.steps

    @property
    def sample_count(self) -> int:
        """Samples from the first of the first step to the last of the last step."""
        return self.last.sample_start + self.last.sample_count - self.first.sample_start

    def takes(self, detection: Detection) -> bool:
        """Whether ``detection``, the next of the stream, continues the run."""
        return all(getattr(self.first, name) == getattr(detection, name) for name in _SAME)

    def add(self, detection: Detection) -> None:
        self.last = detection
        self.steps += 1
        self.confidence_sum += detection.confidence
        self.non_finite_tokens += detection.non_finite_tokens or 0

    def to_dict(self) -> dict:
        """The run in plain values, as JSON gives it."""
        first = self.first
        return {
            "label": first.label,
            "confidence": self.confidence,
            "sample_start": first.sample_start,
            "sample_count": self.sample_count,
            "frequency": first.frequency,
            "segment": first.segment,
            "stream": first.stream,
            "steps": self.steps,
            "non_finite_tokens": self.non_finite_tokens,
        }


class LabelRuns:
    """Merges detections of any number of streams, each given in its order."""

    def __init__(self):
        self._runs: dict[int, LabelRun] = {}  # by stream

    def add(self, detection: Detection) -> LabelRun | None:
        """Adds a detection; returns the run of its stream that it ends, if it ends one."""
        run = self._runs.get(detection.stream)
        if run is not None and run.takes(detection):
            run.add(detection)
            return None
        self._runs[detection.stream] = LabelRun.begin(detection)
        return run

    def end(self, stream: int | None = None) -> list[LabelRun]:
        """Ends the run of ``stream``, or all runs, and returns them in the order of streams."""
        ended = sorted(self._runs) if stream is None else [stream]
        runs = (self._runs.pop(number, None) for number in ended)
        return [run for run in runs if run is not None]

    def open(self) -> list[LabelRun]:
        """The runs that have not ended, in the order of streams."""
        return [run for _, run in sorted(self._runs.items())]
