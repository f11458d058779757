# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saves a picture of examples/qt_live.py: picture_of_qt_live.py PICTURE SECONDS ARGUMENTS…

The arguments are those of the example. The loudest emission is selected.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import qt_live
from PyQt5 import QtCore, QtWidgets

from qt_hand import until

picture, seconds = sys.argv[1], float(sys.argv[2])
application = QtWidgets.QApplication(sys.argv[:1])
window = qt_live.make_window(qt_live.parse(sys.argv[3:]))
display = window.flowgraph.display
window.flowgraph.start()
window.show()
until(display.records, "an emission")
end = time.monotonic() + seconds
while time.monotonic() < end:
    QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
loudest = max(display.records(), key=lambda record: record.latest.snr_db)
display.widget.table.select((loudest.run, loudest.latest.id))
display.widget.refresh()
window.grab().save(picture)
window.close()
if window.flowgraph.error() is not None:
    sys.exit(str(window.flowgraph.error()))
