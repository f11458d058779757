# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a flowgraph with a Qt window in GNU Radio Companion, and runs it from there.

run_grc.py FILE TITLE PICTURE: one JSON object on the last line of stdout, with the title of the
companion's window and what its console printed; and a PNG of the screen while the window TITLE of
the flowgraph is there. Needs a display and the description files on GRC_BLOCKS_PATH.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from companion import Gdk, open_files, picture, until  # before what imports GTK

# isort: split
from gnuradio.grc.core import Messages
from gnuradio.grc.gui import Actions


def titles():
    """Those of all windows on the screen."""
    tree = subprocess.run(
        ["xwininfo", "-root", "-tree"], capture_output=True, text=True, check=True
    )
    return tree.stdout


def main():
    path, title, png = sys.argv[1:]
    console = []
    Messages.register_messenger(console.append)
    _, window = open_files([Path(path).resolve()])
    page = window.current_page
    Actions.FLOW_GRAPH_EXEC()
    until(lambda: f'"{title}"' in titles() or page.process is None, f"a window {title!r}")
    running = page.process is not None
    picture(Gdk.get_default_root_window(), png)
    if running:
        Actions.FLOW_GRAPH_KILL()
        until(lambda: page.process is None, "the end of the flowgraph")
    print(json.dumps({"title": window.get_title(), "ran": running, "console": "".join(console)}))
    sys.stdout.flush()
    os._exit(0)  # the application asks whether to save


main()
