# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses examples/qt_live.py as a hand would and prints what it saw: drive_qt_live.py PICTURE …

A process of its own, since an error in Qt ends the one it happens in. The arguments after PICTURE
are those of the example.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import qt_live  # noqa: E402
from PyQt5 import QtCore, QtTest, QtWidgets  # noqa: E402

LIMIT_S = 60


def until(holds, what):
    """Lets the window live until something holds; its timers end each wait."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"not within {LIMIT_S} s: {what}")
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def choose(box, text):
    """With the arrow keys; returns when the swap is done or refused."""
    steps = box.findText(text) - box.currentIndex()
    key = QtCore.Qt.Key.Key_Down if steps > 0 else QtCore.Qt.Key.Key_Up
    for _ in range(abs(steps)):
        QtTest.QTest.keyClick(box, key)
    until(lambda: not controls.swaps, f"{text} swapped")


def notice():
    return controls.notice.text()


def labels_come(**expected):
    """The next label, by a model of these names."""
    before = history.latest

    def came():
        latest = history.latest
        return latest is not before and all(getattr(latest, k) == v for k, v in expected.items())

    until(came, f"a label by {expected}")
    return history.latest.to_dict()


application = QtWidgets.QApplication(sys.argv[:1])
window = qt_live.make_window(qt_live.parse(sys.argv[2:]))
history, controls = window.flowgraph.display.history, window.controls
window.flowgraph.start()
window.show()

seen = {"first": labels_come(attention="flash", norm="layernorm")}
choose(controls.attention, "gqa")
seen["swapped"] = labels_come(attention="gqa", norm="layernorm")
seen["notice"] = notice()
choose(controls.attention, "mla")  # the arrow passes latent, and both are refused
seen["refused"] = {"notice": notice(), "box": controls.attention.currentText()}
seen["after refusal"] = labels_come(attention="gqa", norm="layernorm")
choose(controls.norm, "layernorm")
controls.model.setFocus()
controls.model.lineEdit().selectAll()
QtTest.QTest.keyClicks(controls.model.lineEdit(), "/no/such/model.pt")
QtTest.QTest.keyClick(controls.model.lineEdit(), QtCore.Qt.Key.Key_Return)
until(lambda: not controls.swaps, "the model refused")
seen["no model"] = {"notice": notice(), "box": controls.model.currentText()}
until(lambda: window.flowgraph.display.stats, "statistics")
labels_come()
window.grab().save(sys.argv[1])
seen["statistics"] = window.flowgraph.display.stats["steps"]
seen["model"] = window.flowgraph.display.model
window.close()
seen["error"] = window.flowgraph.error() and str(window.flowgraph.error())
print(json.dumps(seen))
