# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings that `rf14`, the model of the whole-band path, learns from."""
