# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When somebody listened to a frequency, and with which settings."""

from __future__ import annotations

from dataclasses import astuple

from ..logbook.heard import Listened

_KEPT_S = 28 * 86400.0
_MOST_SPANS = 4096


class Coverage:
    """The times of the last weeks in which receivers listened. Without any, all times count."""

    def __init__(self, spans: list[Listened] = ()):
        self._spans = list(spans)  # in the order of their ends

    def add(self, span: Listened) -> None:
        """Adds a span, which may be longer than it was when it was added before."""
        if span.end_s < span.start_s:
            raise ValueError(f"end_s must be >= start_s = {span.start_s}, got {span.end_s}")
        for k, old in enumerate(self._spans[-16:], max(0, len(self._spans) - 16)):
            if _identity(old) == _identity(span):
                del self._spans[k]
                break
        self._spans.append(span)
        self._spans.sort(key=lambda one: one.end_s)
        oldest = span.end_s - _KEPT_S
        self._spans = [one for one in self._spans[-_MOST_SPANS:] if one.end_s >= oldest]

    def settings(self, receiver: str, frequency_hz: float) -> str:
        """Receiver and settings with which a frequency is listened to at last."""
        for span in reversed(self._spans):
            if span.receiver == receiver and span.low_hz <= frequency_hz <= span.high_hz:
                return _settings(span)
        return receiver

    def listened_s(self, frequency_hz: float, settings: str, start_s: float, end_s: float) -> float:
        """Seconds of a time in which a frequency was listened to with the same settings."""
        if not self._spans:
            return max(0.0, end_s - start_s)
        total, free = 0.0, end_s  # what is behind `free` is counted
        for span in reversed(self._spans):
            if span.end_s <= start_s:
                break
            if span.low_hz <= frequency_hz <= span.high_hz and _settings(span) == settings:
                stop = min(span.end_s, free)
                total += max(0.0, stop - max(span.start_s, start_s))
                free = min(free, max(span.start_s, start_s))
        return total

    def to_state(self) -> list:
        return [list(astuple(span)) for span in self._spans]

    @classmethod
    def from_state(cls, state: list) -> Coverage:
        return cls([Listened(*values) for values in state])


def _settings(span: Listened) -> str:
    return f"{span.receiver} {span.settings}".rstrip()


def _identity(span: Listened) -> tuple:
    return span.receiver, span.start_s, span.low_hz, span.high_hz, span.settings
