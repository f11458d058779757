# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows text of unknown origin: labels, names of models and files, topics, device strings.

A control character in it could move the cursor, change the title or forge a line; it is shown as an
escape instead, such as ``\\x1b``. The commands write through `PrintableStream`, so none can forget.
"""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"  # all but tab and newline
_INVISIBLE = "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_HALVES = "\ud800-\udfff"  # of pairs of UTF-16; names of files that are not UTF-8 have them
_OF_STREAMS = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_HALVES}]")
_OF_LINES = re.compile(f"[\t\n{_CONTROLS}{_INVISIBLE}{_HALVES}]")


def printable(text: str) -> str:
    """``text`` in one line, with each control character as an escape."""
    return _OF_LINES.sub(_escape, text)


def _escape(found: re.Match) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode()


class PrintableStream:
    """A text stream that writes control characters, but for tabs and newlines, as escapes.

    Args:
        stream: to write to; has all other attributes.
    """

    def __init__(self, stream):
        self.unescaped = stream

    def write(self, text: str) -> int:
        self.unescaped.write(_OF_STREAMS.sub(_escape, text))
        return len(text)

    def __getattr__(self, name: str):
        return getattr(self.unescaped, name)


def unescaped(stream):
    """The stream for what a program itself draws on a terminal, with its control characters."""
    return getattr(stream, "unescaped", stream)
