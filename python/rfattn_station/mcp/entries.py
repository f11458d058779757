# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions of the page as a program reads them: fields with units, times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.messages.emission import IGNORED, SIDEBAND, names_in
from gnuradio.rfattn.messages.label_text import is_in_doubt, label_text

_KEPT = ("key", "is_live", "corrected", *names_in("mcp"), "decoded_count")
_LABEL = ("label", "family", "guess", "confidence", "basis")
_MOST_LINES = 20
"""Of what was read from a signal, in an answer."""


def entry_of(emission: dict) -> dict:
    """The fields of an emission in an answer, without those that are not known."""
    low, high = emission["freq_lower"], emission["freq_upper"]
    rate, content = emission["rx_rate"], emission["content"]
    nearest = emission["nearest"] or [] if is_in_doubt(emission["label"]) else []
    entry = {
        **{name: emission[name] for name in _KEPT},
        "label_text": emission["corrected"] or label_text(*(emission[name] for name in _LABEL)),
        "frequency_hz": (low + high) / 2,
        "is_absolute": emission["rx_freq"] is not None,
        "width_hz": high - low,
        "began": utc(sum(emission["rx_time"]) if emission["rx_time"] else emission["began"]),
        "lasts_s": emission["sample_count"] / rate if rate else None,
        "compatible_with": [found["name"] for found in nearest],
        "content": None if content is None or content["is_private"] else line_of(content),
    }
    return rounded({name: value for name, value in entry.items() if value not in (None, [])})


def details_of(emission: dict, contents: dict | None) -> dict:
    """The same with everything that the page has of one emission.

    Args:
        contents: what `/contents` answers.
    """
    lines = contents["lines"] if contents else []
    public = [line_of(line) for line in lines if not line["is_private"]]
    return {
        **entry_of(emission),
        "freq_lower_hz": round(emission["freq_lower"]),
        "freq_upper_hz": round(emission["freq_upper"]),
        "heard": utc(emission["heard"]),
        **rounded({"probabilities": emission["probabilities"] or {}}),
        "contents": public[-_MOST_LINES:],
        "private_lines": len(lines) - len(public),
    }


def line_of(line: dict) -> dict:
    """What was read from a signal: its source, text, time and whether a checksum was right."""
    kept = {name: line[name] for name in ("source", "text", "is_right")}
    kept["time"] = utc(line["time"])
    return {name: value for name, value in kept.items() if value is not None}


def is_hidden(emission: dict) -> bool:
    """Whether the page shows it only where it is asked for."""
    return bool({IGNORED, SIDEBAND}.intersection(emission["flags"]))


def utc(seconds: float | None) -> str | None:
    """A time in s since 1970 as ISO 8601."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
