# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path as one GNU Radio flowgraph, and its options."""
