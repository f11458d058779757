# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `emission_extractor` finds in the signals of emissions: the message, and every finding."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .entries import entry, reader
from .limits import RATE, check_length

_CATALOGUE = Path(__file__).parents[1] / "emissions" / "classes.toml"
_MAX_LIST = 16
_TOPIC = "findings"


@cache
def formats() -> Collection[str]:
    """The formats whose frames may be found: those in the catalogue of the classes."""
    classes = tomllib.loads(_CATALOGUE.read_text(encoding="utf-8")).values()
    return {name: None for row in classes for name in row.get("frames", ())}


class Finding(NamedTuple):
    """Something that may be found of an emission: what it is, its unit, and its rule.

    ``kind`` is float, str or list[str]; ``limits`` are the least and the greatest number, and
    ``names`` returns the permitted texts.
    """

    text: str
    kind: type
    unit: str = ""
    limits: dict[str, float] | None = None
    names: Callable[[], Collection[str]] | None = None

    def check(self, name: str, value) -> None:
        """Raises a ValueError that names the finding ``name`` where its value breaks the rule."""
        limits = self.limits or {"least": None, "most": None}
        reader(name, self.kind, (limits["least"], limits["most"]))(value, _TOPIC)
        if self.names is None:
            return
        texts = [value] if self.kind is str else value
        check_length(f"{_TOPIC}: {name}", texts, _MAX_LIST)
        check_names(f"{_TOPIC}: {name}", texts, self.names())


FINDINGS = {
    "frames": Finding("The format whose frames were found, such as `DMR`.", str, names=formats),
    "frames_absent": Finding(
        "Formats that each burst of their class has, such as `Z-Wave`, where a burst ended in "
        "which they were looked for and no frame of any format was found.",
        list[str],
        names=formats,
    ),
    "preamble_rate": Finding(
        "Symbol rate of the preamble, two levels of the frequency in turn, with which half of the "
        "first eight bursts begin.",
        float,
        "Bd",
        RATE,
    ),
    "run_rate": Finding(
        "Symbol rate of two levels of the frequency, where half of the first eight bursts of up to "
        "500 kHz have the same.",
        float,
        "Bd",
        RATE,
    ),
    "longest_run": Finding(
        "How many equal symbols of these levels follow each other, but for the rarest twentieth: "
        "2 in Manchester code. Absent of teletype with 1.5 symbols between letters.",
        float,
        "symbols",
        {"least": 1.0, "most": float(1 << 20)},
    ),
    "pulse_s": Finding(
        "Length of the short pulses, where the first 64 bursts of up to 500 kHz are a carrier that "
        "data switches on and off.",
        float,
        "s",
        {"least": 0.0, "most": 60.0},
    ),
    "level_rate": Finding(
        "Symbol rate, 2400 or 4800 Bd, at which the frequency of an emission of 2 to 20 kHz has "
        "four levels.",
        float,
        "Bd",
        RATE,
    ),
    "deviation": Finding(
        "How far the outer ones of the four levels are from the middle.", float, "Hz", RATE
    ),
    "speech": Finding(
        "What speech seems to modulate: `amplitude` where an emission of 1.2 to 5 kHz changes its "
        "amplitude in syllables, as a voice on a single sideband does, `frequency` where FM of 4 "
        "to 400 kHz does so with its deviation, `constant` where the amplitude of an emission of "
        "1.2 to 5 kHz stays for 0.4 s, so that it is no voice. Half of the first looks decide, of "
        "1.2 s each, 20 s in all.",
        str,
        names=lambda: ("amplitude", "frequency", "constant"),
    ),
}
"""All findings by name. The meters and searches of the extractor, in lib/measure and lib/frames,
set them under these names."""


@dataclass(frozen=True)
class Findings:
    """All that was found of an emission's signal so far."""

    id: int = entry("Number of the emission within a run.")
    found: dict = entry("What was found by the names of `FINDINGS`; what was not is absent.")

    def __post_init__(self):
        check_names(f"{_TOPIC}: the names in found", self.found, FINDINGS)
        for name, value in self.found.items():
            FINDINGS[name].check(name, value)


def check_names(where: str, names: Collection[str], known: Collection[str]) -> None:
    """Raises a ValueError that begins with ``where`` unless all names are among the known ones."""
    for name in names:
        if name not in known:
            raise ValueError(f"{where} must be of {', '.join(known)}, got {name!r:.60}")
