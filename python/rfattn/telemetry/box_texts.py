# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the boxes in a waterfall, and where they stand: numpy only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..messages.emission import Emission
from ..messages.label_text import UNKNOWN

_GAP = 1.0
"""Pixels that separate a text from what it must not cover."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels; y counts downwards."""


def box_text(emission: Emission) -> str:
    """The label without the probability of a sure one, or before the first label the id; and the
    SNR."""
    name = emission.label_text if emission.label == UNKNOWN else emission.label
    return f"{name or f'#{emission.id}'}  {emission.snr_db:.0f} dB".replace(" -", " −")


def place_texts(
    boxes: Iterable[Rectangle],
    texts: Iterable[tuple[int, float]],
    area: Rectangle,
    height: float,
) -> dict[int, Rectangle]:
    """Where texts stand: in their box or beside, above or below it, within ``area``.

    A text covers no other text, and no box but its own and those that overlap its own; of these it
    hides as little as possible. A text that finds no such place has none.

    Args:
        boxes: one for each emission.
        texts: number of a box and width of its text, pixels; the first choose first.
        area: where boxes are drawn.
        height: of a text, pixels.

    Returns:
        {number of the box: rectangle of its text}.
    """
    left, top, right, bottom = area
    boxes = np.clip(np.reshape([*boxes], (-1, 4)), (left, top, left, top), (right, bottom) * 2)
    sizes = np.maximum(1.0, np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    taken: dict[int, Rectangle] = {}
    for number, width in texts:
        places = _places(boxes[number], width, height, area)
        hidden = _common(places, boxes, _GAP)
        hidden[:, number] = 0.0
        is_apart = _common(boxes[number : number + 1], boxes, 0.0)[0] == 0.0
        covered = hidden[:, is_apart].any(axis=1)
        covered |= _common(places, [*taken.values()], _GAP).any(axis=1)
        is_within = np.hstack([places[:, :2] >= area[:2], places[:, 2:] <= area[2:]]).all(axis=1)
        free = np.flatnonzero(is_within & ~covered)
        if free.size:
            shares = (hidden[free] / sizes).sum(axis=1)
            taken[number] = tuple(places[free[shares.argmin()]].tolist())
    return taken


def _places(box: np.ndarray, width: float, height: float, area: Rectangle) -> np.ndarray:
    """Where the text of a box may stand, the best first [n, 4]: in it if it is wide, else beside
    it; above or below it; at last across it."""
    left, top, right, bottom = box
    rows = np.arange(top + _GAP, max(bottom, top + 2 * _GAP), height)
    is_wide = right - left > width
    columns = [left + _GAP] if is_wide else [right + 2, left - width - 2]
    across = np.clip((left + right - width) / 2, area[0], max(area[0], area[2] - width))
    corners = [(x, y) for y in rows for x in columns]
    corners += [(left + _GAP, top - height - _GAP), (left + _GAP, bottom + _GAP)]
    corners += [(across, y) for y in rows]
    corners = np.array(corners)
    return np.hstack([corners, corners + (width, height)])


def _common(places: np.ndarray, boxes, gap: float) -> np.ndarray:
    """Area that each place, with a gap around it, has in common with each box [places, boxes]."""
    places, boxes = places[:, None], np.reshape(boxes, (-1, 4))
    starts = np.maximum(places[..., :2] - gap, boxes[:, :2])
    ends = np.minimum(places[..., 2:] + gap, boxes[:, 2:])
    return np.prod(np.maximum(0.0, ends - starts), axis=2)
