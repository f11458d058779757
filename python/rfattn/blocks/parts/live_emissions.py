# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emissions that are on the air, or ended a short time ago."""

from __future__ import annotations

from ...messages.emission import Emission


class LiveEmissions:
    """The newest message of each emission, until it is forgotten: messages and samples of it may
    come after its end.

    Attributes:
        latest: by id.
    """

    def __init__(self):
        self.latest: dict[int, Emission] = {}
        self._ended: dict[int, int] = {}  # id: sample at which it ended

    def add(self, emission: Emission) -> None:
        self.latest[emission.id] = emission
        if not emission.is_live:
            self._ended.setdefault(emission.id, emission.sample_now)

    def ended_before(self, sample: float) -> list[int]:
        """The ids of those that ended before this sample of the receiver."""
        return [number for number, end in self._ended.items() if end < sample]

    def forget(self, number: int) -> None:
        self.latest.pop(number, None)
        self._ended.pop(number, None)
