# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbouring steps with equal labels, as one run."""

from __future__ import annotations

from collections.abc import Iterable


class Runs:
    """Merges detections as they come; holds one run, however long it is."""

    def __init__(self):
        self._run: dict | None = None
        self._key = None
        self._confidence = 0.0

    def add(self, detection) -> dict | None:
        """Takes the next detection of the stream; returns the run that it ends, if it does."""
        key = (detection.segment, detection.label, detection.frequency)
        ended = self.end() if key != self._key else None
        if self._run is None:
            self._key = key
            self._run = {
                "label": detection.label,
                "confidence": 0.0,
                "sample_start": detection.sample_start,
                "sample_count": 0,
                "frequency": detection.frequency,
                "segment": detection.segment,
                "steps": 0,
            }
        run = self._run
        self._confidence += detection.confidence
        run["steps"] += 1
        run["confidence"] = self._confidence / run["steps"]
        end = detection.sample_start + detection.sample_count
        run["sample_count"] = end - run["sample_start"]
        return ended

    def end(self) -> dict | None:
        """The run so far, if there is one; the next detection begins another."""
        ended, self._run, self._key, self._confidence = self._run, None, None, 0.0
        return ended


def runs(detections: Iterable) -> list[dict]:
    """Neighbouring steps of one segment with equal labels, as one; confidence is their mean."""
    merger = Runs()
    found = [merger.add(detection) for detection in detections]
    return [run for run in [*found, merger.end()] if run is not None]
