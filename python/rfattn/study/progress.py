# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the study shows on stderr while it runs. Training brings a bar of its own."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console


class Progress:
    """Lines with the time since the start; a line that changes where stderr is a terminal."""

    def __init__(self, quiet: bool = False):
        self._console = Console(file=sys.stderr, quiet=quiet, highlight=False)
        self._start = time.monotonic()

    def say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        self._console.print(f"{minutes:3d}:{seconds:02d}  {text}")

    @contextlib.contextmanager
    def busy(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows ``text``, and then what the function it yields is told, until the end."""
        self.say(text)
        with self._console.status(text) as status:
            yield status.update
