#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks the host of edges with hostile edges, and prints a table of what became of them.

tests/attack/run_edges.py --edges 1000 --seed 1

PYTHONPATH must name the module, as in tests/run.sh. The exit status is 1 after a failure.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("GR_CONF_LOG_LOG_LEVEL", "off")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from attention_models import save_model
from edge_attack import attack, table
from edge_flowgraphs import FRONT_END


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600.0, help="ends after that in any case")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = save_model(Path(folder) / "tiny.pt", FRONT_END, takes="emission")
        found = attack(model, arguments.seed, arguments.edges, arguments.seconds)
    print(table(found))
    return int(bool(found.failures))


if __name__ == "__main__":
    sys.exit(main())
