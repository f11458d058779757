# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes labelled recordings of synthetic signals as SigMF, to train on together with real ones."""

from .rf14.folder import CLASSES, synthesize

__all__ = ["CLASSES", "synthesize"]


def __dir__():
    return sorted(__all__)
