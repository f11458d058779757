# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads of torch and of the BLAS under it."""

import os
import subprocess
import sys
import threading

import pytest
import threadpoolctl
import torch
from gnuradio.rfattn.inference import blas


def test_the_loaded_blas_is_found():
    torch.ones(4, 4) @ torch.ones(4, 4)
    for found in blas.loaded_blas():
        assert found.name and found.threads >= 1


@pytest.mark.parametrize(
    "name, threading_layer, threads, fights",
    [
        ("openblas", "pthreads", 2, True),
        ("openblas", "pthreads", 1, False),
        ("openblas", "openmp", 2, False),
        ("mkl", "intel", 2, False),
    ],
)
def test_which_blas_fights_torch(name, threading_layer, threads, fights):
    assert blas.Blas(name, "", threading_layer, threads, "").fights_openmp == fights


def test_a_fighting_blas_is_limited_and_named(monkeypatch):
    found = {
        "user_api": "blas",
        "internal_api": "openblas",
        "version": "0.3",
        "threading_layer": "pthreads",
        "num_threads": 8,
        "filepath": "/lib/libblas.so",
    }
    limits = []
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: [found])
    monkeypatch.setattr(
        threadpoolctl, "threadpool_limits", lambda n, user_api: limits.append((n, user_api))
    )
    (line,) = blas.cap_blas_threads()
    assert limits == [(1, "blas")]
    assert "/lib/libblas.so" in line and "8 threads" in line and "libopenblas0-openmp" in line


def test_default_leaves_a_core_to_the_flowgraph():
    assert blas.default_threads() == max(1, len(os.sched_getaffinity(0)) - 1)


@pytest.mark.parametrize("threads, expected", [(1, 1), (2, 2), (0, blas.default_threads())])
def test_threads_hold_in_the_thread_that_sets_them(threads, expected):
    got = []

    def compute():
        blas.set_torch_threads(threads)
        got.append(torch.get_num_threads())

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert got == [expected]


def test_import_loads_no_torch():
    code = "import sys, gnuradio.rfattn.inference.blas\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
