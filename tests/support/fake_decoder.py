# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that stand for decoders: the first argument says what this one does."""

import os
import subprocess
import sys
import threading

SLEEPER = "import threading; threading.Event().wait()"


def copy() -> None:
    """Writes the words of stdin, then how many octets came."""
    total = 0
    while data := os.read(0, 65536):
        total += len(data)
    print(f"octets {total}", flush=True)


def main(what: str) -> None:
    print(f"began {what}", flush=True)
    if what == "copy":
        copy()
    elif what == "hang":  # takes nothing, and leaves a child that holds stdin and stdout
        child = subprocess.Popen([sys.executable, "-c", SLEEPER])
        print(f"child {child.pid}", flush=True)
        threading.Event().wait()
    elif what == "stay":  # takes all, and does not end
        copy()
        threading.Event().wait()
    elif what == "reject":  # takes all, and is not content with it
        copy()
        sys.exit(3)
    elif what == "die":
        sys.exit(3)
    elif what == "flood":
        while True:
            os.write(1, b"y\n" * 30000)
    elif what == "endless":  # one line without an end
        while True:
            os.write(1, b"y" * 65536)
    elif what == "garbage":
        os.write(1, bytes(range(256)) + b"\n\x1b]0;title\x07\n")
        copy()
    elif what == "repeat":
        print("same\nsame\nother\nsame", flush=True)
        copy()
    elif what == "where":
        print(os.getcwd(), os.listdir("."), os.getpgid(0) == os.getpid(), flush=True)


main(sys.argv[1])
