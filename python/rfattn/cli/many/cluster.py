# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives work on many items to the workers of dask.distributed."""

from __future__ import annotations

import concurrent.futures
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_MOST_AHEAD = 512
"""Outcomes that wait for an earlier one."""
_POLL_S = 0.2


@dataclass(frozen=True)
class Outcome:
    """What became of an item: its result, or the error in one line."""

    item: object
    result: object = None
    error: str = ""


@dataclass(frozen=True)
class Watch:
    """What is called while the work is done.

    Attributes:
        look: some times a second, with a text about what happens.
        log: with a line that stays.
    """

    look: Callable[[str], object]
    log: Callable[[str], object]


class Cluster:
    """Work whose worker died is done again by another.

    Args:
        client: a `distributed.Client`.
    """

    def __init__(self, client):
        self._client = client

    def run(self, function: Callable, *arguments):
        """Calls ``function`` in a worker; returns its result, or raises its exception.

        Raises:
            ImportError, ConnectionError: see `map`.
            RuntimeError: each worker that tried died.
        """
        import distributed

        try:
            return _result(self._client.submit(function, *arguments, pure=False))
        except distributed.KilledWorker:
            raise RuntimeError("each worker died when it began") from None

    def map(self, function: Callable, items: Sequence, watch: Watch) -> Iterator[Outcome]:
        """Calls ``function`` with each item; yields the outcomes in the order of the items.

        Raises:
            ImportError: a worker lacks a package or this one.
            ConnectionError: the scheduler is gone.
        """
        dead: deque[dict] = deque()

        def note(event: tuple) -> None:  # in a thread of the client
            if event[1].get("action") == "remove-worker" and not event[1].get("expected"):
                dead.append(event[1])

        self._client.subscribe_topic("all", note)
        try:
            yield from _OrderedWork(self._client, function, items, watch, dead)
        finally:
            if self._client.status == "running":
                self._client.unsubscribe_topic("all")


class _OrderedWork:
    """Work on items, whose outcomes come in the order of the items."""

    def __init__(self, client, function: Callable, items: Sequence, watch: Watch, dead: deque):
        self._client, self._function, self._items = client, function, items
        self._watch, self._dead = watch, dead
        self._next = 0  # of the items that no worker has got yet
        self._running: dict = {}  # number of the item by future
        self._suspects: deque[int] = deque()  # items on which workers died
        self._alone: set[int] = set()  # of these, the ones that were tried again
        self._outcomes: dict[int, Outcome] = {}

    def __iter__(self) -> Iterator[Outcome]:
        for number in range(len(self._items)):
            while number not in self._outcomes:
                self._submit(number)
                self._wait()
            yield self._outcomes.pop(number)

    def _submit(self, number: int) -> None:
        """Gives each worker what it works on, and one more item so that it does not wait."""
        workers = self._workers()
        self._watch.look(f"{workers} workers" if workers else "waiting for workers")
        if self._suspects:  # alone: a death counts for all that the worker had
            if not self._running:
                self._alone.add(self._suspects[0])
                self._start(self._suspects.popleft())
            return
        end = min(len(self._items), number + _MOST_AHEAD)
        while len(self._running) < 2 * max(1, workers) and self._next < end:
            self._start(self._next)
            self._next += 1

    def _start(self, number: int) -> None:
        future = self._client.submit(self._function, self._items[number], pure=False)
        self._running[future] = number

    def _wait(self) -> None:
        """Waits a moment for outcomes."""
        import distributed

        try:
            done, _ = distributed.wait(
                list(self._running), timeout=_POLL_S, return_when="FIRST_COMPLETED"
            )
        except TimeoutError:
            done = ()
        except concurrent.futures.CancelledError:
            done = [future for future in self._running if future.done()]
        while self._dead:
            event = self._dead.popleft()
            count = len(event["processing-tasks"])
            self._watch.log(
                f"gr-rfattn: the worker {event['worker']} died; what it worked on is done again "
                f"({count} recordings)"
            )
        for future in done:
            self._take(self._running.pop(future), future, distributed.KilledWorker)

    def _take(self, number: int, future, killed: type[Exception]) -> None:
        item = self._items[number]
        try:
            outcome = Outcome(item, _result(future))
        except killed:
            if number not in self._alone:
                self._suspects.append(number)
                return
            outcome = Outcome(item, error=f"{item}: each worker that worked on it died")
        except (ImportError, ConnectionError):
            raise
        except Exception as error:
            outcome = Outcome(item, error=str(error))
        self._outcomes[number] = outcome

    def _workers(self) -> int:
        """Items that are worked on at a time."""
        workers = self._client.scheduler_info()["workers"].values()
        return sum(worker["nthreads"] for worker in workers)


def _result(future):
    """The result of a future; raises its exception.

    Raises:
        ImportError: scheduler or worker cannot import what they need.
        ConnectionError: the scheduler is gone.
    """
    try:
        return future.result()
    except concurrent.futures.CancelledError:
        raise ConnectionError("the scheduler is gone; what is finished is in the file") from None
    except RuntimeError as error:  # as dask has it where the work cannot be read
        if isinstance(error.__cause__, ImportError):
            raise ImportError(
                f"the scheduler or a worker cannot import gr-rfattn: {error.__cause__}; start it "
                "with PYTHONPATH, or install gr-rfattn there"
            ) from None
        raise
