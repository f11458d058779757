# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let programs that speak the Model Context Protocol read what a receiver finds.

It answers on stdin and stdout, from the page that gr-rfattn serve serves: emissions now and in
history, one in detail with its spectrogram, classes, statistics. It changes nothing. Needs the
package mcp of the Python package index, from version 2 on.
"""

from __future__ import annotations

import asyncio


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


def run(arguments) -> int:
    from gnuradio.rfattn.telemetry.http_guard import read_token

    from ..mcp.page import Page

    token = read_token(arguments.page_token_file, "mcp: --page-token-file")
    server = _server_of(Page(arguments.page, token))
    from ..mcp.stdio import serve_stdio

    asyncio.run(serve_stdio(server))
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
