# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labelled recordings of made-up signals, as SigMF, for training beside the real ones."""

from .folder import CLASSES, synthesize

__all__ = ["CLASSES", "synthesize"]
