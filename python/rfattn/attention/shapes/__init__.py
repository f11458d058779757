# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attentions as descriptors, which the rest of the package asks about them; no torch."""
