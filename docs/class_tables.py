# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the table of the classes of emissions into a page, from the catalogue of classes."""

from __future__ import annotations

import re
import tomllib

from contracts import PACKAGE

CATALOGUE = PACKAGE / "emissions" / "classes.toml"
CARD = PACKAGE / "models" / "emissions" / "README.md"
HEAD = "| class | family | what it is | known by | frames |"


def fill_class_table(page: str) -> str:
    """The page with the table under `HEAD` as the catalogue has it.

    Raises:
        ValueError: the page has no such table.
    """
    table = "\n".join([HEAD, "|---|---|---|---|---|", *_rows(), ""])
    filled, count = re.subn(rf"^{re.escape(HEAD)}\n(\|.*\n)*", lambda _: table, page, flags=re.M)
    if count != 1:
        raise ValueError(f"a page must have one table with the head {HEAD}, got {count}")
    return filled


def _rows() -> list[str]:
    ways = known_by()
    return [
        f"| `{name}` | {row['family']} | {row['words']} | {ways.get(name, '')} | "
        f"{', '.join(row.get('frames', []))} |"
        for name, row in tomllib.loads(CATALOGUE.read_text()).items()
    ]


def known_by() -> dict[str, str]:
    """How each class of the default model is known, as the model's card states it."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (recordings|made-up) \|", CARD.read_text(), re.M)
    return dict(rows)
