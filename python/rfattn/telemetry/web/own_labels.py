# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels that a person gave to emissions on the page, for a station to learn from."""

from __future__ import annotations

from collections import OrderedDict

from ...emissions.example_store import PERSON, ExampleStore
from ...messages.observation import Observation
from .corrections import check_label

MOST_OBSERVATIONS = 5000
"""Of emissions that ended, the newest; some 5 kB each."""


class OwnLabels:
    """Puts emissions that a person labelled into a store.

    Args:
        store: None: there is none.
        most: observations, and labels of emissions that have not ended, that are kept.
    """

    def __init__(self, store: ExampleStore | None = None, most: int = MOST_OBSERVATIONS):
        self._store, self._most = store, most
        self._observations: OrderedDict[str, Observation] = OrderedDict()
        self._labels: OrderedDict[str, str] = OrderedDict()

    def __bool__(self) -> bool:
        return self._store is not None

    def observe(self, key: str, observation: Observation) -> None:
        """Takes what a model made of an emission; one with a label goes to the store.

        Raises:
            ValueError: see `ExampleStore`.
        """
        if self._store is None:
            return
        self._put(self._observations, key, observation)
        if key in self._labels:
            self._store.add(self._labels[key], PERSON, observation)

    def label(self, key: str, label: str) -> bool:
        """Takes the label of an emission; returns whether it is in the store already, and not only
        when the emission has ended.

        Raises:
            ValueError: the label is not as `check_label` needs it, or see `ExampleStore`.
        """
        label = check_label(label)
        self._put(self._labels, key, label)
        observation = self._observations.get(key)
        if observation is None:
            return False
        self._store.add(label, PERSON, observation)
        return True

    def _put(self, kept: OrderedDict, key: str, value) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > self._most:
            kept.popitem(last=False)
