# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals in samples: waveforms, keying, and what comes from a receiver's detector, sent again."""
