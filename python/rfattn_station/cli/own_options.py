# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the commands that make a model of the user's own."""

from __future__ import annotations

from argparse import Action
from contextlib import AbstractContextManager

from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL


def add_own_options(parser) -> tuple[Action, Action]:
    """Adds --name and --model, which `open_own` reads, and returns both."""
    name = parser.add_argument(
        "--name", default="my", metavar="NAME", help="of your own model (default: %(default)s)"
    )
    model = parser.add_argument(
        "--model",
        default="",
        metavar="M",
        help="model for emissions that a new own model is made from (default: emissions)",
    )
    model.needs = "DIR"
    return name, model


def open_own(arguments) -> AbstractContextManager:
    """The `OwnModel` that the options name, see `OwnModel.open`; a new one is made from the default
    without --model."""
    from ..learning.own_model import OwnModel

    return OwnModel.open(arguments.name, arguments.model, DEFAULT_EMISSION_MODEL)
