# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of an emission, and what it states of the emission."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .entries import entry
from .label_text import BASES, UNKNOWN, label_text
from .limits import DECIBELS, HERTZ, MAX_CLASSES, RATE, SECONDS, SHARE, TIME, check_length

_MAX_FLAGS, _MAX_NEAREST = 16, 16

STATES = ("new", "update", "end")
"""What a message tells of an emission."""
SIDEBAND = "sideband"
"""Flag of an emission that is beside a stronger one, and on the air only with it."""
IGNORED = "ignored"
"""Flag of an emission that the user does not want to see."""
WEAK = "weak"
"""Flag of an emission that is ignored since it has no name and is weaker than the noise."""
FLAGS = ("edge", "dc", "image", "overload", "non-finite", SIDEBAND, IGNORED, WEAK)
"""What may be wrong with an emission (lib/blocks/emission_pmt.cc)."""


def sideband_text(of: int | None) -> str:
    """What a sideband of emission ``of`` is called; "" where it is none."""
    return "" if of is None else f"sideband of {of}"


@dataclass(frozen=True)
class Nearest:
    """An entry of the signal table that an emission is compatible with; this is no label."""

    name: str = entry("Name of the signal.")
    score: float = entry("How well the measurements fit, 0 to 1.", **SHARE)


