# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that make and judge models, one file each."""


def check_least(arguments, **least: int) -> None:
    """Refuses numbers of options that are less than the least of each (ValueError)."""
    for name, smallest in least.items():
        value = getattr(arguments, name)
        if value < smallest:
            raise ValueError(f"--{name} must be >= {smallest}, got {value}")
