# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the model card of a trained model, or the README of a family of models, as Markdown.

For one _metrics.json, it prints the card of that model. For a folder, it prints one text about all
models in it, from the _metrics.json of each; they must have the same classes, front end, step,
window and data.
"""

from __future__ import annotations

import sys
from pathlib import Path


def add_arguments(parser) -> None:
    parser.add_argument(
        "path", metavar="DIR|FILE", help="folder that train wrote to, or one _metrics.json in it"
    )


def run(arguments) -> int:
    from ..train.card import card, family_card, read_report

    path = Path(arguments.path)
    sys.stdout.write(card(read_report(path)) if path.is_file() else family_card(path))
    return 0
