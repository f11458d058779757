# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processor, and the kernels that OpenBLAS runs on it."""

import pytest
from gnuradio.rfattn.inference import blas
from gnuradio.rfattn.inference import cpu_info as processor

AVX512 = "avx512f avx512dq avx512cd avx512bw avx512vl"


def pretend(monkeypatch, **known):
    monkeypatch.setattr(processor, "information", lambda: known)


@pytest.mark.parametrize(
    ("flags", "has"), [(f"avx2 {AVX512}", True), ("avx2 avx512f", False), ("", False)]
)
def test_avx512_is_all_of_it(monkeypatch, flags, has):
    pretend(monkeypatch, flags=flags)
    assert processor.has_avx512() == has


def test_where_nothing_is_known_there_is_no_avx512(monkeypatch):
    pretend(monkeypatch)
    assert not processor.has_avx512() and processor.name()


@pytest.mark.parametrize(
    "architecture, flags, misses",
    [("Haswell", AVX512, True), ("Haswell", "avx2", False), ("SkylakeX", AVX512, False)],
)
def test_kernels_without_the_processor_s_avx512_are_known(monkeypatch, architecture, flags, misses):
    pretend(monkeypatch, flags=flags)
    found = blas.Blas("openblas", "0.3", "openmp", 1, "/lib/libblas.so", architecture)
    assert found.misses_avx512 == misses
