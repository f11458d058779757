# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flowgraph reports: detections, statistics, and the views that show them."""
