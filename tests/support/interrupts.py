# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the programs that tests start be interrupted."""

import signal


def take_interrupts():
    """A shell script lets what it starts in the background ignore SIGINT, and all that this starts
    would inherit that."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
