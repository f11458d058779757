# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transmitters of the benchmark alone, which training never uses."""
