# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of the model that runs: when it changes, and for a subscriber that comes late."""

from __future__ import annotations

from dataclasses import dataclass

from .entries import entry


@dataclass(frozen=True, kw_only=True)
class ModelDescription:
    """The model that a `transformer` runs; its message has more for whoever reads the JSON."""

    attention: str = entry("Name of the attention.")
    norm: str = entry("Name of the norm.")
    device: str = entry("Where it runs.")
    dtype: str = entry("Type of its numbers.")
    kernel: str | None = entry("What computes the attention.", default=None)
    window: int | None = entry("Tokens that a layer sees.", default=None)
    block_size: int | None = entry("Tokens of a step.", default=None)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A `transformer` started or changed its model."""

    after: ModelDescription = entry("The model that runs now.")
    before: dict | None = entry("The model that ran before; empty at the start.", default=None)
    requested: dict | None = entry("Model, attention and norm as asked for.", default=None)


@dataclass(frozen=True, kw_only=True)
class Info:
    """What a subscriber that comes late needs; sent about once a second."""

    versions: dict | None = entry("Versions by package.", default=None)
    parameters: dict | None = entry("Parameters of the sink.", default=None)
    model: Model | None = entry("The latest message of the topic model.", default=None)
    failures: list[str] | None = entry(
        "A line for each block beside the path that failed: how often, and why first.",
        default=None,
    )
