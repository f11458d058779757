# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Condenses some hundred messages a second to four updates a second of a page."""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from gnuradio.rfattn.messages.detection import Detection
from gnuradio.rfattn.messages.edge import Edge
from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.messages.entries import to_dict
from gnuradio.rfattn.messages.event import Event
from gnuradio.rfattn.messages.model import Info, Model
from gnuradio.rfattn.messages.spectra import Spectra
from gnuradio.rfattn.messages.stats import Stats
from gnuradio.rfattn.telemetry.state import State

from .emission_feed import EmissionFeed
from .history import History

TICK_S = 0.25
"""Between two updates of a page."""

_KEPT = {"rows": 300, "labels": 1200, "stats": 300}
"""Entries that a page gets when it opens: as many rows as its waterfall has pixels, 300 s of the
rest."""

_MOST_ENDS = 1000
"""Of publishers, by the run of the detector that came next."""

_STEP_DB = 0.5
"""Of the values of a row, which are one byte each; larger where they span more than 127 dB."""

_NOW_S = 2.0
"""How long a stream without detections is still shown."""

_STAGES = ("latency", "wait", "inference")
_TOTALS = ("steps", "deadline_misses", "dropped_tokens", "queued_steps", "rss_bytes")
_QUANTILES = ("p50", "p95", "p99", "max")


