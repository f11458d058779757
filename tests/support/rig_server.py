# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that are tuned: one with the protocol of rigctld that answers what a test wants,
Hamlib's own one, and the software of a KrakenSDR when its settings file has changed."""

import json
import os
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


SETTINGS = {
    "center_freq": 416.588,
    "uniform_gain": "Auto",
    "en_doa": True,
    "custom_array_x_meters": "0.21,0.06",
    "station_id": "NOCALL é",
    "vfo_bw_0": 12500,
    "vfo_freq_0": 416588000,
    "vfo_freq_1": 416588000,
    "latitude": 47.5,
    "ext_upd_flag": False,
}


class KrakenSoftware:
    """Reads the file when it is newer than before; where that was asked for it writes it again,
    without the flag.

    Attributes:
        center_hz: of the receivers; direction_hz: of which the direction is found.
    """

    def __init__(self, path):
        self._path, self.center_hz, self.direction_hz = path, None, None
        os.utime(path, (0, 0))
        self._changed = path.stat().st_mtime

    def look(self):
        if self._path.stat().st_mtime <= self._changed:
            return
        self._changed = self._path.stat().st_mtime
        settings = json.loads(self._path.read_text("utf-8"))
        self.center_hz = round(float(settings["center_freq"]) * 1e6)
        self.direction_hz = round(float(settings["vfo_freq_0"]))
        if settings.get("ext_upd_flag"):
            self._path.write_text(json.dumps({**settings, "ext_upd_flag": False}, indent=2))
