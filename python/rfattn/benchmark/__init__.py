# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures attention models on this machine, next to the arithmetic that they cannot do without.

`run.run` is the whole benchmark and returns one JSON value. `report` and `figures` write that value
into files, and `compare` compares two of them. Nothing here imports GNU Radio.
"""
