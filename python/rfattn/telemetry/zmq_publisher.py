# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZMQ PUB socket that sends JSON, guards its address and never blocks; no GNU Radio here."""

from __future__ import annotations

import json
import math
import threading
import time
import weakref

import numpy as np

from .bind_address import is_loopback, is_port
from .curve import use_server_keys
from .ipc_path import IpcPath
from .schema import SCHEMA
from .values import MAX_DEPTH, check_values

_SNDHWM = 100  # messages kept for a slow subscriber; the rest it misses, and seq shows it
_LINGER_MS = 200
_MAX_REQUEST_BYTES = 4096  # of a subscriber, which sends topics only


class JsonPublisher:
    """A bound PUB socket: each message is a topic and one JSON object.

    Args:
        address: ``tcp://HOST:PORT``, ``ipc://PATH`` or ``inproc://NAME``.
        curve_keys: folder of CURVE keys (see `curve`), or "". Without them only this machine may
            reach the address.

    Attributes:
        endpoint: the address that is bound.

    Raises:
        ValueError: in one line that starts with the block's name, when it cannot.
    """

    def __init__(self, address: str, curve_keys: str):
        import zmq

        check_address(address, bool(curve_keys))
        self._zmq = zmq
        self._sequence: dict[str, int] = {}
        self._sending = threading.Lock()
        self._authenticator = None
        # Its own context: ending it waits until the address is free, and keys are asked for once a
        # context. But inproc:// reaches only the sockets of one context.
        self._own_context = not address.startswith("inproc://")
        self._context = zmq.Context() if self._own_context else zmq.Context.instance()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.set(zmq.SNDHWM, _SNDHWM)
        self._socket.set(zmq.LINGER, _LINGER_MS)
        self._socket.set(zmq.MAXMSGSIZE, _MAX_REQUEST_BYTES)
        self._socket.set(zmq.IPV6, "[" in address)
        # Also when nobody calls close(): a context that the collector ends before its socket waits
        # endlessly for that socket.
        ended = self._context if self._own_context else None
        scheme, _, path = address.partition("://")
        self._path = IpcPath(path if scheme == "ipc" else "")
        self._free = weakref.finalize(self, _free, self._socket, ended, self._path)
        try:
            if curve_keys:
                self._authenticator = use_server_keys(self._socket, self._context, curve_keys)
            with self._path.taken():
                self._bind(address)
        except ValueError:
            self.close()
            raise
        self.endpoint = self._socket.get_string(zmq.LAST_ENDPOINT)

    def send(self, topic: str, payload: dict) -> None:
        """Sends ``payload`` with ``schema``, ``seq`` of this topic and ``time_unix_s``, from any
        thread. After `close` it does nothing.

        Raises:
            ValueError: a value that no reader would take (see `values`).
        """
        with self._sending:
            if self._socket.closed:
                return
            sequence = self._sequence.get(topic, 0)
            self._sequence[topic] = sequence + 1
            envelope = {"schema": SCHEMA, "seq": sequence, "time_unix_s": time.time()}
            message = plain({**payload, **envelope})
            check_values(message, topic)
            body = json.dumps(message, allow_nan=False)
            self._socket.send_multipart([topic.encode(), body.encode()], self._zmq.NOBLOCK)

    def close(self) -> None:
        """Frees the address. May be called twice."""
        with self._sending:
            self._socket.close()
        if self._authenticator is not None:
            self._authenticator.stop()
            self._authenticator = None
        self._free()

    def _bind(self, address: str) -> None:
        try:
            self._socket.bind(address)
        except self._zmq.ZMQError as error:
            raise ValueError(f"zmq_stats_sink: cannot bind {address}: {error.strerror}") from None


def _free(socket, context, path: IpcPath) -> None:
    socket.close()
    path.remove()
    if context is not None:
        context.term()


def check_address(address: str, curve: bool) -> None:
    """Refuses an address that other machines reach, unless keys protect it.

    Raises:
        ValueError: naming the address and the rule.
    """
    scheme, _, rest = address.partition("://")
    if scheme in ("ipc", "inproc") and rest:
        return
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port:
        raise ValueError(
            "zmq_stats_sink: address must be tcp://HOST:PORT, ipc://PATH or inproc://NAME, "
            f"got {address!r}"
        )
    if port != "*" and not is_port(port):
        raise ValueError(
            "zmq_stats_sink: address must have a port from 0 to 65535, or * for any free one, "
            f"got {address!r}"
        )
    if not (curve or is_loopback(host)):
        raise ValueError(
            f"zmq_stats_sink: address {address} can be reached from other machines: use "
            "127.0.0.1, or give curve_keys"
        )


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
