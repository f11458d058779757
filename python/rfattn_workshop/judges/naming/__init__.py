# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judges of labels measure: bands, recordings, noise, strangers, rows of a table."""
