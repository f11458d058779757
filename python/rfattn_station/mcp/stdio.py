# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server on stdin and stdout, which a signal ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress

from mcp.server.mcpserver import MCPServer

_PART_BYTES = 65536


async def serve_stdio(server: MCPServer) -> None:
    """Answers until stdin ends.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came.
    """
    source, came = PipedInput(), []
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        came.append(number)
        source.end()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    await server.run_stdio_async()
    if came:
        raise KeyboardInterrupt


class PipedInput:
    """Puts a pipe in the place of stdin.

    The package reads stdin in a thread that nothing can interrupt, and that the process waits for.
    It ends when the pipe does.
    """

    def __init__(self):
        self._has_ended, self._lock = False, threading.Lock()
        self._stdin = os.dup(0)
        ours, self._pipe = os.pipe()
        os.dup2(ours, 0)
        os.close(ours)
        threading.Thread(target=self._forward, daemon=True).start()

    def end(self) -> None:
        """Ends the pipe, whether stdin has ended or not."""
        with self._lock:
            has_ended, self._has_ended = self._has_ended, True
        if not has_ended:
            os.close(self._pipe)

    def _forward(self) -> None:
        with suppress(OSError):  # the pipe has ended
            while part := os.read(self._stdin, _PART_BYTES):
                while part and not self._has_ended:
                    part = part[os.write(self._pipe, part) :]
        self.end()
