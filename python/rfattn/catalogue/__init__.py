# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of signals: classes, families, band plan and a table of named signals."""
