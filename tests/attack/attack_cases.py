# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the attacks are."""

import os


def cases(usual: int) -> int:
    """As many as in the variable CASES of the environment, or what a test states."""
    return int(os.environ.get("CASES", usual))
