# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reminds a block that time passes, where no message may come for long."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ticker:
    """Calls ``tick`` every ``period_s``, in a thread of its own, until `end`."""

    def __init__(self, period_s: float, tick: Callable[[], object]):
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(period_s, tick), daemon=True)
        self._thread.start()

    def _run(self, period_s: float, tick: Callable[[], object]) -> None:
        while not self._ends.wait(period_s):
            tick()

    def end(self) -> None:
        self._ends.set()
        self._thread.join()
