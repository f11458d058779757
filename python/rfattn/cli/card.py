# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the model card of a trained model, or the README of a family of models, as Markdown.

For one _metrics.json, it prints the card of that model. For a folder, it prints one text about all
models in it, from the _metrics.json of each; they must have the same classes, front end, step,
window and data. Models for emissions have a text of their own, and only of a folder.
"""

from __future__ import annotations

import sys
from pathlib import Path


def add_arguments(parser) -> None:
    parser.add_argument(
        "path", metavar="DIR|FILE", help="folder that train wrote to, or one _metrics.json in it"
    )


def run(arguments) -> int:
    from ..train import emission_card
    from ..train.card import card, family_card, read_report

    path = Path(arguments.path)
    if path.is_file():
        text = card(read_report(path))
    elif emission_card.is_emission_folder(path):
        text = emission_card.family_card(path)
    else:
        text = family_card(path)
    sys.stdout.write(text)
    return 0
