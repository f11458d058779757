# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that are taught by the user of a station, and what they are fitted and judged by."""
