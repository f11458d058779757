# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataclasses that check themselves: dictionaries, types, nested parts, documentation."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np
import pytest
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.checked import CheckedDataclass, field_docs, suggestion


@dataclass(frozen=True)
class Wheel(CheckedDataclass):
    title: ClassVar[str] = "wheel"

    spokes: int = 8
    """Spokes of
    the wheel."""
    is_round: bool = True


@dataclass(frozen=True)
class Cart(CheckedDataclass):
    title: ClassVar[str] = "cart"

    wheel: Wheel = field(default_factory=lambda: Wheel(spokes=6))
    load_kg: float = 1.0
    """What it carries."""
    kind: str = "hand"

    def __post_init__(self):
        self.require(self.load_kg > 0, "load_kg", "> 0")
        self.require_one_of("kind", ("hand", "ox"))


def test_a_dictionary_holds_parts_and_may_lack_parameters():
    cart = Cart.from_dict({"wheel": {"is_round": False}, "load_kg": 2})
    assert cart == Cart(wheel=Wheel(spokes=6, is_round=False), load_kg=2.0)
    assert isinstance(cart.load_kg, float)
    assert Cart.from_dict(cart.to_dict()) == cart and Cart.from_dict({"wheel": cart.wheel}) == Cart(
        wheel=cart.wheel
    )
    assert Wheel.from_dict({"spokes": np.int64(3)}).to_dict() == {"spokes": 3, "is_round": True}
    assert cart.replace(kind="ox").kind == "ox"


@pytest.mark.parametrize(
    "values, message",
    [
        ({"lod_kg": 1}, "cart: unknown parameter lod_kg; did you mean load_kg?"),
        ({"xyz": 1}, "cart: unknown parameter xyz"),
        ({"load_kg": 0}, "cart: load_kg must be > 0, got 0.0"),
        ({"load_kg": "1"}, "cart: load_kg must be a number, got '1'"),
        ({"kind": "dog"}, "cart: kind must be one of hand, ox, got 'dog'"),
        ({"wheel": 4}, "cart: wheel must be an object, got 4"),
        ({"wheel": {"spoke": 4}}, "wheel: unknown parameter spoke; did you mean spokes?"),
        ({"wheel": {"spokes": 4.5}}, "wheel: spokes must be a whole number, got 4.5"),
        ({"wheel": {"is_round": 1}}, "wheel: is_round must be true or false, got 1"),
    ],
)
def test_refusals(values, message):
    with pytest.raises(ValueError) as refusal:
        Cart.from_dict(values)
    assert str(refusal.value) == message


def test_a_copy_is_checked_again():
    with pytest.raises(ValueError, match="load_kg must be > 0, got -1"):
        Cart().replace(load_kg=-1)


def test_documentation_of_fields_is_one_line():
    assert field_docs(Wheel) == {"spokes": "Spokes of the wheel."}
    assert field_docs(ModelConfig).keys() == {field.name for field in fields(ModelConfig)}
    assert field_docs(Cart) == {"load_kg": "What it carries."}


def test_suggestions():
    assert suggestion("lable", ["label", "live"]) == "; did you mean label?"
    assert suggestion("FSK", ["PSK", "FSK packets"]) == "; did you mean FSK packets?"
    assert suggestion("xyz", ["label", "live"]) == ""
