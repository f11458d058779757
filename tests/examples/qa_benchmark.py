# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own benchmark: goals, more baselines, the flowgraph; no time is asserted."""

import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")

import numpy as np
import torch
from gnuradio.rfattn.benchmark import report, verify
from gnuradio.rfattn.benchmark.child import measure_in_child
from gnuradio.rfattn.benchmark.plan import Plan

import bare_loop
import benchmark_report
import compiled_step
import first_steps
import flowgraph_cost
import goals
import path_cost
import re_encode
from attention_models import tiny_config

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "benchmark" / "run.py"
SCRIPTED = runpy.run_path(str(SCRIPT))
TINY = tiny_config(n_bins=8, d_model=16, n_heads=4, window=16, block_size=4)


def tiny_plan(**changes) -> Plan:
    settings = dict(
        base=TINY,
        attentions=("flash", "perceiver"),
        norms=("layernorm",),
        windows=(16,),
        block_sizes=(4,),
        streams=2,
        streams_shape=TINY,
        rounds=3,
        round_s=1e-4,
        paced_s=0.0,
        soak_tokens=0,
        path_s=0.0,
    )
    return Plan(**(settings | changes))


@pytest.fixture(scope="module")
def result() -> dict:
    """A whole run over tiny models, without torch.compile, which takes a minute."""
    run, names = SCRIPTED["run"], SCRIPTED["run"].__globals__
    kept = names["_FFT_SIZES"], names["_STARTS"], compiled_step.missing
    names["_FFT_SIZES"], names["_STARTS"] = (64,), 1
    compiled_step.missing = lambda: "not tried"
    try:
        return json.loads(json.dumps(run(tiny_plan(), "test", lambda text: None)))
    finally:
        names["_FFT_SIZES"], names["_STARTS"], compiled_step.missing = kept


def test_rows_of_the_whole_run(result):
    kinds = {row["kind"] for row in result["rows"]}
    assert kinds - {"onnx"} == {"model", "operators", "single steps", "null", "re-encode"}
    assert result["absent"].items() >= {"torch.compile": "not tried"}.items()
    assert [row["attention"] for row in result["flowgraph"]] == ["flash", "perceiver"]
    for row in result["flowgraph"]:
        assert row["dtype"] == "float32"
        assert all(load["cpu_ms"] > 0 for load in (row["paced"], *row["overload"]))
        assert row["overhead"]["ratio"][0] > 0 and row["paced"]["tokens_add_up"]
        assert row["cpu"]["probe_and_stats_ratio"] > 0 and row["cpu"]["copy_ratio"] > 0
        assert [load["factor"] for load in row["overload"]] == [2.0, 10.0]
        for load in row["overload"]:
            assert load["capacity"] == 8 and load["tokens_add_up"] and load["age_in_steps"] >= 1
            # None where the machine was fast enough to drop nothing.
            assert load["run_in_windows"] is None or load["run_in_windows"] >= 2
    assert [row["hop"] for row in result["front_end"]] == [64, 32]
    assert all(row["check"]["max_error_db"] <= 0.01 for row in result["front_end"])


def test_report_has_the_sections(result, tmp_path):
    paths = report.write(result, tmp_path, benchmark_report.sections(result))
    text = paths[1].read_text()
    for title in ("Goals", "The flowgraph", "Start to first label", "Spectra", "Memory"):
        section = text.partition(f"## {title}")[2].partition("## ")[0]
        assert section and "Not measured." not in section, title
    assert "None" not in text.partition("## Machine")[0]


def test_block_and_bare_steps_have_one_type():
    with pytest.raises(
        ValueError, match="flowgraph: dtype must be a type, such as float32, got 'a"
    ):
        flowgraph_cost.measure({}, "cpu", "auto", *[1] * 7)


def test_check_refuses_a_wrong_baseline():
    model = verify.random_model(TINY, seed=1)
    baseline = re_encode.ReEncode(TINY, 1, model)
    re_encode.check_re_encode(baseline, model, TINY, seed=1)
    with torch.no_grad():
        baseline.encoder.layers[0].linear1.bias += 0.5
    with pytest.raises(verify.VerificationError, match="re-encode: differs from .* allowed"):
        re_encode.check_re_encode(baseline, model, TINY, seed=1)


