#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves a SigMF recording to one rtl_tcp client, repeatedly, as fast as the client reads.

Prints its port, then a line "name value" for each command it receives. Ends when the client
disconnects. Run it as a separate process, since osmosdr.source holds Python's lock while it
connects.
"""

import itertools
import socket
import struct
import sys
import threading

import numpy as np
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import Recording

COMMANDS = {1: "frequency", 2: "sample_rate", 3: "gain_mode", 4: "gain_tenths"}
_GREETING = struct.pack(">4sII", b"RTL0", 5, 29)  # an R820T with its 29 gains
_COMMAND = struct.Struct(">BI")
_CHUNK_BYTES = 16384


def main(filename: str) -> None:
    data = as_cu8(open_recording(filename))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        client, _ = listener.accept()
    with client:
        threading.Thread(target=print_commands, args=(client,), daemon=True).start()
        try:
            send(client, data)
        except (BrokenPipeError, ConnectionResetError):
            return


def as_cu8(recording: Recording) -> bytes:
    samples = recording.samples(0, recording.n_samples)
    values = samples.view(np.float32) * 127.5 + 127.5
    return np.clip(np.rint(values), 0, 255).astype(np.uint8).tobytes()


def send(client: socket.socket, data: bytes) -> None:
    client.sendall(_GREETING)
    for start in itertools.cycle(range(0, len(data), _CHUNK_BYTES)):
        client.sendall(data[start : start + _CHUNK_BYTES])


def print_commands(client: socket.socket) -> None:
    with client.makefile("rb") as stream:
        while len(command := stream.read(_COMMAND.size)) == _COMMAND.size:
            number, value = _COMMAND.unpack(command)
            print(COMMANDS.get(number, number), value, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
