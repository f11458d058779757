# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several subcommands share, derived from dataclasses where they are parameters."""

from __future__ import annotations

import argparse
import types
import typing
from dataclasses import fields


SCHEMA = 2
"""Version of the JSON of `label` and `live`."""


def add_options(parser, defaults, title: str = "", without: tuple[str, ...] = ()) -> None:
    """Adds an option for each field of the dataclass ``defaults``, with its value as the default.

    The fields are made by `flowgraph.options.option`, which also gives the help text. A field
    that is None or empty by default has no default in ``--help``.
    """
    group = parser.add_argument_group(title) if title else parser
    kinds = typing.get_type_hints(type(defaults))
    for field in fields(defaults):
        if field.name in without:
            continue
        default, about = getattr(defaults, field.name), field.metadata
        choices = about["choices"]() if callable(about["choices"]) else about["choices"]
        shown = "" if default in (None, "") else " (default: %(default)s)"
        group.add_argument(
            flag_of(field),
            dest=field.name,
            type=_one_type(kinds[field.name]),
            default=default,
            choices=choices,
            metavar=about["metavar"] or None,
            help=about["help"].replace("%", "%%") + shown,
        )


def flag_of(field) -> str:
    return field.metadata["flag"] or "--" + field.name.replace("_", "-")


def stated_options(arguments, *defaults) -> list[str]:
    """The options of the dataclasses ``defaults`` whose values differ from them."""
    return [
        flag_of(field)
        for kind in defaults
        for field in fields(kind)
        if getattr(arguments, field.name) != getattr(kind, field.name)
    ]


def options_from(kind, arguments: argparse.Namespace, **changes):
    """The dataclass ``kind`` from parsed arguments; ``changes`` go before them."""
    stated = {f.name: getattr(arguments, f.name) for f in fields(kind) if f.name in arguments}
    return kind(**(stated | changes))


def add_auto_options(parser) -> None:
    """What ``--attention auto`` may use besides the budget."""
    parser.add_argument(
        "--bench",
        default="",
        metavar="FILE",
        help="with --attention auto: choose by a report.json of gr-rfattn bench --model (default: "
        "time the attentions at the start)",
    )


def add_output_options(parser) -> None:
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON; - for stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _one_type(hint):
    """The type that is not None."""
    if isinstance(hint, types.UnionType):
        (hint,) = (kind for kind in typing.get_args(hint) if kind is not type(None))
    return hint
