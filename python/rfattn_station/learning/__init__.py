# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that learn from a station: taught by its user, or from what its checksums prove."""
