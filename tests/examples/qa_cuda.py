# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/cuda.sh: what it says without a device, and its benchmark on the CPU."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]


def cuda_sh(*options, python=sys.executable):
    return subprocess.run(
        ["bash", str(ROOT / "tests" / "cuda.sh"), *options],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHON": str(python), "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_it_says_so_in_one_line():
    done = cuda_sh()
    assert (done.returncode, done.stderr) == (77, "")
    assert done.stdout == (
        "tests/cuda.sh: torch sees no CUDA device here; --device cpu runs the benchmark in tiny "
        "sizes\n"
    )


def test_a_missing_package_is_named(tmp_path):
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'pytest'\" >&2; exit 1\n"
    )
    python.chmod(0o755)
    done = cuda_sh(python=python)
    assert done.returncode == 77 and done.stdout == (
        f"tests/cuda.sh: {python}: ModuleNotFoundError: No module named 'pytest'; it must be "
        "Python 3.11 or newer with torch, numpy and pytest\n"
    )


def test_an_unknown_option_is_refused():
    done = cuda_sh("--devices", "cpu")
    assert done.returncode == 2
    assert "unknown option --devices; --device and --out are known" in done.stderr


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of a report in tiny sizes."""
    folder = tmp_path_factory.mktemp("cuda")
    done = cuda_sh("--device", "cpu", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_the_benchmark_runs_on_the_cpu_in_tiny_sizes(written):
    report = json.loads((written / "report.json").read_text())
    timed = {(r["kind"], r["attention"], r["norm"], r["batch"]) for r in report["rows"]}
    for batch in (1, 3):
        for row in (
            ("model", "flash", "layernorm"),
            ("model", "flash", "rmsnorm"),
            ("model", "perceiver", "layernorm"),
            ("operators", "flash", "-"),
        ):
            assert (*row, batch) in timed
    assert ("torch", "perceiver", "layernorm", 1) in timed
    assert all(r["check"]["max_error"] <= r["check"]["tolerance"] for r in report["rows"])
    text = (written / "report.md").read_text()
    for title in ("Goals", "Throughput by batch", "Refused and left out"):
        assert f"## {title}\n" in text
    assert "tests: not run on the CPU" in text


@pytest.fixture
def cuda(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "benchmark"))
    import cuda

    return cuda


def test_a_report_is_of_the_stated_form(written, cuda, capsys):
    assert cuda.main(["--check", str(written / "report.json")]) == 0
    report = json.loads((written / "report.json").read_text())
    assert set(report) == set(cuda.cuda_report.FORM)
    assert set(report["machine"]) == set(cuda.cuda_report.MACHINE)
    assert report["commit"] == cuda.commit() and report["machine"]["card"] is None
    rows = len(report["rows"])
    printed = capsys.readouterr().out
    assert ": schema 2, no device, tiny sizes on the CPU, driver None, torch " in printed
    assert f"{rows} of {rows} rows timed; tests: not run on the CPU\n" in printed


def without(name):
    return lambda report: report.pop(name)


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda r: r.update(schema=1, commit="a1b2c3d"),
            "schema must be 2, got 1; commit 'a1b2c3d' reads it",
        ),
        (without("schema"), "schema must be 2, got None; "),
        (without("left_out"), "left_out is missing or of a wrong type, got None"),
        (without("tests"), "tests is missing or of a wrong type, got None"),
        (without("commit"), "commit is missing or of a wrong type, got None"),
        (lambda r: r.update(period_ms="4"), "period_ms is missing or of a wrong type, got '4'"),
        (lambda r: r["machine"].pop("driver"), "machine lacks driver"),
        (lambda r: r.update(rows=[]), "rows must not be empty"),
        (lambda r: r["rows"].append(3), "must be an object, got 3"),
        (lambda r: r["rows"][0].pop("p99_ms"), r"rows\[0\] lacks p99_ms"),
        (lambda r: r["rows"][0].pop("ns"), r"rows\[0\] has neither times nor a reason"),
    ],
)
def test_a_report_of_another_form_is_refused(written, cuda, tmp_path, capsys, change, message):
    report, path = json.loads((written / "report.json").read_text()), tmp_path / "sent.json"
    change(report)
    path.write_text(json.dumps(report))
    assert cuda.main(["--check", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cuda: {path}: ") and re.search(message, line)


@pytest.mark.parametrize(
    "content, message", [(None, "No such file or directory"), ("[1]", "a report must be a JSON")]
)
def test_what_is_no_report_is_refused(cuda, tmp_path, capsys, content, message):
    path = tmp_path / "sent.json"
    if content is not None:
        path.write_text(content)
    assert cuda.main(["--check", str(path)]) == 1
    assert f"cuda: {path}: {message}" in capsys.readouterr().err


def test_the_machine_of_a_device(monkeypatch, cuda):
    """Without a device: what torch and nvidia-smi would say of one."""
    card = {
        "get_device_name": "T4",
        "get_device_capability": (7, 5),
        "mem_get_info": (2**30, 2**34),
    }
    for name, value in card.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    printed = subprocess.CompletedProcess([], 0, "550.54.15\n550.54.15\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: printed)
    found = cuda.machine("cuda")
    names = ("card", "capability", "driver", "memory")
    assert [found[name] for name in names] == ["T4", "7.5", "550.54.15", "1.0 of 16.0 GiB free"]


def test_the_largest_batches_are_left_out_where_memory_is_short(cuda):
    """Caches of `flash`: 32 streams of W = 64, two layers, width 16 take 0.5 MiB in float32."""
    shape = cuda._TINY["base"].replace(window=64)
    fields = dict(
        base=shape, windows=(64,), block_sizes=(8,), batches=(1, 8, 32), norms=("layernorm",)
    )
    plan = cuda.Plan(attentions=("flash",), streams=0, **fields)
    needed = 2 * 41 * (2 * 2 * 64 * 16 + 1) * 4
    assert cuda.that_fits(plan, needed) == (plan, "")
    fitting, left_out = cuda.that_fits(plan, needed - 1)
    assert fitting.batches == (1, 8) and left_out == "batches of 32 streams: 0.0 GiB are free"
    fitting, left_out = cuda.that_fits(plan, 0)
    assert fitting.batches == (1,) and left_out.startswith("batches of 8, 32 streams: ")


def test_goals(cuda):
    row = {"kind": "model", "attention": "flash", "norm": "layernorm", "ns": [[1]]}
    ends = {"p99_interval_ms": [0.3, None]}
    rows = [row | ends | {"batch": b, "p99_ms": ms} for b, ms in ((1, 0.4), (64, 4.0), (128, 5.0))]
    (found,) = cuda.cuda_report.goals(rows, period_ms=4.096)
    assert (found["p99_ms"], found["interval"], found["streams"]) == (0.4, "[0.3, ]", 64)
