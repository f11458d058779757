# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads rate, frequency, time and sample type from the names that programs give recordings."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PREFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_CLOCK = r"(?P<date>\d{8})_(?P<clock>\d{6})"
_PROGRAMS = {
    "gqrx": rf"gqrx_{_CLOCK}(?P<utc>)_(?P<frequency>\d+)_(?P<rate>\d+)_(?P<type>fc)",
    "SDR++": r"\w+_(?P<frequency>\d+)Hz_\d\d-\d\d-\d\d_\d\d-\d\d-\d{4}",
    "SDR#": rf"SDRSharp_{_CLOCK}(?P<utc>Z)?_(?P<frequency>\d+)Hz",
    "HDSDR": rf"HDSDR_{_CLOCK}(?P<utc>Z)?_(?P<frequency>\d+)(?P<prefix>k)Hz",
    "SDRuno": rf"SDRuno_{_CLOCK}(?P<utc>Z)?_(?P<frequency>\d+)(?P<prefix>k?)Hz",
    "URH": r".*-(?P<frequency>\d+(?:_\d+)?)(?P<prefix>[kMG]?)Hz"
    r"-(?P<rate>\d+(?:_\d+)?)(?P<rate_prefix>[kMG]?)Sps",
}
"""Names of recordings by the program that writes them. gqrx writes UTC; the times of SDR++, and of
the others where no Z follows, are those of an unknown zone and are not read."""
_UTC = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)[T_-](\d\d)[-_]?(\d\d)[-_]?(\d\d)Z")
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.])(?P<mark>fc|freq|f|samp|rate|sr|fs|s|r)?_?(?P<value>\d+(?:\.\d+)?)"
    r"(?P<prefix>[kKMG]?)(?P<unit>[hH][zZ]|[mM]?[sS]ps|SPS|S/s)?(?![A-Za-z0-9]|\.\d)"
)
_TYPE = re.compile(r"(?:^|[_. -])(c[uisf](?:8|16|32)|[sf]c(?:16|32))(?=[_. -]|$)", re.IGNORECASE)
_AUDIO = re.compile(r"^audio_|_AF(?:[_.]|$)")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LEAST_PLAIN = 1_000_000
"""A number without a unit is a frequency or a rate from here on: a rate below it may be a time."""
_LARGEST_RATE = 30e6
"""A number in M without a unit, and up to this, may be a rate as well as a frequency."""
_FREQUENCY_MARKS = {"fc", "freq", "f"}
_RATE_MARKS = {"samp", "rate", "sr", "fs", "s", "r"}


@dataclass(frozen=True)
class NameFacts:
    """What a file's name states; None for what it does not.

    Attributes:
        sample_rate, frequency: Hz; datetime: ISO-8601, UTC; datatype: as the name has it; is_audio:
        whether it is demodulated audio; program: whose name it is, "" for a name in nobody's form.
    """

    sample_rate: float | None = None
    frequency: float | None = None
    datetime: str | None = None
    datatype: str | None = None
    is_audio: bool = False
    program: str = ""


def read_name(name: str) -> NameFacts:
    """Reads the facts in the name of a file, given without its folder."""
    for program, pattern in _PROGRAMS.items():
        match = re.match(pattern, name)
        if match is not None:
            return _of_program(program, match, name)
    rate, frequency = _rate_and_frequency(name)
    when, kind = _UTC.search(name), _TYPE.search(name)
    return NameFacts(
        rate,
        frequency,
        None if when is None else "{}-{}-{}T{}:{}:{}Z".format(*when.groups()),
        None if kind is None else kind[1].lower(),
        bool(_AUDIO.search(name)),
    )


def _of_program(program: str, match: re.Match, name: str) -> NameFacts:
    found = match.groupdict()
    when = None
    if found.get("utc") is not None:
        date, clock = found["date"], found["clock"]
        when = f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z"
    return NameFacts(
        _number(found.get("rate"), found.get("rate_prefix")),
        _number(found["frequency"], found.get("prefix")),
        when,
        found.get("type"),
        bool(_AUDIO.search(name)),
        program,
    )


def _number(text: str | None, prefix: str | None = "") -> float | None:
    return None if text is None else float(text.replace("_", ".")) * _PREFIXES[prefix or ""]


def _rate_and_frequency(name: str) -> tuple[float | None, float | None]:
    """Rate and frequency from numbers with units, such as 433.92M_250k, or marked as in f…_s…"""
    matches = list(_NUMBER.finditer(name))
    marks = {match["mark"] for match in matches}
    are_marked = bool(marks & _FREQUENCY_MARKS) and bool(marks & _RATE_MARKS)
    found: dict[str, list[float]] = {}
    for match in matches:
        kind = _kind(match, are_marked, name[match.end() :])
        value = float(match["value"]) * _PREFIXES[match["prefix"]]
        is_in_mhz = are_marked and match["mark"] and not match["prefix"] and value < 1e4
        found.setdefault(kind, []).append(value * 1e6 if is_in_mhz else value)
    rates, frequencies = found.get("rate", []), found.get("frequency", [])
    many, plain = found.get("M", []), found.get("plain", [])
    if len(many) > 1 and many[0] <= _LARGEST_RATE < many[1]:
        many = many[::-1]
    if not frequencies and many and (rates or len(many) > 1 or many[0] > _LARGEST_RATE):
        frequencies, many = many[:1], many[1:]
    elif not (rates or frequencies or many) and len(plain) == 2:
        frequencies, many = plain[:1], plain[1:]
    rates = rates or (frequencies and (many or frequencies[1:])) or []
    return (rates[0] if rates else None), (frequencies[0] if frequencies else None)


def _kind(match: re.Match, are_marked: bool, rest: str) -> str:
    """What a number is: "rate", "frequency", "M" (either), "plain" (without unit), or ""."""
    unit, mark, prefix = (match["unit"] or "").lower(), match["mark"] or "", match["prefix"]
    if are_marked and mark:
        is_whole = prefix or unit or not re.match(r"_\d{1,3}(?=[_.]|$)", rest)  # not f433_92
        return ("frequency" if mark in _FREQUENCY_MARKS else "rate") if is_whole else ""
    if unit:
        return "frequency" if unit == "hz" else "rate"
    if prefix:
        return "rate" if prefix in "kK" else "M"
    value = match["value"]
    return "plain" if float(value) >= _LEAST_PLAIN and not _DATE.fullmatch(value) else ""
