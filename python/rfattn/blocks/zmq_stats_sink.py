# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections, spectra and model changes as JSON over ZMQ PUB."""

from __future__ import annotations

import platform
import sys
import time

import numpy as np
from gnuradio import gr

from .._version import __version__
from ..telemetry.zmq_publisher import JsonPublisher
from .message_sink import MessageSink

_INFO_INTERVAL_S = 1.0
_SPECTRA = ("peak_db", "mean_db")


class zmq_stats_sink(MessageSink):
    """Publishes messages as JSON, for `gr-rfattn watch`, `gr-rfattn serve` and other programs.

    Messages in
        ``stats`` (from a `latency_probe`), ``detections`` and ``model`` (from a `transformer`),
        ``spectra`` (from a `spectrum_probe`): PMT dictionaries, see `telemetry.schema`.

    Each message is sent as two frames: the topic ``<topic>.<port>``, and one JSON object in UTF-8:
    the dictionary with ``schema``, ``seq`` (counts the messages of this topic from 0) and
    ``time_unix_s``. Numbers are in base units; NaN and infinity become null; spectra are in dB with
    one decimal. With the first stats, and then about once a second, ``<topic>.info`` is sent:
    versions, parameters and the last ``model``.

    Sending never blocks: a subscriber that is slow, or comes late, misses messages.

    Args:
        address: where to bind: ``tcp://127.0.0.1:5557`` (port ``*``: any free one), ``ipc://``,
            ``inproc://``.
        topic: first part of the topics.
        curve_keys: folder with ``server.key_secret`` (as made by
            ``zmq.auth.create_certificates(folder, "server")``, mode 0600) and a folder ``clients``
            with the public ``.key`` files of those who may subscribe; "" sends in the clear.
        allow_remote: bind an address that other machines reach without keys.

    Raises:
        ValueError: in one line, when a parameter breaks its rule, the address is in use, or keys
            are missing or readable by others.
    """

    TOPICS = ("stats", "detections", "model", "spectra")

    def __init__(
        self, address="tcp://127.0.0.1:5557", topic="rfattn", curve_keys="", allow_remote=False
    ):
        if not topic:
            raise ValueError("zmq_stats_sink: topic must not be empty")
        self._topic = topic
        self._parameters = {"address": address, "topic": topic, "curve": bool(curve_keys)}
        self._model = None
        self._next_info = 0.0
        self._publisher = JsonPublisher(address, curve_keys, allow_remote)
        MessageSink.__init__(self)

    def last_endpoint(self) -> str:
        """Returns the address that is bound, with the port that ``*`` became."""
        return self._publisher.endpoint

    def publish(self, topic: str, message: dict) -> None:
        """Sends ``message`` as ``<topic>.<topic of the message>``, from any thread; after `close`
        it does nothing."""
        self._publisher.send(f"{self._topic}.{topic}", message)

    def _receive(self, topic: str, message: dict) -> None:
        self.publish(topic, _rounded(message) if topic == "spectra" else message)
        if topic == "model":
            self._model = message
        elif topic == "stats" and time.monotonic() >= self._next_info:
            self._next_info = time.monotonic() + _INFO_INTERVAL_S
            self.publish("info", self._info())

    def close(self) -> None:
        """Sends what still waits at the ports, then frees the address. May be called twice."""
        MessageSink.close(self)
        self._publisher.close()

    def _info(self) -> dict:
        versions = {"rfattn": __version__, "gnuradio": gr.version()}
        versions["python"] = platform.python_version()
        if "torch" in sys.modules:
            versions["torch"] = sys.modules["torch"].__version__
        return {"versions": versions, "parameters": self._parameters, "model": self._model}


def _rounded(row: dict) -> dict:
    """A row of spectra with one decimal: JSON would write each float32 with all its digits."""
    values = {name: np.round(row[name].astype(np.float64), 1) for name in _SPECTRA if name in row}
    return {**row, **values}
