# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of all samples and tokens of a flowgraph, from the counts of its blocks."""

from __future__ import annotations


def account_tokens(buffer, sent: int, labelled: int) -> dict[str, int]:
    """What became of tokens: labelled (processed), dropped, too few for a step (incomplete), or
    still in a block when the flowgraph ended (waiting).

    Args:
        buffer: the `token_buffer`.
        sent: tokens that the block before it sent; the sum of the results, once the flowgraph has
            ended.
        labelled: tokens of the steps that have a label.
    """
    on_the_way = sent - buffer.tokens_in()
    in_a_block = buffer.tokens_out() - labelled
    return {
        "processed": labelled,
        "dropped": buffer.tokens_dropped(),
        "incomplete": buffer.tokens_incomplete(),
        "waiting": on_the_way + buffer.tokens_waiting() + in_a_block,
    }


def count_faulty(blocks) -> dict[str, int]:
    """Samples that some `power_spectrum` or `emission_detector` found not finite or saturated."""
    return {
        "samples_non_finite": sum(block.samples_non_finite() for block in blocks),
        "samples_saturated": sum(block.samples_saturated() for block in blocks),
    }
