# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waveforms, keying, and what comes from the detector of a receiver, sent again."""
