# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For GNU Radio Companion, which draws a transformer's ports before the model is opened."""

from __future__ import annotations


def require_ports(transformer, **stated):
    """Returns the block when its ``n_bins``, ``block_size`` and ``n_classes`` are as stated.

    Raises:
        ValueError: naming the parameter and both numbers.
    """
    for name, number in stated.items():
        actual = getattr(transformer, name)
        if actual != number:
            raise ValueError(
                f"transformer: the model has {name} {actual}, the flowgraph states {number}"
            )
    return transformer
