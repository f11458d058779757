# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what train knows of its models as Markdown: a family's README, or one model's card.

Of a folder, one text for all the models in it, from the _metrics.json of each; they must have
classes, front end, step, window and data in common. Of one _metrics.json, that model's card.
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
