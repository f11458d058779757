# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of an edge."""

from __future__ import annotations

from dataclasses import dataclass

from .entries import entry

EDGE_STATES = ("connected", "gone")
"""Of an edge at its host."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What came from an edge over the network, and what did not; all its runs together."""

    edge: int = entry("Number of the edge.")
    state: str = entry('"connected" or "gone".', default="connected")
    runs: int = entry("How often it connected.", default=0)
    vanished: int = entry("How often it was not heard for too long.", default=0)
    tokens: int = entry("Tokens that came.", default=0)
    tokens_dropped: int = entry(
        "Tokens that the edge did not send because the host was late or away.", default=0
    )
    tokens_elsewhere: int = entry(
        "Tokens that another host took, such as this one before it started again.", default=0
    )
    messages: int = entry("Messages of emissions that came.", default=0)
    messages_dropped: int = entry("Messages of emissions that were not sent.", default=0)
    messages_elsewhere: int = entry("Messages of emissions that another host took.", default=0)
    bytes: int = entry("Bytes that came, without those of ZMQ and TCP.", default=0)
    refused: int = entry(
        "Messages that were refused, of all edges and strangers together.", default=0
    )

    def __post_init__(self):
        if self.state not in EDGE_STATES:
            raise ValueError(
                f"edges: state must be one of {', '.join(EDGE_STATES)}, got {self.state!r}"
            )
