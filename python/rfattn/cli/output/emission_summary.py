# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many emissions add up to: what was where, how long, and how sure that is."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from ...emissions.proofs import Proofs
from ...frequency_text import FrequencyColumn
from ...messages.emission import IGNORED, WEAK
from ...messages.label_text import UNKNOWN
from ...printable import shortened
from ...reporting import count_of, duration
from .emission_table import energy

_ROW = "  {what:<32}  {count:>9}  {where:<29}  {air:>10}  {sure:>8}"
_MOST_ROWS = 12
_NO_NAME = "no known signal"


@dataclass
class _Kind:
    """The emissions of one name."""

    count: int = 0
    lower: float = float("inf")
    upper: float = float("-inf")
    air_s: float = 0.0
    confidence: float = 0.0
    """Sum over those of which a model gave one; rated: how many these are."""
    rated: int = 0


@dataclass
class EmissionSummary:
    """Takes emissions one by one, in memory that does not grow with their number.

    Args:
        rate: sample rate of the source, Hz.
        frequencies: form of the frequencies.
        most: how many of the strongest are kept.
        has_sidebands: whether sidebands of others are emissions like all others.

    Attributes:
        emissions, bursts: how many there were; sidebands: how many sidebands of others were left
            out; ignored: how many were ignored; weak: how many others were weak and had no name.
        proofs: what the checksums of the emissions prove.
    """

    rate: float
    frequencies: FrequencyColumn
    most: int = 0
    has_sidebands: bool = False
    emissions: int = 0
    bursts: int = 0
    sidebands: int = 0
    ignored: int = 0
    weak: int = 0
    proofs: Proofs = field(default_factory=Proofs)
    _kinds: dict[str, _Kind] = field(default_factory=dict)
    _strongest: list[tuple] = field(default_factory=list)

    def add(self, emission: dict) -> bool:
        """Adds one, as `EmissionRecord.to_dict` gives it; returns whether it counts as an
        emission."""
        if WEAK in emission["flags"]:
            self.weak += 1
            return False
        if IGNORED in emission["flags"]:
            self.ignored += 1
            return False
        if emission["sideband_of"] is not None and not self.has_sidebands:
            self.sidebands += 1
            return False
        self.emissions += 1
        self.bursts += emission["burst_count"]
        self.proofs.add(emission["sync"], emission["label_without_frames"])
        kind = self._kinds.setdefault(name_of(emission), _Kind())
        kind.count += 1
        kind.lower = min(kind.lower, emission["freq_lower"])
        kind.upper = max(kind.upper, emission["freq_upper"])
        kind.air_s += emission["sample_count"] * emission["duty"] / self.rate
        kind.confidence += emission["confidence"] or 0.0
        kind.rated += emission["confidence"] is not None
        # The number breaks ties: the earlier one stays.
        heapq.heappush(self._strongest, (energy(emission), -self.emissions, emission))
        if len(self._strongest) > self.most:
            heapq.heappop(self._strongest)
        return True

    def strongest(self) -> list[dict]:
        """The emissions of the largest energy, in the order in which they began."""
        kept = [emission for _, _, emission in self._strongest]
        return sorted(kept, key=lambda emission: (emission["sample_start"], emission["id"]))

    def lines(self) -> list[str]:
        """A table with a row for each name, those longest on the air first. The times of several
        emissions are added."""
        head = _ROW.format(
            what="what", count="emissions", where="where", air="on the air", sure="how sure"
        )
        kinds = sorted(self._kinds.items(), key=lambda item: -item[1].air_s)
        rows = [self._row(name, kind) for name, kind in kinds[:_MOST_ROWS]]
        left = len(kinds) - _MOST_ROWS
        return [head, *rows, *([f"  … and {left} other names"] if left > 0 else [])]

    def totals(self) -> list[str]:
        """How many emissions there were, which labels checksums prove, and what was left out."""
        found = f"  emissions: {self.emissions} with {count_of(self.bursts, 'burst')}"
        left_out = left_out_lines(self.sidebands, self.ignored, self.weak)
        return [found, *self.proofs.lines(), *left_out]

    def _row(self, name: str, kind: _Kind) -> str:
        is_sure = kind.rated and not name.startswith(("family ", UNKNOWN))
        return _ROW.format(
            what=shortened(name, 32),
            count=kind.count,
            where=self.frequencies.span(kind.lower, kind.upper),
            air=duration(kind.air_s),
            sure=f"{kind.confidence / kind.rated:.2f}" if is_sure else "-",
        )


def left_out_lines(sidebands: int, ignored: int, weak: int) -> list[str]:
    """The lines of a summary that count what was not shown."""
    weaker = "emission" if weak == 1 else "emissions"
    of = "sideband of another signal" if sidebands == 1 else "sidebands of other signals"
    what = "emission that is" if ignored == 1 else "emissions that are"
    lines = {
        f"  left out:  {sidebands} {of} (--sidebands shows them)": sidebands,
        f"  left out:  {ignored} {what} ignored (--ignore)": ignored,
        f"  left out:  {weak} {weaker} without a name, below 0 dB (--ignore none shows them)": weak,
    }
    return [line for line, count in lines.items() if count]


def name_of(emission: dict) -> str:
    """The label, or the family where only that is certain; without a label what it is like."""
    label, nearest = emission["label"], emission["nearest"]
    if label is None:
        return f"like {nearest[0]['name']}" if nearest else _NO_NAME
    if label == UNKNOWN and emission["family"]:
        return f"family {emission['family']}"
    return label
