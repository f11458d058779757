# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that are tuned: one with the protocol of rigctld that answers what a test wants, and
Hamlib's own one."""

import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

RIGCTLD = shutil.which("rigctld")
needs_rigctld = pytest.mark.skipif(RIGCTLD is None, reason="no rigctld (libhamlib-utils)")
DONE = b"RPRT 0\n"


def confirm(command):
    """Confirms what is set, and answers a question for the frequency."""
    return b"145000000\n" if command == "f" else DONE


class RigServer:
    """Answers each command with the bytes that ``answer(command)`` returns, without end where it
    is an iterator, and not at all where it is None.

    Attributes:
        address: HOST:PORT; commands: those that came, in order; connections: how many there were.
    """

    def __init__(self, answer=confirm):
        self.answer, self.commands, self.connections = answer, [], 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # which ends a call of accept
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with suppress(OSError), connection, connection.makefile("r") as lines:
            for line in lines:
                self.commands.append(line.strip())
                answer = self.answer(line.strip())
                if isinstance(answer, bytes):
                    answer = [answer]
                for part in answer or ():
                    connection.sendall(part)


@contextmanager
def rig_server(answer=confirm):
    server = RigServer(answer)
    try:
        yield server
    finally:
        server.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def rigctld():
    """Hamlib's dummy rig; yields its HOST:PORT once it answers."""
    port = free_port()
    process = subprocess.Popen([RIGCTLD, "-m", "1", "-T", "127.0.0.1", "-t", str(port)])
    try:
        while not is_there(port):
            assert process.poll() is None, "rigctld has ended"
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def is_there(port):
    with suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


def ask(address, *questions):
    """The first line of what a receiver answers to each question, the last of which may have more.

    They share a connection: rigctld closes its rig behind the last one, also under a new one.
    """
    host, _, port = address.partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=20) as connection,
        connection.makefile("r") as lines,
    ):
        answers = []
        for question in questions:
            connection.sendall(f"{question}\n".encode())
            answers.append(lines.readline().strip())
        return answers
