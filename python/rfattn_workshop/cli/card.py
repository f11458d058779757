# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the model card of a trained model, or the README of a family of models, as Markdown.

For one _metrics.json, it prints the card of that model. For a folder, it prints one text about all
models in it, from the _metrics.json of each; they must have the same classes, front end, step,
window and data. Models of emissions have a card for the folder only.

--write puts the card into README.md of the folder, in place of the one before it, and keeps what
stands below the line that ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gnuradio.rfattn.files import replace_file

END = "<!-- gr-rfattn card --write replaces what is above this line. -->"
"""The line that ends the card in a README."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "path", metavar="DIR|FILE", help="folder that train wrote to, or one _metrics.json in it"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write README.md of the folder in place of stdout, and keep your own text in it",
    )


def run(arguments) -> int:
    path = Path(arguments.path)
    text = card_of(path)
    if arguments.write:
        print(f"written to {write_card(path, text)}")
    else:
        sys.stdout.write(text)
    return 0


def write_card(folder: Path, text: str) -> Path:
    """Writes a card into ``README.md`` of a folder, above the line `END`; returns that file.

    Raises:
        ValueError: ``folder`` is a file, or the README that is there lacks that line.
    """
    if not folder.is_dir():
        raise ValueError(f"card: --write needs a folder, got {folder}")
    readme = folder / "README.md"
    own = "\n"
    if readme.exists():
        _, end, own = readme.read_text(encoding="utf-8").partition(END)
        if not end:
            raise ValueError(f"{readme}: lacks the line {END}; add it above your own text")
    replace_file(readme, f"{text}\n{END}{own}")
    return readme


def card_of(path: Path) -> str:
    """The card of one model or of a folder.

    Raises:
        ValueError: in one line, when there is no report, or one that has no card.
    """
    from ..train.cards import card, emission_card

    if path.is_file() and emission_card.is_report(path):
        raise ValueError(
            f"{path}: a model of emissions has no card of its own: gr-rfattn card {path.parent}"
        )
    if path.is_file():
        return card.card(card.read_report(path))
    reports = sorted(path.glob(f"*{card.METRICS}"))
    n_emissions = sum(map(emission_card.is_report, reports))
    if not n_emissions:
        return card.family_card(path)
    if n_emissions < len(reports):
        raise ValueError(f"{path}: models for emissions and for bands are no family")
    return emission_card.family_card(path)
