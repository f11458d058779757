# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which emissions come from one transmitter, and which transmitters are new or missing."""
