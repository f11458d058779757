# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a foreign program: their length and their rate are bounded."""

import pytest
from gnuradio.rfattn.decoding.lines import MOST_AT_ONCE, MOST_CHARACTERS, MOST_IN_S, Lines
from gnuradio.rfattn.messages.decoded import MOST_TEXT


def test_a_line_is_no_longer_than_a_message_takes():
    assert MOST_CHARACTERS == MOST_TEXT


@pytest.mark.parametrize("size", [1, 2, 100])
def test_lines_are_the_same_however_they_come(size):
    data = b"one\n\ntwo\r\n \xff\x1b[2Jthree\nfour"
    kept = []
    lines = Lines(kept.append)
    for place in range(0, len(data), size):
        lines.add(data[place : place + size])
    lines.end()
    assert kept == ["one", "two", "\ufffd\\x1b[2Jthree", "four"] and lines.lost == 0


def test_a_long_line_is_cut():
    kept = []
    lines = Lines(kept.append)
    for _ in range(5):
        lines.add(b"a" * MOST_CHARACTERS)
    assert kept == [] and lines.lost == 4
    lines.add(b"b\nnext\n")
    assert kept == ["a" * MOST_CHARACTERS, "next"]
    lines.add(b"\x1b" * MOST_CHARACTERS + b"\n")
    assert len(kept[-1]) == MOST_CHARACTERS and set(kept[-1]) == set("\\x1b")


def test_lines_that_come_too_fast_are_counted():
    now, kept = [0.0], []
    lines = Lines(kept.append, lambda: now[0])
    lines.add(b"\n" * 10 + b"a\n" * MOST_AT_ONCE)
    assert len(kept) == MOST_AT_ONCE - 10 and lines.lost == 10
    now[0] = 0.5
    lines.add(b"b\n" * MOST_IN_S)
    assert kept.count("b") == MOST_IN_S // 2 and lines.lost == 10 + MOST_IN_S // 2
