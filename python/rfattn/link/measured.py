# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of emissions that cross the link: those of a detector or an extractor, no label.

At the host a name becomes a symbol of GNU Radio, which is never freed. So each name must be of a
known set, or an edge could fill the memory of its host.
"""

from __future__ import annotations

from ..emissions.classes import formats
from ..emissions.edge_ids import IDS
from ..messages.emission import FLAGS, SPEECH, Emission
from ..messages.schema import read

OF_LABELS = (
    "label",
    "family",
    "guess",
    "confidence",
    "probabilities",
    "basis",
    "looked_at",
    "symbol_rate",
    "nearest",
)
"""Fields that `emission_labels` adds, which is at the host."""


def read_measured(message: dict) -> Emission:
    """The message of an emission, as a receiver may send it.

    Raises:
        ValueError: naming the field and its rule.
    """
    emission = read("emissions", message)
    if not 1 <= emission.id < IDS:
        raise ValueError(f"emissions: id must be from 1 to {IDS - 1}, got {emission.id}")
    if emission.sideband_of is not None and not 1 <= emission.sideband_of < IDS:
        raise ValueError(
            f"emissions: sideband_of must be from 1 to {IDS - 1}, got {emission.sideband_of}"
        )
    for name in OF_LABELS:
        if getattr(emission, name) is not None:
            raise ValueError(f"emissions: {name} must be absent before the host labels")
    _check_names("flags", emission.flags, FLAGS)
    _check_names("sync", [emission.sync], formats())
    _check_names("sync_absent", emission.sync_absent or [], formats())
    _check_names("speech", [emission.speech], SPEECH)
    return emission


def _check_names(field: str, names: list[str | None], known) -> None:
    for name in names:
        if name is not None and name not in known:
            raise ValueError(f"emissions: {field} must be of {', '.join(known)}, got {name!r:.60}")
