# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A waterfall with a box around each emission, as a Qt widget."""

from __future__ import annotations

import numpy as np
from PyQt5 import QtCore, QtGui, QtWidgets

from .box_texts import box_text, place_texts
from .waterfall import Rows, Waterfall, round_steps, spans_of

_LEFT, _RIGHT, _BOTTOM = 54, 12, 40  # around the picture, pixels
_LEAST = 4  # of a box, pixels
_TEXT_HEIGHT = 16
_TEXT_AREA = 80  # square pixels
_SPAN_TICKS = 80  # pixels between two frequencies, about
_GROUND, _QUIET = QtGui.QColor(16, 20, 26), QtGui.QColor(150, 160, 175)
_LIVE, _ENDED = QtGui.QColor(111, 227, 255), QtGui.QColor(107, 159, 176)
_CHOSEN, _TEXT_GROUND = QtGui.QColor("white"), QtGui.QColor(5, 7, 12, 204)

# Eight colours of matplotlib's inferno, at equal distances.
_HEAT = np.array(
    [
        (0, 0, 4),
        (40, 11, 84),
        (101, 21, 110),
        (159, 42, 99),
        (212, 72, 66),
        (245, 125, 21),
        (250, 193, 39),
        (252, 255, 164),
    ]
)
_PALETTE = [
    QtGui.qRgb(*(int(np.interp(7 * i / 255, range(8), _HEAT[:, c])) for c in range(3)))
    for i in range(256)
]


class QtWaterfall(QtWidgets.QWidget):
    """Draws the newest row on top, frequencies below, times on the left, emissions as boxes.

    A click into a box emits ``chosen`` with the (run, id) of its emission, one beside all boxes
    with None.

    Args:
        waterfall: the rows.
        records: returns the `EmissionRecord`s.
    """

    chosen = QtCore.pyqtSignal(object)

    def __init__(self, waterfall: Waterfall, records):
        super().__init__()
        self._waterfall, self._records = waterfall, records
        self.selected = None
        self.boxes: list[tuple[tuple, QtCore.QRectF]] = []  # key and outline, as last drawn
        self.texts: dict[tuple, QtCore.QRectF] = {}  # where the text of a box was drawn, by key
        self.setMinimumSize(480, 260)
        self.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding
        )

    def area(self) -> QtCore.QRectF:
        """Where the rows are drawn."""
        return QtCore.QRectF(self.rect()).adjusted(_LEFT, 0, -_RIGHT, -_BOTTOM)

    def mousePressEvent(self, event):  # noqa: N802
        point = QtCore.QPointF(event.pos())
        hit = [(box.width() * box.height(), key) for key, box in self.boxes if box.contains(point)]
        self.chosen.emit(min(hit)[1] if hit else None)

    def paintEvent(self, event):  # noqa: N802
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        self.boxes, self.texts = [], {}
        rows = self._waterfall.rows()
        if rows is None:
            painter.setPen(_QUIET)
            painter.drawText(self.rect(), QtCore.Qt.AlignmentFlag.AlignCenter, "no spectra yet")
            return
        area = self.area()
        height = area.height() * len(rows.samples) / self._waterfall.n_rows
        picture = QtCore.QRectF(area.left(), 0, area.width(), height)
        painter.drawImage(picture, image_of(rows, int(area.width())))
        self._draw_times(painter, rows, picture)
        self._draw_frequencies(painter, rows, area)
        if rows.low is not None:
            painter.setClipRect(area)
            self._draw_emissions(painter, rows, picture)

    def _draw_times(self, painter, rows: Rows, picture) -> None:
        flags = QtCore.Qt.AlignmentFlag
        painter.setPen(_QUIET)
        times = [0.0]
        if rows.seconds:
            times = round_steps(0.0, rows.seconds, max(1, int(picture.height() / 40)))
        for time in times:
            y = picture.top() + (time / rows.seconds if time else 0.0) * picture.height()
            top = max(0.0, y - _TEXT_HEIGHT / 2)
            if top + _TEXT_HEIGHT > self.area().bottom() + _TEXT_HEIGHT / 2:
                continue
            place = QtCore.QRectF(0, top, _LEFT - 6, _TEXT_HEIGHT)
            text = f"−{time:g} s" if time else "now"
            painter.drawText(place, flags.AlignRight | flags.AlignVCenter, text)

    def _draw_frequencies(self, painter, rows: Rows, area) -> None:
        centre = QtCore.Qt.AlignmentFlag.AlignCenter
        painter.setPen(_QUIET)
        name = QtCore.QRectF(area.left(), area.bottom() + 19, area.width(), 20)
        if rows.low is None:
            painter.drawText(name, centre, "frequency unknown: the samples have no rate")
            return
        is_mega = max(abs(rows.low), abs(rows.high)) >= 1e6
        unit, prefix = (1e6, "M") if is_mega else (1e3, "k")
        ticks = round_steps(rows.low, rows.high, int(area.width() / _SPAN_TICKS))
        apart = ticks[1] - ticks[0] if len(ticks) > 1 else unit
        digits = max(0, int(np.ceil(-np.log10(apart / unit) - 1e-9)))
        for tick in ticks:
            x = area.left() + rows.x(tick) * area.width()
            painter.drawLine(QtCore.QPointF(x, area.bottom()), QtCore.QPointF(x, area.bottom() + 4))
            place = QtCore.QRectF(x - 40, area.bottom() + 4, 80, _TEXT_HEIGHT)
            if place.left() >= 0 and place.right() <= self.width() + 20:
                painter.drawText(place, centre, f"{tick / unit:.{digits}f}")
        about = "" if rows.is_absolute or rows.low == 0 else " from the centre"
        painter.drawText(name, centre, f"{prefix}Hz{about}")

    def _draw_emissions(self, painter, rows: Rows, picture) -> None:
        row_height = picture.height() / len(rows.samples)
        shown = []
        for record in self._records():
            left, right = (
                picture.left() + rows.x(edge) * picture.width()
                for edge in (record.latest.freq_lower, record.latest.freq_upper)
            )
            spans = [
                _rectangle(left, right, top * row_height, bottom * row_height)
                for top, bottom in spans_of(record, rows)
            ]
            if spans and right > picture.left() and left < picture.right():
                begin = min(rows.y(record.latest.sample_start), len(rows.samples)) * row_height
                shown.append((record, spans, _outline(spans, begin)))
        shown.sort(key=lambda item: (item[0].is_live, item[0].latest.snr_db))
        self.boxes = [(key_of(record), outline) for record, _, outline in shown]
        for item in shown:
            self._draw_box(painter, *item)
        self._draw_texts(painter, [record for record, _, _ in shown])

    def _colour(self, record) -> QtGui.QColor:
        if key_of(record) == self.selected:
            return _CHOSEN
        return _LIVE if record.is_live else _ENDED

    def _draw_box(self, painter, record, spans, outline) -> None:
        width = 2 if key_of(record) == self.selected else 1
        if outline != spans[0]:
            painter.setPen(QtGui.QPen(self._colour(record), width, QtCore.Qt.PenStyle.DashLine))
            painter.drawRect(outline)
        painter.setPen(QtGui.QPen(self._colour(record), width))
        for span in spans:
            painter.drawRect(span)

    def _has_text(self, record, box) -> bool:
        """Whether an emission is live or selected, or its box is not a small one of many."""
        is_large = box.width() * box.height() >= _TEXT_AREA
        return record.is_live or is_large or key_of(record) == self.selected

    def _draw_texts(self, painter, records) -> None:
        """Writes the texts that find a place of their own, for ``records`` in the order of the
        boxes; the selected one's chooses first, then those of the live and loud."""
        font = painter.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        ranks = range(len(records))[::-1]
        texts = {
            i: box_text(records[i].latest)
            for i in sorted(ranks, key=lambda i: self.boxes[i][0] != self.selected)
            if self._has_text(records[i], self.boxes[i][1])
        }
        widths = [(i, painter.fontMetrics().horizontalAdvance(t) + 8) for i, t in texts.items()]
        boxes = [box.getCoords() for _, box in self.boxes]
        places = place_texts(boxes, widths, self.area().getCoords(), _TEXT_HEIGHT)
        for i, (left, top, right, bottom) in places.items():
            place = QtCore.QRectF(QtCore.QPointF(left, top), QtCore.QPointF(right, bottom))
            painter.fillRect(place, _TEXT_GROUND)
            painter.setPen(self._colour(records[i]))
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignCenter, texts[i])
            self.texts[self.boxes[i][0]] = place


