# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio Companion inside this process, for scripts that look at it. Needs a display."""

import sys
import time

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("PangoCairo", "1.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402, I001  (the order that GRC needs)
from gnuradio import gr
from gnuradio.grc.gui.Platform import Platform
from gnuradio.grc.gui.Application import Application

LIMIT_S = 60
POLL_MS = 20


def open_files(files):
    """The platform and the main window, once it shows a page for each flowgraph."""
    platform = Platform(
        version=gr.version(),
        prefs=gr.prefs(),
        install_prefix=gr.prefix(),
        version_parts=(gr.major_version(), gr.api_version(), gr.minor_version()),
    )
    platform.build_library()
    application = Application([str(path) for path in files], platform)
    application.register(None)
    application.activate()
    window = application.main_window
    until(lambda: len(window.get_pages()) == len(files), "all pages open")
    window.maximize()
    window.resize(1600, 1000)
    until(window.get_mapped, "the window")
    return platform, window


def until(holds, what):
    """Handles events until something holds; gives what it then is."""
    ticks = GLib.timeout_add(POLL_MS, lambda: True)  # ends each wait
    deadline = time.monotonic() + LIMIT_S
    while not (found := holds()):
        if time.monotonic() > deadline:
            sys.exit(f"not within {LIMIT_S} s: {what}")
        Gtk.main_iteration()
    GLib.source_remove(ticks)
    return found


def picture(widget, path):
    """Writes a window of this process, or of another one, as PNG."""
    window = widget.get_window() if isinstance(widget, Gtk.Widget) else widget
    size = window.get_width(), window.get_height()
    Gdk.pixbuf_get_from_window(window, 0, 0, *size).savev(str(path), "png", [], [])
