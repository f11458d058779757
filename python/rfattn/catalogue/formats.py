# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of frames, each with its class: rows of formats.toml, of services/ and of a user's
folders."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..checked import LINE, plain_name, shown, suggestion
from ..files import own_folder

FILE = Path(__file__).with_name("formats.toml")
SERVICES = "services"
"""The folder of files that say how a service is sent, too; a user has one as well."""


@dataclass(frozen=True)
class FormatRow:
    """A row of a format: its label, the document that states it, and keys that C++ reads. The head
    of formats.toml explains all keys.

    Attributes:
        sent: ways to send it, see docs/services.md; (): none is stated.
        title, family: what it is; "" where the label is a class of the catalogue, which says it.
    """

    name: str
    label: str
    source: str
    keys: Mapping
    sent: tuple[Mapping, ...] = ()
    title: str = ""
    family: str = ""

    def fill(self, made):
        """Gives an object of C++ the keys of the row; a ValueError names one that is wrong."""
        for key, value in self.keys.items():
            if not hasattr(made, key):
                known = suggestion(key, dir(made))
                raise ValueError(f"{self.name}: unknown key {plain_name(key)}{known}")
            try:
                setattr(made, key, value)
            except TypeError:
                raise ValueError(f"{self.name}: {key} cannot be {shown(value)}") from None
        made.name = self.name
        return made

    def with_value(self, error: str) -> str:
        """The error of C++ for this row, with the value of the key that it begins with."""
        key = error.removeprefix(f"{self.name}: ").partition(" ")[0]
        value = self.keys.get(key)
        return error if value is None or ", got " in error else f"{error}, got {shown(value)}"


def read_formats(path: Path) -> dict[str, list[FormatRow]]:
    """The rows of a file, by name; a ValueError names file, format, key, rule and value."""
    found = {}
    try:
        for name, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise ValueError(f"{plain_name(name)} must be a list of tables, [[{name}]]")
            for row in rows:
                texts = [LINE.value(name, key, row.pop(key, None)) for key in ("label", "source")]
                what = [LINE.value(name, key, row.pop(key, "-")) for key in ("title", "family")]
                sent = row.pop("sent", [])
                sent = [sent] if isinstance(sent, dict) else sent
                if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
                    raise ValueError(f"{plain_name(name)}: sent must be a table, got {shown(sent)}")
                what = [text.removeprefix("-") for text in what]
                found.setdefault(name, []).append(FormatRow(name, *texts, row, tuple(sent), *what))
    except ValueError as error:
        raise ValueError(f"formats: {path}: {error}") from None
    return found


def shipped_files() -> list[Path]:
    """The files that the module brings."""
    return [FILE, *sorted(FILE.with_name(SERVICES).glob("*.toml"))]


@cache
def format_rows() -> tuple[tuple[Path, FormatRow], ...]:
    """All rows with their files: a name in a user's file takes the place of the shipped one."""
    own = [p for f in ("formats", SERVICES) for p in sorted(own_folder(f).glob("*.toml"))]
    found = {}
    for path in (*shipped_files(), *own):
        found |= {name: (path, rows) for name, rows in read_formats(path).items()}
    return tuple((path, row) for path, rows in found.values() for row in rows)


@cache
def formats() -> Mapping[str, str]:
    """The class of each format of frames that `emission_extractor` may find."""
    return MappingProxyType({row.name: row.label for _, row in format_rows()})


@cache
def checked_formats() -> frozenset[str]:
    """Formats whose frames have a checksum that is computed."""
    return frozenset(row.name for _, row in format_rows() if "coding" in row.keys)


def formats_of(label: str) -> list[str]:
    """The formats of a class."""
    return [name for name, owner in formats().items() if owner == label]
