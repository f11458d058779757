# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which emission a receiver should play now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages.emission import Emission

SILENT_S = 5.0
"""An emission without a message for so long has ended, and its last message was lost: one that is
on the air has one a second."""
Key = tuple[int, int, int]
"""Starts of the publisher, run of the detector and id: tells an emission from all others."""


def holding(records: Iterable[EmissionRecord], condition: Condition) -> list[EmissionRecord]:
    """Those for which the condition holds, the strongest first; without sidebands and ignored
    ones."""
    found = [
        record
        for record in records
        if record.latest.is_shown(sidebands=False)
        and condition.holds(facts_of(record.latest, record.time_unix_s))
    ]
    return sorted(found, key=lambda record: -record.latest.snr_db)


class Follower:
    """Chooses an emission and stays at it while it is on the air and the condition holds.

    Args:
        condition: which emissions.
        clock: monotonic time in s.

    Attributes:
        passed: how many for which it held ended before they were chosen.
    """

    def __init__(self, condition: Condition, clock: Callable[[], float] = time.monotonic):
        self._condition, self._clock = condition, clock
        self._current: Key | None = None
        self._heard: tuple[Emission | None, float] = None, 0.0
        self._waiting: set[Key] = set()
        self._done: set[Key] = set()  # were chosen, and must not count as passed
        self._left: set[Key] = set()  # and must not be chosen again
        self.passed = 0

    def choose(self, records: Iterable[EmissionRecord], starts: int = 0) -> EmissionRecord | None:
        """The emission to be at; None: none.

        Args:
            records: of all that are on the air. One that is missing has ended.
            starts: how often the publisher started again.
        """
        live = {(starts, record.run, record.latest.id): record for record in records}
        found = holding(live.values(), self._condition)
        found = {(starts, record.run, record.latest.id): record for record in found}
        self.passed += len(self._waiting - live.keys())
        for kept in (self._waiting, self._done, self._left):
            kept &= live.keys()
        if self._current in found and self._is_silent(found[self._current]):
            self.leave()
        if self._current not in found:
            self._current = next((key for key in found if key not in self._left), None)
        if self._current is not None:
            self._done.add(self._current)
        self._waiting = (self._waiting | found.keys()) - self._done
        return found.get(self._current)

    def leave(self) -> None:
        """Leaves the chosen emission for good, such as one where the receiver cannot go."""
        if self._current is not None:
            self._left.add(self._current)
            self._current = None

    def _is_silent(self, record: EmissionRecord) -> bool:
        latest, since = self._heard
        if record.latest is not latest:
            self._heard = record.latest, self._clock()
            return False
        return self._clock() - since > SILENT_S
