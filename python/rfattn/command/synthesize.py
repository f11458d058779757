# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a folder of synthetic labelled recordings, for train.

Each recording is a group of its own, split 'train', with its signal annotated. The same seed gives
the same files.
"""

from __future__ import annotations

import sys


def add_arguments(parser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--per-class", type=int, default=30, metavar="N",
                        help="recordings of each class (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--classes", metavar="A,B,…", help="only these (default: all, and 'other',"
                        " signals that are none of them)")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from ..synthesis import CLASSES, synthesize

    classes = arguments.classes.split(",") if arguments.classes else CLASSES
    total = arguments.per_class * len(classes)
    done = 0

    def progress(name: str) -> None:
        nonlocal done
        done += 1
        if not arguments.quiet:
            print(f"\r{done}/{total} {name:<40}", end="", file=sys.stderr, flush=True)

    written = synthesize(arguments.out, arguments.per_class, arguments.seed, classes, progress)
    if not arguments.quiet:
        print(file=sys.stderr)
    print(f"{arguments.out}: {len(written)} recordings")
    return 0
