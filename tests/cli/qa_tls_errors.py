# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS connections of one thread, of which one is cut off."""

import contextlib
import os
import socket
import ssl
import threading
from types import SimpleNamespace

import pytest

distributed = pytest.importorskip("distributed", reason="needs python3-distributed")

from gnuradio.rfattn.cli.many import tls_errors
from tornado.iostream import SSLIOStream


@pytest.fixture
def connect(tmp_path):
    """Makes a connection over a pair of sockets; returns both ends, ours without blocking."""
    keys = distributed.Security.temporary()
    for name, text in (("cert", keys.tls_client_cert), ("key", keys.tls_client_key)):
        (tmp_path / name).write_text(text)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE  # in its first milliseconds it may be "not yet valid"

    def make():
        ours, theirs = socket.socketpair()
        found = []
        thread = threading.Thread(target=lambda: found.append(client.wrap_socket(theirs)))
        thread.start()
        stream = SimpleNamespace(socket=server.wrap_socket(ours, server_side=True))
        thread.join()
        stream.socket.setblocking(False)
        stream._ssl_accepting = False
        return stream, found[0]

    return make


def test_a_connection_that_is_cut_off_leaves_the_others_alone(connect):
    one, its_peer = connect()
    other, peer = connect()
    read, buffer = tls_errors.read_from_fd, bytearray(16)
    its_peer.setblocking(False)
    with contextlib.suppress(ssl.SSLWantReadError):
        its_peer.recv(1)  # takes the session tickets: with unread data the socket would be reset
    os.close(its_peer.detach())  # without a farewell
    assert read(one, buffer) == 0  # the end
    assert read(other, buffer) is None  # nothing to read yet
    peer.send(b"hello")
    assert read(other, buffer) == 5 and bytes(buffer[:5]) == b"hello"
    for end in (one.socket, other.socket, peer):
        end.close()


def test_tornado_reads_with_it(monkeypatch):
    monkeypatch.setattr(SSLIOStream, "read_from_fd", tls_errors._read)
    tls_errors.dask_setup(None)
    assert SSLIOStream.read_from_fd is tls_errors.read_from_fd
