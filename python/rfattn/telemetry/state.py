# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the messages of a flowgraph add up to; the terminal, the page, metrics and Qt show it."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque

from ..emissions.proofs import pair_of
from ..emissions.record import EmissionRecords
from ..messages import schema
from ..messages.decoded import Decoded
from ..messages.detection import Detection
from ..messages.edge import Edge
from ..messages.emission import Emission
from ..messages.event import Event
from ..messages.model import Info, Model, ModelDescription
from ..messages.stats import Stats
from ..messages.values import check_values
from .label_run import LabelRun, LabelRuns

_RECENT_RUNS = 100
_MAX_STREAMS = 64
_MAX_TOPICS = 64
_MAX_LABELS = 10_000
"""Pairs of a label and a stream, a nearest signal or the class of frames that are counted."""
_MAX_EDGES = 1000
_MAX_BURSTS, _MAX_LIVE, _MAX_ENDED, _MAX_DECODED = 64, 256, 300, 64
_MAX_EVENTS = 100


class State:
    """The state of one publisher, from its messages. One thread may add while others read.

    A message whose ``seq`` is not larger than the one before comes from a publisher that started
    again: everything from before is then forgotten. Of messages without ``seq``, those of `miss`.
    A message that breaks a rule of `schema` or of `values` is refused, and changes nothing.
    Of the streams, the 64 that had a detection last are kept; of the emissions, 256 live ones, the
    last 300 that ended, and the last 64 bursts and lines of content of each.

    Args:
        clock: current time in s.

    Attributes:
        lock: hold it to read several attributes of one moment.
        restarts: how often the publisher started again.
        missed: by topic, messages that did not arrive.
        refused: how many messages were refused, of all publishers.
        problem: why the latest refused message was refused; None before the first.
        stats, stats_time: the latest statistics, or None, and when they were made, s since 1970.
        model: what runs, or None.
        detections: the latest detection by stream, the stream heard last at the end.
        label_counts: detections by label and stream.
        emissions: `EmissionRecords`.
        edges: the latest message of each edge by its number.
        events: the latest ones, the newest first; event_counts: of each kind.
        receivers: by name, the latest event that says whether it works.
        failures: a line for each block beside the path that failed.
        recent: (s since 1970 when it ended, `LabelRun`) of the runs that ended, the newest first.
    """

    def __init__(self, clock=time.time):
        self.lock = threading.RLock()
        self.restarts = 0
        self.refused = 0
        self.problem: str | None = None
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self.missed: dict[str, int] = {}
        self.stats: Stats | None = None
        self.stats_time: float | None = None
        self.model: ModelDescription | None = None
        self.detections: OrderedDict[int, Detection] = OrderedDict()
        self.label_counts: Counter[tuple[str, int]] = Counter()
        self.emissions = EmissionRecords(_MAX_BURSTS, _MAX_LIVE, _MAX_ENDED, _MAX_DECODED)
        self.edges: dict[int, Edge] = {}
        self.events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self.event_counts: Counter[str] = Counter()
        self.receivers: dict[str, Event] = {}
        self.failures: list[str] = []
        self.recent: deque[tuple[float, LabelRun]] = deque(maxlen=_RECENT_RUNS)
        self._runs = LabelRuns()
        self._sequence: dict[str, int] = {}
        self._steps_per_second: float | None = None
        self._step_samples: int | None = None
        self._last_message: float | None = None

    def add(self, topic: str, message: dict):
        """Adds a message; returns it as the class of its topic, or None for an unknown topic.

        Raises:
            ValueError: naming the topic, the field and its rule; the state is then unchanged.
        """
        check_values(message, topic)
        known = schema.read(topic, message) if topic in schema.MESSAGES else None
        with self.lock:
            self._check_room(topic, known)
            self._follow(topic, message.get("seq"))
            self._last_message = self._clock()
            when = message.get("time_unix_s", self._last_message)
            if isinstance(known, Stats):
                self._add_stats(known, when)
            elif isinstance(known, Detection):
                self._add_detection(known, when)
            elif isinstance(known, Emission):
                self.emissions.add(known)
            elif isinstance(known, Decoded):
                self.emissions.add_decoded(known)
            elif isinstance(known, Edge):
                self.edges[known.edge] = known
            elif isinstance(known, Event):
                self.events.appendleft(known)
                self.event_counts[known.event] += 1
                if known.works is not None:
                    self.receivers[known.receiver] = known
            elif isinstance(known, Model):
                self.model = known.after
            elif isinstance(known, Info):
                self.failures = known.failures or []
                if known.model is not None:
                    self.model = known.model.after
        return known

    def refuse(self, problem: str) -> None:
        """Counts a message that was not added; ``problem`` says why."""
        with self.lock:
            self.refused += 1
            self.problem = problem

    def miss(self, topic: str) -> None:
        """Counts a message that did not arrive; for one without ``seq``."""
        with self.lock:
            self.missed[topic] = self.missed.get(topic, 0) + 1

    def broken_receivers(self) -> list[str]:
        """A line for each receiver that does not work."""
        return [f"{name}: {one.text}" for name, one in self.receivers.items() if not one.works]

    def rates(self) -> dict[str, float | None]:
        """Steps, tokens and samples a second over the latest interval; None where unknown."""
        steps = self._steps_per_second
        block_size = self.model.block_size if self.model else None
        sizes = {"steps": 1, "tokens": block_size, "samples": self._step_samples}
        return {
            name: None if steps is None or size is None else steps * size
            for name, size in sizes.items()
        }

    def silent_s(self) -> float | None:
        """Returns the seconds since the last message; None before the first."""
        return None if self._last_message is None else self._clock() - self._last_message

    def _follow(self, topic: str, sequence: int | None) -> None:
        if sequence is None:
            return
        before = self._sequence.get(topic)
        if before is not None and sequence <= before:
            self.restarts += 1
            self._begin()
        elif before is not None:
            self.missed[topic] += sequence - before - 1
        self.missed.setdefault(topic, 0)
        self._sequence[topic] = sequence

    def _check_room(self, topic: str, known) -> None:
        """Refuses new names when there are so many that only a faulty publisher has them."""
        if isinstance(known, Detection):
            rooms = [(_MAX_LABELS, self.label_counts, (known.label, known.stream))]
        elif isinstance(known, Emission):
            name = known.label or "", known.nearest[0].name if known.nearest else ""
            pair = pair_of(known.sync, known.label_without_frames)
            rooms = [(_MAX_LABELS, self.emissions.counts, name)]
            rooms += [(_MAX_LABELS, self.emissions.proofs.pairs, pair)] if pair else []
        elif isinstance(known, Edge):
            rooms = [(_MAX_EDGES, self.edges, known.edge)]
        elif isinstance(known, Event) and known.works is not None:
            rooms = [(_MAX_EDGES, self.receivers, known.receiver)]
        elif topic not in schema.MESSAGES:
            rooms = [(_MAX_TOPICS, self._sequence, topic)]
        else:
            return
        for most, counts, name in rooms:
            if name not in counts and len(counts) >= most:
                raise ValueError(f"{topic!r:.60}: more than {most} names")

    def _add_stats(self, stats: Stats, when: float) -> None:
        before_steps, before_s = 0, 0.0
        if self.stats is not None and stats.steps >= self.stats.steps:  # else: another flowgraph
            before_steps, before_s = self.stats.steps, self.stats.uptime_seconds
        if stats.uptime_seconds > before_s:
            span = stats.uptime_seconds - before_s
            self._steps_per_second = (stats.steps - before_steps) / span
        self.stats, self.stats_time = stats, when

    def _add_detection(self, detection: Detection, when: float) -> None:
        stream = detection.stream
        last = self.detections.get(stream)
        if last is not None and last.segment == detection.segment:
            apart = detection.sample_start - last.sample_start
            self._step_samples = apart if apart > 0 else None  # None: another recording
        self.detections[stream] = detection
        self.detections.move_to_end(stream)
        self.label_counts[detection.label, stream] += 1
        ended = self._runs.add(detection)
        if ended is not None:
            self.recent.appendleft((when, ended))
        if len(self.detections) > _MAX_STREAMS:
            self._forget_idlest(when)

    def _forget_idlest(self, when: float) -> None:
        stream, _ = self.detections.popitem(last=False)
        self.recent.extendleft((when, run) for run in self._runs.end(stream))
        for label in [label for label, number in self.label_counts if number == stream]:
            del self.label_counts[label, stream]
