# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows text of unknown origin: labels, names of models and files, topics, device strings.

A control character in it could move the cursor, change the title or forge a line; it is shown as an
escape instead, such as ``\\x1b``. The commands write through `PrintableStream`, so none can forget.
"""

from __future__ import annotations

import re
import threading
from collections import deque

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"  # all but tab and newline
_INVISIBLE = "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_HALVES = "\ud800-\udfff"  # of pairs of UTF-16; names of files that are not UTF-8 have them
_OF_STREAMS = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_HALVES}]")
_OF_LINES = re.compile(f"[\t\n{_CONTROLS}{_INVISIBLE}{_HALVES}]")

_MOST_WAITING = 2**20
"""Characters that other threads may leave before they wait."""


def printable(text: str) -> str:
    """``text`` in one line, with each control character as an escape."""
    return _OF_LINES.sub(_escape, text)


def shortened(text: str, most: int) -> str:
    """``text`` of at most so many characters; what is longer ends with "…"."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _escape(found: re.Match) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode()


class Printer:
    """Writes the texts of all threads in the main thread, in the order in which they came.

    A reader that has stopped reading holds up a thread that writes, and a signal interrupts only
    the main thread. Other threads therefore leave their texts here. The main thread writes them
    when it writes or flushes. While too many wait, the others wait, too, until `release`.
    """

    def __init__(self):
        self._room = threading.Condition()
        self._texts: deque = deque()  # of (stream, text)
        self._characters = 0
        self._is_released = False

    def write(self, stream, text: str) -> None:
        """Writes ``text`` to ``stream``, or leaves it to the main thread."""
        if threading.current_thread() is threading.main_thread():
            self.write_waiting()
            stream.write(text)
            return
        with self._room:
            self._room.wait_for(lambda: self._characters < _MOST_WAITING or self._is_released)
            self._texts.append((stream, text))
            self._characters += len(text)

    def write_waiting(self) -> None:
        """Writes what other threads have left. The main thread calls it."""
        while self._texts:
            with self._room:
                stream, text = self._texts.popleft()
                self._characters -= len(text)
                self._room.notify_all()
            try:
                stream.write(text)
                stream.flush()
            except OSError:  # the reader is gone
                self.release()
                raise

    def release(self) -> None:
        """Lets no thread wait any more."""
        self._is_released = True
        with self._room:
            self._room.notify_all()


class PrintableStream:
    """A text stream that writes control characters, but for tabs and newlines, as escapes.

    Args:
        stream: to write to; has all other attributes.
        printer: `Printer` of this and other streams.
    """

    def __init__(self, stream, printer: Printer):
        self.unescaped = stream
        self._printer = printer

    def write(self, text: str) -> int:
        self._printer.write(self.unescaped, _OF_STREAMS.sub(_escape, text))
        return len(text)

    def write_control(self, text: str) -> None:
        """Writes what moves the cursor of a terminal."""
        self._printer.write(self.unescaped, text)

    def flush(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._printer.write_waiting()
            self.unescaped.flush()

    def __getattr__(self, name: str):
        return getattr(self.unescaped, name)


def unescaped(stream):
    """The stream for what a program itself draws on a terminal, with its control characters."""
    return getattr(stream, "unescaped", stream)
