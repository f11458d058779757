# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`gr-rfattn live` with a recording as its receiver, for tests of those who listen to it."""

import re
import subprocess

from command_line import COMMAND, TIME_LIMIT_S


class LiveAir:
    """A running `live` that publishes; it is there once its first emission is.

    Args:
        path: of the recording; address: where it publishes.
    """

    def __init__(self, path, address, *arguments):
        self._process = subprocess.Popen(
            [*COMMAND, "live", "--source", f"file={path}", "--stats", address, *arguments],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lines = []
        for line in self._process.stdout:
            self._lines.append(line)
            if line.startswith("on "):
                return
        raise AssertionError(f"live ended: {self._lines}")

    def end(self):
        """Ends it like Ctrl-C; returns its summary."""
        self._process.terminate()
        rest, _ = self._process.communicate(timeout=TIME_LIMIT_S)
        return "".join(self._lines) + rest


def heard_s(err):
    """Seconds of sound that `listen` says to have got."""
    return float(re.search(r"([\d.]+) s of sound", err)[1])
