# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions on emissions, as in "label=mode_s,confidence>=0.8"."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue.classes import giver_and_labels
from ..checked import shown, suggestion
from ..messages.event import EVENTS
from .facts import EVENT_FACTS, EVENT_TEXTS, NUMBERS, TEXTS

_TERM = re.compile(r"\s*([a-z_]+)\s*(>=|<=|!=|=|<|>)\s*(.*\S)\s*")
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([kMG]?)")
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_OF_EVENTS = *EVENT_TEXTS, "transmitter"
_OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Term:
    """One comparison: ``values`` is a number, or the texts of which one must be (=) or none may be
    (!=) that of the emission."""

    name: str
    sign: str
    values: float | tuple[str, ...]

    def holds(self, facts: Mapping) -> bool:
        """Whether it holds; an unknown fact satisfies only "!=" of a text."""
        fact = facts[self.name]
        if isinstance(self.values, tuple):
            return (fact in self.values) == (self.sign == "=")
        return fact is not None and _OPERATORS[self.sign](fact, self.values)


@dataclass(frozen=True)
class Condition:
    """Terms that must all hold, and the ``text`` that was read; without any it always holds."""

    terms: tuple[Term, ...] = ()
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Reads terms with commas between them: a name in `facts.NUMBERS` with a number, which may
        have a unit prefix (433.92M), or one in `facts.TEXTS`, with = or !=, and a text or several
        with | between them. "" is the condition that always holds.

        Raises:
            ValueError: naming the term and the rule.
        """
        found = cls(tuple(map(_term, text.split(",") if text.strip() else ())), text)
        for term in found.terms:
            if found.is_of_events and term.name not in EVENT_FACTS:
                raise ValueError(f"when: events have no {term.name}")
        return found

    @property
    def is_of_events(self) -> bool:
        """Whether it is on what happens to transmitters, and holds for no emission."""
        return any(term.name in _OF_EVENTS for term in self.terms)

    def on_emissions(self) -> Condition:
        """What it asks of emissions: nothing where it is on events."""
        return Condition() if self.is_of_events else self

    def on_events(self) -> Condition:
        """What it asks of events, of the facts that these have."""
        return Condition(tuple(term for term in self.terms if term.name in EVENT_FACTS))

    def holds(self, facts: Mapping) -> bool:
        """Whether it holds for an emission with these ``facts``, see `facts_of`, or an event."""
        is_right_kind = "event" in facts or not self.is_of_events
        return is_right_kind and all(term.holds(facts) for term in self.terms)

    def check_names(self, contract: Mapping) -> None:
        """Refuses labels and families that a model with this contract cannot give, or frames where
        it is theirs: they would never hold.

        Raises:
            ValueError: naming the label and, if there is one, a similar one.
        """
        giver, labels = giver_and_labels(contract)
        known = {"label": labels, "guess": labels}
        known["family"] = sorted({*contract.get("families", {}).values()})
        for term in self.terms:
            names = known.get(term.name)
            for value in term.values if names is not None else ():
                if value not in names:
                    what = "family" if term.name == "family" else "label"
                    raise ValueError(
                        f"when: {giver} gives no {what} {shown(value)}{suggestion(value, names)}"
                    )

    def needs_model(self) -> str:
        """The first name in it that only a model gives; "" for none."""
        given = ("guess", "confidence")
        return next((term.name for term in self.terms if term.name in given), "")


def _term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise ValueError(f"when: a term must be NAME=VALUE (or != < <= > >=), got {shown(text)}")
    name, sign, value = match.groups()
    if name in (*TEXTS, *EVENT_TEXTS):
        if sign not in ("=", "!="):
            raise ValueError(f"when: {name} takes = or !=, got {sign}")
        words = tuple(word.strip() for word in value.split("|"))
        for word in words if name == "event" else ():
            if word not in EVENTS:
                raise ValueError(f"when: event must be of {', '.join(EVENTS)}, got {shown(word)}")
        return Term(name, sign, words)
    if name not in (*NUMBERS, "transmitter"):
        known = (*TEXTS, *NUMBERS, *_OF_EVENTS)
        similar = suggestion(name, known) or f"; known are {', '.join(known)}"
        raise ValueError(f"when: unknown name {shown(name)}{similar}")
    number = _NUMBER.fullmatch(value)
    if number is None or not math.isfinite(float(number[1])):
        raise ValueError(
            f"when: {name} takes a number, such as 0.8 or 433.92M, got {shown(value)}; commas "
            "stand between terms"
        )
    return Term(name, sign, float(number[1]) * _PREFIXES[number[2]])
