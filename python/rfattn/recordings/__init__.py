# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings and how they become tokens: SigMF files and the front end; no GNU Radio here."""
