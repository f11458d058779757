# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections, spectra and model changes as JSON over ZMQ PUB."""

from __future__ import annotations

import platform
import sys
import time

import numpy as np
import pmt
from gnuradio import gr

from .._version import __version__
from ..telemetry.messages import drain
from ..telemetry.zmq_publisher import JsonPublisher

_INFO_INTERVAL_S = 1.0
_SPECTRA = ("peak_db", "mean_db")


class zmq_stats_sink(gr.basic_block):
    """Publishes what the blocks tell, for `gr-rfattn watch` and other programs.

    Messages in
        ``stats`` (from a `latency_probe`), ``detections`` and ``model`` (from a `transformer`),
        ``spectra`` (from a `spectrum_probe`): PMT dictionaries.

    Each goes out as two frames: the topic ``<topic>.<port>``, and one JSON object in UTF-8: the
    dictionary with ``schema``, ``seq`` (counts the messages of this topic from 0) and
    ``time_unix_s``. Numbers are in base units, what is not finite is null; spectra are in dB with
    one decimal. With the first stats and then about once a second goes ``<topic>.info``: versions,
    parameters and the last ``model``.

    Sending never blocks: a subscriber that is slow, or comes late, misses messages.

    Args:
        address: what to bind: ``tcp://127.0.0.1:5557`` (port ``*``: any free one), ``ipc://``,
            ``inproc://``.
        topic: first part of the topics.
        curve_keys: folder with ``server.key_secret`` (as made by
            ``zmq.auth.create_certificates(folder, "server")``, mode 0600) and a folder ``clients``
            with the public ``.key`` files of those who may listen; "" sends in the clear.
        allow_remote: bind an address that other machines reach without keys.

    Raises:
        ValueError: in one line, when a parameter does not hold, the address is in use, or keys are
            missing or readable by others.
    """

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
        gr.basic_block.__init__(self, "zmq_stats_sink", None, None)
        self._handlers = {
            "stats": self._on_stats,
            "detections": self._on_detection,
            "model": self._on_model,
            "spectra": self._on_spectra,
        }
        for port, handler in self._handlers.items():
            self.message_port_register_in(pmt.intern(port))
            self.set_msg_handler(pmt.intern(port), handler)

    def last_endpoint(self) -> str:
        """The address that is bound, with the port that ``*`` became."""
        return self._publisher.endpoint

    def publish(self, kind: str, payload: dict) -> None:
        """Sends ``payload`` as ``<topic>.<kind>``, from any thread; after `close` does nothing."""
        self._publisher.send(f"{self._topic}.{kind}", payload)

    def close(self) -> None:
        """Sends what still waits at the ports, then frees the address. May be called twice."""
        drain(self, self._handlers)
        self._publisher.close()

    def stop(self):
        drain(self, self._handlers)
        return True

    def _on_stats(self, message):
        self._publish_message("stats", message)
        now = time.monotonic()
        if now >= self._next_info:
            self._next_info = now + _INFO_INTERVAL_S
            self.publish("info", self._info())

    def _on_detection(self, message):
        self._publish_message("detections", message)

    def _on_model(self, message):
        self._model = pmt.to_python(message)
        self._publish_message("model", message)

    def _on_spectra(self, message):
        self._publish_message("spectra", message, _rounded)

    def _publish_message(self, kind: str, message, prepare=dict) -> None:
        if pmt.is_dict(message):
            # pmt's empty dictionary is nil
            self.publish(kind, prepare(pmt.to_python(message) or {}))
        else:
            self.logger.warn(f"{kind}: not a dictionary: {message}")

    def _info(self) -> dict:
        versions = {"rfattn": __version__, "gnuradio": gr.version()}
        versions["python"] = platform.python_version()
        if "torch" in sys.modules:
            versions["torch"] = sys.modules["torch"].__version__
        return {"versions": versions, "parameters": self._parameters, "model": self._model}


def _rounded(row: dict) -> dict:
    """A row of spectra with one decimal: JSON would spell out each float32 as a float64."""
    values = {name: np.round(row[name].astype(np.float64), 1) for name in _SPECTRA if name in row}
    return {**row, **values}
