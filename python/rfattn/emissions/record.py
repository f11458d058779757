# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the messages of an emission add up to: its bursts, its measurements and its label."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from ..messages.decoded import Decoded
from ..messages.emission import WEAK, Emission, names_in
from ..messages.entries import to_dict
from .edge_ids import receiver_of
from .proofs import Proofs

_IN_JSON = names_in("json")

SETTLED_S = 2.0
"""What ended so long ago has its last label: the model is never that far behind a source that it
holds up."""
MOST_DECODED = 200
"""Texts kept of what was decoded of an emission, the newest."""
_MAX_RECEIVERS = 4096
_MOST_EARLY = 1000
_LEAST_UTC_S = 1e8
"""An rx_time before 1973 counts from the start of the receiver."""


@dataclass
class EmissionRecord:
    """One emission.

    Attributes:
        latest: its newest message; all of it but the bursts is cumulative.
        run: number of the run of the detector that found it; an id is unique within a run.
        bursts: (first sample, number of samples) of the bursts that ended, the oldest first.
        is_live: whether it has not ended.
        arrived_unix_s: time of its first sample, s since 1970, by the clock of this computer; None
            where that has no meaning.
        is_published: whether it has been published as one that is on the air.
        has_command: whether a command has been run for it.
        decoded: what was read from its signal, the newest; decoded_count: how much
            there was.
    """

    latest: Emission
    run: int = 0
    bursts: deque[tuple[int, int]] = field(default_factory=deque)
    is_live: bool = True
    arrived_unix_s: float | None = None
    decoded: deque[Decoded] = field(default_factory=lambda: deque(maxlen=MOST_DECODED))
    is_published: bool = False
    has_command: bool = False
    decoded_count: int = 0

    @property
    def time_unix_s(self) -> float | None:
        """Time of its first sample, s since 1970: that of the recording or the receiver, else that
        of its arrival."""
        stated = self.latest.rx_time
        is_utc = stated is not None and stated[0] >= _LEAST_UTC_S
        return sum(stated) if is_utc else self.arrived_unix_s

    @property
    def newest_content(self) -> str | None:
        """The newest line that was read from its signal, behind its source; None: none was."""
        return f"{self.decoded[-1].source}: {self.decoded[-1].text}" if self.decoded else None

    def add(self, emission: Emission) -> None:
        """Takes the next message of this emission."""
        self.latest = emission
        self.bursts.extend(emission.burst_pairs())
        self.is_live &= emission.is_live

    def add_decoded(self, decoded: Decoded) -> None:
        """Takes what was read from its signal."""
        self.decoded.append(decoded)
        self.decoded_count += 1

    def all_bursts(self) -> list[tuple[int, int]]:
        """The bursts, with the one on the air up to its last sample so far."""
        bursts, start = list(self.bursts), self.latest.burst_start
        end = self.latest.sample_start + self.latest.sample_count
        if start is not None and end > start:
            bursts.append((start, end - start))
        return bursts

    def to_dict(self) -> dict:
        """The record in plain values, as JSON gives it; None for unknown ones."""
        latest = self.latest
        decoded = [to_dict(one) for one in self.decoded]
        return {
            **{name: getattr(latest, name) for name in _IN_JSON},
            "time_unix_s": self.time_unix_s,
            "bursts": [{"sample_start": a, "sample_count": n} for a, n in self.all_bursts()],
            "flags": list(latest.flags),
            "nearest": [asdict(entry) for entry in latest.nearest or []],
            "decoded_count": self.decoded_count,
            "decoded": [{k: value for k, value in one.items() if k != "id"} for one in decoded],
        }


