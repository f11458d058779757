# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of the subcommands: JSON files, progress, numbers with units."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ..telemetry.units import hertz, milliseconds, octets

__all__ = ["Progress", "hertz", "milliseconds", "octets", "write_json"]

_PLAIN_SECONDS = 5.0
"""Time between progress lines where stderr is no terminal."""


def write_json(path: str, value: dict) -> None:
    """Writes to a file, or to stdout for "-"."""
    text = json.dumps(value, indent=1, allow_nan=False) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        Path(path).write_text(text, encoding="utf-8")


class Progress:
    """One line on stderr that rewrites itself; plain lines some seconds apart in a log."""

    def __init__(self, quiet: bool):
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._next = time.monotonic() + (0.2 if self._terminal else _PLAIN_SECONDS)
        self._shown = False

    def show(self, text: str) -> None:
        now = time.monotonic()
        if self._quiet or now < self._next:
            return
        self._next = now + (0.1 if self._terminal else _PLAIN_SECONDS)
        self._shown = True
        print(
            f"\r{text}\x1b[K" if self._terminal else text,
            end="" if self._terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def clear(self) -> None:
        if self._shown and self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self._shown = False
