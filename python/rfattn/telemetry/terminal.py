# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that watch gathers from messages, and how it looks on a terminal."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from ..reporting import hertz, milliseconds, octets

STAGES = ("latency", "wait", "inference")
_QUANTILES = ("p50", "p95", "p99", "max")
_SIDE_BY_SIDE = 76
"""Columns of a terminal from which two panels fit beside each other."""
_HISTORY = 100
_STALE_S = 5.0


@dataclass
class Spell:
    """Equal labels of one channel, one step after the other."""

    first: dict
    steps: int = 0
    confidence: float = 0.0  # sum over the steps

    def add(self, detection: dict) -> None:
        self.steps += 1
        self.confidence += detection["confidence"]

    def takes(self, detection: dict) -> bool:
        same = ("label", "segment", "frequency")
        return all(self.first.get(name) == detection.get(name) for name in same)


class State:
    """What the messages said so far. ``add`` may be called while another thread draws.

    Attributes:
        stats: the latest statistics, or None.
        detections: the latest detection by channel (None: the only one).
        history: ended spells, the newest first.
        missed: messages that did not arrive, by their sequence numbers.
    """

    def __init__(self, clock=time.time):
        self._clock = clock
        self._sequence: dict[str, int] = {}
        self._begin()

    def _begin(self) -> None:
        self.stats: dict | None = None
        self.model: dict = {}
        self.detections: dict[int | None, dict] = {}
        self.history: deque[Spell] = deque(maxlen=_HISTORY)
        self.missed = 0
        self._spells: dict[int | None, Spell] = {}
        self._steps_per_second: float | None = None
        self._step_samples: int | None = None
        self._heard: float | None = None

    def add(self, kind: str, message: dict) -> None:
        """A message; one of another publisher begins anew."""
        before = self._sequence.get(kind)
        self._sequence[kind] = message["seq"]
        if before is not None and message["seq"] <= before:
            self._begin()
        elif before is not None:
            self.missed += message["seq"] - before - 1
        self._heard = self._clock()
        if kind == "stats":
            self._add_stats(message)
        elif kind == "detections":
            self._add_detection(message)
        elif kind == "model":
            self.model = message.get("after", {})
        elif kind == "info":
            self.model = (message.get("model") or {}).get("after", self.model)

    def _add_stats(self, stats: dict) -> None:
        before = self.stats
        if before is None or stats["steps"] < before["steps"]:  # another flowgraph
            before = {"steps": 0, "uptime_seconds": 0.0}
        span = stats["uptime_seconds"] - before["uptime_seconds"]
        if span > 0:
            self._steps_per_second = (stats["steps"] - before["steps"]) / span
        self.stats = stats

    def _add_detection(self, detection: dict) -> None:
        channel = detection.get("channel")
        last = self.detections.get(channel)
        if last is not None and last.get("segment") == detection.get("segment"):
            apart = detection["sample_start"] - last["sample_start"]
            self._step_samples = apart if apart > 0 else None  # None: another recording
        self.detections[channel] = detection
        spell = self._spells.get(channel)
        if spell is None or not spell.takes(detection):
            if spell is not None:
                self.history.appendleft(spell)
            spell = self._spells[channel] = Spell(detection)
        spell.add(detection)

    def rates(self) -> dict[str, float | None]:
        """Steps, tokens and samples a second over the latest interval; None where unknown."""
        steps = self._steps_per_second
        sizes = {"steps": 1, "tokens": self.model.get("block_size"), "samples": self._step_samples}
        return {
            name: None if steps is None or size is None else steps * size
            for name, size in sizes.items()
        }

    def silent_s(self) -> float | None:
        """Since the last message, s; None before the first."""
        return None if self._heard is None else self._clock() - self._heard


def screen(state: State, address: str, width: int):
    """All of it, for a terminal of ``width`` columns."""
    from rich.console import Group
    from rich.table import Table

    panels = [labels(state), flow(state), latency(state), memory(state)]
    if width < _SIDE_BY_SIDE:
        return Group(head(state, address), *panels, history(state))
    rows = []
    for pair in (panels[:2], panels[2:]):
        rows.append(Table.grid(expand=True))
        rows[-1].add_row(*pair)
    return Group(head(state, address), *rows, history(state))


