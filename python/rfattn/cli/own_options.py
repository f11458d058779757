# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the commands that make a model of the user's own."""

from __future__ import annotations

from ..inference import DEFAULT_EMISSION_MODEL


def add_own_options(parser) -> None:
    """Adds --name and --model, which `open_own` reads."""
    parser.add_argument(
        "--name", default="my", metavar="NAME", help="of your own model (default: %(default)s)"
    )
    parser.add_argument(
        "--model",
        default="",
        metavar="M",
        help="model for emissions that a new own model is made from (default: emissions)",
    )


def open_own(arguments):
    """The `OwnModel` that the options name; a new one is made from the default without --model.

    Raises:
        ValueError: see `OwnModel.open`.
    """
    from ..train.own_model import OwnModel, own_folder

    is_new = not own_folder(arguments.name).is_dir()
    model = arguments.model or (DEFAULT_EMISSION_MODEL if is_new else "")
    return OwnModel.open(arguments.name, model)
