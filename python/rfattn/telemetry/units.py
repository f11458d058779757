# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with units, as people read them."""

from __future__ import annotations


def hertz(value: float | None) -> str:
    """433.92 MHz; a dash when unknown."""
    return "-" if value is None else "{:.9g} {}Hz".format(*_scaled(value, 1e3, "kMG"))


def octets(value: float | None) -> str:
    """1.5 MiB; a dash when unknown."""
    if value is None:
        return "-"
    number, prefix = _scaled(value, 1024.0, "KMG")
    return f"{number:.4g} {prefix}{'i' if prefix else ''}B"


def milliseconds(seconds: float) -> str:
    """33.00 ms."""
    return f"{seconds * 1e3:.2f} ms"


def _scaled(value: float, base: float, prefixes: str) -> tuple[float, str]:
    """The value below ``base`` where a prefix makes it so, and the prefix."""
    prefix = ""
    for larger in prefixes:
        if abs(value) < base:
            break
        value, prefix = value / base, larger
    return value, prefix
