# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The widget of `qt_detection_sink`."""

from __future__ import annotations

import numpy as np
from PyQt5 import QtCore, QtGui, QtWidgets

from .qt_emissions import QtEmissionTable
from .qt_waterfall import QtWaterfall
from .terminal import left_out

_FRAME_MS = 50
_ROWS_A_FRAME = 2  # of the waterfall, whose drawing takes about 20 ms
_BACKGROUND = (16, 20, 26)
_NOTHING = (40, 46, 54)
_GOLDEN_ANGLE = 0.618034  # of a turn: neighbouring hues lie far apart
_ROW_PIXELS = 15
_EDGE_PIXELS = 4


class QtDetectionView(QtWidgets.QWidget):
    """Shows what a sink with ``waterfall``, ``history`` and ``state`` has got.

    Waterfall and table are there once spectra and emissions have come; the label of the latest step
    and its history where there are no emissions; the figures also where a model labels emissions.

    Raises:
        RuntimeError: when there is no QApplication; Qt would end the process.
    """

    def __init__(self, sink):
        if QtWidgets.QApplication.instance() is None:
            raise RuntimeError("qt_detection_sink: needs a QApplication, made before the block")
        super().__init__()
        self._sink = sink
        self._label, self._where = QtWidgets.QLabel("no label yet"), QtWidgets.QLabel()
        self._figures, self._model = QtWidgets.QLabel(), QtWidgets.QLabel()
        for text in (self._label, self._where, self._figures, self._model):
            text.setTextFormat(QtCore.Qt.PlainText)  # a label is no HTML
        self._label.setStyleSheet("font-size: 20pt; font-weight: bold")
        self.strip = LabelStrip(sink.history)
        self.waterfall = QtWaterfall(sink.waterfall, sink.records)
        self.table = QtEmissionTable()
        self.waterfall.chosen.connect(self._choose)
        self.table.chosen.connect(self._choose)
        self._drawn = None
        self.setMinimumSize(720, 420)
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._where)
        rows = QtWidgets.QVBoxLayout(self)
        rows.addWidget(self.waterfall, 3)
        rows.addWidget(self.table, 2)
        rows.addLayout(head)
        rows.addWidget(self.strip, 1)
        rows.addWidget(self._figures)
        rows.addWidget(self._model)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(_FRAME_MS)

    def refresh(self) -> None:
        """Shows the present state of the sink."""
        self._show_emissions()
        latest = self._sink.history.latest
        if latest is not None:
            self._label.setText(f"{latest.label}   {latest.confidence:.2f}")
            self._where.setText(where(latest))
        self._figures.setText(figures(self._sink.state.stats))
        self._model.setText(model_line(self._sink.state.model))
        self.strip.update()

    def _show_emissions(self) -> None:
        records, state = self._sink.records(), self._sink.state
        self.waterfall.setVisible(self._sink.waterfall.count > 0)
        self.table.setVisible(bool(records))
        is_labelled = (
            not records or state.stats is not None or self._sink.history.latest is not None
        )
        for part in (self._figures, self._model):
            part.setVisible(is_labelled)
        for part in (self._label, self._where, self.strip):
            part.setVisible(not records)
        drawn = self._sink.waterfall.count // _ROWS_A_FRAME, self.waterfall.selected
        if drawn != self._drawn:
            self._drawn = drawn
            self.waterfall.update()
        self.table.show_records(records)

    def _choose(self, key) -> None:
        if key != self.waterfall.selected:
            self.waterfall.selected = key
            self.table.select(key)


