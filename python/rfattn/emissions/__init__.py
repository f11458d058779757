# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions in plain values: boxes in time and frequency, and what is measured of them."""