class EmissionRecords:
    """The emissions of a receiver or a recording, from their messages in the order of arrival.

    An emission whose last message was lost ends nevertheless: with the first new emission of a
    later segment, or of another run of the detector, whose numbers begin at 1 again.

    Args:
        max_bursts: bursts kept of each emission, the newest; None: all.
        max_live: live emissions kept; beyond it the one heard longest ago ends. None: all.
        max_ended: emissions kept that have ended, the newest; None: all.
        max_decoded: what was decoded that is kept of each emission, the newest.
        on_end: called with the record of each emission that ends.

    Attributes:
        live: record by id, the one heard last at the end.
        ended: record by run and id of those that ended, in that order.
        counts: number of those that ended by label and name of the nearest signal, "" for none,
            without sidebands, ignored ones and parts of others.
        air_seconds: time on the air by the same names, where the rate is known.
        proofs: what the checksums of those that ended prove, without the same.
        joined: how many of those that ended were parts of others.
        sidebands: how many of the rest were sidebands of others.
        ignored: how many of those that ended were ignored, sidebands included; weak: how many of
            these since they were weak and had no name.
        lost: how many ended without a message.
    """

    def __init__(
        self,
        max_bursts: int | None = None,
        max_live: int | None = None,
        max_ended: int | None = None,
        max_decoded: int = MOST_DECODED,
        on_end: Callable[[EmissionRecord], None] | None = None,
    ):
        self.live: dict[int, EmissionRecord] = {}
        self.ended: dict[tuple[int, int], EmissionRecord] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.air_seconds: Counter[tuple[str, str]] = Counter()
        self.proofs = Proofs()
        self.joined = self.sidebands = self.ignored = self.weak = self.lost = 0
        self._max_bursts, self._max_live, self._max_ended = max_bursts, max_live, max_ended
        self._max_decoded = max_decoded
        self._on_end = on_end
        self._early: dict[int, list[Decoded]] = {}  # before the first message of the emission
        # By receiver: its run, and the sample at which its latest new emission was found.
        self._receivers: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self.live) + len(self.ended)

    def add_decoded(self, decoded: Decoded) -> EmissionRecord | None:
        """Adds what was read from the signal of an emission, which may come before the first
        message of that. Returns its record, None where there is none yet or any more."""
        run, _ = self._receivers.get(receiver_of(decoded.id), (0, 0))
        record = self.live.get(decoded.id) or self.ended.get((run, decoded.id))
        if record is not None:
            record.add_decoded(decoded)
            return record
        self._early.setdefault(decoded.id, []).append(decoded)
        if sum(map(len, self._early.values())) > _MOST_EARLY:
            del self._early[next(iter(self._early))]
        return None

    def add(self, emission: Emission) -> EmissionRecord:
        """Adds a message; returns the record of its emission.

        A message of an emission that has ended changes its record: a label may come late.
        """
        if emission.state == "new":
            self._begin(emission)
        run, _ = self._receivers.get(receiver_of(emission.id), (0, 0))
        ended = self.ended.get((run, emission.id))
        if ended is not None:
            self.proofs.add_emission(ended.latest, -1)
            ended.add(emission)
            self.proofs.add_emission(emission)
            return ended
        record = self.live.pop(emission.id, None)
        if record is None:
            record = EmissionRecord(emission, run, deque(maxlen=self._max_bursts))
            record.decoded = deque(maxlen=self._max_decoded)
            for decoded in self._early.pop(emission.id, ()):
                record.add_decoded(decoded)
        record.add(emission)
        self.live[emission.id] = record
        if not record.is_live:
            self._end(emission.id)
        elif self._max_live is not None and len(self.live) > self._max_live:
            self._lose([next(iter(self.live))])
        return record

    def count_ignored(self) -> int:
        """Emissions that are ignored: those that ended, and the live ones."""
        return self.ignored + sum(one.latest.is_ignored for one in self.live.values())

    def count_weak(self) -> int:
        """Those among them that are ignored since they are weak and have no name."""
        return self.weak + sum(WEAK in one.latest.flags for one in self.live.values())

    def all(self) -> list[EmissionRecord]:
        """All records that are kept, in the order of run and id."""
        records = [*self.ended.values(), *self.live.values()]
        return sorted(records, key=lambda record: (record.run, record.latest.id))

    def _begin(self, emission: Emission) -> None:
        """Ends those of the same receiver that are no longer live, where ``emission`` is new."""
        receiver = receiver_of(emission.id)
        run, newest = self._receivers.pop(receiver, (0, 0))
        live = [i for i in self.live if receiver_of(i) == receiver]
        is_known = emission.id in self.live or (run, emission.id) in self.ended
        if is_known or emission.sample_now < newest:
            self._lose(live)
            run += 1
        self._receivers[receiver] = run, emission.sample_now
        if len(self._receivers) > _MAX_RECEIVERS:
            del self._receivers[next(iter(self._receivers))]
        left = [i for i in live if i in self.live]
        self._lose([i for i in left if self.live[i].latest.segment < emission.segment])

    def _lose(self, ids: list[int]) -> None:
        for number in ids:
            self.live[number].is_live = False
            self.lost += 1
            self._end(number)

    def _end(self, number: int) -> None:
        record = self.live.pop(number)
        self.ended[record.run, number] = record
        self._count(record.latest)
        self.proofs.add_emission(record.latest)
        if self._on_end is not None:
            self._on_end(record)
        if self._max_ended is not None and len(self.ended) > self._max_ended:
            del self.ended[next(iter(self.ended))]

    def _count(self, latest: Emission) -> None:
        if latest.is_part:
            self.joined += 1
            return
        if latest.is_ignored:
            self.ignored += 1
            self.weak += WEAK in latest.flags
            return
        if latest.is_sideband:
            self.sidebands += 1
            return
        names = latest.label or "", latest.nearest[0].name if latest.nearest else ""
        self.counts[names] += 1
        if latest.duration_s is not None:
            self.air_seconds[names] += latest.duration_s * latest.duty
