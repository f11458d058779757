# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emissions of hours that have ended, to be searched."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from gnuradio.rfattn.messages.emission import IGNORED, SIDEBAND
from gnuradio.rfattn.messages.label_text import is_in_doubt

MOST_EMISSIONS = 50_000
"""About 75 MB of memory."""
_FOUND = 200
_CLASSES = 8
"""Of the probabilities of an emission, the largest."""
SORTS = ("time", "frequency", "width", "duration", "snr", "label", "nearest", "confidence", "id")
"""What can be sorted by; the columns of the page's table."""
_SCHEMA = """
create table emissions (
    number integer primary key, key text unique, low real, high real, words text, entry text,
    id integer, time real, frequency real, width real, duration real, snr real, label text,
    nearest text, confidence real, is_sideband integer, is_ignored integer,
    is_named integer
)"""


@dataclass(frozen=True)
class Query:
    """What to look for.

    Attributes:
        words: each must occur in label, guess, family, flags or the newest line of content, or in
            the nearest signals of one whose label is in doubt.
        low, high: band that the emission overlaps, Hz; None: open.
        sort: one of `SORTS`; those without a value come last.
        descends: the largest first.
        sidebands: whether to find sidebands of other emissions and ignored ones, too.
        named: whether to find only what has a class, or a name that a person gave.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    sort: str = "time"
    descends: bool = True
    sidebands: bool = False
    named: bool = False

    def __post_init__(self):
        if self.sort not in SORTS:
            raise ValueError(f"sort must be one of {', '.join(SORTS)}, got {self.sort!r:.40}")


class History:
    """Keeps emissions in memory, the newest `MOST_EMISSIONS` of them.

    An entry is that of `EmissionFeed`, without its spans and with its largest probabilities.

    Args:
        most: emissions that are kept.

    Attributes:
        is_new: set with each that is put or dropped.
    """

    def __init__(self, most: int = MOST_EMISSIONS):
        self._most, self.is_new = most, False
        self._data = sqlite3.connect(":memory:", isolation_level=None)
        self._data.execute(_SCHEMA)

    def __len__(self) -> int:
        return self._data.execute("select count(*) from emissions").fetchone()[0]

    def close(self) -> None:
        self._data.close()

    def put(self, entry: dict) -> None:
        """Adds an emission, or replaces it by its key; the oldest goes when there are too many."""
        self.is_new = True
        kept = {**entry, "spans": [], "probabilities": _largest(entry["probabilities"])}
        columns = {**_columns(entry), "key": entry["key"], "entry": json.dumps(kept)}
        names = list(columns)
        self._data.execute(
            f"insert into emissions ({', '.join(names)}) values ({', '.join('?' * len(names))}) "
            f"on conflict (key) do update set {', '.join(f'{n}=excluded.{n}' for n in names)}",
            list(columns.values()),
        )
        self._data.execute(
            "delete from emissions where number <= (select max(number) from emissions) - ?",
            [self._most],
        )

    def drop(self, key: str) -> None:
        """Forgets an emission, which turned out to be a part of another."""
        self.is_new = True
        self._data.execute("delete from emissions where key = ?", [key])

    def get(self, key: str) -> dict | None:
        """The entry of an emission; None: it is not kept."""
        row = self._data.execute("select entry from emissions where key = ?", [key]).fetchone()
        return None if row is None else json.loads(row[0])

    def find(self, query: Query) -> dict:
        """Returns ``emissions``, the first 200 entries found; ``found``, how many there are;
        ``kept``, how many are kept; ``sidebands`` and ``ignored``, how many sidebands of others
        there are, and how many others are ignored, which ``kept`` counts where they are asked for;
        ``unnamed``, how many of those that ``kept`` counts have no name; and ``since``, when the
        first of all began, s since 1970, or None."""
        listed = "1" if query.sidebands else "not (is_sideband or is_ignored)"
        rules, values = [listed, "is_named" if query.named else "1"], []
        for word in query.words:
            rules.append("instr(words, ?) > 0")
            values.append(word.lower())
        if query.low is not None:
            rules.append("high >= ?")
            values.append(query.low)
        if query.high is not None:
            rules.append("low <= ?")
            values.append(query.high)
        where, order = " and ".join(rules), "desc" if query.descends else "asc"
        rows = self._data.execute(
            f"select entry from emissions where {where} "
            f"order by {query.sort} {order} nulls last, number desc limit {_FOUND}",
            values,
        )
        count = f"select count(*) from emissions where {where}"
        return {
            "emissions": [json.loads(entry) for (entry,) in rows],
            "found": self._data.execute(count, values).fetchone()[0],
            **self.counts(query.sidebands),
        }

    def counts(self, sidebands: bool = False) -> dict:
        """What `find` returns of all that are kept."""
        listed = "1" if sidebands else "not (is_sideband or is_ignored)"
        everything = (
            "select count(*), min(time), total(is_sideband), total(is_ignored), "
            f"total(not is_named and {listed}) from emissions"
        )
        kept, since, *hidden = self._data.execute(everything).fetchone()
        of_others, ignored, unnamed = map(int, hidden)
        return {
            "kept": kept if sidebands else kept - of_others - ignored,
            "sidebands": of_others,
            "ignored": ignored,
            "unnamed": unnamed,
            "since": since,
        }


def _columns(entry: dict) -> dict:
    """What is searched and sorted."""
    low, high, rate = entry["freq_lower"], entry["freq_upper"], entry["rx_rate"]
    in_doubt = not entry["corrected"] and is_in_doubt(entry["label"])
    nearest = [found["name"] for found in entry["nearest"] or [] if in_doubt]
    content = entry["content"] and f"{entry['content']['source']} {entry['content']['text']}"
    texts = [entry["corrected"], entry["label"], entry["family"], entry["guess"], content]
    words = [text for text in (*texts, *nearest, *entry["flags"]) if text]
    return {
        "id": entry["id"],
        "time": sum(entry["rx_time"]) if entry["rx_time"] else entry["began"],
        "low": low,
        "high": high,
        "words": " ".join(words).lower(),
        "frequency": (low + high) / 2,
        "width": high - low,
        "duration": entry["sample_count"] / rate if rate else None,
        "snr": entry["snr_db"],
        "label": entry["corrected"] or entry["label"],
        "nearest": nearest[0] if nearest else None,
        "confidence": None if in_doubt else entry["confidence"],
        "is_sideband": SIDEBAND in entry["flags"],
        "is_ignored": IGNORED in entry["flags"] and SIDEBAND not in entry["flags"],
        "is_named": not in_doubt,
    }


def _largest(probabilities: dict[str, float] | None) -> dict[str, float] | None:
    if probabilities is None:
        return None
    first = sorted(probabilities.items(), key=lambda item: -item[1])[:_CLASSES]
    return {name: round(value, 4) for name, value in first}
