# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the exceptions of methods that GNU Radio calls; there are two kinds of blocks.

A block of the *path* (source, detector, extractor, buffer, model, labels) ends the flowgraph: its
``error`` is the exception. A *guest* (listener, recorder, example keeper, decoder, publisher,
display) has ``failures``, which count and log the exception, and the path continues.

GNU Radio logs an exception of ``work()`` or of a message handler, and ends the thread of this block
only: the flowgraph then hangs, or ends as if nothing had happened. One of ``start()`` hangs it, and
one of ``stop()`` aborts the process.
"""

from __future__ import annotations

import functools

from ...failures import Failures
from ...printable import printable
from .lifetime import blocks_in, stop_flowgraph_of

WORK_DONE = -1


def failures_in(flowgraph) -> dict[str, Failures]:
    """The `Failures` of the guests of a flowgraph that have any, by the names of the blocks; with
    those of its attribute ``guests``, which are no blocks."""
    found = dict(getattr(flowgraph, "guests", {}))
    for block in blocks_in(flowgraph):
        failures = getattr(block, "failures", None)
        if failures is not None:
            name, number = block.name(), 1
            while name in found:
                number += 1
                name = f"{block.name()} {number}"
            found[name] = failures
    return {name: failures for name, failures in found.items() if failures.count}


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
    """Decorates ``start()`` and ``stop()``. After an exception of a ``start()`` of the path, the
    first ``work()`` ends the flowgraph."""

    @functools.wraps(method)
    def guarded(self):
        try:
            return method(self)
        except Exception as error:
            take_error(self, error)
            return True

    return guarded


def handler(method):
    """Decorates a message handler. A block of the path may have message ports alone, and so no
    ``work()`` that could end the flowgraph."""

    @functools.wraps(method)
    def guarded(self, *args):
        try:
            method(self, *args)
        except Exception as error:
            if take_error(self, error):
                stop_flowgraph_of(self)

    return guarded


def take_error(block, error: Exception) -> bool:
    """Counts the error of a guest, or makes it that of a block of the path; returns whether the
    flowgraph must end."""
    failures = getattr(block, "failures", None)
    if failures is not None:
        failures.add(error)
        return False
    keep(block, error)
    return True


def keep(block, error: Exception) -> None:
    """Logs ``error`` and makes it the block's, unless an earlier one is."""
    if block.error is None:
        block.error = error
        block.logger.error(printable(f"ended by {type(error).__name__}: {error}"))