def test_goals_name_what_was_not_measured(result):
    found = {goal["what"]: goal for goal in result["goals"]}
    assert found["KV bytes allocated, the worst of all rows"]["met"] is True
    assert found["rf14's shape, 2 streams in one call: throughput"]["here"] > 0
    probe = found["flowgraph with perceiver, W = 16: CPU of probe and stats"]
    copy = result["flowgraph"][1]["cpu"]["copy_ratio"]
    assert probe["against"] == f"flowgraph without them (a block that only copies: {copy:.2g})"
    unknown = goals.Goal("a", "b", "<=", 1.0).judge(None)
    assert unknown["met"] is None
    noisy = goals.Goal("a", "b", "<=", 1.0).judge((0.9, 0.8, 1.1))
    assert noisy["met"] and not noisy["clear"]


def test_the_default_path_is_measured_block_by_block(monkeypatch):
    quick = {
        "200 bursts": (0, 200, path_cost.BurstKind()),
        "2 emissions": (2, 0, path_cost.BurstKind()),
    }
    monkeypatch.setattr(path_cost, "CASES", quick)
    monkeypatch.setattr(path_cost, "RATE", 200e3)
    rows = path_cost.measure(1, 0.5)
    assert [row["band"] for row in rows] == list(quick)
    assert all(set(row["cores"]) == set(path_cost.BLOCKS) for row in rows)
    assert all(row["sum"] == pytest.approx(sum(row["cores"].values())) for row in rows)
    assert rows[1]["found_per_s"] > 0.0
    text = benchmark_report._path(rows)
    assert "| band | detector | extractor | scheduler |" in text and "| 2 emissions |" in text
    assert benchmark_report._path([]) == "Not measured.\n"


def test_the_goals_of_the_path_are_those_of_20_emissions():
    cores = dict.fromkeys(path_cost.BLOCKS, 0.03)
    rows = [{"band": name, "cores": cores, "sum": 0.24} for name in path_cost.CASES]
    labels, whole = goals._path({"path": rows})
    assert (labels["here"], labels["met"]) == (0.06, False)
    assert (whole["here"], whole["met"], whole["unit"]) == (0.24, True, "cores")
    assert not list(goals._path({"path": []}))


def step_row(kind: str, ns: float, **more) -> dict:
    fixed = {
        "mode": "stream",
        "window": 4096,
        "block_size": 64,
        "batch": 1,
        "attention": "flash",
        "norm": "layernorm",
        "device": "cpu",
        "threads": 1,
    }
    return fixed | {"kind": kind, "ns": [[1.0] * 3] * 3, "cpu_ns": [[ns] * 3] * 3} | more


@pytest.mark.parametrize(("onnx_ns", "met"), [(8.0, False), (11.0, True)])
def test_a_step_is_compared_with_re_encoding_and_onnx(onnx_ns, met):
    rows = [step_row("model", 10.0), step_row("onnx", onnx_ns, attention="-", norm="-")]
    rows.append(step_row("re-encode", 1500.0, attention="-", norm="-"))
    rows.append(step_row("operators", 7.5, norm="-"))
    report_ = {"plan": {"block_sizes": (64,)}, "rows": rows}
    lines = {goal["against"]: goal for goal in goals._step(report_)}
    line = lines["re-encoding with nn.TransformerEncoder (operators alone: 200)"]
    assert line["here"] == 1500.0 / 10.0
    assert lines["ONNX Runtime"]["met"] is met


@pytest.mark.parametrize(("many_ns", "met"), [(40.0, False), (30.0, True)])
def test_streams_are_compared_with_single_steps(many_ns, met):
    where = {"mode": "streams", "batch": 8}
    rows = [
        step_row("model", many_ns, **where),
        step_row("single steps", 80.0, **where),
        step_row("operators", 27.0, **where),
    ]
    (goal,) = goals._streams({"plan": {"streams": 8}, "rows": rows})
    assert goal["met"] is met and goal["here"] == pytest.approx(80.0 / many_ns)
    assert f"the call's operators alone: {27.0 / many_ns:.2g}" in goal["against"]
    assert not list(goals._streams({"plan": {"streams": 0}, "rows": rows}))


