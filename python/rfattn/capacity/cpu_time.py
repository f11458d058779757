# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of the threads of a running flowgraph, block by block."""

from __future__ import annotations

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


def block_key(block) -> str:
    """The name of a block's thread."""
    number = str(block.unique_id())
    return block.name()[: _NAME_LENGTH - len(number)] + number
