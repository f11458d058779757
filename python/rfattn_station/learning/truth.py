# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives emissions that were found the label of the true emission that they lie on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.labelled_folder import OTHER

from .boxes import Box, areas, edges, shared_areas

LEAST_SHARE = 0.5
"""Share of a found emission that must lie on the true one."""
LEAST_BAND = 0.35
"""Share of the true band that a found emission must cover, or it is a piece without a label."""
MOST_STRANGE = 0.02
"""Share of a found emission that may touch true ones, if it is to count as none of them."""
LINE_HZ = 500.0
"""Bands narrower than this count as this wide when they are compared. True ones of made-up scenes
are never narrower; a detector finds less of a line, or with the skirts of a strong one more."""
SLACK_S = 2.5e-4
"""A detector measures the start of a burst no more exactly than this, in s."""
_WEAKER_DB = 6.0
"""Emissions this far below the strongest one of a recording may be something else."""


@dataclass(frozen=True)
class TrueEmission:
    """A true emission: its label and its bursts."""

    label: str
    bursts: tuple[Box, ...]


def labels_of(found: Sequence[Sequence[Box]], true: Sequence[TrueEmission]) -> list[str | None]:
    """The label of each found emission, given by its bursts.

    True emissions of one label count together: the bursts that were found may be those of several.
    An emission that lies on no true one, such as the skirt of a strong signal, is `OTHER`. A piece
    of a true emission, or an emission that joins two, gets no label: None.

    Args:
        found: the bursts of each emission, in the samples and frequencies of the true ones.
    """
    return [_label_of(boxes, true) for boxes in found]


def signal_under(boxes: Sequence[Box], true: Sequence[TrueEmission]) -> str | None:
    """The label of the true emission that at least `LEAST_SHARE` of a found one lies on, however
    little it covers of that; None: there is none."""
    mine = edges(boxes)
    area = max(areas(mine).sum(), 1e-9)
    shared = np.array([shared_areas(mine, edges(e.bursts)).sum() for e in true])
    best = int(np.argmax(shared)) if len(shared) else 0
    return true[best].label if len(shared) and shared[best] >= LEAST_SHARE * area else None


def _label_of(boxes: Sequence[Box], true: Sequence[TrueEmission]) -> str | None:
    mine = edges(boxes)
    area = areas(mine).sum()
    if area <= 0:
        return None
    shared = np.array([shared_areas(mine, edges(e.bursts)).sum() for e in true]) / area
    if not shared.any() or shared.sum() < MOST_STRANGE:
        return OTHER
    best = int(np.argmax(shared))
    label = true[best].label
    share = sum(s for s, e in zip(shared, true, strict=True) if e.label == label)
    if share < LEAST_SHARE or _covered(mine, edges(true[best].bursts)) < LEAST_BAND:
        return None
    return label


def _covered(mine: np.ndarray, theirs: np.ndarray) -> float:
    """Share of the true band, the median of its touched bursts, that the found edges enclose."""
    touching = shared_areas(mine, theirs).any(axis=0)
    low, high = np.median(theirs[touching, 2]), np.median(theirs[touching, 3])
    missing = max(0.0, LINE_HZ - (mine[0, 3] - mine[0, 2])) / 2
    shared = min(mine[0, 3] + missing, high) - max(mine[0, 2] - missing, low)
    return max(0.0, shared) / max(high - low, 1e-9)


def labels_in_recording(
    found: Sequence[Sequence[Box]],
    power_db: Sequence[float],
    annotations: Sequence[Annotation],
    frequency: float,
    are_bands: bool = False,
) -> list[str | None]:
    """The label of each emission that was found in a labelled recording.

    Where the annotations have edges, these decide (see `labels_of`), and what lies on none of them
    stays without a label, since not everything may be annotated. Otherwise the strongest emission
    of an annotated stretch gets its label, and those of nearly its power.

    Args:
        found: the bursts of each emission; frequencies relative to the centre.
        power_db: of each emission.
        frequency: that the edges of the annotations are relative to, in Hz.
        are_bands: an annotation may mark a band of many narrow signals, as one of FT8 does. Where
            no emission has its label, the strongest that lie within it get it.
    """
    edged = [a for a in annotations if None not in (a.freq_lower_edge, a.freq_upper_edge)]
    if edged:
        true = [TrueEmission(a.label, (_box(a, frequency),)) for a in edged if a.label]
        labels = labels_of(found, true)
        labels = [None if label == OTHER and not _has(true, OTHER) else label for label in labels]
        for label in sorted({e.label for e in true} - set(labels)) if are_bands else ():
            mine = [a for a in edged if a.label == label]
            bands = edges([_box(a, frequency) for a in mine])
            inside = [i for i, boxes in enumerate(found) if labels[i] is None]
            inside = [i for i in inside if _share_within(found[i], bands) >= LEAST_SHARE]
            given = _by_strength([found[i] for i in inside], [power_db[i] for i in inside], mine)
            for i, strong in zip(inside, given, strict=True):
                labels[i] = strong
        return labels
    return _by_strength(found, power_db, annotations)


def _share_within(boxes: Sequence[Box], bands: np.ndarray) -> float:
    mine = edges(boxes)
    return float(shared_areas(mine, bands).sum() / max(areas(mine).sum(), 1e-9))


def _by_strength(found, power_db, annotations) -> list[str | None]:
    """An emission may send in several annotations of a label; in each, the strongest counts."""
    labels: list[str | None] = [None] * len(found)
    shares = np.array([[_time_shared(boxes, a) for a in annotations] for boxes in found])
    for a, annotation in enumerate(annotations):
        alike = [other.label == annotation.label for other in annotations]
        inside = [i for i in range(len(found)) if shares[i, a] and shares[i, alike].sum() >= 0.5]
        strongest = max((power_db[i] for i in inside), default=0.0)
        for i in inside:
            if power_db[i] >= strongest - _WEAKER_DB and annotation.label:
                labels[i] = annotation.label
    return labels


def _time_shared(boxes: Sequence[Box], annotation: Annotation) -> float:
    """Share of the time on the air that lies in the annotation."""
    start, end = annotation.start, annotation.end
    shared = sum(
        max(0.0, min(b.sample_start + b.sample_count, end) - max(b.sample_start, start))
        for b in boxes
    )
    return shared / max(1e-9, sum(b.sample_count for b in boxes))


def _box(annotation: Annotation, frequency: float) -> Box:
    """The box of an annotation, at least `LINE_HZ` wide."""
    low, high = annotation.freq_lower_edge - frequency, annotation.freq_upper_edge - frequency
    missing = max(0.0, LINE_HZ - (high - low)) / 2
    return Box(annotation.start, annotation.count, low - missing, high + missing)


def _has(true: Sequence[TrueEmission], label: str) -> bool:
    return any(e.label == label for e in true)
