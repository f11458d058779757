# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of the threads of a running flowgraph, block by block."""

from __future__ import annotations

import os
import time
from pathlib import Path

_NAME_LENGTH = 15


def thread_cpu_ns() -> dict[str, int]:
    """CPU nanoseconds of every thread of this process since its start, by "name/number".

    GNU Radio names a block's thread after the block and its number, in the kernel's 15 characters.
    """
    found: dict[str, int] = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            found[f"{name}/{task.name}"] = int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):  # the thread ended meanwhile
            continue
    return found


def cpu_of_blocks(seconds: float, read_count) -> tuple[dict[str, int], int, float]:
    """CPU nanoseconds by block over the next ``seconds``, the growth of ``read_count()``, and the
    seconds that passed."""
    before, count, start = thread_cpu_ns(), read_count(), time.monotonic()
    time.sleep(seconds)
    after, moved, end = thread_cpu_ns(), read_count() - count, time.monotonic()
    spent: dict[str, int] = {}
    own = f"/{os.getpid()}"
    for thread, total in after.items():
        if not thread.endswith(own):
            name = thread.rpartition("/")[0]
            spent[name] = spent.get(name, 0) + total - before.get(thread, 0)
    return spent, moved, end - start


def of_block(spent: dict[str, int], block) -> int:
    """CPU nanoseconds of one block.

    Raises:
        KeyError: when no thread has its name.
    """
    return spent[block_key(block)]


def block_key(block) -> str:
    """The name of a block's thread."""
    number = str(block.unique_id())
    return block.name()[: _NAME_LENGTH - len(number)] + number
