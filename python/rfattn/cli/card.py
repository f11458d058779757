# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the model card of a trained model, or the README of a family of models, as Markdown.

For one _metrics.json, it prints the card of that model. For a folder, it prints one text about all
models in it, from the _metrics.json of each; they must have the same classes, front end, step,
window and data. Models of emissions have a card for the folder only.
"""

from __future__ import annotations

import sys
from pathlib import Path


def add_arguments(parser) -> None:
    parser.add_argument(
        "path", metavar="DIR|FILE", help="folder that train wrote to, or one _metrics.json in it"
    )


def run(arguments) -> int:
    sys.stdout.write(card_of(Path(arguments.path)))
    return 0


def card_of(path: Path) -> str:
    """The card of one model or of a folder.

    Raises:
        ValueError: in one line, when there is no report, or one that has no card.
    """
    from ..train import card, emission_card

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
