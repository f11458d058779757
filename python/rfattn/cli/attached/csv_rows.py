# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--csv` of `label` and `live`: a row for each emission in a file for spreadsheets."""

from __future__ import annotations

from .place import Place


def add_csv_option(parser) -> None:
    text = "add a row for each emission that has ended to this file"
    parser.add_argument("--csv", metavar="FILE", default="", help=text)


def make_rows(arguments, place: Place):
    """The `CsvRows` that the options ask for; None for none."""
    if not arguments.csv:
        return None
    from ...flowgraph.csv_rows import CsvRows

    return CsvRows(arguments.csv, place.name, arguments.sidebands)
