# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Senders that follow from the `sent` tables of formats, see docs/services.md."""
