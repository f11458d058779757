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
import time
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("PangoCairo", "1.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402, I001  (the order that GRC needs)
from gnuradio import gr
from gnuradio.grc.gui.Platform import Platform
from gnuradio.grc.gui.Application import Application
from gnuradio.grc.gui.PropsDialog import PropsDialog

LIMIT_S = 60
POLL_MS = 20
OURS = "rfattn_"


def make_platform():
    platform = Platform(
        version=gr.version(),
        prefs=gr.prefs(),
        install_prefix=gr.prefix(),
        version_parts=(gr.major_version(), gr.api_version(), gr.minor_version()),
    )
    platform.build_library()
    return platform


def until(holds, what):
    """Lets the window live until something holds."""
    ticks = GLib.timeout_add(POLL_MS, lambda: True)  # ends each wait
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"not within {LIMIT_S} s: {what}")
        Gtk.main_iteration()
    GLib.source_remove(ticks)


def picture(widget, path):
    window = widget.get_window()
    size = window.get_width(), window.get_height()
    Gdk.pixbuf_get_from_window(window, 0, 0, *size).savev(str(path), "png", [], [])


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
    platform = make_platform()
    application = Application([str(path) for path in files], platform)
    application.register(None)
    application.activate()
    window = application.main_window
    until(lambda: len(window.get_pages()) == len(files), "all pages open")
    window.maximize()
    window.resize(1600, 1000)
    until(window.get_mapped, "the window")
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
