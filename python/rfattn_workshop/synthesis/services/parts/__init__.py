# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several services are made of: sound, packets, symbols, and times on the air."""
