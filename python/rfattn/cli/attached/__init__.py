# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `label` and `live` do about emissions, one file for each thing."""
