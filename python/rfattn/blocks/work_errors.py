# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an exception in the ``work()`` of a Python block."""

from __future__ import annotations

import functools

WORK_DONE = -1


def stop_on_error(work):
    """Decorates ``work()``: an exception ends the flowgraph and stays in the block's ``error``.

    GNU Radio would log it, kill the block's thread only, and either hang or return as if all were
    well. Whoever runs the flowgraph looks at ``error`` when it has ended.
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
