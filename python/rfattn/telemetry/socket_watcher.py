# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for what comes to a ZMQ socket that other threads use, too; no GNU Radio here."""

from __future__ import annotations

import os
import select
import threading
import weakref
from collections.abc import Callable


class SocketWatcher:
    """Calls a method when something may have come to a socket; it takes no CPU meanwhile.

    ZMQ's file descriptor becomes readable once for all that came, and using the socket takes that
    back. So whoever uses the socket in another thread must look for what came afterwards.

    Args:
        descriptor: `FD` of the socket.
        look: a bound method, called in a thread of this object, which does not keep its object; it
            returns whether the socket is still open.
    """

    def __init__(self, descriptor: int, look: Callable[[], bool]):
        ends = os.eventfd(0)
        arguments = descriptor, ends, weakref.WeakMethod(look)
        thread = threading.Thread(target=_run, args=arguments, daemon=True)
        thread.start()
        self._end = weakref.finalize(self, _end, ends, thread)

    def end(self) -> None:
        """Ends the thread; call it before the socket is closed. May be called twice."""
        self._end()


def _run(descriptor: int, ends: int, look: weakref.WeakMethod) -> None:
    poll = select.poll()
    for each in (descriptor, ends):
        poll.register(each, select.POLLIN)
    while True:
        ready = {each for each, _ in poll.poll()}
        method = look()
        if ends in ready or method is None or not method():
            break
        del method
    os.close(ends)


def _end(ends: int, thread: threading.Thread) -> None:
    if thread.is_alive():
        os.eventfd_write(ends, 1)
        if thread is not threading.current_thread():
            thread.join()
