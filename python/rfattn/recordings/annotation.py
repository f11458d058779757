# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A label for a part of a recording."""

from __future__ import annotations

from dataclasses import dataclass

from . import sigmf_keys as keys

GENERATOR = "gr-rfattn"
"""The generator of our annotations, by which they are found again."""


@dataclass(frozen=True)
class Annotation:
    """A label for ``count`` samples from ``start``, with band edges in Hz if they are stated.

    ``details`` are fields of the namespace ``rfattn`` (see docs/sigmf-extension.md), by their names
    without it.
    """

    start: int
    count: int
    label: str = ""
    freq_lower_edge: float | None = None
    freq_upper_edge: float | None = None
    comment: str = ""
    details: dict | None = None

    @property
    def end(self) -> int:
        return self.start + self.count

    def to_dict(self) -> dict:
        fields = {
            keys.SAMPLE_START: self.start,
            keys.SAMPLE_COUNT: self.count,
            keys.FREQ_LOWER_EDGE: self.freq_lower_edge,
            keys.FREQ_UPPER_EDGE: self.freq_upper_edge,
            keys.LABEL: self.label or None,
            keys.COMMENT: self.comment or None,
            keys.GENERATOR: GENERATOR,
            **{f"{keys.NAMESPACE}:{name}": value for name, value in (self.details or {}).items()},
        }
        return {key: value for key, value in fields.items() if value is not None}
