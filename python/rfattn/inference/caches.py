# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caches of the streams that a model runs, bounded in number."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class StreamState:
    """What a stream leaves from step to step: its slot, the memory that its runner made, the
    number of its next token, and the tokens of its segment that came before."""

    slot: int
    """A number below ``max_streams`` that no other stream has now."""
    tensors: list
    position: int = 0
    seen: int = 0
    note: object = None
    """What a caller keeps of the stream, for as long as it has the cache."""
    admission: int = 0
    """Number of the stream among all that got a cache."""
    last_token: int = 0
    """Number of the last token of the last call with it, among those of all streams."""


class CachePool:
    """Holds the states of at most ``max_streams`` streams, each from its first step to its end.

    The memory of a stream that ended is that of a later one: to allocate it takes a third of a
    step, which the first label of every burst would wait for.

    With the pool full, a new stream takes the memory of another that is not in the same call: of
    the one idle longest if it is idle, which means that as many tokens of others came since its
    last one as all windows hold, else of the one that came last. So the others keep their context,
    where taking turns would leave none to any.

    Args:
        make: the tensors of the stream in a slot.
        max_streams: the bound, >= 1.
        window: tokens that the cache of a stream holds, >= 1.

    Attributes:
        evictions: streams that lost their cache to another since the start.
        changes: how often a stream got or lost a cache since the start.
    """

    def __init__(self, make: Callable[[int], list], max_streams: int, window: int):
        self._make, self.max_streams = make, max_streams
        self._idle_tokens = max_streams * window
        self._tokens = self._admissions = 0
        self._free: list[tuple[int, StreamState]] = []
        """A heap of the streams that ended, by slot: streams lie side by side."""
        self._states: OrderedDict[int, StreamState] = OrderedDict()  # longest idle first
        self._first_position = 0
        self._bytes_of_one = 0
        self.evictions = 0
        self.changes = 0

    def take(self, streams: Sequence[int], tokens: int = 0) -> list[StreamState]:
        """The states of ``streams``, of which none is evicted for another.

        Args:
            tokens: those that the streams get now, all together.

        Raises:
            ValueError: when they are not distinct, or none, or more than ``max_streams``.
        """
        if not 1 <= len(set(streams)) == len(streams) <= self.max_streams:
            raise ValueError(
                f"streams must be 1 to max_streams={self.max_streams} distinct numbers, "
                f"got {list(streams)}"
            )
        states = [self._one(stream, streams) for stream in streams]
        self._tokens += tokens
        for state in states:
            state.last_token = self._tokens
        return states

    def reset(self, stream: int | None, position: int | None) -> None:
        """Begins a new segment in a stream, or in all and in those that come later (None). Token
        numbers continue, or start at ``position``."""
        if stream is None:
            self._first_position = self._first_position if position is None else position
        for state in list(self._states.values()) if stream is None else self.take([stream]):
            state.seen = 0
            state.position = state.position if position is None else position

    def end(self, stream: int) -> None:
        """Leaves the memory of a stream to the next one; no error where it is not held."""
        state = self._states.pop(stream, None)
        if state is not None:
            self.changes += 1
            heapq.heappush(self._free, (state.slot, state))

    def clear(self) -> None:
        """Frees the memory of all streams, and forgets where token numbers start."""
        self.changes += len(self._states)
        self._states.clear()
        self._free.clear()
        self._first_position = 0

    @property
    def streams(self) -> list[int]:
        """The streams held, longest idle first."""
        return list(self._states)

    @property
    def bytes(self) -> int:
        """Bytes of the tensors held now."""
        return len(self._states) * self._bytes_of_one

    def _one(self, stream: int, called: Sequence[int]) -> StreamState:
        state = self._states.get(stream)
        if state is None:
            return self._add(stream, called)
        self._states.move_to_end(stream)
        return state

    def _add(self, stream: int, called: Sequence[int]) -> StreamState:
        if self._free:
            _, state = heapq.heappop(self._free)
        elif len(self._states) < self.max_streams:
            slot = len(self._states)
            state = StreamState(slot, self._make(slot))
            # Measured once: every stream has tensors of the same sizes, and a step asks for it.
            self._bytes_of_one = sum(t.nbytes for t in state.tensors)
        else:
            state = self._states.pop(self._victim(called))
            self.evictions += 1
        self.changes += 1
        self._admissions += 1
        state.admission = self._admissions
        state.seen, state.position, state.note = 0, self._first_position, None
        self._states[stream] = state
        return state

    def _victim(self, called: Sequence[int]) -> int:
        """The stream whose memory a new one takes."""
        others = [stream for stream in self._states if stream not in called]
        if self._tokens - self._states[others[0]].last_token >= self._idle_tokens:
            return others[0]
        return max(others, key=lambda stream: self._states[stream].admission)
