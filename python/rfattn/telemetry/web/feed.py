# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the messages of a flowgraph to what a page draws: some hundred a second become four."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

TICK_S = 0.25
"""Between two updates of a page."""

_KEPT = {"rows": 240, "labels": 1200, "stats": 300}
"""At most 60 s of spectra, and 300 s of the rest. What a page that opens gets to see."""

_STAGES = ("latency", "wait", "inference")
_TOTALS = ("steps", "deadline_misses", "dropped_tokens", "queued_steps", "rss_bytes")
_QUANTILES = ("p50", "p95", "p99", "max")


class Feed:
    """Gathers messages and gives them out as updates.

    An update is a dictionary of what came since the last one, times in s since 1970 by the clock of
    the flowgraph's machine:

    - ``rows``: time, peak_db, mean_db, and low and high, the edges of the band in Hz (None: the
      rate is unknown; without frequency, around 0)
    - ``labels``: per channel and tick time, channel, frequency (None: unknown), the label of most
      steps, their number and mean confidence
    - ``stats``: time, totals and quantiles of each interval, and counts, the buckets of the latency
      up to then (None: not told)
    - ``now``: the newest of ``labels``, with the mean probabilities by class
    - ``latest``, ``model``: the latest statistics message; what the model says about itself
    - ``problem``: why what came was ignored, or None
    - ``silent_s``: since the last message, None before the first; ``missed``: messages that did not
      arrive. Always there.

    Args:
        clock: monotonic time in s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._kept = {name: deque(maxlen=length) for name, length in _KEPT.items()}
        self._new: dict[str, list] = {name: [] for name in _KEPT}
        self._state: dict = {}  # now, latest, model, problem
        self._changed: set[str] = set()
        self._steps: dict[int | None, list[dict]] = {}  # by channel, of this tick
        self._sequence: dict[str, int] = {}
        self._missed = 0
        self._last_message = None

    def add(self, kind: str, message: dict) -> None:
        """A message of `zmq_stats_sink`; of what a page does not draw only its coming counts.

        Raises:
            KeyError, TypeError, ValueError: when it is not what its kind calls for.
        """
        if kind == "spectra":
            self._keep("rows", _row(message))
        elif kind == "detections":
            step = _step(message)
            self._steps.setdefault(message.get("channel"), []).append(step)
        elif kind == "stats":
            if not self._is_of_a_whole_run(message):
                self._keep("stats", _figures(message))
            self._set("latest", message)
        elif kind == "model":
            self._set("model", message.get("after") or {})
        elif kind == "info" and message.get("model"):
            self._set("model", message["model"].get("after") or {})
        self._count_missed(kind, message["seq"])
        self._last_message = self._clock()
        self._set("problem", None)

    def complain(self, problem: str) -> None:
        """Something came that is no message; said until one comes."""
        self._set("problem", problem)

    def update(self) -> dict | None:
        """What came since the last call; None when that is nothing."""
        self._end_tick()
        new = {name: entries for name, entries in self._new.items() if entries}
        new |= {name: self._state[name] for name in self._changed}
        self._new = {name: [] for name in _KEPT}
        self._changed = set()
        return {**new, **self._about()} if new else None

    def snapshot(self) -> dict:
        """Everything that is kept."""
        return {
            **{name: list(entries) for name, entries in self._kept.items()},
            **self._state,
            **self._about(),
        }

    def _about(self) -> dict:
        silent = None if self._last_message is None else self._clock() - self._last_message
        return {"silent_s": silent, "missed": self._missed}

    def _is_of_a_whole_run(self, stats: dict) -> bool:
        """What `label` and `live` say at last; its quantiles are not those of an interval."""
        before = self._state.get("latest", {"steps": 0})["steps"]
        return 0 < before <= stats["steps"] == stats["interval_steps"]

    def _count_missed(self, kind: str, sequence: int) -> None:
        expected = self._sequence.get(kind, sequence)
        self._missed += max(0, sequence - expected)  # fewer: another flowgraph has begun
        self._sequence[kind] = sequence + 1

    def _keep(self, name: str, entry: dict) -> None:
        self._kept[name].append(entry)
        self._new[name].append(entry)

    def _set(self, name: str, value) -> None:
        if self._state.get(name) != value:
            self._state[name] = value
            self._changed.add(name)

    def _end_tick(self) -> None:
        steps, self._steps = self._steps, {}
        now = []
        for channel, of_channel in sorted(steps.items(), key=lambda item: item[0] or 0):
            entry = _most_frequent(channel, of_channel)
            self._keep("labels", entry)
            now.append({**entry, "probabilities": _mean_probabilities(of_channel)})
        if now:
            self._set("now", now)


def _row(message: dict) -> dict:
    low = high = None
    rate, middle = message.get("sample_rate"), message.get("frequency") or 0.0
    if rate:
        low = middle if message.get("sides") == "one" else middle - rate / 2
        high = middle + rate / 2
    return {
        "time": message["time_unix_s"],
        "peak_db": message["peak_db"],
        "mean_db": message["mean_db"],
        "low": low,
        "high": high,
    }


def _figures(message: dict) -> dict:
    stages = {stage: {q: message[f"{stage}_seconds"][q] for q in _QUANTILES} for stage in _STAGES}
    counts = message.get("latency_histogram", {}).get("counts")
    totals = {k: message[k] for k in _TOTALS}
    return {"time": message["time_unix_s"], **totals, **stages, "counts": counts}


def _step(message: dict) -> dict:
    probabilities = {str(name): float(p) for name, p in message["probabilities"].items()}
    return {
        "time": float(message["time_unix_s"]),
        "label": str(message["label"]),
        "confidence": float(message["confidence"]),
        "probabilities": probabilities,
        "frequency": message.get("frequency"),
    }


def _most_frequent(channel: int | None, steps: list[dict]) -> dict:
    ((label, count),) = Counter(step["label"] for step in steps).most_common(1)
    confidences = [step["confidence"] for step in steps if step["label"] == label]
    return {
        "time": steps[-1]["time"],
        "channel": channel,
        "frequency": steps[-1]["frequency"],
        "label": label,
        "steps": count,
        "confidence": sum(confidences) / count,
    }


def _mean_probabilities(steps: list[dict]) -> dict[str, float]:
    names = sorted(steps[-1]["probabilities"])
    return {
        name: sum(step["probabilities"].get(name, 0.0) for step in steps) / len(steps)
        for name in names
    }
