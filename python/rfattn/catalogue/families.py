# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes of emissions, in families.

The classes of a family look alike, so that the family can be certain where the class is not.
"""

from __future__ import annotations

from .classes import known_of

FAMILY_OF: dict[str, str] = dict(known_of("family"))
"""The family of each class."""

FAMILIES: dict[str, tuple[str, ...]] = {
    family: tuple(name for name, own in FAMILY_OF.items() if own == family)
    for family in FAMILY_OF.values()
}
"""The classes of each family."""
