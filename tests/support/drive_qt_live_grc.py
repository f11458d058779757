# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses the program that grcc makes of examples/qt_live.grc and prints what it saw.

drive_qt_live_grc.py FOLDER RECORDING MODEL PICTURE, the folder that of qt_live_grc.py.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from PyQt5 import QtWidgets
from qt_live_grc import qt_live_grc

from qt_hand import choose, label_after, until

application = QtWidgets.QApplication(sys.argv[:1])
stats = f"ipc://{sys.argv[1]}/stats"
flowgraph = qt_live_grc(recording=sys.argv[2], family=sys.argv[3], stats=stats)
display = flowgraph.rfattn_qt_detection_sink_0
flowgraph.start()
flowgraph.show()
boxes = {box.itemText(1): box for box in flowgraph.findChildren(QtWidgets.QComboBox)}

seen = {"first": label_after(display.history, attention="flash")}
choose(boxes["mha"], "gqa")
seen["swapped"] = label_after(display.history, attention="gqa")
choose(boxes["layernorm"], "rmsnorm")  # the model lacks it: logged, and gqa keeps running
seen["after refusal"] = label_after(display.history, attention="gqa", norm="layernorm")
until(lambda: display.state.stats, "statistics")
flowgraph.grab().save(sys.argv[4])
flowgraph.close()
seen["error"] = flowgraph.rfattn_transformer_0.error
print(json.dumps(seen))
