# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The study behind the project, done again: accuracy over seeds, latency and memory over lengths.

`run` is the whole of it: it trains, measures and returns one JSON value, keeping what is done in a
folder so that a run that was ended goes on. `report` and `figures` turn that value into files,
`claims` sets it beside the study's figures. Needs scikit-learn and SciPy, which nothing else here
does.
"""
