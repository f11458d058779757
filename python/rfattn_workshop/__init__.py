# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, trains and judges models for gr-rfattn; what receives needs none of it."""
