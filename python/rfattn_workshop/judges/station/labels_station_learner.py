# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's examples and its own model, which `gr-rfattn learn` would make each night."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from gnuradio.rfattn.emissions.decision import Decision, fingerprint
from gnuradio.rfattn.emissions.example_store import ExampleStore
from gnuradio.rfattn.messages.observation import Observation
from gnuradio.rfattn_station.learning.learn import Learned, learn
from gnuradio.rfattn_station.learning.own_model import OwnModel

from .labels_station_days import Example

_NAME = "station"
_HOME = "XDG_DATA_HOME"
"""Own models lie below it."""


class Learner:
    """Learns night by night; see `learner`.

    Args:
        folder: of the examples.
        model: file that the own model is made from.
    """

    def __init__(self, folder: Path, model: Path):
        self._folder, self._model = folder, model
        self._store, self._stored = ExampleStore(folder), 0

    def learn(self, examples: Sequence[Example]) -> tuple[Decision, Learned]:
        """Adds the examples of a day, and learns from all.

        Returns:
            How emissions are labelled from then on, and what came of learning.
        """
        with OwnModel.open(_NAME, default=str(self._model)) as own:
            for one in examples:
                self._store.add(one.label, one.origin, self._observation(one, own))
            learned = learn(own, str(self._folder), self._store.examples())
            return Decision.of_contract(own.network.contract), learned

    def close(self) -> None:
        self._store.close()

    def _observation(self, example: Example, own: OwnModel) -> Observation:
        """As the station sends it when an emission has ended."""
        self._stored += 1
        logs = np.minimum(example.observed.logs, 0.0).tolist()
        by_class = dict(zip(own.network.names, logs, strict=True))
        model = fingerprint(own.network.contract)
        return Observation(self._stored, _NAME, model, by_class, **asdict(example.observed.facts))


@contextmanager
def learner(model: Path) -> Iterator[Learner]:
    """A station without examples or own models, in a folder that is removed; other own models are
    not seen meanwhile."""
    before = os.environ.get(_HOME)
    with tempfile.TemporaryDirectory() as home:
        os.environ[_HOME] = home
        found = Learner(Path(home), model)
        try:
            yield found
        finally:
            found.close()
            if before is None:
                del os.environ[_HOME]
            else:
                os.environ[_HOME] = before
