# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket of an edge, which connects to a host; no GNU Radio here."""

from __future__ import annotations

from ..telemetry.bind_address import check_peer, is_loopback
from ..telemetry.curve import use_client_keys
from .wire import MAX_BYTES

_LINGER_MS = 200
_HEARTBEAT_MS = 2000
"""Of ZMQ: a connection that is dead without a word is made anew."""


def connect(address: str, curve_keys: str, most_waiting: int):
    """A context, and its socket that connects to a host, now or when there is one.

    Args:
        address: ``tcp://HOST:PORT`` or ``ipc://PATH``.
        curve_keys: folder of CURVE keys (see `curve`); "": none, for this machine alone.
        most_waiting: messages that may wait in the socket.

    Raises:
        ValueError: in one line that begins with "edge_sink".
    """
    import zmq

    check_peer("edge_sink: address", address)
    host = address.partition("://")[2].rpartition(":")[0]
    if address.startswith("tcp://") and not (curve_keys or is_loopback(host)):
        raise ValueError(
            f"edge_sink: address {address} is another machine: give curve_keys, or a tunnel from "
            "127.0.0.1"
        )
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    for option, value in (
        (zmq.LINGER, _LINGER_MS),
        (zmq.SNDHWM, most_waiting),
        (zmq.MAXMSGSIZE, MAX_BYTES),
        (zmq.HEARTBEAT_IVL, _HEARTBEAT_MS),
        (zmq.IPV6, "[" in address),
    ):
        socket.set(option, value)
    try:
        if curve_keys:
            use_client_keys(socket, curve_keys, "edge_sink: curve_keys")
        socket.connect(address)
    except (zmq.ZMQError, ValueError) as error:
        socket.close()
        context.term()
        if isinstance(error, ValueError):
            raise
        raise ValueError(f"edge_sink: address {address!r}: {error.strerror}") from None
    return context, socket
