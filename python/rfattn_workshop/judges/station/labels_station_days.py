# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station received in a day, and what of it becomes an example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from gnuradio.rfattn.catalogue.formats import checked_formats, formats
from gnuradio.rfattn.emissions.example_store import CHECKSUM, PERSON
from gnuradio.rfattn_station.learning.fit_decision import Observed

from ..foreign.labels_foreign_scenes import SENDERS, Take
from ..foreign.labels_foreign_sender import Rng, Sender

CONFIRMED, LABELLED, NEITHER, STRANGERS = (
    "confirm themselves",
    "labelled by the user",
    "neither",
    "strangers",
)
GROUPS = CONFIRMED, LABELLED, NEITHER, STRANGERS


@dataclass(frozen=True)
class ObservedTake:
    """A take, and what the network makes of its main emission; None: it was not found."""

    take: Take
    observed: Observed | None


@dataclass(frozen=True)
class Example:
    """An emission that the station learns from.

    Attributes:
        origin: `CHECKSUM` or `PERSON`.
    """

    label: str
    origin: str
    observed: Observed


def group_of(sender: Sender) -> str:
    """One of `GROUPS`."""
    if not sender.right:
        return STRANGERS
    label = sender.right[0]
    if label in _confirming():
        return CONFIRMED
    return LABELLED if label in _labelled() else NEITHER


@cache
def _confirming() -> frozenset[str]:
    """Classes with frames whose checksum is computed."""
    return frozenset(formats()[name] for name in checked_formats())


def _labelled() -> list[str]:
    """Every second of the other classes that a sender has, by name."""
    return sorted({s.right[0] for s in SENDERS if s.right} - _confirming())[::2]


def lesson_of_day(day: Sequence[ObservedTake], labels: int, rng: Rng) -> list[Example]:
    """The examples of a day: all emissions with a right checksum, whatever sent them, and so many
    of each class that the user labels, drawn."""
    found, by_label = [], defaultdict(list)
    for one in day:
        if one.observed is None:
            continue
        frames = one.observed.facts.frames
        if frames in checked_formats():
            found.append(Example(formats()[frames], CHECKSUM, one.observed))
        elif group_of(one.take.sender) == LABELLED:
            label = one.take.sender.right[0]
            by_label[label].append(Example(label, PERSON, one.observed))
    for label in sorted(by_label):
        those = by_label[label]
        found += [those[k] for k in rng.permutation(len(those))[:labels]]
    return found


def falsified(days: Sequence[Sequence[Example]], share: float, seed: int) -> list[list[Example]]:
    """The examples of days, of which a share, rounded up, gets the label of another one, drawn."""
    rng, found = np.random.default_rng([seed, 67]), [list(day) for day in days]
    places = [(day, k) for day, examples in enumerate(days) for k in range(len(examples))]
    labels = sorted({one.label for day in days for one in day})
    for k in rng.permutation(len(places))[: int(np.ceil(share * len(places)))]:
        day, number = places[k]
        others = [label for label in labels if label != found[day][number].label]
        if others:
            found[day][number] = replace(found[day][number], label=str(rng.choice(others)))
    return found
