#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends signals at random moments to the commands, and prints a table of how they ended.

tests/attack/run_signals.py --signals 20 --seed 1

PYTHONPATH must name the module, as in tests/run.sh. The exit status is 1 after a failure.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from interrupts import take_interrupts
from signal_attack import attack, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=int, default=20, help="to each command")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    take_interrupts()
    with tempfile.TemporaryDirectory() as folder:
        rows = attack(Path(folder), arguments.seed, arguments.signals)
    print(table(rows))
    return int(any(row.failures for row in rows))


if __name__ == "__main__":
    sys.exit(main())
