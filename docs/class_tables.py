# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tables of the classes of emissions into pages, from the catalogue of classes."""

from __future__ import annotations

import json
import re
import tomllib

from contracts import PACKAGE

CATALOGUE = PACKAGE / "catalogue" / "classes.toml"
FORMATS = ("formats.toml", "services/*.toml")
"""Files with formats, in the folder of the catalogue."""
FRAMES_FOUND = PACKAGE / "catalogue" / "frames_found.json"
CARD = PACKAGE / "models" / "emissions" / "README.md"
HEAD = "| class | family | what it is | known by | frames | from |"
"""Of the table with a row for each class."""
SHORT_HEAD = "| signals | classes |"
"""Of the table with a row for some families each."""
SERVICE_HEAD = "| service | what it is | frames |"
"""Of the table of what frames alone name."""
_MADE_UP = "made-up"
_SIGNALS = {
    "analogue": ("analogue FM", "analogue AM", "SSB", "carrier"),
    "short range": ("OOK", "FSK packets", "chirps", "2.4 GHz short range"),
    "telemetry, PSK": ("FSK telemetry", "PSK"),
    "digital voice, TDMA": ("digital voice", "trunked and cellular TDMA"),
    "OFDM, pulses": ("OFDM", "pulses"),
    "HF digital, NFC": ("HF digital", "NFC"),
}
"""The families in each row of the short table."""


def fill_class_table(page: str) -> str:
    """The page with the table under `HEAD` as the catalogue has it.

    Raises:
        ValueError: the page has no such table.
    """
    ways = known_by()
    formats: dict[str, list[str]] = {name: [] for name in _catalogue()}
    for name, row in shipped_formats():
        formats.get(row["label"], []).append(name)
    found = json.loads(FRAMES_FOUND.read_text(encoding="utf-8"))["classes"]
    return _fill(
        page,
        HEAD,
        [
            f"| `{name}` | {row['family']} | {row['words']} | {ways.get(name, '')} | "
            f"{', '.join(formats[name])} | {found.get(name, {}).get('mostly_from', '')} |"
            for name, row in _catalogue().items()
        ],
    )


def fill_service_table(page: str) -> str:
    """The page with the table under `SERVICE_HEAD`: labels that are no class.

    Raises:
        ValueError: the page has no such table.
    """
    rows: dict[str, list[str]] = {}
    for name, row in shipped_formats():
        if row["label"] not in _catalogue():
            rows.setdefault(f"| `{row['label']}` | {row['title']} |", []).append(name)
    found = [f"{start} {', '.join(names)} |" for start, names in sorted(rows.items())]
    return _fill(page, SERVICE_HEAD, found)


def shipped_formats() -> list[tuple[str, dict]]:
    """The name and the first row of each shipped format."""
    files = [path for text in FORMATS for path in sorted(CATALOGUE.parent.glob(text))]
    found = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]
    return [(name, rows[0]) for formats in found for name, rows in formats.items()]


def fill_short_table(page: str) -> str:
    """The page with the table under `SHORT_HEAD` as the catalogue has it, and a degree sign behind
    the classes that are known by made-up signals alone.

    Raises:
        ValueError: the page has no such table, or the table has no row for a family.
    """
    ways = known_by()
    families: dict[str, list[str]] = {}
    for name, row in _catalogue().items():
        mark = "\N{DEGREE SIGN}" if ways.get(name) == _MADE_UP else ""
        families.setdefault(row["family"], []).append(f"`{name}`{mark}")
    for family in families:
        if not any(family in row for row in _SIGNALS.values()):
            raise ValueError(f"_SIGNALS must have a row for the family {family}")
    rows = [
        f"| {signals} | {'; '.join(' '.join(families[family]) for family in row)} |"
        for signals, row in _SIGNALS.items()
    ]
    return _fill(page, SHORT_HEAD, rows)


def known_by() -> dict[str, str]:
    """How each class of the default model is known, as the model's card states it."""
    rows = re.findall(
        rf"^\| `(\w+)` \| [^|]+ \| (recordings|{_MADE_UP}) \|", CARD.read_text(), re.M
    )
    return dict(rows)


def _catalogue() -> dict[str, dict]:
    return tomllib.loads(CATALOGUE.read_text())


def _fill(page: str, head: str, rows: list[str]) -> str:
    line = re.sub("[^|]+", "---", head)
    table = "\n".join([head, line, *rows, ""])
    filled, count = re.subn(rf"^{re.escape(head)}\n(\|.*\n)*", lambda _: table, page, flags=re.M)
    if count != 1:
        raise ValueError(f"a page must have one table with the head {head}, got {count}")
    return filled
