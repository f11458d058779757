# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataclasses of parameters that check themselves and refuse bad values in one clear line."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import ClassVar, Self

_SHOWN = 80
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


class CheckedDataclass:
    """Base class of frozen dataclasses whose fields all have defaults.

    A subclass checks its rules with `require` in ``__post_init__``. Fields may be dataclasses of
    this kind too.
    """

    title: ClassVar[str] = "configuration"
    """The word that every refusal starts with."""

    def require(self, holds: bool, name: str, rule: str) -> None:
        """Raises a ValueError with the parameter, the rule and the value, unless ``holds``."""
        if not holds:
            raise ValueError(
                f"{self.title}: {name} must be {rule}, got {shown(getattr(self, name))}"
            )

    def require_one_of(self, name: str, choices: Iterable[str]) -> None:
        """Raises a ValueError that lists the choices, unless the parameter is one of them."""
        self.require(getattr(self, name) in choices, name, f"one of {', '.join(choices)}")

    def to_dict(self) -> dict:
        """The fields as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Self:
        """Inverse of `to_dict`. Parameters that ``values`` lacks have their defaults.

        Raises:
            ValueError: an unknown parameter, or a value that breaks a rule or has another type.
        """
        default = cls()
        names = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in names:
                known = suggestion(name, names)
                raise ValueError(f"{cls.title}: unknown parameter {plain_name(name)}{known}")
        fields = {name: _check(cls.title, default, name, value) for name, value in values.items()}
        return cls(**fields)

    def replace(self, **changes) -> Self:
        """A copy with other values, checked again."""
        return dataclasses.replace(self, **changes)


def shown(value) -> str:
    """A value for a refusal: its first characters, without control characters."""
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a number of more than 20 digits"
    try:
        text = repr(value)
    except RecursionError:
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def is_number(value, least: float, most: float) -> bool:
    """Whether a value that was read is a number, no truth value, and within these limits."""
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return is_plain and least <= value <= most


def plain_name(name: str) -> str:
    """A foreign name for a refusal: as it is, or quoted where it has control characters."""
    return name if name.isprintable() and len(name) <= _SHOWN else shown(name)


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a refusal, "; did you mean label?", where ``known`` has a similar word."""
    known = list(known)
    parts = [name for name in known if len(word) > 2 and name.lower().startswith(word.lower())]
    close = parts[:1] or difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _check(title: str, default: CheckedDataclass, name: str, value):
    """The value of a field, which has the type of the field's default."""
    like = getattr(default, name)
    if dataclasses.is_dataclass(like):
        if isinstance(value, type(like)):
            return value
        if not isinstance(value, dict):
            raise ValueError(f"{title}: {name} must be an object, got {shown(value)}")
        return type(like).from_dict({**like.to_dict(), **value})
    kind = type(like)
    accepted = {int: Integral, float: Real}.get(kind, kind)
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{title}: {name} must be {_KINDS[kind]}, got {shown(value)}")
    return kind(value)


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a value must be, in words and as a function that returns it as it is kept.

    The function raises a ValueError or a TypeError where the value is another.
    """

    words: str
    read: Callable

    def value(self, where: str, name: str, value):
        """The value as it is kept.

        Raises:
            ValueError: naming where it stands, its name, the rule and the value.
        """
        try:
            return self.read(value)
        except (TypeError, ValueError):
            raise ValueError(f"{where}: {name} must be {self.words}, got {shown(value)}") from None


def holding(words: str, holds: Callable) -> Rule:
    """The rule that a function of the value holds; a list is kept as a tuple."""

    def read(value):
        if not holds(value):
            raise ValueError
        return tuple(value) if isinstance(value, list) else value

    return Rule(words, read)


def list_of(rule: Rule, words: str) -> Rule:
    """The rule of a list that has something, each item of which follows a rule."""

    def read(value):
        if not isinstance(value, list) or not value:
            raise ValueError
        return tuple(map(rule.read, value))

    return Rule(words, read)


def one_of(names: Iterable[str]) -> Rule:
    names = tuple(names)
    return holding(f"one of {', '.join(names)}", lambda value: value in names)


LINE = holding("text in one line", lambda v: isinstance(v, str) and v != "" and v.isprintable())
LINES = list_of(LINE, "a list of texts")
FLAG = holding("true or false", lambda value: isinstance(value, bool))


def key(rule: Rule, default=dataclasses.MISSING):
    """A field of a dataclass that is a key of a table in a file."""
    return dataclasses.field(default=default, metadata={"rule": rule})


def keys_of(kind: type) -> dict[str, dataclasses.Field]:
    """The fields that a table may state."""
    return {f.name: f for f in dataclasses.fields(kind) if "rule" in f.metadata}


def read_table(kind: type, name: str, table, **more):
    """An object of a dataclass from a table of its keys.

    Args:
        name: of the table and of the object, which begins each refusal.
        more: other fields that are no keys.

    Raises:
        ValueError: naming the table, the key, the rule and the value.
    """
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a table, got {shown(table)}")
    keys = keys_of(kind)
    for one in table:
        if one not in keys:
            raise ValueError(f"{name}: unknown key {shown(one)}{suggestion(one, keys)}")
    for one, about in keys.items():
        if about.default is dataclasses.MISSING and one not in table:
            raise ValueError(f"{name}: {one} is missing")
    values = {k: keys[k].metadata["rule"].value(name, k, value) for k, value in table.items()}
    return kind(name=name, **more, **values)


def field_docs(cls: type) -> dict[str, str]:
    """The docstrings of the fields of a dataclass, each in one line, read from its source and that
    of the dataclasses it inherits from."""
    found = {}
    for kind in filter(dataclasses.is_dataclass, reversed(cls.__mro__)):
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        for field, doc in itertools.pairwise(node.body):
            is_doc = isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and is_doc:
                found[field.target.id] = " ".join(doc.value.value.split())
    return found
