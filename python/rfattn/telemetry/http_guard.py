# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks and limits of every HTTP server here: who asks, how much, how long. No GNU Radio here."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import socket
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from .bind_address import url
from .curve import check_private

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_COOKIE = "gr_rfattn_token"
_OWN_SITES = ("same-origin", "none")
"""Values of the header Sec-Fetch-Site that the own page and the user send."""
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_MIN_TOKEN, _MAX_TOKEN = 16, 512
MAX_CONNECTIONS = 128
_MAX_HEADER_BYTES, _MAX_BODY_BYTES = 16384, 0
_IDLE_S = 20.0
"""A connection without a whole request for this long is closed."""
_STALLED_S = 30.0
"""A reader that takes nothing for this long has its connection closed."""


class Guard:
    """Decides which requests are answered.

    The Host header must name this machine, so that a page of another origin cannot read an answer
    through a name that resolves to this machine. An Origin header must be that of the same host.
    Browsers send none with what a page embeds, such as a picture, but state where such a request is
    from (Sec-Fetch-Site): what starts or takes something is refused to other pages.

    With a token, a request must carry it: as ``Authorization: Bearer TOKEN``, or as a cookie that
    ``/?token=TOKEN`` sets.

    Args:
        host: that is bound.
        token: "" for none.
        hosts: other names of this machine, see `read_hosts`.
    """

    def __init__(self, host: str, token: str = "", hosts: Collection[str] = ()):
        machine = socket.gethostname().lower()
        self._names = {"localhost", machine, f"{machine}.local", host.lower(), *hosts}
        self._token = token

    def check(self, request, is_linked: bool = False) -> None:
        """Raises an HTTPError with the reason unless the request may be answered.

        Args:
            is_linked: another page may have a link to it.
        """
        if not self._is_this_machine(request.host_name):
            raise HTTPError(403, reason="The Host header does not name this machine")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise HTTPError(403, reason="The Origin header is that of another page")
        if not is_linked and request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
            raise HTTPError(403, reason="The Sec-Fetch-Site header is that of another page")
        if self._token and not any(map(self.is_token, _tokens(request))):
            raise HTTPError(401, reason="A token is needed")

    def is_token(self, text: str) -> bool:
        return bool(self._token) and hmac.compare_digest(text.encode(), self._token.encode())

    def _is_this_machine(self, host: str) -> bool:
        """Any address of digits is accepted: unlike a name, it cannot resolve to another one."""
        try:
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            return host.lower() in self._names
        return True


def _tokens(request) -> list[str]:
    """The texts of a request that may be the token."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    cookie = request.cookies.get(_COOKIE)
    asked = request.query_arguments.get("token", [])
    return [
        *([text.strip()] if scheme.lower() == "bearer" else []),
        *([cookie.value] if cookie else []),
        *(value.decode(errors="replace") for value in asked),
    ]


class GuardedHandler(RequestHandler):
    """A handler of the requests that a `Guard` lets pass.

    Attributes:
        IS_LINKED: whether another page may have a link to it, since it costs little.
    """

    IS_LINKED = False

    def initialize(self, guard: Guard) -> None:
        self._guard = guard

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        self.request.connection.stream.is_asking = True  # see `GuardedServer`
        self._guard.check(self.request, self.IS_LINKED)
        token = self.get_query_argument("token", "")
        if self._guard.is_token(token):  # keep it out of the address from now on
            # Relative, and for the folder of the address, as a proxy may serve it elsewhere.
            is_secure = self.request.headers.get("X-Forwarded-Proto") == "https"
            about = {"httponly": True, "samesite": "Lax", "secure": is_secure}
            self.set_cookie(_COOKIE, token, path="", **about)
            self.redirect(f"./{self.request.path.rpartition('/')[2]}")

    def on_finish(self) -> None:
        self.request.connection.stream.is_asking = False

    async def send(self, content: str | bytes) -> bool:
        """Sends a part of the answer; returns whether the reader took it."""
        self.write(content)
        try:
            await asyncio.wait_for(self.flush(), _STALLED_S)
        except (TimeoutError, StreamClosedError):
            self.request.connection.stream.close()
            return False
        return True


class GuardedServer(HTTPServer):
    """An HTTP server with limits, of an application of `GuardedHandler`s.

    A connection that asks nothing makes room where there are too many, the oldest first: silent
    ones, which need no token, hold up nobody.

    Attributes:
        endpoint: its URL without a path, with the port that is bound.
    """

    def initialize(self, application: Application, host: str, port: int) -> None:
        super().initialize(
            application,
            max_header_size=_MAX_HEADER_BYTES,
            max_body_size=_MAX_BODY_BYTES,
            idle_connection_timeout=_IDLE_S,
            body_timeout=_IDLE_S,
        )
        self._open: dict[IOStream, None] = {}
        sockets = bind_sockets(port, host)
        self.add_sockets(sockets)
        self.endpoint = url(host, sockets[0].getsockname()[1])

    def handle_stream(self, stream, address) -> None:
        if len(self._open) >= MAX_CONNECTIONS:
            silent = (one for one in self._open if not getattr(one, "is_asking", False))
            oldest = next(silent, stream)
            oldest.close()
            self._open.pop(oldest, None)
        if not stream.closed():
            self._open[stream] = None
            super().handle_stream(stream, address)

    def on_close(self, server_conn) -> None:
        self._open.pop(server_conn.stream, None)
        super().on_close(server_conn)

    async def end(self) -> None:
        """Ends all connections and frees the address."""
        self.stop()
        await self.close_all_connections()


def read_hosts(text: str, where: str) -> list[str]:
    """Names of hosts with commas between them.

    Raises:
        ValueError: beginning with ``where``, naming the rule and the value.
    """
    names = text.lower().split(",") if text else []
    if not all(map(_HOST.fullmatch, names)):
        raise ValueError(f"{where} must be names such as radio.example.org, got {text!r}")
    return names


def read_token(path: str, where: str) -> str:
    """The token in a file that only its owner can read; "" without a file.

    Raises:
        ValueError: beginning with ``where``; no such file, others can read it, or no token.
    """
    if not path:
        return ""
    check_private(Path(path), where)
    with open(path, "rb") as file:
        token = file.read(_MAX_TOKEN + 2).strip()
    if not (_MIN_TOKEN <= len(token) <= _MAX_TOKEN and token.isalnum() and token.isascii()):
        raise ValueError(
            f"{where}: {path} must hold a token of {_MIN_TOKEN} to {_MAX_TOKEN} letters and digits"
        )
    return token.decode()
