# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has every file of this process end after some bytes, as on a full disk."""

import contextlib
import resource


@contextlib.contextmanager
def files_end_after(count: int):
    """Writing behind byte ``count`` of any file raises an OSError (EFBIG) meanwhile."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
