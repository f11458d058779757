#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks the programs that read statistics messages, and prints a table of what became of them.

tests/attack/run_messages.py --cases 1000 --seed 1

PYTHONPATH must name the module, as in tests/run.sh. The exit status is 1 after a failure.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from interrupts import take_interrupts
from message_attack import attack, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    take_interrupts()
    rows = attack(arguments.seed, arguments.cases)
    print(table(rows))
    return int(any(row.failures for row in rows))


if __name__ == "__main__":
    sys.exit(main())
