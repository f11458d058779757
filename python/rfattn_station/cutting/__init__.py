# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the emissions of recordings out with the blocks of the path, to learn from."""
