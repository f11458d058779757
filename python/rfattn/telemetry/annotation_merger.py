# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From detections to SigMF annotations: a run of equal labels becomes one."""

from __future__ import annotations

from fractions import Fraction

from ..messages.detection import Detection
from ..recordings.annotation import Annotation
from .label_run import LabelRun, LabelRuns

_MOST_DENOMINATOR = 10**8
"""Makes a ratio exact that the rounding of a rate like 2.4e6 / 7 has moved."""


class AnnotationMerger:
    """Merges detections, given in the order of each stream, into annotations.

    A run of equal labels (see `LabelRun`) becomes one annotation. A step of confidence below
    ``min_confidence`` is left out and ends the run.

    Band edges are given when the rate is known: frequency ± rate/2, or for a real-valued recording
    (``is_real``) from the frequency to half the rate above it. An unknown frequency counts as 0,
    as it does for programs that draw the annotations (inspectrum).

    Annotations count the samples of the recording. Streams that are parts of its band have fewer
    samples a second, so their sample numbers are multiplied by the ratio of the rates.

    Args:
        min_confidence: 0 to 1.
        is_real: the recording is real-valued.
        sample_rate: of the recording, Hz; None: the first rate that a detection states, times
            ``n_bands``.
        n_bands: bands of equal width that the streams are, where the recording's rate is unknown.
    """

    def __init__(
        self,
        min_confidence: float = 0.0,
        is_real: bool = False,
        sample_rate: float | None = None,
        n_bands: int = 1,
    ):
        self.sample_rate = sample_rate
        self._min_confidence = min_confidence
        self._is_real = is_real
        self._n_bands = n_bands
        self._done: list[Annotation] = []
        self._runs = LabelRuns()

    def add(self, detection: Detection) -> None:
        """Adds the next detection of its stream."""
        if self.sample_rate is None and detection.sample_rate:
            self.sample_rate = detection.sample_rate * self._n_bands
        if detection.confidence < self._min_confidence:
            ended = self._runs.end(detection.stream)
        else:
            ended = [self._runs.add(detection)]
        self._done += [self._annotation(run) for run in ended if run is not None]

    def annotations(self) -> list[Annotation]:
        """All annotations so far, those of open runs at the end."""
        return self._done + [self._annotation(run) for run in self._runs.open()]

    def samples_per_sample(self, detection: Detection) -> Fraction:
        """Samples of the recording to one of the detection's stream."""
        if not self.sample_rate or not detection.sample_rate:
            return Fraction(self._n_bands)
        return ratio_of_rates(self.sample_rate, detection.sample_rate)

    def _annotation(self, run: LabelRun) -> Annotation:
        first, ratio = run.first, self.samples_per_sample(run.first)
        lower, upper = self._edges(first, ratio)
        model = f" by {first.attention} with {first.norm}" if first.attention else ""
        return Annotation(
            start=round(first.sample_start * ratio),
            count=round(run.sample_count * ratio),
            label=first.label,
            freq_lower_edge=lower,
            freq_upper_edge=upper,
            comment=f"confidence {run.confidence:.2f}, mean of {run.steps} steps{model}",
        )

    def _edges(self, detection: Detection, ratio: Fraction) -> tuple[float | None, float | None]:
        if detection.sample_rate is None:
            return None, None
        middle, half = detection.frequency or 0.0, detection.sample_rate / 2
        is_real = self._is_real and round(ratio) == 1
        return middle - (0.0 if is_real else half), middle + half


def ratio_of_rates(rate: float, of: float) -> Fraction:
    """Returns ``rate / of``, exact also where rounding has moved one of them."""
    return (Fraction(rate) / Fraction(of)).limit_denominator(_MOST_DENOMINATOR)
