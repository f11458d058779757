# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells and digital broadcasting, many subcarriers wide."""
