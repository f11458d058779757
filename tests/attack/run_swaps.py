#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps the model of a running flowgraph from several threads, and prints what came of it.

tests/attack/run_swaps.py --swaps 500 --seed 1

PYTHONPATH must name the module, as in tests/run.sh. The exit status is 1 after a failure, or when
the process has grown since the first quarter of the swaps.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("GR_CONF_LOG_LOG_LEVEL", "off")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from swap_storm import LARGEST_GROWTH, storm, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--swaps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = storm(Path(folder), arguments.seed, arguments.swaps, arguments.threads)
    print(table(found))
    before, after = found.rss_mb
    return int(bool(found.failures) or after > LARGEST_GROWTH * before)


if __name__ == "__main__":
    sys.exit(main())
