# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the other TLS connections of dask open when one of them ends; needs tornado.

Where a peer closes its socket at once, OpenSSL writes an alert, which fails with EPIPE. Python
3.13.5 raises that and leaves it in OpenSSL's list of errors of the thread. From then on each
connection of that thread raises BrokenPipeError, too, when there is nothing to read, and tornado
closes it. So a scheduler loses workers and clients when any other connection ends, as those of a
dask nanny do.

`gr-rfattn` and its workers call `mend`. A scheduler or worker that others start takes
``--preload gnuradio.rfattn.cli.many.tls_errors``.
"""

from __future__ import annotations

import ssl

from tornado.iostream import SSLIOStream

_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_read = SSLIOStream.read_from_fd


def mend() -> None:
    """Makes tornado in this process read with `read_from_fd`."""
    SSLIOStream.read_from_fd = read_from_fd


def dask_setup(_server) -> None:
    """What dask calls in a module that it preloads."""
    mend()


def read_from_fd(stream: SSLIOStream, buffer) -> int | None:
    """Reads as tornado does. A read has no EPIPE of its own, so it is then done again, which tells
    what this connection has."""
    try:
        return _read(stream, buffer)
    except BrokenPipeError:
        _forget_errors()
        return _read(stream, buffer)


def _forget_errors() -> None:
    """Empties OpenSSL's list of errors of this thread, as ssl does where ciphers are refused."""
    try:
        _context.set_ciphers("none")
    except ssl.SSLError:
        pass
