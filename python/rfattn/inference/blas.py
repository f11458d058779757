# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads of torch and of the BLAS under it; imports threadpoolctl where torch is loaded."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from . import cpu_info as processor

_AVX2_KERNELS = ("Haswell", "Zen")


@dataclass(frozen=True)
class Blas:
    """A BLAS library in this process. ``threading``: "openmp", "pthreads", "disabled" or "";
    ``architecture``: the processor that its kernels are written for, or ""."""

    name: str
    version: str
    threading: str
    threads: int
    path: str
    architecture: str = ""

    @property
    def fights_openmp(self) -> bool:
        """Its own pool of threads runs inside each OpenMP task of torch: a 2 ms step takes 76."""
        return self.name == "openblas" and self.threading == "pthreads" and self.threads > 1

    @property
    def misses_avx512(self) -> bool:
        """Its kernels use half the width of this processor's registers."""
        narrow = self.name == "openblas" and self.architecture in _AVX2_KERNELS
        return narrow and processor.has_avx512()


def loaded_blas() -> list[Blas]:
    """The BLAS libraries loaded now; import torch or numpy first to see theirs."""
    import threadpoolctl

    return [
        Blas(
            name=found["internal_api"],
            version=found["version"] or "",
            threading=found.get("threading_layer", ""),
            threads=found["num_threads"],
            path=found["filepath"],
            architecture=found.get("architecture", ""),
        )
        for found in threadpoolctl.threadpool_info()
        if found["user_api"] == "blas"
    ]


def cap_blas_threads() -> list[str]:
    """Gives each BLAS that would fight torch's threads one thread; one line for each, for the
    log. Where torch is not loaded, none does."""
    if "torch" not in sys.modules:
        return []
    fighting = [blas for blas in loaded_blas() if blas.fights_openmp]
    if fighting:
        import threadpoolctl

        threadpoolctl.threadpool_limits(1, user_api="blas")
    return [
        f"{blas.path}: OpenBLAS with its own {blas.threads} threads under torch's OpenMP slows a "
        "step many times; limited to 1 thread (Debian: install libopenblas0-openmp)"
        for blas in fighting
    ]


def default_threads() -> int:
    """All cores that this process may use but one, which the rest of a flowgraph needs."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


def set_torch_threads(threads: int) -> None:
    """Sets torch's intra-op threads for the calling thread, and for those that follow.

    A thread takes the number that holds at its first torch call, so call this in the thread that
    computes, before it computes. 0 means `default_threads`. Where torch is not loaded, nothing
    needs it.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads or default_threads())
