# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of attentions and norms: its plan, trainings, judges, tests and report."""
