# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where label and live tell others what they find while they run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager


@contextmanager
def open_sinks(arguments) -> Iterator[list]:
    """The message sinks that the options ask for, open from before the first sample to the end:
    subscribers need time to come.

    Raises:
        ValueError: in one line, when one cannot be opened.
    """
    with ExitStack() as stack:
        sinks = []
        if arguments.stats:
            from ..blocks.zmq_stats_sink import zmq_stats_sink

            sinks.append(stack.enter_context(closing(zmq_stats_sink(arguments.stats))))
        if arguments.prometheus:
            from ..blocks.prometheus_sink import prometheus_sink

            sinks.append(stack.enter_context(closing(prometheus_sink(arguments.prometheus))))
            print(f"gr-rfattn: metrics at {sinks[-1].endpoint}", file=sys.stderr, flush=True)
        yield sinks


def publish_stats(sinks: list, stats: dict) -> None:
    """The statistics of a whole run: the periodic ones leave out what came after the last of
    them."""
    for sink in sinks:
        sink.publish("stats", stats)
