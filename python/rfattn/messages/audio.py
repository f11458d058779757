# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener asks for, and what comes with the sound."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .entries import Text, entry
from .limits import HERTZ

AUDIO_RATE = 24_000
"""Samples of sound a second; each is 16 bits, -32768 to 32767."""
DEMODULATIONS = ("fm", "am", "usb", "lsb")
AUDIO_TOPIC = "audio"
"""Topics of sound begin with it, so that readers of all else do not get sound."""
AUTO = "auto"
"""The demodulation that suits the label of the emission."""
MODES = (AUTO, *DEMODULATIONS)
STATES = ("on", "waiting", "full", "wide", "ended")
_REQUEST = re.compile(r"(?:e([0-9]{1,18})|f([+-]?[0-9]{1,12}))/([a-z]{1,9})", re.ASCII)


@dataclass(frozen=True)
class AudioRequest:
    """What somebody listens to, and how it is demodulated."""

    emission: int | None = entry(
        "Id of an emission, which is listened to until it ends; None: a frequency is.", default=None
    )
    frequency: int | None = entry(
        "Hz, of whatever emission is there; relative to the middle of the band where that is not "
        "known; with usb and lsb that of the suppressed carrier.",
        default=None,
    )
    mode: str = entry(f"One of {', '.join(MODES)}.", default=AUTO)

    @classmethod
    def parse(cls, text: str) -> AudioRequest:
        """The request of a text such as "e17/auto" or "f145500000/fm".

        Raises:
            ValueError: in one line.
        """
        found = _REQUEST.fullmatch(text)
        if found is None or found[3] not in MODES:
            raise ValueError(
                f"requests: request must be eID/MODE or fHERTZ/MODE with a mode of "
                f"{', '.join(MODES)}, got {text!r:.60}"
            )
        emission, frequency = (None if part is None else int(part) for part in found.groups()[:2])
        return cls(emission, frequency, found[3])

    def __str__(self) -> str:
        place = f"f{self.frequency}" if self.emission is None else f"e{self.emission}"
        return f"{place}/{self.mode}"


@dataclass(frozen=True)
class Request:
    """A request begins or ends."""

    request: Text = entry("`e` and the id of an emission or `f` and Hz, `/`, and the mode.")
    wanted: bool = entry("Whether somebody listens from now on.")


@dataclass(frozen=True, kw_only=True)
class Audio:
    """What comes with a piece of sound, or alone while there is none."""

    request: Text = entry("What was asked for, as in `requests`.")
    state: str = entry(
        "`on`: an emission is demodulated; `waiting`: none is at the frequency; `ended`: the "
        "emission has, or there is none with this id; `full`: as many others are demodulated as "
        "may be; `wide`: it is too wide to listen to."
    )
    position: int | None = entry(
        f"Number of the first sample of the sound, {AUDIO_RATE} a second; pauses count.",
        default=None,
    )
    id: int | None = entry("Of the emission that is demodulated.", default=None)
    frequency: float | None = entry("Its middle, Hz.", default=None, **HERTZ)
    label: str | None = entry("Its label.", default=None)
    demodulation: str | None = entry(f"One of {', '.join(DEMODULATIONS)}.", default=None)
    samples_lost: int = entry("Samples of the channel that were discarded so far.", default=0)

    def __post_init__(self):
        if self.state not in STATES:
            raise ValueError(
                f"audio: state must be one of {', '.join(STATES)}, got {self.state!r:.60}"
            )
        if self.demodulation not in (None, *DEMODULATIONS):
            raise ValueError(
                f"audio: demodulation must be one of {', '.join(DEMODULATIONS)}, got "
                f"{self.demodulation!r:.60}"
            )
