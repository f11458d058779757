# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels that a person gave to emissions on the page, for a station to learn from."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from gnuradio.rfattn.emissions.example_store import PERSON, ExampleStore
from gnuradio.rfattn.messages.observation import Observation

from .corrections import check_label

MOST_OBSERVATIONS = 5000
"""Of emissions that ended, the newest; some 5 kB each."""


class OwnLabels:
    """Puts emissions that a person labelled into a store, in a thread of its own: another program
    may hold the file for seconds.

    Args:
        store: None: there is none.
        most: observations, and labels of emissions that have not ended, that are kept.
        report: called with a line of text where an emission that has ended was not kept; in any
            thread.
    """

    def __init__(
        self,
        store: ExampleStore | None = None,
        most: int = MOST_OBSERVATIONS,
        report: Callable[[str], None] = lambda text: None,
    ):
        self._store, self._most, self._report = store, most, report
        self._writer = ThreadPoolExecutor(1, "own_labels")  # starts no thread before a label
        self._observations: OrderedDict[str, Observation] = OrderedDict()
        self._labels: OrderedDict[str, str] = OrderedDict()

    def __bool__(self) -> bool:
        return self._store is not None

    def observe(self, key: str, observation: Observation) -> None:
        """Takes what a model made of an emission; one with a label goes to the store."""
        if self._store is None:
            return
        self._put(self._observations, key, observation)
        if key in self._labels:
            self._write(self._labels[key], observation).add_done_callback(self._report_failure)

    async def label(self, key: str, label: str) -> bool:
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
        await asyncio.wrap_future(self._write(label, observation))
        return True

    def close(self) -> None:
        """Waits for what is being written; what waits behind it is reported."""
        self._writer.shutdown(cancel_futures=True)

    def _write(self, label: str, observation: Observation) -> Future:
        return self._writer.submit(self._store.add, label, PERSON, observation)

    def _report_failure(self, written: Future) -> None:
        error = "the program ended" if written.cancelled() else written.exception()
        if error is not None:
            self._report(f"an emission that you labelled was not kept: {error}")

    def _put(self, kept: OrderedDict, key: str, value) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > self._most:
            kept.popitem(last=False)