def key_of(record) -> tuple[int, int]:
    """Tells an emission from all others."""
    return record.run, record.latest.id


def image_of(rows: Rows, columns: int) -> QtGui.QImage:
    """A pixel for each row and bin; where there are more bins than columns, the largest of some."""
    values, n_bins = rows.values, rows.values.shape[1]
    if n_bins > columns > 0:
        values = np.maximum.reduceat(values, np.arange(columns) * n_bins // columns, axis=1)
    low, high = rows.levels()
    steps = (np.nan_to_num(values[::-1], nan=low) - low) * np.float32(255.0 / (high - low))
    pixels = np.clip(steps, 0.0, 255.0).astype(np.uint8)
    height, width = pixels.shape
    form = QtGui.QImage.Format.Format_Indexed8
    image = QtGui.QImage(pixels.data, width, height, width, form).copy()  # numpy frees its memory
    image.setColorTable(_PALETTE)
    return image


def _outline(spans, begin: float) -> QtCore.QRectF:
    """The rectangle around the spans that reaches down to the first sample: the oldest of very many
    bursts are not kept."""
    outline = spans[0]
    for span in spans[1:]:
        outline = outline.united(span)
    return outline.adjusted(0, 0, 0, max(0.0, begin - outline.bottom()))


def _rectangle(left: float, right: float, top: float, bottom: float) -> QtCore.QRectF:
    """A rectangle that is large enough to be seen and hit."""
    wider, taller = max(0.0, _LEAST - right + left) / 2, max(0.0, _LEAST - bottom + top) / 2
    return QtCore.QRectF(
        QtCore.QPointF(left - wider, top - taller), QtCore.QPointF(right + wider, bottom + taller)
    )
