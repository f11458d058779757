# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the flowgraph when a method of a Python block raises that GNU Radio calls.

GNU Radio logs an exception of ``work()`` or of a message handler, and ends the thread of this block
only: the flowgraph then hangs, or ends as if nothing had happened. One of ``start()`` hangs it, and
one of ``stop()`` aborts the process.
"""

from __future__ import annotations

import functools

from ..printable import printable

WORK_DONE = -1


def stop_on_error(work):
    """Decorates ``work()``: an exception ends the flowgraph and is kept in the block's ``error``.

    So does one that ``start()`` or a message handler kept before. Check ``error`` after the
    flowgraph has ended.
    """

    @functools.wraps(work)
    def guarded(self, input_items, output_items):
        if self.error is not None:
            return WORK_DONE
        try:
            return work(self, input_items, output_items)
        except Exception as error:
            keep(self, error)
            return WORK_DONE

    return guarded


def keep_error(method):
    """Decorates ``start()`` and ``stop()``: an exception is kept in the block's ``error``; after
    one of ``start()``, the first ``work()`` ends the flowgraph."""

    @functools.wraps(method)
    def guarded(self):
        try:
            return method(self)
        except Exception as error:
            keep(self, error)
            return True

    return guarded


def keep(block, error: Exception) -> None:
    """Logs ``error`` and makes it the block's, unless an earlier one is."""
    if block.error is None:
        block.error = error
        block.logger.error(printable(f"ended by {type(error).__name__}: {error}"))
