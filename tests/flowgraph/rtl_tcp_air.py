# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An rtl_tcp server for tests, whose test does what a bad one does."""

import select
import socket
import struct
import threading
from contextlib import contextmanager

import numpy as np

HEAD = struct.pack(">4sII", b"RTL0", 5, 29)


class Server:
    """Listens on a free port; ``client`` is the newest connection, ``commands`` what came by it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.where = f"127.0.0.1:{self.port}"
        self.commands, self._has_new = [], threading.Condition()
        self.client = None

    def accept(self, head=HEAD, limit_s=20):
        self.listener.settimeout(limit_s)
        client, _ = self.listener.accept()
        self._is_over = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(client, self._is_over))
        self._reader.start()
        self.client = client
        client.sendall(head)

    def _read(self, client, is_over):
        data = b""
        while not is_over.is_set():
            if not select.select([client], [], [], 0.02)[0]:
                continue
            try:
                data += (part := client.recv(64))
            except OSError:
                return
            if not part:
                return
            while len(data) >= 5:
                with self._has_new:
                    self.commands.append(struct.unpack(">BI", data[:5]))
                    self._has_new.notify_all()
                data = data[5:]

    def wait_for_commands(self, count, limit_s=20):
        with self._has_new:
            assert self._has_new.wait_for(lambda: len(self.commands) >= count, limit_s)

    def send(self, octets):
        self.client.sendall(bytes(octets))

    def hang_up(self, reset=False):
        if reset:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close_client()

    def close(self):
        self.listener.close()
        if self.client is not None:
            self._close_client()

    def _close_client(self):
        self._is_over.set()
        self._reader.join()
        self.client.close()


@contextmanager
def served():
    server = Server()
    try:
        yield server
    finally:
        server.close()


def noise(n, seed=1):
    values = np.random.default_rng(seed).standard_normal(2 * n) * 2.5 + 127.5
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
