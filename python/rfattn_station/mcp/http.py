# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server over HTTP, behind the guard of the page."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from gnuradio.rfattn.telemetry.bind_address import url
from gnuradio.rfattn.telemetry.http_guard import MAX_CONNECTIONS, Guard
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import HTTPError

PATH = "/mcp"
_MOST_BYTES = 2**16
"""Of a request."""
_END_S = 2
"""For requests that are being answered, at the end."""


def serve_http(server: MCPServer, host: str, port: int, guard: Guard) -> None:
    """Answers until Ctrl-C or SIGTERM.

    Args:
        port: 0: any free one, which a line on stderr states.
        guard: decides which requests are answered.

    Raises:
        OSError: when the address cannot be bound.
    """
    sockets = bind_sockets(port, host)
    inner = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        max_request_body_size=_MOST_BYTES,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    config = uvicorn.Config(
        Guarded(inner, guard),
        log_level="warning",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=_END_S,
        server_header=False,
    )
    endpoint = url(host, sockets[0].getsockname()[1]) + PATH

    async def serve() -> None:
        # Here, since a signal that comes while asyncio is made ready leaves a half-made loop.
        print(f"gr-rfattn: MCP at {endpoint}", file=sys.stderr, flush=True)
        await uvicorn.Server(config).serve(sockets)

    asyncio.run(serve())


class Guarded:
    """An ASGI application that answers what a `Guard` lets pass.

    Args:
        inner: the application.
        guard: checks the Host and Origin headers and the token, as for the page.
    """

    def __init__(self, inner, guard: Guard):
        self._inner, self._guard = inner, guard

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            try:
                self._guard.check(_request(scope))
            except HTTPError as error:
                await _refuse(send, error)
                return
        await self._inner(scope, receive, send)


def _request(scope) -> HTTPServerRequest:
    headers = HTTPHeaders()
    for name, value in scope["headers"]:
        headers.add(name.decode("latin-1"), value.decode("latin-1"))
    uri = scope["path"] + "?" + scope["query_string"].decode("latin-1")
    return HTTPServerRequest(scope["method"], uri, headers=headers, host=headers.get("Host", ""))


async def _refuse(send, error: HTTPError) -> None:
    text = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": error.status_code, "headers": text})
    await send({"type": "http.response.body", "body": f"{error.reason}\n".encode()})
