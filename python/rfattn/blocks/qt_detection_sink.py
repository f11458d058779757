# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and statistics in a Qt window."""

from __future__ import annotations

from ..telemetry.probability_history import ProbabilityHistory
from ..telemetry.state import State
from ..telemetry.zmq_publisher import plain
from .message_sink import MessageSink


class qt_detection_sink(MessageSink):
    """Shows the current label, the probabilities of all classes over time, latency, drops, and
    which model runs.

    Messages in
        ``detections`` and ``model``, from a `transformer`; ``stats``, from a `latency_probe`.

    The widget reads the state of the block 20 times a second, in the thread of the application.

    Args:
        seconds: length of the history, s, > 0.
        stream: number of the stream that is shown, >= 0.

    Attributes:
        widget: the QWidget, for your layout.
        history: the `ProbabilityHistory` of the stream.
        state: the `State` of all messages.

    Raises:
        ValueError: in one line, when a parameter breaks its rule.
        RuntimeError: when there is no QApplication.
        ImportError: without PyQt5.
    """

    TOPICS = ("detections", "stats", "model")

    def __init__(self, seconds=10.0, stream=0):
        from ..telemetry.qt_view import QtDetectionView

        if stream < 0:
            raise ValueError(f"qt_detection_sink: stream must be >= 0, got {stream}")
        self._stream = stream
        self.history = ProbabilityHistory(seconds)
        self.state = State()
        MessageSink.__init__(self)
        self.widget = QtDetectionView(self)

    def _receive(self, topic: str, message: dict) -> None:
        content = self.state.add(topic, plain(message))
        if topic == "detections" and content.stream == self._stream:
            self.history.add(content)
