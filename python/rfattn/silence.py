# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps libraries from printing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence(*descriptors: int, into: str | os.PathLike = os.devnull) -> Iterator[None]:
    """Discards what any library of the process writes to these file descriptors.

    Args:
        descriptors: 1 for stdout, 2 for stderr.
        into: a file that keeps it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in descriptors]
    try:
        with open(into, "wb") as other:
            for number in descriptors:
                os.dup2(other.fileno(), number)
        yield
    finally:
        for number, copy in zip(descriptors, kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)
