# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen that nobody sees, for tests of windows."""

import os
import select
import shutil
import subprocess
from contextlib import contextmanager

SIZE = "1600x1000x24"
START_LIMIT_S = 30


@contextmanager
def screen():
    """Runs Xvfb on the first free display; gives the value for ``DISPLAY``."""
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=[writes],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as numbers:
            ready, _, _ = select.select([numbers], [], [], START_LIMIT_S)
            number = numbers.readline().strip() if ready else ""
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def missing(*programs: str) -> str:
    """The reason for a skip: the programs that are not installed; empty when all are."""
    absent = [program for program in programs if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""