def test_the_age_of_a_label_counts_the_labels_since_its_samples_arrived():
    times = [(0, 10), (5, 20), (9, 30), (35, 40)]
    steps = [{"arrival_ns": arrival, "end_ns": end} for arrival, end in times]
    assert flowgraph_cost.ages(steps).tolist() == [1, 2, 3, 1]


def test_a_soak_is_flat_and_exact():
    found = SCRIPTED["soak"](tiny_plan(), 4000)
    assert (found["tokens"], found["steps"], found["attention"]) == (4000, 1000, "flash")
    assert found["exact"] and found["kv_bytes"] == found["kv_bytes_predicted"]
    assert 0 < found["settled_rss_bytes"] and found["max_error"] <= 1e-4


@pytest.mark.parametrize("flat, exact, status", [(1, 1, 0), (0, 1, 1), (1, 0, 1)])
def test_script_soaks_and_sets_its_status(monkeypatch, capsys, flat, exact, status):
    found = {
        "attention": "flash",
        "norm": "layernorm",
        "window": 16,
        "block_size": 4,
        "tokens": 1000,
        "steps": 250,
        "settled_rss_bytes": 1000 * 2**20,
        "end_rss_bytes": 1005 * 2**20,
        "kv_bytes": 8,
        "kv_bytes_predicted": 8,
        "max_error": 1e-6,
        "tolerance": 1e-4,
        "flat": bool(flat),
        "exact": bool(exact),
    }
    monkeypatch.setitem(SCRIPTED["main"].__globals__, "soak", lambda plan, tokens: found)
    assert SCRIPTED["main"](["--soak", "1k"]) == status
    assert "+0.50%, 1 % is allowed" in capsys.readouterr().out


def test_the_first_label_needs_no_torch():
    """Which costs more CPU than all else until then."""
    command = "import first_label, sys; first_label.measure(0); sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_first_label_of_a_process_that_just_started():
    found = measure_in_child("first_label", {"started_ns": time.monotonic_ns()}, 120.0)
    assert "error" not in found, found
    assert 0 < found["imported_s"] < found["model_s"] < found["label_s"]
    assert 0 < found["cpu_s"] and len(found["inference_ms"]) == 2


def test_the_first_steps_of_bursts_are_measured(capsys):
    first_steps.main(["--bursts", "2", "--pause", "0"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| attention | burst, step 1 | burst, step 2 |")
    names = [line.split(" | ")[0] for line in lines[4:]]
    assert names == ["| flash", "| gqa", "| perceiver", "| mla", "| ssm"]
    assert all(float(us) > 0 for line in lines[4:] for us in line.strip("| ").split(" | ")[1:])


def test_torch_compile_computes_the_step_or_says_why_not():
    why = compiled_step.missing()
    if why:
        assert why.startswith("not available: ") and "libtorch-dev" in why
        pytest.skip(why)
    row = compiled_step.compiled_case(TINY, tiny_plan()).row
    assert row["check"]["max_error"] <= row["check"]["tolerance"]


@pytest.mark.parametrize("count", ["0", "1.5", "x"])
def test_script_refuses_wrong_usage(count):
    with pytest.raises(SystemExit) as ended:
        SCRIPTED["main"](["--soak", count])
    assert ended.value.code == 2


@pytest.mark.parametrize("hop", [16, 8])
def test_the_bare_loop_reads_a_tone_as_full_scale(hop):
    tone = np.exp(2j * np.pi * 3 / 16 * np.arange(1 << 15)).astype(np.complex64)
    spectra = bare_loop.BareLoop(16, hop, tone).spectra()
    # The middle bin is 0 Hz. VOLK's logarithm is within 0.01 dB.
    assert (spectra.argmax(axis=1) == 8 + 3).all()
    np.testing.assert_allclose(spectra.max(axis=1), 0.0, atol=0.01)
