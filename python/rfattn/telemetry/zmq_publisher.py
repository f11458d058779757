# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZMQ PUB socket that sends JSON, guards its address and never blocks; no GNU Radio here."""

from __future__ import annotations

import json
import math
import threading
import time
import weakref
from pathlib import Path

import numpy as np

from .bind_address import is_loopback
from .schema import SCHEMA

_SNDHWM = 100  # messages kept for a slow subscriber; the rest it misses, and seq shows it
_LINGER_MS = 200


class JsonPublisher:
    """A bound PUB socket: each message is a topic and one JSON object.

    Args:
        address: ``tcp://HOST:PORT``, ``ipc://PATH`` or ``inproc://NAME``.
        curve_keys: folder of CURVE keys (see `check_keys`), or "".
        allow_remote: bind an address that other machines reach without keys.

    Attributes:
        endpoint: the address that is bound.

    Raises:
        ValueError: in one line that starts with the block's name, when it cannot.
    """

    def __init__(self, address: str, curve_keys: str, allow_remote: bool):
        import zmq

        check_address(address, bool(curve_keys), allow_remote)
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
        self._socket.set(zmq.IPV6, "[" in address)
        # Also when nobody calls close(): a context that the collector ends before its socket waits
        # endlessly for that socket.
        ended = self._context if self._own_context else None
        self._free = weakref.finalize(self, _free, self._socket, ended)
        try:
            if curve_keys:
                self._use_keys(Path(curve_keys))
            self._bind(address)
        except ValueError:
            self.close()
            raise
        self.endpoint = self._socket.get_string(zmq.LAST_ENDPOINT)

    def send(self, topic: str, payload: dict) -> None:
        """Sends ``payload`` with ``schema``, ``seq`` of this topic and ``time_unix_s``, from any
        thread. After `close` it does nothing."""
        with self._sending:
            if self._socket.closed:
                return
            sequence = self._sequence.get(topic, 0)
            self._sequence[topic] = sequence + 1
            envelope = {"schema": SCHEMA, "seq": sequence, "time_unix_s": time.time()}
            body = json.dumps(plain({**payload, **envelope}), allow_nan=False)
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

    def _use_keys(self, folder: Path) -> None:
        import zmq.auth
        from zmq.auth.thread import ThreadAuthenticator

        secret, clients = check_keys(folder)
        public_key, secret_key = zmq.auth.load_certificate(secret)
        try:
            self._socket.curve_publickey, self._socket.curve_secretkey = public_key, secret_key
        except self._zmq.ZMQError:
            raise ValueError(f"zmq_stats_sink: curve_keys: no key pair in {secret}") from None
        self._socket.curve_server = True
        self._authenticator = ThreadAuthenticator(self._context)
        self._authenticator.start()
        self._authenticator.configure_curve(domain="*", location=str(clients))


def _free(socket, context) -> None:
    socket.close()
    if context is not None:
        context.term()


def check_address(address: str, curve: bool, allow_remote: bool) -> None:
    """Refuses an address that other machines reach, unless keys or ``allow_remote`` permit it.

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
    if not (curve or allow_remote or is_loopback(host)):
        raise ValueError(
            f"zmq_stats_sink: address {address} can be reached from other machines: use "
            "127.0.0.1, give curve_keys, or set allow_remote"
        )


def check_keys(folder: Path) -> tuple[Path, Path]:
    """The secret key file and the folder of client keys.

    Raises:
        ValueError: naming what is missing, or a secret that others can read.
    """
    secret, clients = folder / "server.key_secret", folder / "clients"
    if not secret.is_file():
        raise ValueError(f"zmq_stats_sink: curve_keys: no file {secret}")
    mode = secret.stat().st_mode & 0o777
    if mode & 0o077:
        raise ValueError(
            f"zmq_stats_sink: curve_keys: {secret} must be readable by its owner only "
            f"(chmod 600), its mode is {mode:04o}"
        )
    if not any(clients.glob("*.key")):
        raise ValueError(f"zmq_stats_sink: curve_keys: no client keys (*.key) in {clients}")
    return secret, clients


def plain(value):
    """``value`` as JSON takes it: text keys, no NaN or infinity."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim == 1:
        return [number if math.isfinite(number) else None for number in value.tolist()]
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
