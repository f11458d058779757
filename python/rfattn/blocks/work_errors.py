# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops the flowgraph when the ``work()`` of a Python block raises."""

from __future__ import annotations

import functools

WORK_DONE = -1


def stop_on_error(work):
    """Decorates ``work()``: an exception ends the flowgraph and is kept in the block's ``error``.

    GNU Radio would log it and end the thread of this block only, and the flowgraph would then hang
    or end as if nothing had happened. Check ``error`` after the flowgraph has ended.
    """

    @functools.wraps(work)
    def guarded(self, input_items, output_items):
        try:
            return work(self, input_items, output_items)
        except Exception as error:
            self.error = error
            self.logger.error(f"ended by {type(error).__name__}: {error}")
            return WORK_DONE

    return guarded
