# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens flowgraphs and properties dialogs in GNU Radio Companion itself and prints what it shows.

open_grc.py PICTURES FILE…: one JSON object on the last line of stdout, and a PNG of each page and
of each dialog in the folder PICTURES. Needs a display and the description files on
GRC_BLOCKS_PATH.
"""

import json
import os
import sys
from pathlib import Path

from companion import Gtk, open_files, picture, until  # before what imports GTK

# isort: split
from gnuradio.grc.gui.PropsDialog import PropsDialog

OURS = "rfattn_"


def rectangle(block):
    """Left, top, right, bottom of a block with its ports, in pixels."""
    x, y = block.coordinate
    corners = [(0, 0), (block.width, block.height)]
    for port in (*block.active_sources, *block.active_sinks):
        left, top = port.coordinate
        corners += [(left, top), (left + port.width, top + port.height)]
    return [
        x + min(c[0] for c in corners),
        y + min(c[1] for c in corners),
        x + max(c[0] for c in corners),
        y + max(c[1] for c in corners),
    ]


def show_page(main, path, folder):
    """What the page of a flowgraph shows, once it is drawn."""
    page = next(p for p in main.get_pages() if p.file_path == str(path))
    main.notebook.set_current_page(main.notebook.page_num(page))
    drawn = []
    page.drawing_area.connect_after("draw", lambda *_: drawn.append(True))
    page.drawing_area.queue_draw()
    until(lambda: drawn and all(b.width for b in page.flow_graph.blocks), f"{path} drawn")
    picture(main, folder / f"{path.stem}.png")
    graph = page.flow_graph
    return {
        "title": main.get_title(),
        "errors": [f"{element}: {text}" for element, text in graph.iter_error_messages()],
        "missing": [b.name for b in graph.blocks if b.is_dummy_block],
        "rectangles": {b.name: rectangle(b) for b in graph.blocks},
        "connections": len(graph.connections),
    }


def show_dialog(main, platform, key, folder):
    """What the properties dialog of a block shows that has just been dragged."""
    graph = platform.make_flow_graph()
    rate = graph.new_block("variable")
    rate.params["id"].set_value("samp_rate")
    rate.params["value"].set_value("32000")
    block = graph.new_block(key)
    block.params["id"].set_value("dragged")
    graph.update()
    dialog = PropsDialog(main, block)
    until(dialog.get_mapped, f"dialog of {key}")
    while Gtk.events_pending():
        Gtk.main_iteration()
    notebook, text = dialog.notebook, dialog._docs_text_display.get_buffer()
    for number, tab in enumerate(("", "_advanced", "_documentation")):
        notebook.set_current_page(number)
        while Gtk.events_pending():
            Gtk.main_iteration()
        picture(dialog, folder / f"{key}{tab}.png")
    tabs = [
        notebook.get_tab_label(notebook.get_nth_page(i)).get_text()
        for i in range(notebook.get_n_pages())
    ]
    shown = {
        "tabs": tabs,
        "drop-downs": [
            child.param.key
            for _, _, box in dialog._params_boxes
            for child in box.get_children()
            if has_drop_down(child)
        ],
        "documentation": text.get_text(text.get_start_iter(), text.get_end_iter(), False),
        "errors": block.get_error_messages(),
    }
    dialog.destroy()
    return shown


def has_drop_down(widget):
    if isinstance(widget, Gtk.ComboBox):
        return True
    return isinstance(widget, Gtk.Container) and any(map(has_drop_down, widget.get_children()))


def main():
    folder, files = Path(sys.argv[1]), [Path(name).resolve() for name in sys.argv[2:]]
    platform, window = open_files(files)
    seen = {
        "pages": {path.name: show_page(window, path, folder) for path in files},
        "dialogs": {
            key: show_dialog(window, platform, key, folder)
            for key in sorted(platform.blocks)
            if key.startswith(OURS)
        },
    }
    print(json.dumps(seen))
    sys.stdout.flush()
    os._exit(0)  # the application asks whether to save


main()
