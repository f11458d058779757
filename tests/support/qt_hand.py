# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hand does at a Qt window, for the programs that drive one."""

import sys
import time

from PyQt5 import QtCore, QtTest, QtWidgets

LIMIT_S = 60


def until(holds, what):
    """Lets the window live until something holds; its timers end each wait."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"not within {LIMIT_S} s: {what}")
        QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def choose(box, text):
    """Goes to ``text`` in a combo box with the arrow keys, which asks for what lies between."""
    steps = box.findText(text) - box.currentIndex()
    key = QtCore.Qt.Key.Key_Down if steps > 0 else QtCore.Qt.Key.Key_Up
    for _ in range(abs(steps)):
        QtTest.QTest.keyClick(box, key)


def label_after(history, **expected):
    """The next label, by a model of these names."""
    before = history.latest

    def came():
        latest = history.latest
        return latest is not before and all(getattr(latest, k) == v for k, v in expected.items())

    until(came, f"a label by {expected}")
    return history.latest.to_dict()