@dataclass(frozen=True, kw_only=True)
class Emission:
    """One transmitter's signal in one band of frequencies, as `emission_detector` measured it.

    `emission_labels` adds those with the view label. Of the other views, "json" is that of the
    commands, "fact" what conditions, commands, MQTT and CSV have, "note" an annotation, "mcp" an
    answer.
    """

    id: int = entry(
        "Number of the emission within a run, from 1; the stream of its tokens.", views="json mcp"
    )
    state: str = entry('"new", "update" or "end".')
    segment: int = entry("Segment of the samples; each gap begins another.")
    sample_start: int = entry("First sample of the first burst.", views="json")
    sample_count: int = entry("Samples up to the last one on the air so far.", views="json")
    sample_now: int = entry("Samples that had arrived when the message was made.")
    freq_lower: float = entry(
        "Lower edge, Hz; relative to the centre of the band where rx_freq is absent.",
        views="json fact",
        digits=0,
        **HERTZ,
    )
    freq_upper: float = entry("Upper edge, Hz.", views="json fact", digits=0, **HERTZ)
    snr_db: float = entry(
        "Power between the edges during the bursts over that of the noise, dB.",
        views="json fact note mcp",
        note=2,
        **DECIBELS,
    )
    power_db: float = entry(
        "Power between the edges during the bursts, dB of full scale.",
        views="json fact note mcp",
        note=2,
        **DECIBELS,
    )
    duty: float = entry(
        "Share of the time that its bursts take, 0 to 1.",
        views="json fact note mcp",
        digits=6,
        note=6,
        **SHARE,
    )
    period_s: float | None = entry(
        "Median time from burst to burst, s.", default=None, views="json fact note mcp", **SECONDS
    )
    burst_count: int = entry("Bursts that ended so far.", views="json fact note mcp")
    bursts: list[int] = entry(
        "First sample and number of samples of each burst that ended since the last message.",
        views="json",
    )
    burst_start: int | None = entry(
        "First sample of the burst that is on the air; absent between bursts.", default=None
    )
    flags: list[str] = entry(f"Any of {', '.join(FLAGS)}.", views="json note mcp")
    sideband_of: int | None = entry(
        "Id of the emission that it is a sideband of; only with the flag sideband.",
        default=None,
        views="json note mcp",
    )
    rx_rate: float | None = entry("Complex samples a second.", default=None, **RATE)
    rx_freq: float | None = entry("Middle of the receiver's band, Hz.", default=None, **HERTZ)
    rx_time: list[float] | None = entry(
        "Time of sample_start since 1970: whole seconds and fraction.", default=None, **TIME
    )
    label: str | None = entry(
        'The class, or "unknown" where the model is in doubt; absent where neither it nor frames '
        "give one.",
        default=None,
        views="json fact mcp label",
    )
    family: str | None = entry(
        "Family of the class; of an unknown one the family that is certain.",
        default=None,
        views="json fact note mcp label",
    )
    guess: str | None = entry(
        "The most probable class.", default=None, views="json fact note mcp label"
    )
    confidence: float | None = entry(
        "Probability of the guess; absent where no model looked.",
        default=None,
        views="json fact note mcp label",
        digits=4,
        **SHARE,
    )
    probabilities: dict[str, float] | None = entry(
        "Probability by class.", default=None, views="json label", digits=4, **SHARE
    )
    basis: str | None = entry(
        f"What the label stands on, one of {', '.join(BASES)}; absent without a class.",
        default=None,
        views="json fact note mcp label",
    )
    label_without_frames: str | None = entry(
        "What the label were without its frames; only where one has a right checksum.",
        default=None,
        views="json label",
    )
    looked_at: float | None = entry(
        "Share of its time on the air that the model looked at, 0 to 1; absent where none looked.",
        default=None,
        views="mcp label",
        **SHARE,
    )
    symbol_rate: float | None = entry(
        "Symbols a second, where power and frequency of the emission show the same rate, or where "
        "the frequency has two levels.",
        default=None,
        views="json fact note mcp label",
        digits=3,
        note=3,
        **RATE,
    )
    sync: str | None = entry(
        "Format whose frames were found.", default=None, views="json fact note mcp label"
    )
    nearest: list[Nearest] | None = entry(
        "Entries of the signal table that fit best, at most three.", default=None, views="label"
    )

    def __post_init__(self):
        if self.state not in STATES:
            raise ValueError(
                f"emissions: state must be one of {', '.join(STATES)}, got {self.state!r}"
            )
        if len(self.bursts) % 2:
            raise ValueError(f"emissions: bursts must be pairs, got {len(self.bursts)} numbers")
        if self.label is None and self.confidence is not None:
            raise ValueError("emissions: confidence must come with a label")
        if self.basis not in (None, *BASES):
            raise ValueError(
                f"emissions: basis must be one of {', '.join(BASES)}, got {self.basis!r:.60}"
            )
        if self.is_sideband != (self.sideband_of is not None):
            raise ValueError("emissions: the flag sideband and sideband_of must come together")
        if self.freq_upper < self.freq_lower:
            raise ValueError(
                f"emissions: freq_upper must be >= freq_lower {self.freq_lower}, "
                f"got {self.freq_upper}"
            )
        if self.rx_time is not None and len(self.rx_time) != 2:
            raise ValueError(f"emissions: rx_time must be a pair, got {len(self.rx_time)} numbers")
        check_length("emissions: flags", self.flags, _MAX_FLAGS)
        check_length("emissions: nearest", self.nearest, _MAX_NEAREST)
        check_length("emissions: probabilities", self.probabilities, MAX_CLASSES)

    @property
    def is_sideband(self) -> bool:
        """Whether it is on the air only with a stronger emission beside it."""
        return SIDEBAND in self.flags

    @property
    def is_ignored(self) -> bool:
        """Whether the user does not want to see it."""
        return IGNORED in self.flags

    @property
    def is_part(self) -> bool:
        """Whether it turned out to be a part of another emission: it ended without a burst."""
        return not self.is_live and not self.burst_count

    @property
    def is_weak(self) -> bool:
        """Whether it is no more than an SNR below 0 dB: no class, no family, no frames."""
        is_named = self.label not in (None, UNKNOWN) or self.family or self.sync
        return self.snr_db < 0.0 and not is_named and not self.is_sideband

    def is_shown(self, sidebands: bool) -> bool:
        """Whether views show it, and commands act on it: none that is ignored or a part of another,
        and sidebands only where they are asked for."""
        return not (self.is_ignored or self.is_part) and (sidebands or not self.is_sideband)

    @property
    def is_live(self) -> bool:
        return self.state != "end"

    @property
    def width(self) -> float:
        """Upper minus lower edge, Hz."""
        return self.freq_upper - self.freq_lower

    @property
    def middle(self) -> float:
        """Middle between the edges, Hz."""
        return (self.freq_lower + self.freq_upper) / 2

    @property
    def duration_s(self) -> float | None:
        """From the first sample to the last one on the air so far; None without a rate."""
        return self.sample_count / self.rx_rate if self.rx_rate else None

    @property
    def label_text(self) -> str | None:
        """The label as it is shown, with the guess where it is unknown; None without a label."""
        return label_text(
            self.label,
            self.family,
            self.guess or self.label,
            self.confidence,
            self.basis,
        )

    def burst_pairs(self) -> list[tuple[int, int]]:
        """First sample and number of samples of each burst in this message."""
        return [(int(a), int(b)) for a, b in zip(self.bursts[::2], self.bursts[1::2], strict=True)]


def names_in(view: str) -> tuple[str, ...]:
    """The fields of `Emission` in a view, in their order."""
    return tuple(f.name for f in fields(Emission) if view in f.metadata["views"])
