# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which classes are on the air, how often each was heard and when last; no GNU Radio here."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

from gnuradio.rfattn.messages.label_text import UNKNOWN

LONG_S = 10.0
"""A class of which nothing has ended yet is shown once an emission has had its label for so long:
the first labels of an emission may be wrong."""
_MOST_KEYS = 4096


@dataclass
class ClassState:
    """One class.

    Attributes:
        on_air: emissions of it that are on the air.
        emissions: how many have ended.
        last: the facts of the one that was heard last; None: none was.
        is_brief: one came and ended since the last look, and none is on the air.
        is_heard: there was one in this run.
    """

    on_air: int = 0
    emissions: int = 0
    last: dict | None = None
    is_brief: bool = False
    is_heard: bool = False


class ClassStates:
    """The states of the classes, from what is on the air at some moments and what ended between.

    Facts are those of `facts_of`, with the time of the moment as ``last_heard``. An emission is
    named by a key, so that it counts once.

    Attributes:
        states: the `ClassState` by class, of those that are shown.
        on_air, emissions: emissions of all labels, and without one, that are on the air and that
            have ended.
        changed: classes whose state is another since it was cleared.
        firsts: facts of the first emission of each class in this run, since it was cleared.
    """

    def __init__(self):
        self.states: dict[str, ClassState] = {}
        self.on_air = self.emissions = 0
        self.changed: set[str] = set()
        self.firsts: list[dict] = []
        self._labels: frozenset[str] = frozenset()
        self._shown: dict[Hashable, str] = {}  # key of an emission: class that it was on the air as

    def set_labels(self, labels: Iterable[str], own: Iterable[str]) -> set[str]:
        """Sets what the model can call an emission; ``own`` are those of the user, which are shown
        from the start. Returns the classes that are no longer there."""
        self._labels = frozenset({*labels, UNKNOWN})
        gone = self.states.keys() - self._labels
        for name in gone:
            del self.states[name]
        self.changed -= gone
        self.show(own)
        return gone

    def show(self, names: Iterable[str]) -> None:
        """Has these classes shown, where the model has them."""
        for name in self._labels.intersection(names) - self.states.keys():
            self.states[name] = ClassState()
            self.changed.add(name)

    def mark_all(self) -> None:
        """Takes all states for changed, as after a broker lost them."""
        self.changed |= self.states.keys()

    def look(
        self,
        live: Mapping[Hashable, dict],
        ended: Collection[tuple[Hashable, dict]],
        time: str,
    ) -> None:
        """Takes the facts of what is on the air, and of what ended since the last look.

        Args:
            time: of this moment, ISO 8601.
        """
        for state in self.states.values():
            state.is_brief = False
        self._end(ended, time)
        on_air = dict.fromkeys(self.states, 0)
        for key, facts in live.items():
            name = facts["label"]
            if (facts["duration_s"] or 0.0) >= LONG_S and name in self._labels:
                self.show([name])
            if name in self.states:
                on_air[name] = on_air.get(name, 0) + 1
                if self._shown.get(key) != name:
                    self._remember(key, name)
                    self._hear(name, facts, time)
        self.on_air = len(live)
        for name, count in on_air.items():
            if self.states[name].on_air != count:
                self.states[name].on_air = count
                self.changed.add(name)

    def _end(self, ended: Collection[tuple[Hashable, dict]], time: str) -> None:
        self.emissions += len(ended)
        for key, facts in ended:
            name, before = facts["label"], self._shown.pop(key, None)
            if name not in self._labels:
                continue
            self.show([name])
            state = self.states[name]
            state.emissions += 1
            state.is_brief |= before != name and not state.on_air
            self._hear(name, facts, time)

    def _hear(self, name: str, facts: dict, time: str) -> None:
        state = self.states[name]
        state.last = {**facts, "last_heard": time}
        if not state.is_heard:
            state.is_heard = True
            self.firsts.append(state.last)
        self.changed.add(name)

    def _remember(self, key: Hashable, name: str) -> None:
        self._shown[key] = name
        if len(self._shown) > _MOST_KEYS:
            del self._shown[next(iter(self._shown))]
