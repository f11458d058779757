# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's processor, and the kernels that OpenBLAS takes for it; the standard library
only."""

from __future__ import annotations

import os
import platform
from pathlib import Path

KERNELS = "OPENBLAS_CORETYPE"
"""The environment variable that OpenBLAS reads when it is loaded."""
AVX512_KERNELS = "SkylakeX"
_AVX512 = {"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"}
_FIRST_UNKNOWN_AMD_FAMILY = 26


def information() -> dict[str, str]:
    """What /proc/cpuinfo says of the first processor; empty where there is none."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def name() -> str:
    return information().get("model name", platform.machine())


def has_avx512() -> bool:
    return _AVX512 <= set(information().get("flags", "").split())


def is_new_to_openblas() -> bool:
    """Whether OpenBLAS 0.3.29, as in Debian 13, takes its kernels for Haswell on a processor with
    AVX-512: AMD's family 26 (Zen 5). A step then takes 1.4 times as long."""
    known = information()
    family = int(known.get("cpu family", 0))
    amd = known.get("vendor_id") == "AuthenticAMD"
    return amd and family >= _FIRST_UNKNOWN_AMD_FAMILY and has_avx512()


def choose_kernels() -> None:
    """Has OpenBLAS take AVX-512 kernels where it would not by itself.

    Call this before numpy or torch load it. Who set `KERNELS` has chosen already.
    """
    if is_new_to_openblas():
        os.environ.setdefault(KERNELS, AVX512_KERNELS)
