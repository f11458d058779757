# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up the scores of scenes, with bootstrap intervals over scenes.

Every true emission counts once: each of its bursts weighs one over the number of its bursts, so
that a telephone with 400 bursts counts as much as a carrier. Precision counts found boxes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from gnuradio.rfattn_station.learning.boxes import Box, Score, edges, score, shared_areas

from ...synthesis.scene import Burst

RESAMPLES = 500
ERRORS = ("centre_error", "start_error", "end_error")
"""Errors of matched boxes, over the true width or duration; quantiles are of their size."""

LEAST_IOU = 0.3
"""Errors are those of boxes that match at least so well."""

Sums = dict[str, tuple[float, float]]
"""Numerator and denominator of each metric."""


def score_scene(
    bursts: Sequence[Burst],
    sample_rate: float,
    found: Sequence[Box],
    flagged: Collection[int] = (),
    exposure: float = 1.0,
) -> dict:
    """What one scene adds to the tables.

    Args:
        flagged: found emissions that the detector takes for faults of the receiver. Those that
            touch no true burst are left out and counted.
        exposure: seconds times MHz of the scene.

    Returns:
        ``sums`` of all, and by kind and by decade of time times bandwidth; ``errors``.
    """
    truth = [b.box(sample_rate) for b in bursts]
    shared = shared_areas(edges(truth), edges(found)).any(axis=0)
    touching = {b.emission for b, touches in zip(found, shared, strict=True) if touches}
    dropped = set(flagged) - touching
    kept = [b for b in found if b.emission not in dropped]
    result = score(truth, kept)
    emission = np.array([b.emission for b in bursts], np.int64)
    weight = 1 / np.bincount(emission)[emission] if len(bursts) else np.zeros(0)
    groups = {"all": np.ones(len(bursts), bool)}
    for name in {b.kind for b in bursts}:
        groups[f"kind {name}"] = np.array([b.kind == name for b in bursts])
    decades = np.array([int(np.floor(np.log10(max(b.time_bandwidth, 1)))) for b in bursts])
    for decade in set(decades.tolist()):
        groups[f"tb 1e{decade}"] = decades == decade
    if len(bursts):
        groups["tb >= 1000"] = decades >= 3
    sums = {name: _truth_sums(result, weight * mask) for name, mask in groups.items()}
    sums["all"] |= _found_sums(result, exposure, len(dropped)) | _ids(result)
    for name in {b.kind for b in bursts}:
        own = [box for b, box in zip(bursts, truth, strict=True) if b.kind == name]
        sums[f"kind {name}"] |= _ids(score(own, kept))
    matched = result.iou >= LEAST_IOU
    errors = {name: np.abs(getattr(result, name)[matched]).tolist() for name in ERRORS}
    errors["width_ratio"] = result.width_ratio[matched].tolist()
    return {"sums": sums, "errors": errors}


def _truth_sums(result: Score, weight: np.ndarray) -> Sums:
    total, touched = float(weight.sum()), float((weight * result.touched).sum())
    return {
        "touched": (touched, total),
        "recall 0.3": (float((weight * (result.iou >= 0.3)).sum()), total),
        "recall 0.5": (float((weight * (result.iou >= 0.5)).sum()), total),
        "mean IoU": (float((weight * result.iou).sum()), total),
        "boxes": (float((weight * result.pieces).sum()), touched),
    }


def _found_sums(result: Score, exposure: float, dropped: int) -> Sums:
    boxes = len(result.truths)
    return {
        "precision 0.3": (float((result.iou >= 0.3).sum()), boxes),
        "precision 0.5": (float((result.iou >= 0.5).sum()), boxes),
        "false /s/MHz": (result.false_emissions, exposure),
        "flagged /s/MHz": (dropped, exposure),
        "truths a box": (float(result.truths.sum()), int((result.truths > 0).sum())),
    }


def _ids(result: Score) -> Sums:
    """Found emissions for each true one that is touched; nothing where none is."""
    value = result.emissions_per_truth
    return {"ids": (value, 1.0)} if np.isfinite(value) else {}


def add_up(scenes: Sequence[dict], seed: int = 0) -> dict:
    """The metrics of many scenes.

    Returns:
        ``metrics[group][name]``: value, and the ends of its 95 % interval; ``counts[group]``: true
        emissions; ``errors[name]``: the median and the 90 % quantile.
    """
    pairs: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros((len(scenes), 2)))
    for i, scene in enumerate(scenes):
        for group, sums in scene["sums"].items():
            for name, pair in sums.items():
                pairs[group, name][i] = pair
    draws = np.random.default_rng(seed).integers(0, len(scenes), (RESAMPLES, len(scenes)))
    metrics: dict[str, dict] = defaultdict(dict)
    for (group, name), values in pairs.items():
        metrics[group][name] = interval(values, draws) or [None, None, None]
    counts = {
        group: float(values[:, 1].sum())
        for (group, name), values in pairs.items()
        if name == "touched"
    }
    errors = {}
    for name in (*ERRORS, "width_ratio"):
        values = np.concatenate([scene["errors"][name] for scene in scenes] or [np.zeros(0)])
        errors[name] = np.quantile(values, (0.5, 0.9)).tolist() if len(values) else None
    return {
        "scenes": len(scenes),
        "counts": counts,
        "metrics": dict(metrics),
        "errors": errors,
    }


def interval(values: np.ndarray, draws: np.ndarray) -> list[float] | None:
    """The ratio of sums, and the ends of its 95 % interval.

    Args:
        values: numerator and denominator of each scene.
        draws: numbers of the scenes that are added up, a row for each draw.

    Returns:
        None where the denominator is 0.
    """
    total = values.sum(axis=0)
    if not total[1]:
        return None
    again = values[draws].sum(axis=1)
    again = again[again[:, 1] > 0]
    ends = np.quantile(again[:, 0] / again[:, 1], (0.025, 0.975))
    return [float(total[0] / total[1]), *ends.tolist()]