def head(state: State, address: str):
    from rich.text import Text

    model = state.model
    words = [f"gr-rfattn {address}", time.strftime("%H:%M:%S")]
    if model:
        words.append(
            f"{model['attention']} with {model['norm']}, {model['dtype']} on {model['device']}"
        )
    text = Text("  ".join(words), style="bold", overflow="ellipsis", no_wrap=True)
    silent = state.silent_s()
    if silent is None:
        text.append("  waiting for messages; Ctrl-C ends", style="yellow")
    elif silent > _STALE_S:
        text.append(f"  nothing for {silent:.0f} s", style="yellow")
    return text


def panel(title: str, rows, columns=()):
    """Rows of text in a box; numbers to the right under ``columns``."""
    from rich.panel import Panel
    from rich.table import Table

    table = Table(box=None, show_header=bool(columns), padding=(0, 1))
    table.add_column("", no_wrap=True)
    for name in columns or ("",):
        table.add_column(name, justify="right" if columns else "left", no_wrap=bool(columns))
    for row in rows:
        table.add_row(*row)
    return Panel(table, title=title, title_align="left")


def labels(state: State):
    """The newest label of each channel; of a single one, the three likeliest."""
    rows = []
    for channel, detection in sorted(state.detections.items(), key=lambda item: item[0] or 0):
        shown = {detection["label"]: detection["confidence"]}
        if channel is None:
            by_probability = sorted(
                detection.get("probabilities", shown).items(), key=lambda item: -item[1]
            )
            shown = dict(by_probability[:3])
        where = "" if channel is None else f"{channel}: "
        for label, value in shown.items():
            rows.append((where + label, f"{value:.2f} {'█' * round(10 * value)}"))
        rows.append(
            ("at", f"sample {detection['sample_start']}, {hertz(detection.get('frequency'))}")
        )
    return panel("label", rows or [("none yet", "")])


def flow(state: State):
    stats = state.stats or {}
    rates = {name: f"{amount(value)} a second" for name, value in state.rates().items()}
    misses, steps = stats.get("deadline_misses"), stats.get("steps")
    late = "-"
    if misses is not None:
        share, budget = misses / max(steps, 1), milliseconds(stats["budget_seconds"])
        late = f"{misses} ({share:.1%}) over {budget}"
    gaps = f"{number(stats, 'retunes')} retunes, {number(stats, 'overflows')} overflows"
    queued, dropped = number(stats, "queued_steps"), number(stats, "dropped_tokens")
    rows = [
        ("steps", f"{number(stats, 'steps')}, {rates['steps']}, {queued} queued"),
        ("tokens", f"{rates['tokens']}, {dropped} dropped"),
        ("samples", rates["samples"]),
        ("late", late),
        ("gaps", gaps),
    ]
    if state.missed:
        rows.append(("missed", f"{state.missed} messages"))
    return panel("flow", rows)


def latency(state: State):
    stats = state.stats or {}
    rows = []
    for stage in STAGES:
        figures = stats.get(f"{stage}_seconds", {})
        cells = (f"{figures[q] * 1e3:.2f}" if q in figures else "-" for q in _QUANTILES)
        rows.append((stage, *cells))
    return panel("latency, ms", rows, _QUANTILES)


def memory(state: State):
    stats = state.stats or {}
    rows = [
        ("KV cache", octets(stats.get("kv_bytes"))),
        ("resident", octets(stats.get("rss_bytes"))),
        ("peak", octets(stats.get("peak_rss_bytes"))),
    ]
    if "device_bytes" in stats:
        rows.append(("device", octets(stats["device_bytes"])))
        rows.append(("temporary", octets(stats.get("peak_temporary_bytes"))))
    return panel("memory", rows)


def history(state: State):
    rows = []
    for spell in list(state.history):
        when = time.strftime("%H:%M:%S", time.localtime(spell.first["time_unix_s"]))
        channel = spell.first.get("channel")
        label = spell.first["label"] if channel is None else f"{channel}: {spell.first['label']}"
        rows.append(
            (
                when,
                label,
                f"{spell.confidence / spell.steps:.2f}",
                str(spell.steps),
                hertz(spell.first.get("frequency")),
            )
        )
    return panel("before", rows, ("label", "confidence", "steps", "frequency"))


def number(stats: dict, name: str) -> str:
    return str(stats.get(name, "-"))


def amount(value: float | None) -> str:
    """1.92M; a dash when unknown."""
    if value is None:
        return "-"
    for limit, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{prefix}"
    return f"{value:.3g}"
