# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where something is attached to the path of emissions."""

from __future__ import annotations

from dataclasses import dataclass

from ...recordings.recording import Facts


@dataclass(frozen=True)
class Place:
    """A path of emissions to which blocks are attached.

    Attributes:
        name: first part of the names of its files.
        policy: "block" behind a recording, "drop" behind a receiver.
        recording: None behind a receiver.
        sinks: the message sinks, which are open.
    """

    name: str
    policy: str
    recording: Facts | None
    sinks: tuple = ()
