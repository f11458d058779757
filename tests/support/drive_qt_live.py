# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses examples/qt_live.py as a hand would and prints what it saw: drive_qt_live.py PICTURE …

A process of its own, since an error in Qt ends the one it happens in. The arguments after PICTURE
are those of the example.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import qt_live
from gnuradio.rfattn.messages.entries import to_dict
from PyQt5 import QtCore, QtTest, QtWidgets

from qt_hand import choose, label_after, until


def swap(box, text):
    choose(box, text)
    until(lambda: not controls.swaps, f"{text} swapped or refused")
    return {"notice": controls.notice.text(), "box": box.currentText()}


def type_model(text):
    edit = controls.model.lineEdit()
    edit.selectAll()
    QtTest.QTest.keyClicks(edit, text)
    QtTest.QTest.keyClick(edit, QtCore.Qt.Key.Key_Return)
    until(lambda: not controls.swaps, f"{text} swapped or refused")
    return {"notice": controls.notice.text(), "box": controls.model.currentText()}


application = QtWidgets.QApplication(sys.argv[:1])
window = qt_live.make_window(qt_live.parse(sys.argv[2:]))
flowgraph, controls = window.flowgraph, window.controls
history = flowgraph.display.history
flowgraph.start()
window.show()

seen = {"first": label_after(history, attention="flash", norm="layernorm")}
seen["swap"] = swap(controls.attention, "gqa")
seen["swapped"] = label_after(history, attention="gqa", norm="layernorm")
seen["refused"] = swap(controls.attention, "mla")  # and latent on the way there
seen["after refusal"] = label_after(history, attention="gqa", norm="layernorm")
seen["no model"] = type_model("/no/such/model.pt")
until(lambda: flowgraph.display.state.stats, "statistics")
label_after(history)
window.grab().save(sys.argv[1])
state = flowgraph.display.state
seen["statistics"], seen["model"] = state.stats.steps, to_dict(state.model)
window.close()
seen["error"] = flowgraph.error() and str(flowgraph.error())
print(json.dumps(seen))
