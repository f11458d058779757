# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let programs that speak the Model Context Protocol read what a receiver finds.

It answers on stdin and stdout, or with --listen over HTTP, from the page that gr-rfattn serve
serves: emissions now and in history, one in detail with its spectrogram, classes, statistics. It
changes nothing. Needs the package mcp of the Python package index, from version 2 on.
"""

from __future__ import annotations

import asyncio

from gnuradio.rfattn.cli.sources.sinks import add_hosts_option


def add_arguments(parser) -> None:
    parser.add_argument(
        "--page",
        metavar="URL",
        default="http://127.0.0.1:8080",
        help="page of gr-rfattn serve (default: %(default)s)",
    )
    parser.add_argument(
        "--page-token-file",
        metavar="FILE",
        default="",
        help="file with the token of the page, as serve --token-file has it",
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="",
        help="answer over HTTP, under /mcp; port 0: any free one",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        default="",
        help="file with a token that clients of --listen must send (16 or more letters and "
        "digits, readable by its owner only); needed for an address that other machines reach",
    ).needs = "--listen"
    add_hosts_option(parser).needs = "--listen"


def run(arguments) -> int:
    from gnuradio.rfattn.telemetry.bind_address import http_address
    from gnuradio.rfattn.telemetry.http_guard import Guard, read_hosts, read_token

    from ..mcp.page import Page

    token = read_token(arguments.token_file, "mcp: --token-file")
    page = Page(arguments.page, read_token(arguments.page_token_file, "mcp: --page-token-file"))
    address = http_address("mcp: --listen", arguments.listen, token) if arguments.listen else None
    server = _server_of(page)
    if address is None:
        from ..mcp.stdio import serve_stdio

        asyncio.run(serve_stdio(server))
        return 0
    from ..mcp.http import serve_http

    try:
        guard = Guard(address[0], token, read_hosts(arguments.hosts, "mcp: --hosts"))
        serve_http(server, *address, guard)
    except OSError as error:
        text = error.strerror or error
        raise ValueError(f"mcp: cannot bind {arguments.listen}: {text}") from None
    return 0


def _server_of(page):
    """The server, which needs a package that Debian does not have.

    Raises:
        ValueError: naming the package.
    """
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: F401 (new in version 2)
    except ImportError:
        raise ValueError(
            "mcp needs the package mcp from version 2 on, in a virtual environment: docs/page.md "
            "has the lines that make one"
        ) from None
    from ..mcp.server import make_server

    return make_server(page)
