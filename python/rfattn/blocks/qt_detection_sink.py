# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and statistics in a Qt window."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..telemetry.label_history import LabelHistory
from ..telemetry.messages import from_message


class qt_detection_sink(gr.basic_block):
    """Shows labels, probabilities over time, latency, drops and the model in a Qt window.

    One row per class, time to the right: the brighter, the more probable. A dashed line marks a
    change of the model. The handlers of the messages store what arrives; the widget reads it
    several times a second in the thread of the application.

    Messages in:
        - detections: dictionaries of `transformer`, one per step.
        - stats: dictionaries of `latency_probe`.
        - model: dictionaries of `transformer`, one per change of the model.

    GNU Radio Companion:
        Needs the generate option QT GUI. GUI Hint places the widget in the window.

    Args:
        seconds: length of the history, s, > 0 and finite.
        channel: channel of the transformer that is shown, >= 0.

    Attributes:
        widget: the QWidget, to be added to a layout.
        history: the `telemetry.label_history.LabelHistory` of the detections.
        stats: the last statistics, a dictionary of plain values.
        model: the model that runs, a dictionary of plain values.

    Raises:
        ValueError: naming the parameter, the rule and the value.
        RuntimeError: when there is no QApplication.
        ImportError: when PyQt5 is not installed.
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
