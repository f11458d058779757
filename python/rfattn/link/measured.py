# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of emissions that cross the link: of a detector or of an extractor, no label.

At the host a name becomes a symbol of GNU Radio, which is never freed. So each name must be of a
known set, or an edge could fill the memory of its host. `Findings` and `Frame` check their own.
"""

from __future__ import annotations

from ..emissions.edge_ids import IDS
from ..messages.emission import FLAGS, Emission, names_in
from ..messages.findings import Findings, check_names
from ..messages.frame import Frame
from ..messages.schema import read

TOPICS = ("emissions", "findings", "frames")
"""Ports of `edge_sink`."""
OF_LABELS = names_in("label")
"""Fields that `emission_labels` adds, which is at the host."""


def read_measured(topic: str, message: dict) -> Emission | Findings | Frame:
    """The message of a port of `edge_sink`, as a receiver may send it.

    Raises:
        ValueError: naming the field and its rule.
    """
    check_names("message: topic", [topic], TOPICS)
    measured = read(topic, message)
    _check_id(topic, "id", measured.id)
    if not isinstance(measured, Emission):
        return measured
    if measured.sideband_of is not None:
        _check_id(topic, "sideband_of", measured.sideband_of)
    for name in OF_LABELS:
        if getattr(measured, name) is not None:
            raise ValueError(f"emissions: {name} must be absent before the host labels")
    check_names("emissions: flags", measured.flags, FLAGS)
    return measured


def _check_id(topic: str, name: str, number: int) -> None:
    if not 1 <= number < IDS:
        raise ValueError(f"{topic}: {name} must be from 1 to {IDS - 1}, got {number}")
