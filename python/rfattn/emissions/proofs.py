# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames with a right checksum prove: whether the label without them is right, by class."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from ..catalogue.formats import formats
from ..messages.emission import Emission
from ..messages.label_text import UNKNOWN


@dataclass
class Proof:
    """What was proved of one class, in emissions.

    Attributes:
        checked: have a frame of the class with a right checksum.
        confirmed: of these, had its name without the frames, too.
        unnamed: of these, had no name without them. The others had a wrong one.
        refuted: had its name without their frames, which are of another class.
    """

    checked: int = 0
    confirmed: int = 0
    unnamed: int = 0
    refuted: int = 0

    @property
    def text(self) -> str:
        """Such as "4812 of 4830 confirmed, 2 refuted"."""
        parts = [f"{self.confirmed} of {self.checked} confirmed"] if self.checked else []
        return ", ".join([*parts, *([f"{self.refuted} refuted"] if self.refuted else [])])


Pair = tuple[str, str]
"""The class of the frames, and the label without them."""


def pair_of(sync: str | None, label_without_frames: str | None) -> Pair | None:
    """What two fields of an emission prove; None: nothing, as where no model looked."""
    owner = formats().get(sync)
    return None if None in (owner, label_without_frames) else (owner, label_without_frames)


class Proofs:
    """Counts emissions by the class of their frames and by the label without them.

    Attributes:
        pairs: how many there are of each pair.
    """

    def __init__(self):
        self.pairs: Counter[Pair] = Counter()

    def add_emission(self, emission: Emission, count: int = 1) -> None:
        """Adds an emission by its last message, unless it is ignored, a sideband or a part of
        another."""
        if emission.is_shown(sidebands=False):
            self.add(emission.sync, emission.label_without_frames, count)

    def add(self, sync: str | None, label_without_frames: str | None, count: int = 1) -> None:
        """Adds an emission, by two fields of its message.

        Args:
            count: -1 takes one away that was added.
        """
        pair = pair_of(sync, label_without_frames)
        if pair is None:
            return
        self.pairs[pair] += count
        if not self.pairs[pair]:
            del self.pairs[pair]

    def by_class(self) -> dict[str, Proof]:
        """The counts of each class, that of the most checked emissions first."""
        found: dict[str, Proof] = {}
        for (right, named), count in self.pairs.items():
            proof = found.setdefault(right, Proof())
            proof.checked += count
            if named == right:
                proof.confirmed += count
            elif named == UNKNOWN:
                proof.unnamed += count
            else:
                found.setdefault(named, Proof()).refuted += count
        order = sorted(found, key=lambda name: (-found[name].checked, -found[name].refuted, name))
        return {name: found[name] for name in order}

    def to_dict(self) -> dict[str, dict[str, int]]:
        """The counts as plain values, as JSON has them."""
        return {name: asdict(proof) for name, proof in self.by_class().items()}

    def lines(self) -> list[str]:
        """A line of a summary; none where nothing was proved."""
        texts = (f"{name} {proof.text}" for name, proof in self.by_class().items())
        return [f"  by checksums: {'; '.join(texts)}"] if self.pairs else []
