# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pulses of an unknown device, and what `rtl_433` must be told to read it."""
