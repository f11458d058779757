# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a recording in inspectrum and prints where it draws edges: see_inspectrum.py META PICTURE

Grabs the screen until there are edges in the spectrogram, white lines over most of its width, and
prints their rows as JSON. Needs a display without a window manager.
"""

import json
import sys

from PyQt5 import QtCore, QtGui, QtWidgets

LIMIT_MS = 60_000
POLL_MS = 200
WHITE = QtGui.QColor("white").rgb()
EDGE = 150  # white pixels of a row that make it an edge; a tick of the scale has 30
SPECTROGRAM = 400, 600  # columns that it covers, right of the controls


def edges(image):
    columns = range(*SPECTROGRAM)
    rows = range(30, image.height())  # below the scale of the time
    return [y for y in rows if sum(image.pixel(x, y) == WHITE for x in columns) > EDGE]


def look():
    image = application.primaryScreen().grabWindow(0).toImage()
    found = edges(image)
    if found:
        image.save(sys.argv[2])
        print(json.dumps(found))
        application.quit()


application = QtWidgets.QApplication(sys.argv[:1])
viewer = QtCore.QProcess()
viewer.start("inspectrum", [sys.argv[1]])
timer = QtCore.QTimer()
timer.timeout.connect(look)
timer.start(POLL_MS)
QtCore.QTimer.singleShot(LIMIT_MS, lambda: application.exit(1))
status = application.exec_()
viewer.kill()
viewer.waitForFinished()
sys.exit(status)
