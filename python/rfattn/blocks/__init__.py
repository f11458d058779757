# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio blocks written in Python, one file each, and the little that they share."""
