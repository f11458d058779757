# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the samples of an rtl_tcp server; no GNU Radio here."""

from __future__ import annotations

import select
import socket
import struct

import numpy as np

_CONNECT_S, _WAIT_S = 1.0, 0.1
"""For the connection and its first octets, and for samples: Ctrl-C waits no longer."""
_HEAD = struct.Struct(">4sII")
_COMMAND = struct.Struct(">BI")
_FREQUENCY, _RATE, _MANUAL_GAIN, _GAIN, _PPM = 1, 2, 3, 4, 5
"""Numbers of the commands, as in rtl_tcp.c of librtlsdr."""
_VALUES = ((np.arange(256) - 127.5) / 127.5).astype(np.float32)


class RtlTcpReader:
    """A connection to ``HOST:PORT``; see `blocks.receiver_source.Reader`.

    Args:
        sample_rate, frequency: Hz, whole ones; gain: dB, None: that of the tuner's automatic;
        ppm: by how much the receiver's clock is too fast, in millionths.
    """

    has_gap, time_unix_s = False, None  # the protocol states neither

    def __init__(
        self, where: str, sample_rate: float, frequency: float, gain: float | None, ppm: float
    ):
        host, _, port = where.rpartition(":")
        self._address = host.strip("[]"), int(port)
        self.sample_rate, self.frequency = sample_rate, frequency
        self._gain, self._ppm = gain, ppm
        self._socket: socket.socket | None = None
        self._odd = b""  # I without its Q

    def open(self) -> None:
        self._socket, self._odd = socket.create_connection(self._address, _CONNECT_S), b""
        try:
            self._greet()
        except OSError:
            self.close()
            raise
        self._socket.settimeout(_CONNECT_S)

    def _greet(self) -> None:
        head = b""
        while len(head) < _HEAD.size:
            part = self._socket.recv(_HEAD.size - len(head))
            if not part:
                raise ConnectionError("the server closed the connection at once: is it in use?")
            head += part
        if _HEAD.unpack(head)[0] != b"RTL0":
            raise ConnectionError(f"this is no rtl_tcp server: it began with {head!r}")
        self._send(_RATE, self.sample_rate)
        self._send(_PPM, self._ppm)
        self._send(_FREQUENCY, self.frequency)
        self._send(_MANUAL_GAIN, self._gain is not None)
        if self._gain is not None:
            self._send(_GAIN, 10.0 * self._gain)

    def read(self, out: np.ndarray) -> int:
        if not select.select([self._socket], [], [], _WAIT_S)[0]:
            return 0
        data = self._socket.recv(2 * len(out) - len(self._odd))
        if not data:
            raise ConnectionError("the server closed the connection")
        data = self._odd + data
        count = len(data) // 2
        self._odd = data[2 * count :]
        octets = np.frombuffer(data, np.uint8, 2 * count)
        np.take(_VALUES, octets, out=out[:count].view(np.float32))
        return count

    def tune(self, frequency: float) -> None:
        self.frequency = frequency
        self._send(_FREQUENCY, frequency)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _send(self, command: int, value: float) -> None:
        self._socket.sendall(_COMMAND.pack(command, round(value) & 0xFFFFFFFF))
