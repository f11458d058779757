# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a folder of synthetic labelled recordings, for train.

The signal of each recording is annotated. Each recording is a group of its own in split train. The
same seed gives the same files.
"""

from __future__ import annotations

import itertools

from ..reporting import Progress


def add_arguments(parser) -> None:
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder to write to, new or empty"
    )
    parser.add_argument(
        "--per-class",
        type=int,
        default=30,
        metavar="N",
        help="recordings of each class (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed (default: %(default)s)")
    parser.add_argument(
        "--classes",
        metavar="A,B,…",
        help="make only these classes (default: all, and 'other', signals of no class)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from ..synthesis import CLASSES, synthesize

    classes = arguments.classes.split(",") if arguments.classes else CLASSES
    done = itertools.count(1)
    with Progress(arguments.quiet, arguments.per_class * len(classes)) as progress:
        written = synthesize(
            arguments.out,
            arguments.per_class,
            arguments.seed,
            classes,
            lambda name: progress.show(name, next(done)),
        )
    print(f"{arguments.out}: {len(written)} recordings")
    return 0
