# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what is found and how it is named, on made-up scenes, recordings and others' signals.

Each module beside this file but `harness` is a command, whose options its text has:
`python3 -m gnuradio.rfattn_workshop.judges.NAME`.
"""
