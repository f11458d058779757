# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of `label` and `live` that publish labels and statistics while they run."""

from __future__ import annotations

import sys
from argparse import Action
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from .... import rfattn


def add_sink_options(parser, *names: str) -> None:
    """Adds the options that `open_sinks` reads: those named, or all of `rfattn.MESSAGE_SINKS`."""
    for name in names or rfattn.MESSAGE_SINKS:
        _, metavar, text = rfattn.MESSAGE_SINKS[name]
        parser.add_argument(f"--{name}", metavar=metavar, default="", help=text)
        if name == "stats":
            files = "server.key_secret and a folder clients with *.key files"
            add_keys_option(parser, files).needs = "--stats"
        elif name == "prometheus":
            parser.add_argument(
                "--token-file",
                metavar="FILE",
                default="",
                help="file with a token that the reader of --prometheus must send (16 or more "
                "letters and digits, readable by its owner only); needed for an address that other "
                "machines reach",
            ).needs = "--prometheus"
            add_hosts_option(parser).needs = "--prometheus"


def add_hosts_option(parser) -> Action:
    text = "other names by which it may be called, such as radio.example.org,box.lan"
    return parser.add_argument("--hosts", metavar="NAMES", default="", help=text)


def add_publisher_options(parser) -> None:
    """The options of a command that receives what a flowgraph publishes."""
    parser.add_argument(
        "--stats",
        metavar="ADDRESS",
        default="tcp://127.0.0.1:5557",
        help="where the flowgraph publishes (default: %(default)s)",
    )
    parser.add_argument(
        "--topic", default="rfattn", help="topic of the sink (default: %(default)s)"
    )
    add_keys_option(parser, "client.key_secret and server.key")


def add_keys_option(parser, files: str) -> Action:
    return parser.add_argument(
        "--keys",
        metavar="DIR",
        default="",
        help=f"CURVE keys of the statistics: a folder with {files}; without them only this machine "
        "is reached",
    )


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
            protection = {
                "stats": {"curve_keys": arguments.keys},
                "prometheus": {"token_file": arguments.token_file, "hosts": arguments.hosts},
            }.get(name, {})
            sink = getattr(rfattn, block)(value, **protection)
            sinks.append(stack.enter_context(closing(sink)))
            if sinks[-1].notice:
                print(f"gr-rfattn: {sinks[-1].notice}", file=sys.stderr, flush=True)
        yield sinks


def publish_stats(sinks: list, stats: dict) -> None:
    """Sends the statistics of a whole run, which count the steps after the last periodic ones,
    too."""
    for sink in sinks:
        sink.publish("stats", stats)
