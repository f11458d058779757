# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics over HTTP; no GNU Radio here."""

from __future__ import annotations

import asyncio
import threading

from prometheus_client.exposition import choose_encoder
from tornado.web import Application

from .bind_address import http_address
from .http_guard import Guard, GuardedHandler, GuardedServer, read_hosts, read_token
from .metrics import PrometheusMetrics


class MetricsHandler(GuardedHandler):
    """Answers with the metrics in the form that the reader asks for."""

    IS_LINKED = True  # from the page of Prometheus

    def initialize(self, guard: Guard, metrics: PrometheusMetrics) -> None:
        super().initialize(guard)
        self._registry = metrics.registry

    async def get(self) -> None:
        encode, kind = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", kind)
        await self.send(encode(self._registry))


class MetricsServer:
    """Serves metrics over HTTP, in its own thread.

    Args:
        metrics: what to serve.
        address: HOST:PORT to bind; port 0: any free one.
        token_file: file with the token that readers must send; "": none, and then only this
            machine may reach the address.
        hosts: other names of this machine, see `read_hosts`.

    Attributes:
        endpoint: the URL for Prometheus, with the port that is bound.

    Raises:
        ValueError: in one line, when the address is none, is refused or cannot be bound.
    """

    def __init__(self, metrics: PrometheusMetrics, address: str, token_file="", hosts=""):
        token = read_token(token_file, "prometheus: token_file")
        self._host, self._port = http_address("prometheus: address", address, token)
        guard = Guard(self._host, token, read_hosts(hosts, "prometheus: hosts"))
        self._application = Application(
            [(r"/metrics", MetricsHandler, {"guard": guard, "metrics": metrics})],
            log_function=lambda handler: None,
        )
        self._started = threading.Event()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            reason = self._error.strerror or self._error
            raise ValueError(f"prometheus: cannot bind {address}: {reason}")

    async def _serve(self) -> None:
        self._loop, self._closed = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = GuardedServer(self._application, self._host, self._port)
            self.endpoint = f"{server.endpoint}/metrics"
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        await self._closed.wait()
        await server.end()

    def close(self) -> None:
        """Frees the address. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closed.set)
            self._thread.join()
