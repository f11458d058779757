# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections, emissions, spectra, model changes and sound over ZMQ PUB."""

from __future__ import annotations

import platform
import sys
import threading
import time

import numpy as np
import pmt
from gnuradio import gr

from .._version import __version__
from ..messages import schema
from ..messages.as_pmt import to_message, to_python
from ..messages.audio import AUDIO_TOPIC, AudioRequest, Request
from ..messages.entries import to_dict
from ..rfattn_python import int16_view
from ..telemetry.zmq_publisher import JsonPublisher
from .parts.lifetime import flowgraph_of, weakly
from .parts.message_sink import MessageSink
from .parts.work_errors import failures_in, handler, keep_error

_INFO_INTERVAL_S = 1.0
_WITH_INFO = ("stats", "emissions")
_SPECTRA = ("peak_db", "mean_db")
_REQUESTS = pmt.intern("requests")


class zmq_stats_sink(MessageSink):
    """Publishes messages as JSON on a ZMQ PUB socket, for `gr-rfattn watch` and other programs.

    Each message leaves as two frames: the topic `<topic>.<port>`, and a JSON object in UTF-8. The
    object holds the entries of the dictionary, and `schema`, `seq` (number of the message within
    its topic, from 0) and `time_unix_s`. Numbers are in base units; values that are not finite are
    null; spectra are in dB with one decimal. A message `<topic>.info` follows the first statistics
    or emission and then about once a second: versions, parameters, the last `model`, and what the
    guests of the flowgraph could not do.

    Sending never blocks the flowgraph. A subscriber that is slow or connects late misses messages
    and sees it in `seq`; so it does where messages come faster than they can be sent: the oldest
    are discarded while more than 2000 wait at a port. Needs python3-zmq.

    Messages in:
        - stats: dictionaries of `latency_probe`.
        - detections: dictionaries of `transformer`, one per step.
        - emissions: dictionaries of `emission_detector` or `emission_labels`.
        - decoded: dictionaries of `frame_contents` and `emission_decoder`.
        - model: dictionaries of `transformer`, one per change of the model.
        - spectra: dictionaries of `spectrum_probe`.
        - edges: dictionaries of `edge_source`.
        - audio: pairs of a dictionary and a vector of int16, from `emission_demodulator`.

    Messages out:
        - requests: dictionaries for `emission_demodulator`: when somebody subscribes to sound, the
          first time, and when the last subscriber is gone.

    Args:
        address: address to bind: tcp://127.0.0.1:5557 (port * picks a free one), ipc:// or
            inproc://. One that other machines can reach needs `curve_keys`. A file at the path of
            ipc:// that is no socket is refused, and so is the socket of a program that runs.
        topic: first part of the topics, not empty.
        curve_keys: folder with the file server.key_secret, mode 0600, as
            `zmq.auth.create_certificates(folder, "server")` makes it, and a folder clients with
            the public .key files of permitted subscribers. "": messages are not encrypted.

    Attributes:
        messages_lost: number of messages that were discarded.

    Raises:
        ValueError: when a parameter breaks its rule, the address is in use, or keys are missing,
            damaged or readable by other users; one line.
    """

    TOPICS = (
        "stats",
        "detections",
        "emissions",
        "decoded",
        "model",
        "spectra",
        "edges",
        "audio",
    )
    SENDS = ("requests",)

    def __init__(self, address="tcp://127.0.0.1:5557", topic="rfattn", curve_keys=""):
        if not topic:
            raise ValueError("zmq_stats_sink: topic must not be empty")
        self._topic = topic
        self._parameters = {"address": address, "topic": topic, "curve": bool(curve_keys)}
        self._model = None
        self._next_info = 0.0
        self._sound, self._heard = f"{AUDIO_TOPIC}/{topic}/", set()
        self._asking = threading.Lock()
        MessageSink.__init__(self, drops=True, is_guest=True)
        self.message_port_register_out(_REQUESTS)
        self._publisher = JsonPublisher(address, curve_keys, weakly(self._ask), self._sound)
        self._publisher.watch()

    def last_endpoint(self) -> str:
        """Returns the address that was bound, with the port that `*` became."""
        return self._publisher.endpoint

    def publish(self, topic: str, message: dict) -> None:
        """Sends `message` under the topic `<topic>.<topic of the message>`.

        Any thread may call it. After `close()` it does nothing.
        """
        self._publisher.send(f"{self._topic}.{topic}", message)

    def show_event(self, event: dict) -> None:
        self.publish("events", event)

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        super()._lose(topic, message)
        self._publisher.skip(f"{self._topic}.{topic}")

    @handler
    def _ask(self, text: str, is_wanted: bool) -> None:
        """Passes on a request of a subscriber; what is none is ignored."""
        try:
            request = str(AudioRequest.parse(text))
        except ValueError:
            return
        if request != text:
            return
        self._publisher.forget(self._sound + text)
        with self._asking:
            (self._heard.add if is_wanted else self._heard.discard)(text)
            self.message_port_pub(_REQUESTS, to_message(Request(text, is_wanted)))

    @keep_error
    def start(self):
        # Who waited for the address subscribed at once, before this block was connected.
        with self._asking:
            for text in self._heard:
                self.message_port_pub(_REQUESTS, to_message(Request(text, True)))
        return super().start()

    def _read(self, topic: str, message: pmt.pmt_base):
        if topic != "audio":
            return super()._read(topic, message)
        if not (pmt.is_pair(message) and pmt.is_s16vector(pmt.cdr(message))):
            raise ValueError("audio: must be a pair of a dictionary and a vector of int16")
        about = schema.read("audio", to_python(pmt.car(message)))
        return about, int16_view(pmt.cdr(message))

    def _receive(self, topic: str, message) -> None:
        if topic == "audio":
            about, samples = message
            if about.request not in self._heard:
                return
            octets = samples.astype("<i2").tobytes()
            self._publisher.send(self._sound + about.request, to_dict(about), octets)
            return
        self.publish(topic, _rounded(message) if topic == "spectra" else message)
        if topic == "model":
            self._model = message
        elif topic in _WITH_INFO and time.monotonic() >= self._next_info:
            self._next_info = time.monotonic() + _INFO_INTERVAL_S
            self.publish("info", self._info())

    def close(self) -> None:
        """Sends the messages that wait at the ports, then frees the address.

        A second call does nothing.
        """
        self.drain()
        self._publisher.close()

    def _info(self) -> dict:
        versions = {"rfattn": __version__, "gnuradio": gr.version()}
        versions["python"] = platform.python_version()
        if "torch" in sys.modules:
            versions["torch"] = sys.modules["torch"].__version__
        found = failures_in(flowgraph_of(self))
        failures = [f"{name} failed {failures}" for name, failures in found.items()]
        return {
            "versions": versions,
            "parameters": self._parameters,
            "model": self._model,
            "failures": failures or None,
        }


def _rounded(row: dict) -> dict:
    """A row of spectra with one decimal: JSON would write each float32 with all its digits."""
    values = {name: np.round(row[name].astype(np.float64), 1) for name in _SPECTRA if name in row}
    return {**row, **values}
