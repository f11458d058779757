# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a block does where messages or samples come faster than they are taken."""

from __future__ import annotations

_POLICIES = ("block", "drop")


def check_policy(block: str, policy: str) -> None:
    """Raises a ValueError that names the block unless the policy is one."""
    if policy not in _POLICIES:
        names = ", ".join(_POLICIES)
        raise ValueError(f"{block}: policy must be one of {names}, got {policy!r}")
