# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions, detections and statistics in a Qt window."""

from __future__ import annotations

import pmt

from ..telemetry.probability_history import ProbabilityHistory
from ..telemetry.state import State
from ..telemetry.waterfall import Waterfall
from ..telemetry.zmq_publisher import plain
from .parts.message_sink import MessageSink


class qt_detection_sink(MessageSink):
    """Shows a waterfall with the emissions, their table, labels and figures in a Qt window.

    Around each emission is a box; a click into it selects its line in the table. Its text is the
    label, or before the first label the id, and the SNR; it is left out where it would cover
    another text or the box of another emission. The labels of a model have one row per class, time
    to the right: the brighter, the more probable. A dashed line marks a change of the model. The
    handlers of the messages store what arrives; the widget reads it several times a second in the
    thread of the application.

    Messages that come faster than they can be taken are discarded, the oldest first, while more
    than 2000 wait at a port; `messages_lost` counts them.

    Messages in:
        - spectra: dictionaries of `waterfall_probe`.
        - emissions: dictionaries of `emission_detector` or `emission_labels`.
        - decoded: dictionaries of `frame_contents` or `emission_decoder`; the table has the newest
          line of each emission.
        - detections: dictionaries of `transformer`, one per step.
        - stats: dictionaries of `latency_probe`.
        - model: dictionaries of `transformer`, one per change of the model.

    GNU Radio Companion:
        Needs the generate option QT GUI. GUI Hint places the widget in the window.

    Args:
        seconds: length of the history of labels, s, > 0 and finite.
        stream: number of the stream that is shown, >= 0.
        sidebands: whether boxes and table have sidebands of other emissions, too.

    Attributes:
        messages_lost: number of messages that were discarded.
        widget: the QWidget, to be added to a layout.
        waterfall: the `Waterfall` of all spectra.
        history: the `ProbabilityHistory` of the stream.
        state: the `State` of all messages.

    Raises:
        ValueError: naming the parameter, the rule and the value.
        RuntimeError: when there is no QApplication.
        ImportError: when PyQt5 is not installed.
    """

    TOPICS = ("spectra", "emissions", "decoded", "detections", "stats", "model")

    def __init__(self, seconds=10.0, stream=0, sidebands=False):
        from ..telemetry.qt_view import QtDetectionView

        if stream < 0:
            raise ValueError(f"qt_detection_sink: stream must be >= 0, got {stream}")
        self._stream, self._has_sidebands = stream, sidebands
        self.waterfall = Waterfall()
        self.history = ProbabilityHistory(seconds)
        self.state = State()
        MessageSink.__init__(self, drops=True, is_guest=True)
        self.widget = QtDetectionView(self)

    def records(self) -> list:
        """Returns the `EmissionRecord`s that are shown, in the order of run and id."""
        with self.state.lock:
            records = self.state.emissions.all()
        return [r for r in records if r.latest.is_shown(self._has_sidebands)]

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        super()._lose(topic, message)
        self.state.miss(topic)

    def _receive(self, topic: str, message: dict) -> None:
        content = self.state.add(topic, plain(message))
        if topic == "spectra":
            self.waterfall.add(content)
        if topic == "detections" and content.stream == self._stream:
            self.history.add(content)
