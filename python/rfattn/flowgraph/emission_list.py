# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the emissions of a flowgraph for a command."""

from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np

from ..blocks.parts.message_sink import MessageSink
from ..emissions.record import SETTLED_S, EmissionRecord, EmissionRecords
from ..messages import schema
from ..messages.decoded import Decoded
from ..messages.emission import Emission

_FOUND_KEPT = 10_000


class EmissionList(MessageSink):
    """Collects the emissions for the command.

    Args:
        sample_rate, on_emission, on_decoded, keep, stamps: see `EmissionFlowgraph`.
        drops: see `MessageSink`.
        is_busy: whether more may come about an emission with this number that ended at this
            sample; None: about none.

    Attributes:
        records: the `EmissionRecords`; left_out: emissions that `take_final` does not return, since
        too many waited.
    """

    TOPICS = ("emissions", "decoded")

    def __init__(
        self,
        sample_rate: float,
        on_emission,
        keep: int | None,
        stamps: bool,
        drops: bool = False,
        on_decoded=None,
        is_busy=None,
    ):
        self._sample_rate, self._stamps = sample_rate, stamps
        self.records = EmissionRecords(max_bursts=keep, max_ended=keep, on_end=self._end)
        self.left_out = 0
        self._on_emission, self._call_decoded, self._is_busy = on_emission, on_decoded, is_busy
        self._most = None if keep is None else 10 * keep
        self._waiting: deque[tuple[int, EmissionRecord]] = deque()  # sample at which it ended
        self._now = 0
        self._lock = threading.Lock()
        self._found: deque[float] = deque(maxlen=_FOUND_KEPT)
        MessageSink.__init__(self, drops)

    def _receive(self, topic: str, message: dict) -> None:
        if topic == "decoded":
            self._add_decoded(schema.read(topic, message))
        else:
            self._add_emission(schema.read(topic, message))

    def _add_decoded(self, message: Decoded) -> None:
        with self._lock:
            record = self.records.add_decoded(message)
        if record is not None and self._call_decoded is not None:
            self._call_decoded(record, message)

    def _add_emission(self, emission: Emission) -> None:
        with self._lock:
            self._now = emission.sample_now
            record = self.records.add(emission)
            if emission.state == "new":
                late = (emission.sample_now - emission.sample_start) / self._sample_rate
                self._found.append(late)
                if self._stamps:
                    record.arrived_unix_s = time.time() - late
        if self._on_emission is not None:
            self._on_emission(record)

    def _end(self, record: EmissionRecord) -> None:
        if self._most is not None and len(self._waiting) >= self._most:
            self.left_out += 1
        else:
            self._waiting.append((self._now, record))

    def n_final(self) -> int:
        """Emissions that wait for `take_final`."""
        return len(self._waiting)

    def take_final(self, has_ended: bool, now: int | None) -> list[EmissionRecord]:
        """What ended `SETTLED_S` before sample ``now``, or before the newest message, and is
        decoded.

        Args:
            has_ended: no message will come any more, so that everything is final.
        """
        with self._lock:
            before = max(self._now, now or 0) - SETTLED_S * self._sample_rate
            final = []
            while self._waiting and (has_ended or self._is_final(*self._waiting[0], before)):
                final.append(self._waiting.popleft()[1])
            if has_ended:
                final += [record for _, record in sorted(self.records.live.items())]
        return final

    def _is_final(self, end: int, record: EmissionRecord, before: float) -> bool:
        is_busy = self._is_busy is not None and self._is_busy(record.latest.id, end)
        return end < before and not is_busy

    def found_seconds(self) -> dict:
        """How long after its first sample an emission was found, of the newest ones."""
        if not self._found:
            return {"count": 0}
        quantiles = np.quantile(self._found, (0.5, 0.95, 0.99)).tolist()
        return {
            "count": len(self._found),
            "mean": float(np.mean(self._found)),
            **dict(zip(("p50", "p95", "p99"), quantiles, strict=True)),
            "max": max(self._found),
        }
