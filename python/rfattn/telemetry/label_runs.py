# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbouring steps of a channel with equal labels, as one run."""

from __future__ import annotations

from collections.abc import Iterable


class Runs:
    """Merges detections as they come; holds one run a channel, however long it is."""

    def __init__(self):
        self._runs: dict[int | None, _Run] = {}  # by channel

    def add(self, detection) -> dict | None:
        """Takes the next detection of its channel; returns the run that it ends, if it does."""
        run = self._runs.get(detection.channel)
        if run is not None and run.takes(detection):
            run.add(detection)
            return None
        self._runs[detection.channel] = _Run(detection)
        return None if run is None else run.to_dict()

    def end(self) -> list[dict]:
        """The runs so far, one a channel; the next detections begin others."""
        runs, self._runs = self._runs, {}
        return [run.to_dict() for _, run in sorted(runs.items(), key=lambda item: item[0] or 0)]


class _Run:
    def __init__(self, first):
        self._first = first
        self._steps, self._confidence = 0, 0.0
        self.add(first)

    def takes(self, detection) -> bool:
        same = ("segment", "label", "frequency")
        return all(getattr(self._first, name) == getattr(detection, name) for name in same)

    def add(self, detection) -> None:
        self._steps += 1
        self._confidence += detection.confidence
        self._end = detection.sample_start + detection.sample_count

    def to_dict(self) -> dict:
        first = self._first
        return {
            "label": first.label,
            "confidence": self._confidence / self._steps,
            "sample_start": first.sample_start,
            "sample_count": self._end - first.sample_start,
            "frequency": first.frequency,
            "segment": first.segment,
            "steps": self._steps,
            **({} if first.channel is None else {"channel": first.channel}),
        }


def runs(detections: Iterable) -> list[dict]:
    """Neighbouring steps of one segment with equal labels, as one; confidence is their mean."""
    merger = Runs()
    ended = [merger.add(detection) for detection in detections]
    return [run for run in ended if run is not None] + merger.end()
