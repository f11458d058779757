# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads recordings and turns them into tokens; needs no GNU Radio."""