class Feed:
    """Gathers messages in a `State` and condenses them to updates.

    An update is a dictionary of what came since the last one, times in s since 1970 by the clock of
    the flowgraph's machine:

    - ``rows``: time; sample, the first one; low and high, the edges of the band in Hz (see
      `Spectra.edges`); is_absolute, whether these count from 0 Hz; peak and mean, see
      `packed`
    - ``emissions``: those that changed, see `EmissionFeed`
    - ``labels``: per stream and update time, stream, frequency (None: unknown), number of steps,
      and label and confidence: the most probable class in the mean over these steps
    - ``stats``: time, totals and quantiles of each interval, and counts, the buckets of the latency
      up to then (None: absent)
    - ``now``: the newest of ``labels`` of each stream heard in the last 2 s, with the mean
      probabilities by class over the same steps
    - ``latest``, ``model``: the latest statistics message; the model that runs
    - ``edges``: of each edge the latest message, by number
    - ``ended``: how many emissions have ended, see `History.counts`
    - ``proofs``: of each class name, checked, confirmed, unnamed and refuted, see `Proof`
    - ``failures``: a line for each block beside the path that failed
    - ``receivers``: a line for each receiver that does not work
    - ``problem``: why a message was ignored, or None
    - ``whole``: the update replaces everything before, since the publisher started again
    - ``silent_s``: since the last message, None before the first; ``missed``: messages that did not
      arrive; ``refused``: messages that are not as the schema says. Always there, as ``whole`` is.

    Args:
        clock: monotonic time in s.

    Attributes:
        state: the `State` of all messages.
        history: the `History` of the emissions that ended, of all publishers.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.state = State(clock)
        self.history = History()
        self._ends: deque[tuple[int, float]] = deque(maxlen=_MOST_ENDS)
        self._begin(EmissionFeed(self.state, self.history))

    def _begin(self, emissions: EmissionFeed) -> None:
        self._restarts = self.state.restarts
        self._kept = {name: deque(maxlen=length) for name, length in _KEPT.items()}
        self._new: dict[str, list] = {name: [] for name in _KEPT}
        self._values: dict = {}  # now, latest, model, edges, proofs, failures, receivers, problem
        self._changed: set[str] = set()
        self._steps: dict[int, list[tuple[float, Detection]]] = {}  # by stream, of this update
        self._now: dict[int, dict] = {}  # by stream
        self._emissions = emissions
        self._is_whole = False

    def add(self, topic: str, message: dict) -> None:
        """Adds a message of `zmq_stats_sink`.

        Raises:
            ValueError: naming the field and its rule, when it is not a message of its topic.
        """
        before = self.state.stats
        content = self.state.add(topic, message)
        if self.state.restarts != self._restarts:
            self._emissions.end()
            self._ends.append((self._emissions.next_run, message["time_unix_s"]))
            self._begin(EmissionFeed(self.state, self.history, self._emissions.next_run))
            self._is_whole, before = True, None
        when = message["time_unix_s"]
        if isinstance(content, Spectra):
            self._keep("rows", _row(content, when))
        elif isinstance(content, Detection):
            self._steps.setdefault(content.stream, []).append((when, content))
        elif isinstance(content, Emission):
            self._emissions.add(content, when)
        elif isinstance(content, Stats):
            if not _is_of_a_whole_run(content, before):
                self._keep("stats", _figures(content, when))
            self._set("latest", message)
        elif isinstance(content, Edge):
            self._set("edges", [to_dict(edge) for _, edge in sorted(self.state.edges.items())])
        elif isinstance(content, Event):
            self._set("receivers", self.state.broken_receivers())
        elif isinstance(content, Model | Info):
            self._set("failures", list(self.state.failures))
            if self.state.model is not None:
                self._set("model", to_dict(self.state.model))
        self._set("problem", None)

    def emission(self, key: str) -> dict | None:
        """See `EmissionFeed.find`; with ``until``, when the next publisher began, s since 1970, or
        None."""
        entry = self._emissions.find(key)
        run = int(key.partition(".")[0])
        until = next((when for next_run, when in self._ends if run < next_run), None)
        return None if entry is None else {**entry, "until": until}

    def contents(self, key: str) -> dict | None:
        """See `EmissionFeed.contents`."""
        return self._emissions.contents(key)

    def correct(self, key: str, label: str) -> None:
        """See `EmissionFeed.correct`."""
        self._emissions.correct(key, label)

    def complain(self, problem: str) -> None:
        """Counts a refused message, and shows ``problem`` until the next valid one."""
        self.state.refuse(problem)
        self._set("problem", problem)

    def update(self) -> dict | None:
        """Returns what came since the last call; None when nothing came."""
        self._end_tick()
        if self._is_whole:
            self._is_whole = False
            self._forget_new()
            return self.snapshot()
        new = {name: entries for name, entries in self._new.items() if entries}
        emissions = self._emissions.changed()
        if self.history.is_new:
            self.history.is_new = False
            self._set("ended", self.history.counts())
        new |= {name: self._values[name] for name in self._changed}
        new |= {"emissions": emissions} if emissions else {}
        self._forget_new()
        return {**new, **self._about(), "whole": False} if new else None

    def snapshot(self) -> dict:
        """Returns everything that is kept."""
        kept = {name: list(entries) for name, entries in self._kept.items()}
        kept["emissions"] = self._emissions.all()
        values = {**self._values, "ended": self.history.counts()}
        return {**kept, **values, **self._about(), "whole": True}

    def _forget_new(self) -> None:
        self._new = {name: [] for name in _KEPT}
        self._changed = set()

    def _about(self) -> dict:
        state = self.state
        missed = sum(state.missed.values())
        return {"silent_s": state.silent_s(), "missed": missed, "refused": state.refused}

    def _keep(self, name: str, entry: dict) -> None:
        self._kept[name].append(entry)
        self._new[name].append(entry)

    def _set(self, name: str, value) -> None:
        if self._values.get(name) != value:
            self._values[name] = value
            self._changed.add(name)

    def _end_tick(self) -> None:
        proofs = self.state.emissions.proofs.to_dict()
        if proofs or "proofs" in self._values:
            self._set("proofs", [{"name": name, **counts} for name, counts in proofs.items()])
        steps, self._steps = self._steps, {}
        for stream, of_stream in sorted(steps.items()):
            probabilities = _mean_probabilities(of_stream)
            entry = _most_probable(stream, of_stream, probabilities)
            self._keep("labels", entry)
            self._now[stream] = {**entry, "probabilities": probabilities}
        if steps:
            newest = max(entry["time"] for entry in self._now.values())
            self._now = {
                number: entry
                for number, entry in self._now.items()
                if newest - entry["time"] <= _NOW_S and number in self.state.detections
            }
            self._set("now", [entry for _, entry in sorted(self._now.items())])


def _is_of_a_whole_run(stats: Stats, before: Stats | None) -> bool:
    """Whether these are the last statistics of `label` and `live`, which cover no interval."""
    return before is not None and 0 < before.steps <= stats.steps == stats.interval_steps


def _row(spectra: Spectra, when: float) -> dict:
    low, high = spectra.edges()
    return {
        "time": when,
        "sample": spectra.sample_start,
        "low": low,
        "high": high,
        "is_absolute": spectra.frequency is not None,
        "peak": packed(spectra.peak_db),
        "mean": packed(spectra.mean_db),
    }


def packed(values: list[float | None]) -> dict:
    """Packs values in dB: ``low_db + step_db * byte`` for each byte of ``bytes`` (base64).

    This takes a fifth of the same numbers in JSON. A value that is absent becomes the lowest one.
    """
    numbers = np.array(values, dtype=np.float64)
    known = numbers[np.isfinite(numbers)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
    step = max(_STEP_DB, (high - low) / 255)
    steps = np.rint((np.nan_to_num(numbers, nan=low) - low) / step).astype(np.uint8)
    text = base64.b64encode(steps.tobytes()).decode()
    return {"low_db": round(float(low), 1), "step_db": round(float(step), 4), "bytes": text}


def _figures(stats: Stats, when: float) -> dict:
    values = asdict(stats)
    stages = {s: {q: values[f"{s}_seconds"][q] for q in _QUANTILES} for s in _STAGES}
    counts = stats.latency_histogram and stats.latency_histogram.counts
    return {"time": when, **{k: values[k] for k in _TOTALS}, **stages, "counts": counts}


def _most_probable(stream: int, steps: list[tuple[float, Detection]], probabilities) -> dict:
    """The label that the mean probabilities give, so that both show the same share."""
    when, last = steps[-1]
    label, confidence = last.label, last.confidence
    if probabilities:
        label, confidence = max(probabilities.items(), key=lambda item: item[1])
    return {
        "time": when,
        "stream": stream,
        "frequency": last.frequency,
        "label": label,
        "steps": len(steps),
        "confidence": confidence,
    }


def _mean_probabilities(steps: list[tuple[float, Detection]]) -> dict[str, float]:
    rows = [step.probabilities for _, step in steps]
    return {name: sum(row.get(name, 0.0) for row in rows) / len(rows) for name in sorted(rows[-1])}
