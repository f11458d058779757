# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions for flowgraphs of GNU Radio Companion: check port sizes, swap a model."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

_SWAPS = ThreadPoolExecutor(1, "swap")


def require_ports(block, **stated):
    """Returns the block, a `transformer` or an `edge_source`, when its ``n_bins`` and the like are
    as stated.

    The companion draws their ports before the model file is opened, so the flowgraph states their
    sizes, and this function checks them when it starts.

    Raises:
        ValueError: naming the block, the parameter and both numbers.
    """
    for name, number in stated.items():
        actual = getattr(block, name)
        if actual != number:
            raise ValueError(
                f"{block.name()}: the model has {name} {actual}, the flowgraph states {number}"
            )
    return block


def swap_soon(swap, value) -> Future:
    """Calls ``swap``, one of a transformer's setters, in a background thread.

    Building and warming up a model takes seconds, which would freeze a window, and an exception in
    a slot ends a Qt program. Swaps run one after the other, in the order of the calls. The block
    logs a refusal and keeps its model.

    Args:
        swap: ``set_attention``, ``set_norm`` or ``set_model`` of a block.
        value: its argument.

    Returns:
        The future of the call; its ``exception()`` is the refusal, or None.
    """
    future = _SWAPS.submit(swap, value)
    future.add_done_callback(lambda done: _log_refusal(swap, done))
    return future


def _log_refusal(swap, done: Future) -> None:
    error = done.exception()
    if error is not None:
        swap.__self__.logger.error(f"{swap.__name__}: {error}; the old model keeps running")
