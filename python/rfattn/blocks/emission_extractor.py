# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The block emission_extractor, which looks for the formats of the catalogue."""

from ..catalogue.classes import classes
from ..catalogue.formats import format_rows, shipped_files
from ..rfattn_python import check_format, format_row, set_frame_formats
from ..rfattn_python import emission_extractor as emission_extractor


def _set_formats() -> None:
    made, labels, shipped = [], {row.name for row in classes()}, shipped_files()
    for path, row in format_rows():
        try:
            if row.label not in labels and not (row.title and row.family):
                rule = "label must be a class, or title and family must say what it is"
                raise ValueError(f"{row.name}: {rule}, got {row.label}")
            made.append(row.fill(format_row()))
            set_frame_formats(made[-1:])  # refuses a wrong one
            if path not in shipped:
                check_format(made[-1])
        except ValueError as error:
            raise ValueError(f"formats: {path}: {row.with_value(str(error))}") from None
    set_frame_formats(made)


_set_formats()
