# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a folder of synthetic labelled recordings, for train.

Each recording is a group of its own, split 'train', with its signal annotated. The same seed gives
the same files.
"""

from __future__ import annotations

import itertools

from .output import Progress


def add_arguments(parser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--per-class",
        type=int,
        default=30,
        metavar="N",
        help="recordings of each class (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument(
        "--classes",
        metavar="A,B,…",
        help="only these (default: all, and 'other', signals that are none of them)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from ..synthesis import CLASSES, synthesize

    classes = arguments.classes.split(",") if arguments.classes else CLASSES
    total = arguments.per_class * len(classes)
    progress, done = Progress(arguments.quiet), itertools.count(1)
    written = synthesize(
        arguments.out,
        arguments.per_class,
        arguments.seed,
        classes,
        lambda name: progress.show(f"{next(done)}/{total} {name}"),
    )
    progress.clear()
    print(f"{arguments.out}: {len(written)} recordings")
    return 0
