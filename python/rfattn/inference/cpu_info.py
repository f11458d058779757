# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's processor; the standard library only."""

from __future__ import annotations

import platform
from pathlib import Path

_AVX512 = {"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"}


def information() -> dict[str, str]:
    """The entries of the first processor in /proc/cpuinfo; empty where there is no such file."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def name() -> str:
    return information().get("model name", platform.machine())


def flags() -> set[str]:
    """Its instructions, as /proc/cpuinfo calls them."""
    return set(information().get("flags", "").split())


def has_amx() -> bool:
    """Whether the processor multiplies matrices of bfloat16 by itself."""
    return "amx_bf16" in flags()


def has_avx512() -> bool:
    return _AVX512 <= flags()
