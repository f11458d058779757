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

from ..logbook.heard import Heard, Listened
from ..logbook.hours import count_hours, settled_hour
from ..logbook.logbook import Logbook
from ..logbook.received import heard_from
from ..logbook.tables import microseconds

_AT_ONCE = 1000
_ABOUT = b'{"type": "begin"', b'{"type": "summary"'


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
_LISTENED = dict.fromkeys(("start_unix_s", "end_unix_s", "freq_lower", "freq_upper"), _NUMBER)


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
    listened: list[Listened] = []

    def write() -> None:
        counts["older than what is kept"] += logbook.write(some, listened)
        some.clear()
        listened.clear()

    for found in heard_lines(path, note):
        if isinstance(found, Listened):
            listened.append(found)
            continue
        counts["read"] += 1
        if isinstance(found, str):
            counts[found] += 1
        else:
            some.append(found)
        if len(some) == _AT_ONCE or len(listened) == _AT_ONCE:
            write()
    write()
    count_hours(logbook, settled_hour(microseconds(time.time())))
    return counts


def heard_lines(path: str, note: Callable[[str], object]) -> Iterator[Heard | Listened | str]:
    """Each emission of a file, or why it is left out, and each time of listening; see
    `import_lines`."""
    key, rates = _rates(path)
    listened = {**_LISTENED, key: _TEXT}
    for emission in read_emissions(path, note, {**_FIELDS, key: _TEXT}, {"listened": listened}):
        if "start_unix_s" in emission:
            yield Listened(emission[key], *(emission[name] for name in _LISTENED))
            continue
        is_part = emission["sideband_of"] is not None or not emission["burst_count"]
        if is_part or IGNORED in emission["flags"]:
            yield "no emissions of their own"
        elif emission["time_unix_s"] is None:
            yield "without a time"
        elif (name := emission[key]) not in rates:
            line = json.dumps({"type": "summary", key: name, "sample_rate": "HZ"})
            raise ValueError(
                f"{path}: no line states the sample rate of {name}: gr-rfattn 0.2 and before wrote "
                f"it at the end alone; add a line such as {line}"
            )
        else:
            yield _heard(emission, rates[name], name)


def _rates(path: str) -> tuple[str, dict[str, float]]:
    """What names the source in each line, and the sample rate of each, which the first line of each
    states, and in files of an earlier version a summary at its end."""
    found = []
    with open(path, "rb") as file:
        for line in file:
            if line.startswith(_ABOUT) and line.endswith(b"\n"):
                found.append(json.loads(line))
    key = "file" if any("file" in one for one in found) else "source"
    return key, {one[key]: float(one["sample_rate"]) for one in found if one["sample_rate"]}


def _heard(emission: dict, rate: float, receiver: str) -> Heard:
    frames = (one.get("fields") for one in emission["decoded"] if one.get("is_right") is not False)
    known = (one for one in frames if isinstance(one, dict))
    return heard_from(emission, emission["time_unix_s"], rate, receiver, known)
