# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of unknown origin is shown without effect on the terminal."""

import io
import os
import sys
import threading

import pytest
from gnuradio.rfattn.printable import PrintableStream, Printer, printable, unescaped

from command_line import run_forked


@pytest.mark.parametrize(
    "text, shown",
    [
        ("NFM voice, 12.5 kHz ≈ µ 日本", "NFM voice, 12.5 kHz ≈ µ 日本"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("caf\udce9", r"caf\udce9"),
        ("a\u2028b\ufeff", r"a\u2028b\ufeff"),
    ],
)
def test_control_characters_are_escapes(text, shown):
    assert printable(text) == shown


def test_a_stream_keeps_lines_and_tabs():
    raw = io.StringIO()
    stream = PrintableStream(raw, Printer())
    print("a\tb\x1b[31m\n", file=stream)
    stream.write_control("\x1b[K")
    assert raw.getvalue() == "a\tb\\x1b[31m\n\n\x1b[K"
    assert unescaped(raw) is raw and stream.isatty() is False


@pytest.mark.parametrize("name", ["rec\x1b[31m", b"caf\xe9"])
def test_names_of_files(tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), os.fsencode(name) + b".sigmf-meta")
    done = run_forked("label", os.fsdecode(path))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert r"rec\x1b[31m" in done.stderr or r"\udce9" in done.stderr


def test_the_main_thread_writes_for_the_others():
    raw, printer = io.StringIO(), Printer()
    stream = PrintableStream(raw, printer)
    other = threading.Thread(target=lambda: [print(i, file=stream, flush=True) for i in range(3)])
    other.start()
    other.join()
    assert raw.getvalue() == ""
    print("main", file=stream)
    assert raw.getvalue() == "0\n1\n2\nmain\n"


def test_a_thread_waits_for_room_until_it_is_released():
    printer = Printer()
    stream = PrintableStream(io.StringIO(), printer)
    other = threading.Thread(target=lambda: [stream.write("x" * 2**19) for _ in range(4)])
    other.start()
    other.join(0.2)
    assert other.is_alive()
    printer.release()
    other.join(10)
    assert not other.is_alive()


def test_usage_errors_are_printable():
    done = run_forked("label", "--nonsense\x1b[2J", "x")
    assert done.returncode == 2 and "\x1b" not in done.stderr
    assert sys.stdout is unescaped(sys.stdout)
