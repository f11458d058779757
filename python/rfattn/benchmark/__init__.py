# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures attention models on this machine, next to what they could reach and what others do.

`run` is the whole benchmark: it returns one JSON value. `report` and `figures` turn that value into
files, `compare` sets two of them side by side. Nothing in here imports GNU Radio but `flowgraph`
and `front_end`, which run in processes of their own.
"""
