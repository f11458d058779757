# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of the classes of emissions: a row for each, read from classes.toml.

The rows hold what is known of signals. How much of it counts in a label is fitted, see decision.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .class_row import KEYS, EmissionClass
from .formats import format_rows, formats_of

UNKNOWN = "unknown"
"""The label of an emission that gets no class; a model may have a class of this name."""
Names = tuple[str, ...]
"""Of classes, in the order of their probabilities."""
FILE = Path(__file__).with_name("classes.toml")
_FRAMES = "frames"


@cache
def classes() -> tuple[EmissionClass, ...]:
    """The rows of the catalogue that the module brings, in their order."""
    return read_classes(FILE)


@cache
def services() -> Mapping[str, str]:
    """The family by label of services that are no class: their frames alone give these labels."""
    known = {row.name for row in classes()}
    rows = [row for _, row in format_rows() if row.label not in known]
    return MappingProxyType({row.label: row.family for row in rows})


@cache
def known_of(key: str) -> Mapping:
    """What the catalogue states under a key, by class; classes without it are left out."""
    absent = KEYS[key].default
    values = {row.name: getattr(row, key) for row in classes()}
    return MappingProxyType({name: value for name, value in values.items() if value != absent})


def listen_mode(label: str | None, frequency: float | None) -> str:
    """How a receiver demodulates a class at a frequency, Hz, see `EmissionClass.listen_at`; "" for
    labels that the catalogue does not have."""
    row = next((row for row in classes() if row.name == label), None)
    return "" if row is None else row.listen_at(frequency)


@cache
def frames_contract() -> Mapping:
    """What stands for the contract of a model where none looks, and frames alone give labels."""
    framed = [row for row in classes() if formats_of(row.name)]
    families = {row.name: row.family for row in framed}
    families |= services()
    return {"kind": _FRAMES, "classes": list(families), "families": families}


def is_of_frames(contract: Mapping) -> bool:
    """Whether a contract is that of `frames_contract`."""
    return contract.get("kind") == _FRAMES


def labels_of(contract: Mapping) -> list[str]:
    """What an emission can be called: the classes of a model, those that a user taught it, and
    services that frames prove."""
    taught = (one["name"] for one in contract.get("taught", ()))
    return list(dict.fromkeys((*contract["classes"], *taught, *services())))


def giver_and_labels(contract: Mapping) -> tuple[str, list[str]]:
    """What gives labels by a contract, in words, and all that it gives."""
    if is_of_frames(contract):
        return "a frame alone", labels_of(contract)
    return "the model", [*labels_of(contract), UNKNOWN]


def read_classes(path: Path) -> tuple[EmissionClass, ...]:
    """The rows of a catalogue.

    Raises:
        OSError: the file cannot be read.
        ValueError: in one line that names the file, the class, the key, the rule and the value.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"classes: {path}: not TOML: {error}") from None
    try:
        rows = tuple(EmissionClass.from_table(name, table) for name, table in tables.items())
    except ValueError as error:
        raise ValueError(f"classes: {path}: {error}") from None
    return rows
