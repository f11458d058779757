# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZMQ socket that publishes JSON, guards its address and never blocks; no GNU Radio here."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable

import numpy as np

from ..messages.schema import SCHEMA
from ..messages.values import MAX_DEPTH, check_values
from .bound_socket import BoundSocket
from .socket_watcher import SocketWatcher

_SNDHWM = 100  # messages kept for a slow subscriber; the rest it misses, and seq shows it
_LINGER_MS = 200
_MAX_REQUEST_BYTES = 4096  # of a subscriber, which sends topics only


class JsonPublisher:
    """A bound XPUB socket: each message is a topic and one JSON object, and maybe octets.

    Args:
        address: ``tcp://HOST:PORT``, ``ipc://PATH`` or ``inproc://NAME``.
        curve_keys: folder of CURVE keys (see `curve`), or "". Without them only this machine may
            reach the address.
        on_request: called with the rest of a topic that begins with ``requests``, and whether
            anybody subscribes to it now, at the first subscriber of each and after the last one;
            in any thread. It must not raise. None: nobody is told.
        requests: first part of these topics.

    Attributes:
        endpoint: the address that is bound.

    Raises:
        ValueError: in one line that starts with the block's name, when it cannot.
    """

    def __init__(
        self,
        address: str,
        curve_keys: str,
        on_request: Callable[[str, bool], None] | None = None,
        requests: str = "",
    ):
        import zmq

        self._zmq = zmq
        self._sequence: dict[str, int] = {}
        self._sending = threading.Lock()
        options = {"SNDHWM": _SNDHWM, "LINGER": _LINGER_MS, "MAXMSGSIZE": _MAX_REQUEST_BYTES}
        self._bound = BoundSocket("XPUB", address, curve_keys, "zmq_stats_sink", options)
        self._socket, self.endpoint = self._bound.socket, self._bound.endpoint
        self._on_request, self._requests = on_request, requests.encode()
        self._watcher: SocketWatcher | None = None

    def watch(self) -> None:
        """Has requests answered also while nothing is sent; once ``on_request`` can be called."""
        self._watcher = SocketWatcher(self._socket.get(self._zmq.FD), self._read)

    def send(self, topic: str, payload: dict, octets: bytes | None = None) -> None:
        """Sends ``payload`` with ``schema``, ``seq`` of this topic and ``time_unix_s``, and then
        ``octets``, from any thread. After `close` it does nothing.

        Raises:
            ValueError: a value that no reader would take (see `values`).
        """
        with self._sending:
            if self._socket.closed:
                return
            sequence = self._next(topic)
            envelope = {"schema": SCHEMA, "seq": sequence, "time_unix_s": time.time()}
            message = plain({**payload, **envelope})
            check_values(message, topic)
            frames = [topic.encode(), json.dumps(message, allow_nan=False).encode()]
            frames += [] if octets is None else [octets]
            self._socket.send_multipart(frames, self._zmq.NOBLOCK)
        self._read()

    def skip(self, topic: str) -> None:
        """Counts a message that is not sent, so that subscribers see that they miss it."""
        with self._sending:
            self._next(topic)

    def _next(self, topic: str) -> int:
        sequence = self._sequence.get(topic, 0)
        self._sequence[topic] = sequence + 1
        return sequence

    def forget(self, topic: str) -> None:
        """Counts the messages of a topic from 0 again."""
        with self._sending:
            self._sequence.pop(topic, None)

    def _read(self) -> bool:
        """Takes what subscribers sent; returns whether the socket is open."""
        found = []
        with self._sending:
            if self._socket.closed:
                return False
            while self._socket.get(self._zmq.EVENTS) & self._zmq.POLLIN:
                found.append(self._socket.recv(self._zmq.NOBLOCK))
        for frame in found:
            self._take(frame)
        return True

    def _take(self, frame: bytes) -> None:
        """Takes a subscription: a 1 or, at its end, a 0, and the topic."""
        begins, topic = frame[:1], frame[1:]
        is_request = self._on_request is not None and topic.startswith(self._requests)
        if is_request and begins in (b"\0", b"\1"):
            text = topic.removeprefix(self._requests).decode(errors="replace")
            self._on_request(text, begins == b"\1")

    def close(self) -> None:
        """Frees the address. May be called twice."""
        if self._watcher is not None:
            self._watcher.end()
        with self._sending:
            self._bound.close()


def plain(value, depth: int = 0):
    """``value`` as JSON takes it: text keys, no NaN or infinity.

    Raises:
        ValueError: it is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"a message must not be nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim == 1:
        return [number if math.isfinite(number) else None for number in value.tolist()]
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
