# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a logbook keeps, as `--keep` states it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TERM = re.compile(r"(\d+)([dMG])")
_BYTES = {"M": 2**20, "G": 2**30}
_DAY_S = 86_400


@dataclass(frozen=True)
class Keep:
    """How long emissions are kept one by one, s, and how large the file may be, bytes; None: any.
    Counts by channel and hour take their place."""

    seconds: int | None = None
    most_bytes: int | None = None

    @classmethod
    def parse(cls, text: str) -> Keep:
        """Reads such as "90d", "2G" or "90d,2G".

        Raises:
            ValueError: naming the rule and the value.
        """
        found: dict[str, int] = {}
        for term in text.split(","):
            parts = _TERM.fullmatch(term.strip())
            if parts is None or int(parts[1]) == 0:
                raise ValueError(f"must be days, a size or both, such as 90d,2G, got {text!r}")
            count, unit = int(parts[1]), parts[2]
            name = "seconds" if unit == "d" else "most_bytes"
            if name in found:
                raise ValueError(f"must have days and a size at most once, got {text!r}")
            found[name] = count * (_DAY_S if unit == "d" else _BYTES[unit])
        return cls(**found)
