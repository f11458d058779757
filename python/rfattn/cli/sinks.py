# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of `label` and `live` that publish labels and statistics while they run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from ... import rfattn


def add_sink_options(parser, *names: str) -> None:
    """Adds the options that `open_sinks` reads: those named, or all of `rfattn.MESSAGE_SINKS`."""
    for name in names or rfattn.MESSAGE_SINKS:
        _, metavar, text = rfattn.MESSAGE_SINKS[name]
        parser.add_argument(f"--{name}", metavar=metavar, default="", help=text)


@contextmanager
def open_sinks(arguments) -> Iterator[list]:
    """Opens the message sinks that the options ask for, and closes them at the end.

    They are open before the first sample, since subscribers need time to connect.

    Raises:
        ValueError: in one line, when one cannot be opened.
    """
    with ExitStack() as stack:
        sinks = []
        for name, (block, _, _) in rfattn.MESSAGE_SINKS.items():
            value = getattr(arguments, name)
            if not value:
                continue
            sinks.append(stack.enter_context(closing(getattr(rfattn, block)(value))))
            if sinks[-1].notice:
                print(f"gr-rfattn: {sinks[-1].notice}", file=sys.stderr, flush=True)
        yield sinks


def publish_stats(sinks: list, stats: dict) -> None:
    """Sends the statistics of a whole run, which count the steps after the last periodic ones,
    too."""
    for sink in sinks:
        sink.publish("stats", stats)
