# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZMQ socket that other programs connect to, and which guards its address; no GNU Radio here."""

from __future__ import annotations

import weakref

from .bind_address import is_loopback, is_port
from .curve import use_server_keys
from .ipc_path import IpcPath


class BoundSocket:
    """A bound socket: only this machine reaches it, unless CURVE keys are given.

    Args:
        kind: name of the ZMQ socket type, as ``"PUB"``.
        address: ``tcp://HOST:PORT``, ``ipc://PATH`` or ``inproc://NAME``.
        curve_keys: folder of CURVE keys (see `curve`), or "".
        who: name of the block, which begins the texts of errors.
        options: ZMQ socket options by name, as ``{"LINGER": 200}``.

    Attributes:
        socket: the ZMQ socket; endpoint: the address that is bound.

    Raises:
        ValueError: in one line that starts with the block's name, when it cannot.
    """

    def __init__(self, kind: str, address: str, curve_keys: str, who: str, options: dict):
        import zmq

        check_address(address, bool(curve_keys), who)
        self._authenticator = None
        # Its own context: ending it waits until the address is free, and keys are asked for once a
        # context. But inproc:// reaches only the sockets of one context.
        is_inproc = address.startswith("inproc://")
        context = zmq.Context.instance() if is_inproc else zmq.Context()
        self.socket = context.socket(getattr(zmq, kind))
        for name, value in {**options, "IPV6": "[" in address}.items():
            self.socket.set(getattr(zmq, name), value)
        scheme, _, path = address.partition("://")
        path = IpcPath(path if scheme == "ipc" else "", who)
        # Also when nobody calls close(): a context that the collector ends before its socket waits
        # endlessly for that socket.
        ended = None if is_inproc else context
        self._free = weakref.finalize(self, _free, self.socket, ended, path)
        try:
            if curve_keys:
                self._authenticator = use_server_keys(self.socket, context, curve_keys, who)
            with path.taken():
                self._bind(zmq, address, who)
        except ValueError:
            self.close()
            raise
        self.endpoint = self.socket.get_string(zmq.LAST_ENDPOINT)

    def close(self) -> None:
        """Frees the address. May be called twice."""
        self.socket.close()
        if self._authenticator is not None:
            self._authenticator.stop()
            self._authenticator = None
        self._free()

    def _bind(self, zmq, address: str, who: str) -> None:
        try:
            self.socket.bind(address)
        except zmq.ZMQError as error:
            raise ValueError(f"{who}: cannot bind {address}: {error.strerror}") from None


def _free(socket, context, path: IpcPath) -> None:
    socket.close()
    path.remove()
    if context is not None:
        context.term()


def check_address(address: str, curve: bool, who: str = "zmq_stats_sink") -> None:
    """Refuses an address that other machines reach, unless keys protect it.

    Args:
        who: begins the text of an error.

    Raises:
        ValueError: naming the address and the rule.
    """
    scheme, _, rest = address.partition("://")
    if scheme in ("ipc", "inproc") and rest:
        return
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port:
        raise ValueError(
            f"{who}: address must be tcp://HOST:PORT, ipc://PATH or inproc://NAME, got {address!r}"
        )
    if port != "*" and not is_port(port):
        raise ValueError(
            f"{who}: address must have a port from 0 to 65535, or * for any free one, "
            f"got {address!r}"
        )
    if not (curve or is_loopback(host)):
        raise ValueError(
            f"{who}: address {address} can be reached from other machines: use 127.0.0.1, or give "
            "curve_keys"
        )
