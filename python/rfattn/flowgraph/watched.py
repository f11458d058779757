# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flowgraph that a command runs: watched, stopped by Ctrl-C, and honest about errors."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gnuradio import gr

from .. import interruption
from ..blocks.parts.work_errors import failures_in

_END_S = 1.5
"""For the threads of the blocks, before they are left behind: Ctrl-C ends a command in 2 s, and a
driver may wait for ever."""


class WatchedFlowgraph(gr.top_block):
    """Runs until its source ends, the watcher has seen enough, or Ctrl-C.

    A subclass names the blocks that may end with an error in `_fallible`.
    """

    _fallible: Sequence = ()

    def add_sink(self, block) -> None:
        """Connects a block, whose error ends the flowgraph, behind the attribute ``source``."""
        self._fallible.append(block)
        self.connect(self.source, block)

    def run_watched(self, look) -> None:
        """Runs until the source ends. Ctrl-C stops the blocks, then is raised; one that is held,
        see `interruption.held`, is not raised.

        Args:
            look: called some times a second; a true result stops the blocks.

        Raises:
            the exception that ended a block, or that of ``look``.
        """
        waiter = threading.Thread(target=self.wait, daemon=True)
        try:
            self.start()  # inside: Ctrl-C may come while the blocks start
            waiter.start()
            while waiter.is_alive():
                waiter.join(0.1)
                if look() or self._first_error() is not None or interruption.has_come():
                    self._end(waiter)
                    break
        except BaseException as error:  # of look, too
            self._end(waiter)
            if isinstance(error, KeyboardInterrupt):
                self._collect()
            raise
        self._collect()
        if not interruption.has_come():
            self.raise_error()

    def _end(self, waiter: threading.Thread) -> None:
        """Stops the blocks, and waits for their threads."""
        self.stop()
        if not waiter.ident:  # the start failed
            waiter.start()
        waiter.join(_END_S)
        if waiter.is_alive():
            interruption.leave_behind(self)

    def raise_error(self) -> None:
        """Raises the exception that ended a block, if one did."""
        error = self._first_error()
        if error is not None:
            raise error

    def failures(self) -> dict[str, dict]:
        """What guests of the path could not do, by their names: how often, and the first reason."""
        return {name: failures.to_dict() for name, failures in failures_in(self).items()}

    def raise_failure(self) -> None:
        """Raises the first exception of a guest, if one failed."""
        for failures in failures_in(self).values():
            raise failures.first

    def _first_error(self) -> BaseException | None:
        for block in self._fallible:
            error = getattr(block, "error", None)
            if isinstance(error, BaseException):
                return error
            if callable(error) and error():  # the blocks in C++ have a text
                return RuntimeError(error())
        return None

    def _collect(self) -> None:
        """Called when all blocks have ended, to take the messages that wait at their ports."""
