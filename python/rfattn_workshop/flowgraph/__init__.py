# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the path of the blocks over recordings and made-up bands, to train and to judge models."""
