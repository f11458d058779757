# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal that another project's generator makes, and what it should be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.catalogue.classes import known_of

Rng = np.random.Generator
Made = tuple[np.ndarray, float]
"""A signal without noise, complex [n] around 0 Hz, and its rate in Hz."""
Band = tuple[float, float]
"""Lowest and highest frequency in Hz."""
ANYWHERE: Band = (1e5, 3e9)
SHORTWAVE: Band = (1.8e6, 29.7e6)


@dataclass(frozen=True)
class Sender:
    """One kind of signal."""

    name: str
    source: str
    """The program or the package that makes it."""
    make: Callable[[Rng], Made] | tuple
    """A function; or what labels_foreign_packages.py or labels_foreign_fldigi.py make it from."""
    right: tuple[str, ...] = ()
    """Classes that name it rightly; none: a stranger, which should get no name."""
    others: tuple[str, ...] = ()
    """Families that describe it rightly, beside those of its classes."""
    where: Band | None = None
    """Where it transmits; None: where the band plan lists its first class."""

    channel_hz: float | None = None
    """Width that a receiver must show; None: what holds 99 % of the power."""

    @property
    def families(self) -> frozenset[str]:
        """All families that describe it rightly."""
        return frozenset(self.others) | {known_of("family")[name] for name in self.right}
