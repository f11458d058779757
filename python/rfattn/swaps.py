# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps of a model that a window asks for, which must not stand still meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

_ONE_AFTER_THE_OTHER = ThreadPoolExecutor(1, "swap")


def swap_soon(swap, value) -> Future:
    """Calls ``swap``, one of a transformer's setters, in a thread of its own.

    To build and warm up a model takes seconds, and an exception in the slot of a Qt program ends
    it. Swaps run one after the other, in the order in which they are asked for. A refusal is logged
    by the block, which goes on with the old model.

    Args:
        swap: ``set_attention``, ``set_norm`` or ``set_model`` of a block.
        value: what it takes.

    Returns:
        The future of the call; its ``exception()`` is the refusal, or None.
    """
    future = _ONE_AFTER_THE_OTHER.submit(swap, value)
    future.add_done_callback(lambda done: _log_refusal(swap, done))
    return future


def _log_refusal(swap, done: Future) -> None:
    error = done.exception()
    if error is not None:
        swap.__self__.logger.error(f"{swap.__name__}: {error}; the old model goes on")
