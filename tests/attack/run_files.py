# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks the readers of files with many cases, and prints a table of how they ended.

    python3 tests/attack/run_files.py --cases 10000

Needs the module on PYTHONPATH, as the tests do. The cases run in a process of their own with at
most 3 GB of memory above its start; one that ends the process is a defect too. Exit status 1 when
there is a defect.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = (
    "torchscript",
    "checkpoint",
    "sigmf",
    "table",
    "cut_set",
    "report",
    "ignore",
    "own_model",
)
BATCH = 2000
MEMORY_BYTES = 3 * 10**9


def run_batch(kind: str, numbers: list[int]) -> list[tuple[str, int, str, float]]:
    """How the cases of a batch ended, in plain values."""
    os.environ.setdefault("GR_CONF_LOG_LOG_LEVEL", "off")
    sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
    import torch

    from attack_files import Attack

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(Path(folder))
        _limit_memory()
        endings = [attack.run(kind, number) for number in numbers]
    return [(e.kind, e.number, e.what, e.seconds) for e in endings]


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    used = pages * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, hard))


def run_cases(kind: str, numbers: list[int]) -> list[tuple]:
    """As `run_batch`, in another process; a batch that ends it is repeated case by case."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(run_batch, kind, numbers).result()
        except BrokenProcessPool:
            pass
    if len(numbers) == 1:
        return [(kind, numbers[0], "the process ended", 0.0)]
    half = len(numbers) // 2
    return run_cases(kind, numbers[:half]) + run_cases(kind, numbers[half:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="of each kind (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default: 0)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    arguments = parser.parse_args()
    last, defects = arguments.first + arguments.cases, 0
    print("| file | cases | read | refused | defects | slowest s |\n|---|---|---|---|---|---|")
    for kind in arguments.kinds:
        endings = []
        for start in range(arguments.first, last, BATCH):
            endings += run_cases(kind, list(range(start, min(last, start + BATCH))))
        counts = Counter(what for _, _, what, _ in endings)
        good = counts["read"] + counts["refused"]
        slowest = max(seconds for *_, seconds in endings)
        defects += len(endings) - good
        print(
            f"| {kind} | {len(endings)} | {counts['read']} | {counts['refused']} | "
            f"{len(endings) - good} | {slowest:.1f} |",
            flush=True,
        )
        for _, number, what, _ in endings:
            if what not in ("read", "refused"):
                print(f"  {kind} {number}: {what}", file=sys.stderr)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
