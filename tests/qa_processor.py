# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processor, and the kernels that OpenBLAS takes for it."""

import os
import subprocess
import sys

import pytest
from gnuradio.rfattn import blas, processor

AVX512 = "avx512f avx512dq avx512cd avx512bw avx512vl"


def pretend(monkeypatch, **known):
    names = {"vendor": "vendor_id", "family": "cpu family", "flags": "flags"}
    found = {names[key]: value for key, value in known.items()}
    monkeypatch.setattr(processor, "information", lambda: found)


@pytest.mark.parametrize(
    "vendor, family, flags, chosen",
    [
        ("AuthenticAMD", "26", f"avx2 {AVX512}", "SkylakeX"),
        ("AuthenticAMD", "26", "avx2 avx512f", None),  # a hypervisor hides the rest
        ("AuthenticAMD", "25", f"avx2 {AVX512}", None),  # Zen 4, which OpenBLAS knows
        ("GenuineIntel", "6", f"avx2 {AVX512}", None),
    ],
)
def test_kernels_are_chosen_where_openblas_would_miss_them(
    monkeypatch, vendor, family, flags, chosen
):
    pretend(monkeypatch, vendor=vendor, family=family, flags=flags)
    monkeypatch.setattr(os, "environ", {})
    processor.choose_kernels()
    assert os.environ.get(processor.KERNELS) == chosen


def test_who_has_chosen_kernels_keeps_them(monkeypatch):
    pretend(monkeypatch, vendor="AuthenticAMD", family="26", flags=AVX512)
    monkeypatch.setattr(os, "environ", {processor.KERNELS: "Haswell"})
    processor.choose_kernels()
    assert os.environ == {processor.KERNELS: "Haswell"}


def test_nothing_is_chosen_where_nothing_is_known(monkeypatch):
    pretend(monkeypatch)
    assert not processor.has_avx512() and not processor.is_new_to_openblas()


@pytest.mark.parametrize(
    "architecture, flags, misses",
    [("Haswell", AVX512, True), ("Haswell", "avx2", False), ("SkylakeX", AVX512, False)],
)
def test_narrow_kernels_are_named(monkeypatch, architecture, flags, misses):
    pretend(monkeypatch, flags=flags)
    found = blas.Blas("openblas", "0.3", "openmp", 1, "/lib/libblas.so", architecture)
    monkeypatch.setattr(blas, "loaded_blas", lambda: [found])
    lines = blas.narrow_kernels()
    assert len(lines) == misses
    if misses:
        assert "/lib/libblas.so" in lines[0] and "OPENBLAS_CORETYPE=SkylakeX" in lines[0]


def test_the_command_runs_wide_kernels():
    """What numpy then loads are kernels for AVX-512 wherever the processor has it."""
    code = """
from gnuradio.rfattn.command import make_parser
import sys
assert "numpy" not in sys.modules
from gnuradio.rfattn import blas, processor
processor.choose_kernels()
import numpy
print([b.architecture for b in blas.loaded_blas() if b.misses_avx512])
"""
    environment = {k: v for k, v in os.environ.items() if k != processor.KERNELS}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=environment)  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
