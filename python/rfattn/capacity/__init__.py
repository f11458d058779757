# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much this machine follows: measured on the path of `live`, and predicted for a plan.

Used by `gr-rfattn plan`, `bench` and `doctor`.
"""
