# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP relay that is slow and breaks: what a bad network does to a connection, on one machine.

TCP repeats what a network loses, so that a program sees loss as delay, and as connections that
break with whatever was on the way.
"""

from __future__ import annotations

import asyncio
import threading

_CHUNK = 65536
_MOST_WAITING = 256


class SlowLink:
    """Relays connections to a port of this machine, from a port of its own, in a thread.

    Args:
        port: to connect to on 127.0.0.1.
        delay_s: of each direction.

    Attributes:
        port: the relay's own; cuts: connections that it broke.
    """

    def __init__(self, port: int, delay_s: float):
        self._target, self._delay_s = port, delay_s
        self._writers: set[asyncio.StreamWriter] = set()
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.start_server(self._relay, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Breaks all connections at once; what is on the way is gone."""
        self._loop.call_soon_threadsafe(self._cut)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _cut(self) -> None:
        self.cuts += len(self._writers) // 2
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _relay(self, reader, writer) -> None:
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # the host is away
            writer.transport.abort()
            return
        self._writers |= {writer, other_writer}
        await asyncio.gather(self._pump(reader, other_writer), self._pump(other_reader, writer))
        self._writers -= {writer, other_writer}

    async def _pump(self, reader, writer) -> None:
        """Passes on what comes, so much later, until one side ends."""
        waiting: asyncio.Queue = asyncio.Queue(_MOST_WAITING)
        sends = asyncio.create_task(self._send(waiting, writer))
        data = b"x"
        while data:
            try:
                data = await reader.read(_CHUNK)
            except OSError:
                data = b""
            await waiting.put((self._loop.time() + self._delay_s, data))
        await sends

    async def _send(self, waiting, writer) -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not data:
                writer.close()
                return
            if writer.is_closing():  # what comes for a connection that broke is gone
                continue
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                pass
