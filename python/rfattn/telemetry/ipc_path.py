# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of an ``ipc://`` socket: nothing else is replaced by it, and it goes at the end.

ZMQ deletes whatever has the name of a socket that it binds, a file or the socket of a program that
runs, and leaves its own behind. No GNU Radio here.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager


class IpcPath:
    """The path of a socket that is to be bound.

    Args:
        path: "" where there is no file: another transport, a wildcard, an abstract name.
        who: begins the texts of errors.
    """

    def __init__(self, path: str, who: str):
        self._who = who
        self._path = "" if path.startswith(("*", "@")) else path
        self._bound: os.stat_result | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Checks the path before the socket is bound within, and remembers what was bound.

        The folder is locked meanwhile, so that of two programs one binds and one is refused.

        Raises:
            ValueError: it is no socket, a program listens to it, or there is no such folder.
        """
        if not self._path:
            yield
            return
        with _locked_folder(self._path, self._who):
            _check_free(self._path, self._who)
            yield
            self._bound = os.lstat(self._path)

    def remove(self) -> None:
        """Deletes the socket if it is still the one that was bound. May be called twice."""
        bound, self._bound = self._bound, None
        if bound is None:
            return
        try:
            if os.path.samestat(os.lstat(self._path), bound):
                os.unlink(self._path)
        except FileNotFoundError:
            pass


@contextmanager
def _locked_folder(path: str, who: str) -> Iterator[None]:
    folder = os.path.dirname(path) or "."
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ValueError(f"{who}: cannot bind ipc://{path}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_free(path: str, who: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ValueError(f"{who}: cannot bind ipc://{path}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise ValueError(f"{who}: address must not name a file that is no socket, got ipc://{path}")
    if _is_heard(path):
        raise ValueError(f"{who}: cannot bind ipc://{path}: a program that runs listens to it")


def _is_heard(path: str) -> bool:
    """Returns whether a program listens to a socket; none does where a kill left it behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:  # its queue is full, or another user's
            return True
    return True
