# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what a user sees: the rows of the table of `gr-rfattn label`, each with its own label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from gnuradio.rfattn.emissions.decision import Verdict
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages.label_text import PROVED, UNKNOWN
from gnuradio.rfattn_station.learning.boxes import Box, areas, edges, shared_areas
from gnuradio.rfattn_station.learning.truth import LEAST_SHARE, LINE_HZ

from .labels_path import boxes_of
from .labels_score import Answer, figures

LINE = "carrier"
"""A row of this name is not counted as false: receivers have lines of their own."""


_NO_NAME = Verdict(UNKNOWN, None, UNKNOWN, 0.0)
"""Of a row that no model looked at: it has no name either."""


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    verdict: Verdict | None
    """None where no model looked."""
    boxes: tuple[Box, ...]
    """Its bursts, in Hz from the middle of the band."""
    basis: str | None = None
    """What the label stands on."""

    @property
    def name(self) -> str | None:
        """The class that the row names, but a line; None: none."""
        label = self.verdict.label if self.verdict else UNKNOWN
        return None if label in (UNKNOWN, LINE) else label


@dataclass(frozen=True)
class TrueSignal:
    """What is on the air."""

    name: str
    right: frozenset[str]
    """Classes that name it rightly; none: a stranger."""
    families: frozenset[str]
    boxes: tuple[Box, ...]


@dataclass
class RowCounts:
    """What the rows of some scenes add up to."""

    scenes: int = 0
    rows: int = 0
    named: int = 0
    """Rows with the name of a class other than `LINE`."""
    false: int = 0
    """Of these, rows with a class that the scene does not have."""
    false_scenes: int = 0
    """Scenes with such a row."""
    called: Counter[str] = field(default_factory=Counter)
    """The false names, with how often each was given."""
    proved: int = 0
    """Rows with a name that stands on proof."""
    proved_false: int = 0
    """Of these, rows with a class that the scene does not have."""
    confidences: list[float] = field(default_factory=list)
    """Of the rows with a name."""
    answers: list[Answer] = field(default_factory=list)
    """For each true signal that of its main row."""

    def add_scene(self, rows: Sequence[Row], true: Sequence[TrueSignal]) -> None:
        """Counts the rows of a scene, and the answer for each true signal."""
        there = {name for signal in true for name in signal.right}
        self.add(rows, there, [answer_of(rows, signal) for signal in true])

    def add(self, rows: Sequence[Row], there: Collection[str], answers: Sequence[Answer]) -> None:
        """Counts rows where these classes are on the air."""
        named = [row for row in rows if row.name is not None]
        names = [row.name for row in named]
        false = [name for name in names if name not in there]
        proved = [row.name for row in named if row.basis == PROVED]
        self.proved += len(proved)
        self.proved_false += sum(name not in there for name in proved)
        self.scenes += 1
        self.rows += len(rows)
        self.named += len(names)
        self.false += len(false)
        self.false_scenes += bool(false)
        self.called.update(false)
        self.confidences += [row.verdict.confidence for row in named]
        self.answers += answers

    def to_dict(self) -> dict:
        """The counts, and the shares of the outcomes, as JSON."""
        return {
            **figures(self.answers),
            "scenes": self.scenes,
            "rows": self.rows,
            "named": self.named,
            "confidence": float(np.mean(self.confidences)) if self.named else None,
            "false": self.false,
            "false_scenes": self.false_scenes,
            "proved": self.proved,
            "proved_false": self.proved_false,
            "called": dict(self.called.most_common()),
        }


def answer_of(rows: Sequence[Row], signal: TrueSignal) -> Answer:
    """The answer of the main row of a signal."""
    main = main_row(rows, signal)
    verdict = None if main is None else main.verdict or _NO_NAME
    return Answer(signal.name, signal.right, signal.families, verdict)


def main_row(rows: Sequence[Row], signal: TrueSignal) -> Row | None:
    """Of the rows that lie on a signal the one that covers most; None: none does."""
    main = max(rows, key=lambda row: _covered(row, signal), default=None)
    return main if main is not None and _covered(main, signal) > 0 else None


def _covered(row: Row, signal: TrueSignal) -> float:
    """Share of a signal that a row covers; 0 unless half of either lies in the other."""
    mine, theirs = _wide(row.boxes), _wide(signal.boxes)
    shared = shared_areas(mine, theirs).sum()
    share = shared / max(areas(theirs).sum(), 1e-9)
    own_share = shared / max(areas(mine).sum(), 1e-9)
    return float(share) if max(share, own_share) >= LEAST_SHARE else 0.0


def _wide(boxes: Iterable[Box]) -> np.ndarray:
    """The edges, of lines `LINE_HZ` apart."""
    found = edges(list(boxes))
    missing = np.maximum(LINE_HZ - (found[:, 3] - found[:, 2]), 0) / 2
    found[:, 2] -= missing
    found[:, 3] += missing
    return found


def rows_of(records: Sequence[EmissionRecord], count: int) -> list[Row]:
    """The rows that the table of these emissions has within the first ``count`` samples: sidebands
    have none."""
    rows = []
    for record in records:
        latest = record.latest
        boxes = tuple(boxes_of(record, count))
        if boxes and not latest.is_sideband:
            is_seen = latest.label is not None
            verdict = (latest.label, latest.family, latest.guess, latest.confidence)
            rows.append(Row(Verdict(*verdict) if is_seen else None, boxes, latest.basis))
    return rows


def confusions(answers: Iterable[Answer]) -> list[tuple[str, str, int]]:
    """True name, given name and count of what got a wrong class or family, the most frequent
    first."""
    found = Counter(
        (a.name, a.verdict.label if a.outcome == "wrong" else f"family {a.verdict.family}")
        for a in answers
        if a.outcome in ("wrong", "wrong family")
    )
    return [(*names, count) for names, count in found.most_common()]
