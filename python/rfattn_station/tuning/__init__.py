# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends another receiver to an emission: where it listens, the protocol, and which emission.

Needs neither GNU Radio nor Hamlib.
"""
