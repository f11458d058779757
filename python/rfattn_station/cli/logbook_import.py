# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`station DIR --import FILE`: emissions that `live` and `label` wrote as lines, into a logbook."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator

from gnuradio.rfattn.cli.output.emission_lines import read_emissions
from gnuradio.rfattn.messages.emission import IGNORED

from ..logbook.heard import Heard
from ..logbook.hours import count_hours, settled_hour
from ..logbook.logbook import Logbook
from ..logbook.received import heard_from
from ..logbook.tables import microseconds

_AT_ONCE = 1000
_SUMMARY = b'{"type": "summary"'


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TEXT = "text", lambda v: isinstance(v, str)
_NUMBER = "a number", _is_number
_NUMBER_OR_NULL = "a number or null", lambda v: v is None or _is_number(v)
_TEXT_OR_NULL = "text or null", lambda v: v is None or isinstance(v, str)
_FIELDS = {
    **dict.fromkeys(
        ("freq_lower", "freq_upper", "sample_count", "duty", "snr_db", "power_db"), _NUMBER
    ),
    **dict.fromkeys(("period_s", "symbol_rate", "confidence"), _NUMBER_OR_NULL),
    **dict.fromkeys(("family", "basis"), _TEXT_OR_NULL),
    "decoded": (
        "a list",
        lambda v: isinstance(v, list) and all(isinstance(one, dict) for one in v),
    ),
}
"""What is read of an emission: a rule, and whether a value keeps it."""


def import_lines(logbook: Logbook, path: str, note: Callable[[str], object]) -> Counter[str]:
    """Adds the emissions of a file, whose receivers are the sources or the recordings that it
    names. One that is there already stays as it is.

    Args:
        note: called with a text where the last line is cut off.

    Returns:
        how many were "read", and how many of these were left out: "no emissions of their own"
        (sidebands, parts of others and ignored ones), "without a time", and "older than what is
        kept".

    Raises:
        ValueError: in one line that names the file, and the line where one is wrong.
    """
    counts: Counter[str] = Counter()
    some: list[Heard] = []

    def write() -> None:
        counts["older than what is kept"] += logbook.write(some)
        some.clear()

    for found in heard_lines(path, note):
        counts["read"] += 1
        if isinstance(found, str):
            counts[found] += 1
        else:
            some.append(found)
        if len(some) == _AT_ONCE:
            write()
    write()
    count_hours(logbook, settled_hour(microseconds(time.time())))
    return counts


def heard_lines(path: str, note: Callable[[str], object]) -> Iterator[Heard | str]:
    """Each emission of a file, or why it is left out; see `import_lines`."""
    key, rates = _rates(path)
    for emission in read_emissions(path, note, {**_FIELDS, key: _TEXT}):
        is_part = emission["sideband_of"] is not None or not emission["burst_count"]
        if is_part or IGNORED in emission["flags"]:
            yield "no emissions of their own"
        elif emission["time_unix_s"] is None:
            yield "without a time"
        elif (name := emission[key]) not in rates:
            raise ValueError(f"{path}: no line of a summary states the sample rate of {name}")
        else:
            yield _heard(emission, rates[name], name)


def _rates(path: str) -> tuple[str, dict[str, float]]:
    """What names the source in each line, and the sample rate of each, which a summary states at
    its end."""
    with open(path, "rb") as file:
        summaries = [json.loads(line) for line in file if line.startswith(_SUMMARY)]
    key = "file" if any("file" in one for one in summaries) else "source"
    return key, {one[key]: float(one["sample_rate"]) for one in summaries}


def _heard(emission: dict, rate: float, receiver: str) -> Heard:
    frames = (one.get("fields") for one in emission["decoded"] if one.get("is_right") is not False)
    known = (one for one in frames if isinstance(one, dict))
    return heard_from(emission, emission["time_unix_s"], rate, receiver, known)
