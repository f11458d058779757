# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/cuda.sh: what it says without a device, and its benchmark on the CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]


def cuda_sh(*options):
    return subprocess.run(
        ["bash", str(ROOT / "tests" / "cuda.sh"), *options],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHON": sys.executable, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_it_says_so_in_one_line():
    done = cuda_sh()
    assert (done.returncode, done.stderr) == (77, "")
    assert done.stdout == (
        "tests/cuda.sh: torch sees no CUDA device here; --device cpu runs the benchmark in tiny "
        "sizes\n"
    )


def test_an_unknown_option_is_refused():
    done = cuda_sh("--devices", "cpu")
    assert done.returncode == 2
    assert "unknown option --devices; --device and --out are known" in done.stderr


def test_the_benchmark_runs_on_the_cpu_in_tiny_sizes(tmp_path):
    done = cuda_sh("--device", "cpu", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    timed = {(r["kind"], r["attention"], r["norm"], r["batch"]) for r in report["rows"]}
    for batch in (1, 3):
        for row in (
            ("model", "flash", "layernorm"),
            ("model", "flash", "rmsnorm"),
            ("model", "latent", "layernorm"),
            ("floor", "flash", "-"),
        ):
            assert (*row, batch) in timed
    assert ("torch", "latent", "layernorm", 1) in timed
    assert all(r["check"]["max_error"] <= r["check"]["tolerance"] for r in report["rows"])
    text = (tmp_path / "report.md").read_text()
    for title in ("Goals", "Throughput by batch", "The study", "Refused and left out"):
        assert f"## {title}\n" in text
    assert "tests: not run on the CPU" in text
    assert len(report["study"]) == 5 or "Not measured: " in report["study"]


def test_goals(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "benchmark"))
    import cuda

    row = {"kind": "model", "attention": "flash", "norm": "layernorm", "ns": [[1]]}
    ends = {"p99_interval_ms": [0.3, None]}
    rows = [row | ends | {"batch": b, "p99_ms": ms} for b, ms in ((1, 0.4), (64, 4.0), (128, 5.0))]
    (found,) = cuda.goals(rows, period_ms=4.096)
    assert (found["p99_ms"], found["interval"], found["streams"]) == (0.4, "[0.3, ]", 64)
