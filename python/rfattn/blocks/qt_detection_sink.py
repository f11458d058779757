# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and statistics in a Qt window."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..telemetry.label_history import LabelHistory
from ..telemetry.messages import from_message


class qt_detection_sink(gr.basic_block):
    """Shows the current label, the probabilities of all classes over time, latency, drops, and
    which model runs.

    Messages in
        ``detections`` and ``model``, from a `transformer`; ``stats``, from a `latency_probe`.

    The handlers keep what comes; the widget looks at it some times a second, in the thread of the
    application.

    Args:
        seconds: length of the history, s, > 0.
        channel: of a transformer with several, the one that is shown.

    Attributes:
        widget: the QWidget, for a layout of yours. history (label_history.LabelHistory), stats and
        model: what the messages said last, in plain values.

    Raises:
        ValueError: in one line, when a parameter does not hold.
        RuntimeError: when there is no QApplication.
        ImportError: without PyQt5.
    """

    def __init__(self, seconds=10.0, channel=0):
        from ..telemetry.qt_view import QtDetectionView

        if channel < 0:
            raise ValueError(f"qt_detection_sink: channel must be >= 0, got {channel}")
        self._channel = channel
        self.history = LabelHistory(seconds)
        self.stats, self.model = {}, {}
        gr.basic_block.__init__(self, "qt_detection_sink", None, None)
        handlers = {
            "detections": self._on_detection,
            "stats": self._on_stats,
            "model": self._on_model,
        }
        for port, handler in handlers.items():
            self.message_port_register_in(pmt.intern(port))
            self.set_msg_handler(pmt.intern(port), handler)
        self.widget = QtDetectionView(self)

    def _on_detection(self, message):
        try:
            detection = from_message(message)
        except ValueError as error:
            self.logger.warn(str(error))
            return
        if detection.channel in (None, self._channel):
            self.history.add(detection)

    def _on_stats(self, message):
        self.stats = self._plain("stats", message) or self.stats

    def _on_model(self, message):
        self.model = self._plain("model", message).get("after") or self.model

    def _plain(self, port: str, message) -> dict:
        if pmt.is_dict(message):
            return pmt.to_python(message) or {}  # pmt's empty dictionary is nil
        self.logger.warn(f"{port}: not a dictionary: {message}")
        return {}
