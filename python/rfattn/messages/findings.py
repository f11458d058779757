# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message with what `emission_extractor` found in the signal of an emission."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..catalogue.formats import formats
from .entries import entry


@dataclass(frozen=True)
class Findings:
    """All that was found in an emission's signal so far; the first states that frames are looked
    for."""

    id: int = entry("Number of the emission within a run.")
    frames: str | None = entry(
        "The format whose frames were found, such as `DMR`; absent: none were.", default=None
    )

    def __post_init__(self):
        if self.frames is not None:
            check_names("findings: frames", [self.frames], formats())


def check_names(where: str, names: Collection[str], known: Collection[str]) -> None:
    """Raises a ValueError that begins with ``where`` unless all names are among the known ones."""
    for name in names:
        if name not in known:
            raise ValueError(f"{where} must be of {', '.join(known)}, got {name!r:.60}")
