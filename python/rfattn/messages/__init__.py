# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of all blocks: their schema, how they are checked, and how they become PMTs."""
