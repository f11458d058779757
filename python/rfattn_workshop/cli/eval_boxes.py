# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`eval`: figures of the boxes that the detector found, against those of the annotations."""

from __future__ import annotations

from gnuradio.rfattn.reporting import count_of
from gnuradio.rfattn_station.learning.boxes import Score

LEAST_IOU = (0.3, 0.5)
_ERRORS = ("centre_error", "start_error", "end_error")


def summarise(scores: list[Score]) -> dict:
    """The figures of all boxes together; errors are medians over the boxes that have a match."""
    import numpy as np

    iou = np.concatenate([s.iou for s in scores])
    n_true, n_found = len(iou), sum(len(s.truths) for s in scores)
    touched = np.concatenate([s.touched for s in scores])
    pieces = sum(int(s.pieces.sum()) for s in scores)
    right = {least: int((iou >= least).sum()) for least in LEAST_IOU}

    def median(name: str) -> float | None:
        values = np.concatenate([getattr(s, name) for s in scores])
        values = np.abs(values[~np.isnan(values)])
        return float(np.median(values)) if len(values) else None

    return {
        "recordings": len(scores),
        "true": n_true,
        "found": n_found,
        "touched": float(touched.mean()),
        "recall": {f"{least}": n / n_true for least, n in right.items()},
        "precision": {f"{least}": n / n_found if n_found else 0.0 for least, n in right.items()},
        "boxes_per_emission": pieces / touched.sum() if touched.any() else None,
        **{name: median(name) for name in _ERRORS},
        "width_ratio": median("width_ratio"),
    }


def print_boxes(figures: dict) -> None:
    print(
        f"\nemissions: {count_of(figures['true'], 'annotated burst')} with edges in "
        f"{count_of(figures['recordings'], 'recording')}, {figures['found']} found"
    )
    for least in map(str, LEAST_IOU):
        recall, precision = figures["recall"][least], figures["precision"][least]
        print(f"IoU {least}: recall {recall:.3f}, precision {precision:.3f}")
    if figures["boxes_per_emission"] is None:
        return
    print(f"boxes_per_emission: {figures['boxes_per_emission']:.2f}")
    for name in _ERRORS:
        unit = "width" if name == "centre_error" else "duration"
        print(f"{name}: {figures[name]:.1%} of the {unit} (median)")
    print(f"width_ratio: {figures['width_ratio']:.2f} (median)")
