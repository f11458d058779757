# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives the messages of a `zmq_stats_sink` and decodes them; no GNU Radio here."""

from __future__ import annotations

import json
from contextlib import contextmanager

from ..json_files import refuse_constant
from ..messages import schema
from ..messages.entries import read_as
from ..messages.values import check_values
from .bind_address import check_peer
from .curve import use_client_keys

MAX_BYTES = 4 * 2**20
"""A message is at most as long; a row of a waterfall of 65536 bins has about 1 MB."""
MAX_TOPIC_BYTES = 200
_MAX_FRAME_BYTES = 16 * MAX_BYTES
"""A larger frame ends the connection; memory is allocated for smaller ones."""


@contextmanager
def subscribe(context_class, address: str, topic: str, name: str, keys: str = "", prefix: str = ""):
    """A socket that gets the messages of a `zmq_stats_sink`.

    Args:
        context_class: ``zmq.Context`` or that of ``zmq.asyncio``.
        topic: the first part of the topics.
        name: what a refusal calls the address.
        keys: folder of CURVE keys (see `use_client_keys`), or "".
        prefix: of the messages that it gets; "": all of the topic.

    Raises:
        ValueError: an address that ZMQ does not take, or keys that are missing.
    """
    import zmq

    check_peer(name, address)
    with context_class() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        if keys:
            use_client_keys(socket, keys)
        socket.subscribe(prefix or f"{topic}.")
        try:
            socket.connect(address)
        except zmq.ZMQError as error:
            raise ValueError(f"{name} {address!r}: {error}") from None
        yield socket


def decode(frames: list[bytes], topic: str) -> tuple[str, dict]:
    """The topic without its first part, and the message with its envelope.

    `State.add` checks the fields of the topic.

    Raises:
        ValueError: in one line, when it is not a message, too large or one of another schema.
    """
    if len(frames) != 2:
        raise ValueError(f"not a message of gr-rfattn: {len(frames)} frames instead of 2")
    name, body = frames
    if len(name) > MAX_TOPIC_BYTES or len(body) > MAX_BYTES:
        raise ValueError(
            f"a message must have at most {MAX_TOPIC_BYTES} bytes of topic and {MAX_BYTES} of "
            f"content, got {len(name)} and {len(body)}"
        )
    try:
        message = json.loads(body, parse_constant=refuse_constant)
        topic_name = name.decode()
        version = message["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"not a message of gr-rfattn: {frames!r:.80}") from None
    if version != schema.SCHEMA:
        raise ValueError(f"message schema {version!r:.60}, this version reads {schema.SCHEMA}")
    check_values(message, "message")
    read_as(schema.Envelope, message, "message")
    return topic_name.removeprefix(f"{topic}."), message