class LabelStrip(QtWidgets.QWidget):
    """One row per class, time on x, brightness for probability; a dashed line marks a swap."""

    def __init__(self, history):
        super().__init__()
        self._history = history
        self.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding
        )

    def minimumSizeHint(self):  # noqa: N802
        return QtCore.QSize(360, _ROW_PIXELS * (len(self._history.classes) + 2))

    def paintEvent(self, event):  # noqa: N802
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(*_BACKGROUND))
        classes = self._history.classes
        if not classes:
            return
        columns = self._history.columns()
        if self.minimumHeight() != self.minimumSizeHint().height():
            self.setMinimumHeight(self.minimumSizeHint().height())
        measure = painter.fontMetrics()
        left = max(measure.horizontalAdvance(name) for name in classes) + 2 * _EDGE_PIXELS
        right = measure.horizontalAdvance("0.00") + 2 * _EDGE_PIXELS
        area = QtCore.QRectF(self.rect()).adjusted(left, _ROW_PIXELS, -right, -_ROW_PIXELS)
        colours = [class_colour(i) for i in range(len(classes))]
        painter.drawImage(area, image_of(columns, colours))
        self._draw_names(painter, area, columns[:, -1], colours)
        self._draw_time(painter, area)
        self._draw_swaps(painter, area)

    def _draw_names(self, painter, area, now, colours) -> None:
        """Writes the classes left of their rows and their probabilities right of them."""
        height = area.height() / len(colours)
        flags = QtCore.Qt.AlignmentFlag
        for i, name in enumerate(self._history.classes):
            top = area.top() + i * height
            painter.setPen(QtGui.QColor(*colours[i]))
            before = QtCore.QRectF(0, top, area.left() - _EDGE_PIXELS, height)
            painter.drawText(before, flags.AlignRight | flags.AlignVCenter, name)
            after = QtCore.QRectF(area.right(), top, self.width() - area.right(), height)
            text = "–" if np.isnan(now[i]) else f"{now[i]:.2f}"
            painter.drawText(after, flags.AlignCenter, text)

    def _draw_time(self, painter, area) -> None:
        flags = QtCore.Qt.AlignmentFlag
        painter.setPen(QtGui.QColor("silver"))
        below = QtCore.QRectF(area.left(), area.bottom(), area.width(), _ROW_PIXELS)
        painter.drawText(below, flags.AlignLeft, f"−{self._history.seconds:g} s")
        painter.drawText(below, flags.AlignRight, "now")

    def _draw_swaps(self, painter, area) -> None:
        """Draws a line for each swap, with its text where the text of a later one leaves room."""
        painter.setPen(QtGui.QPen(QtGui.QColor("white"), 1, QtCore.Qt.PenStyle.DashLine))
        free = self.width()
        for column, text in reversed(self._history.marks()):
            x = area.left() + column / self._history.n_columns * area.width()
            painter.drawLine(QtCore.QPointF(x, 0), QtCore.QPointF(x, area.bottom()))
            width = painter.fontMetrics().horizontalAdvance(text)
            at_the_edge = free == self.width() and x + _EDGE_PIXELS + width > free
            start = x - _EDGE_PIXELS - width if at_the_edge else x + _EDGE_PIXELS
            if start + width <= free:
                painter.drawText(QtCore.QPointF(start, _ROW_PIXELS - _EDGE_PIXELS), text)
            free = min(start, x)


def class_colour(number: int) -> tuple[int, int, int]:
    """Returns a bright colour that differs from those of other classes."""
    return QtGui.QColor.fromHsvF(number * _GOLDEN_ANGLE % 1, 0.55, 1.0).getRgb()[:3]


def image_of(columns: np.ndarray, colours) -> QtGui.QImage:
    """Draws one pixel per class and column, between the background and the class's colour."""
    background, full = np.float32(_BACKGROUND), np.float32(colours)[:, None, :]
    share = np.nan_to_num(columns)[..., None]
    pixels = np.where(
        np.isnan(columns)[..., None], np.float32(_NOTHING), background + share * (full - background)
    )
    pixels = np.ascontiguousarray(pixels.astype(np.uint8))
    height, width, _ = pixels.shape
    # A copy, since Qt would keep reading memory that numpy frees.
    return QtGui.QImage(
        pixels.data, width, height, 3 * width, QtGui.QImage.Format.Format_RGB888
    ).copy()


def where(detection) -> str:
    """Frequency and sample rate, as far as they are known."""
    texts = []
    if detection.frequency is not None:
        texts.append(f"{detection.frequency / 1e6:.3f} MHz")
    if detection.sample_rate:
        in_mega = detection.sample_rate >= 1e6
        rate = detection.sample_rate / (1e6 if in_mega else 1e3)
        texts.append(f"{rate:g} {'MS/s' if in_mega else 'kS/s'}")
    return "   ".join(texts)


def figures(stats) -> str:
    """Two lines of statistics."""
    if stats is None:
        return "no statistics yet"
    latency = stats.latency_seconds
    quantiles = "   ".join(
        f"{name} {getattr(latency, name) * 1e3:.1f}" for name in ("p50", "p95", "p99")
    )
    parts = [
        f"tokens: {left_out(stats)}",
        f"waiting: {stats.queued_steps} steps",
    ]
    if stats.streams is not None:
        parts.append(f"streams: {stats.streams}, {stats.evictions or 0} evictions")
    if stats.kv_bytes is not None:
        parts.append(f"KV {stats.kv_bytes / 2**10:.0f} KiB")
    return (
        f"latency (ms): {quantiles}   budget {stats.budget_seconds * 1e3:g}, "
        f"{stats.missed()}\n"
        f"{'   '.join(parts)}   resident {stats.rss_bytes / 2**20:.0f} MiB"
    )


def model_line(model) -> str:
    """A line about the model that runs."""
    if model is None:
        return "no model yet"
    window = "" if model.window is None else f", window {model.window} tokens"
    return f"runs: {model.attention} with {model.norm}, {model.device} {model.dtype}{window}"
