# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judges of detection measure: scenes, baselines, scores and tables."""
