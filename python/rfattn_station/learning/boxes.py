# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares boxes in time and frequency: those that were found with those that are true.

A box is one burst of an emission. Boxes are compared by *IoU*, the area that two boxes share over
the area that they cover together. Found and true boxes are matched one to one so that the sum of
the IoU is largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Box:
    """The samples and the band of one burst."""

    sample_start: float
    """First sample."""
    sample_count: float
    """Samples on the air."""
    freq_lower: float
    """Lower edge in Hz."""
    freq_upper: float
    """Upper edge in Hz."""
    emission: int = 0
    """The emission that the burst belongs to."""


def edges(boxes: Sequence[Box]) -> np.ndarray:
    """First sample, last sample + 1, lower and upper edge of each box: float64 [n, 4]."""
    rows = [
        (b.sample_start, b.sample_start + b.sample_count, b.freq_lower, b.freq_upper) for b in boxes
    ]
    return np.array(rows, np.float64).reshape(-1, 4)


def areas(a: np.ndarray) -> np.ndarray:
    """Areas of boxes given by `edges`, in samples times Hz: [n]."""
    return (a[:, 1] - a[:, 0]) * (a[:, 3] - a[:, 2])


def shared_areas(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Areas that each box of ``a`` shares with each box of ``b``, both from `edges`: [n, m]."""
    time = np.minimum(a[:, None, 1], b[:, 1]) - np.maximum(a[:, None, 0], b[:, 0])
    frequency = np.minimum(a[:, None, 3], b[:, 3]) - np.maximum(a[:, None, 2], b[:, 2])
    return np.maximum(time, 0) * np.maximum(frequency, 0)


def iou(a: Sequence[Box], b: Sequence[Box]) -> np.ndarray:
    """Shared area over joint area of each box of ``a`` with each of ``b``: [n, m], 0 to 1."""
    left, right = edges(a), edges(b)
    return _iou(left, right, shared_areas(left, right))


def _iou(a: np.ndarray, b: np.ndarray, shared: np.ndarray) -> np.ndarray:
    joint = areas(a)[:, None] + areas(b) - shared
    return np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0)


def match(iou: np.ndarray) -> np.ndarray:
    """Matches rows and columns one to one with the largest sum of IoU.

    Returns:
        The column of each row, -1 where a row has none: int64 [n].
    """
    import scipy.optimize
    import scipy.sparse.csgraph

    out = np.full(len(iou), -1)
    # Groups of boxes that do not touch each other are matched apart, which is much faster.
    rows, columns = iou.shape
    touching = scipy.sparse.coo_array(iou > 0)
    graph = scipy.sparse.coo_array(
        (touching.data, (touching.row, touching.col + rows)), (rows + columns,) * 2
    )
    _, group = scipy.sparse.csgraph.connected_components(graph, directed=False)
    for name in np.unique(group[:rows][iou.any(axis=1)]) if columns else ():
        mine, theirs = np.flatnonzero(group[:rows] == name), np.flatnonzero(group[rows:] == name)
        part = iou[np.ix_(mine, theirs)]
        i, j = scipy.optimize.linear_sum_assignment(part, maximize=True)
        kept = part[i, j] > 0
        out[mine[i[kept]]] = theirs[j[kept]]
    return out


@dataclass(frozen=True)
class Score:
    """What a comparison gave, box by box, so that it can be divided by kind, SNR or size.

    Arrays of `n` have one value for each true box, arrays of `m` one for each found box. Errors are
    NaN where a true box has no match.
    """

    touched: np.ndarray
    """True where a found box shares time and frequency with the true one: bool [n]."""
    matched: np.ndarray
    """The found box that is matched with the true one, -1 for none: int64 [n]."""
    iou: np.ndarray
    """IoU with the match, 0 without one: [n]."""
    pieces: np.ndarray
    """Found boxes that lie mostly on the true one: int64 [n]."""
    centre_error: np.ndarray
    """Found minus true centre frequency, over the true width: [n]."""
    width_ratio: np.ndarray
    """Found over true width: [n]."""
    start_error: np.ndarray
    """Found minus true start, over the true duration: [n]."""
    end_error: np.ndarray
    """Found minus true end, over the true duration: [n]."""
    truths: np.ndarray
    """True boxes that a found box shares at least half of the smaller one's area with: [m]."""
    emissions_per_truth: float
    """Found emissions that lie mostly on a true emission, mean over those that are touched."""
    false_emissions: int
    """Found emissions none of whose boxes touches a true one."""

    def recall(self, least_iou: float) -> float:
        """Share of the true boxes whose match has at least this IoU."""
        return _mean(self.iou >= least_iou)

    def precision(self, least_iou: float) -> float:
        """Share of the found boxes whose match has at least this IoU."""
        return float((self.iou >= least_iou).sum() / len(self.truths)) if len(self.truths) else 0.0


def score(truth: Sequence[Box], found: Sequence[Box]) -> Score:
    """Compares found boxes with the true ones. Both count samples at the same rate and from the
    same sample, and have their edges relative to the same frequency."""
    a, b = edges(truth), edges(found)
    shared = shared_areas(a, b)
    overlap = _iou(a, b, shared)
    matched = match(overlap)
    best = np.where(matched >= 0, np.take_along_axis(_pad(overlap), matched[:, None], 1)[:, 0], 0.0)
    mostly = shared >= 0.5 * np.minimum(areas(a)[:, None], areas(b))
    mostly &= shared > 0
    owner = np.where(mostly.any(axis=0), _argmax(shared * mostly), -1)
    true_ids = np.array([box.emission for box in truth], np.int64)
    found_ids = np.array([box.emission for box in found], np.int64)
    touching = (shared > 0).any(axis=0)
    touched = (shared > 0).any(axis=1)
    mine = np.where((matched >= 0)[:, None], _pad_rows(b)[matched], np.nan)
    width, duration = a[:, 3] - a[:, 2], a[:, 1] - a[:, 0]
    pairs = np.unique(np.stack([true_ids[owner[owner >= 0]], found_ids[owner >= 0]]), axis=1)
    seen = len(np.unique(true_ids[touched]))
    return Score(
        touched=touched,
        matched=matched,
        iou=best,
        pieces=np.bincount(owner[owner >= 0], minlength=len(a)),
        centre_error=((mine[:, 2] + mine[:, 3]) - (a[:, 2] + a[:, 3])) / 2 / width,
        width_ratio=(mine[:, 3] - mine[:, 2]) / width,
        start_error=(mine[:, 0] - a[:, 0]) / duration,
        end_error=(mine[:, 1] - a[:, 1]) / duration,
        truths=mostly.sum(axis=0),
        emissions_per_truth=pairs.shape[1] / seen if seen else float("nan"),
        false_emissions=len(np.setdiff1d(found_ids[~touching], found_ids[touching])),
    )


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _argmax(values: np.ndarray) -> np.ndarray:
    """The row of the largest value of each column; 0 where there are no rows."""
    return values.argmax(axis=0) if len(values) else np.zeros(values.shape[1], np.int64)


def _pad(values: np.ndarray) -> np.ndarray:
    """A column of zeros at the end, which index -1 reads."""
    return np.pad(values, ((0, 0), (0, 1)))


def _pad_rows(values: np.ndarray) -> np.ndarray:
    """A row of NaN at the end, which index -1 reads."""
    return np.concatenate([values, np.full((1, values.shape[1]), np.nan)])
