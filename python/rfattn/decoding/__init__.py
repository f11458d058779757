# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that decode labelled emissions: the table of them, and a running one. No GNU Radio."""
