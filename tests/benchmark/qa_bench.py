# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's arithmetic, checks, files and exit statuses; no time is asserted."""

import copy
import json

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.attention.config import EMBEDDINGS
from gnuradio.rfattn.attention.operations import Product
from gnuradio.rfattn.benchmark import (
    compare,
    compiled_step,
    gate,
    goals,
    measure,
    recommend,
    report,
)
from gnuradio.rfattn.benchmark.baselines import Floor, ReEncode
from gnuradio.rfattn.benchmark.child import measure_in_child
from gnuradio.rfattn.benchmark.intervals import apart, quantile, quantile_interval, ratio_interval
from gnuradio.rfattn.benchmark.plan import WHOLE_WINDOW, Plan, fields_of_model, needed_bytes
from gnuradio.rfattn.benchmark.run import count_stages, run, soak
from gnuradio.rfattn.benchmark.subjects import compiled_subject, model_subject, onnx_subject
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.bench import telling
from gnuradio.rfattn.inference import onnx_step

from attention_models import tiny_config
from step_streams import save_model

TINY = tiny_config(n_bins=8, d_model=16, n_heads=4, window=16, block_size=4)


def tiny_plan(**changes) -> Plan:
    settings = dict(
        base=TINY,
        attentions=("flash", "latent"),
        windows=(16,),
        block_sizes=(4,),
        streams=(4, 2),
        rounds=3,
        round_s=1e-4,
        paced_s=1e-3,
        soak_tokens=0,
        flowgraph=False,
        compiled=False,
    )
    return Plan(**(settings | changes))


@pytest.fixture(scope="module")
def result() -> dict:
    """A whole run over tiny models, without GNU Radio."""
    return json.loads(json.dumps(run(tiny_plan(), "test", lambda text: None)))


@pytest.mark.parametrize(("p", "value"), [(0.5, 5), (0.95, 10), (0.1, 1), (0.11, 2)])
def test_quantile_is_the_smallest_value_that_covers_the_share(p, value):
    assert quantile(list(range(1, 11)), p) == value


def test_quantile_interval_has_the_ranks_of_the_binomial():
    # Conover, Practical Nonparametric Statistics: n = 16, p = 0.5 gives ranks 4 and 13.
    assert quantile_interval(list(range(1, 17)), 0.5) == (4, 13)


def test_quantile_interval_is_open_where_the_sample_is_too_small():
    assert quantile_interval(list(range(5)), 0.5) == (None, None)
    low, high = quantile_interval(list(range(100)), 0.99)
    assert low == 96 and high is None


def test_ratio_is_paired_by_rounds():
    # A disturbance that doubles both sides of a round leaves its ratio alone.
    value, low, high = ratio_interval([[2, 2], [4, 4], [20, 20]], [[1], [2], [10]])
    assert (value, low, high) == (2.0, 2.0, 2.0)
    assert ratio_interval([[3]], [[1]]) == (3.0, None, None)


def test_intervals_without_an_end_are_never_apart():
    assert apart((1.0, 2.0), (2.1, 3.0)) and apart((2.1, 3.0), (1.0, 2.0))
    assert not apart((1.0, 2.0), (2.0, 3.0))
    assert not apart((1.0, None), (5.0, 6.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rounds": 0}, "bench: rounds must be > 0, got 0"),
        ({"norms": ("batch",)}, "bench: norms must be of layernorm, rmsnorm, got 'batch'"),
        ({"block_sizes": (5,), "streams": None}, "no block size of .* divides a window"),
    ],
)
def test_plan_refuses(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny_plan(**changes)


def test_a_plan_of_a_model_has_its_shape(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for attention, special in (("flash", {}), ("latent", {"n_latents": 7})):
        save_model(folder / f"{attention}_layernorm.pt", attention=attention, **special)
    plan = tiny_plan(**fields_of_model(folder))
    assert (plan.windows, plan.block_sizes, plan.attentions) == (
        (16,),
        (4,),
        ("mha", "flash", "latent"),
    )
    assert plan.base.n_latents == 7 and plan.base.d_model == 16


def test_groups_hold_what_is_measured_side_by_side():
    plan = tiny_plan(block_sizes=(4, WHOLE_WINDOW), batches=(1, 3), streams=None)
    stream, whole = plan.groups()
    assert [(c.attention, c.norm, batch) for c, batch in stream] == [
        (a, n, b) for a in ("flash", "latent") for n in ("layernorm", "rmsnorm") for b in (1, 3)
    ]
    assert {(c.block_size, batch) for c, batch in whole} == {(16, 1)}


def test_streams_that_the_matrix_holds_are_measured_once():
    assert len(tiny_plan(block_sizes=(4,), batches=(1, 2), streams=(4, 2)).groups()) == 1
    assert len(tiny_plan(block_sizes=(4,), batches=(1,), streams=(4, 2)).groups()) == 2


def test_explicit_scores_are_left_out_where_memory_does_not_allow_them():
    config = TINY.replace(attention="mha", window=1024, block_size=1024, rope_period=2048)
    assert needed_bytes(config, 2, torch.float32) > 3 * 4 * 2 * 4 * 1024 * 1024
    row = model_subject(config, 1, tiny_plan(memory_limit_bytes=1000)).row
    assert "the limit is" in row["skipped"] and "ns" not in row


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_floor_does_the_operations_of_the_step(attention, embedding):
    config = TINY.replace(attention=attention, embedding=embedding, embedding_channels=3)
    floor = Floor(config, 3, torch.device("cpu"), torch.float32)
    gate.check_floor(floor, config, 3)
    floor.step(torch.zeros(3, 4, 8))
    floor.operations.append(Product(1, 1, 1))
    with pytest.raises(gate.GateError, match="floor of .* operations in a step"):
        gate.check_floor(floor, config, 3)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_gate_names_the_kernel_that_ran(attention):
    row = model_subject(TINY.replace(attention=attention), 2, tiny_plan()).row
    assert row["kernel"] == ("explicit" if attention == "mha" else "flash")
    assert row["gate"]["max_error"] <= row["gate"]["tolerance"]
    assert row["kv_bytes"] == row["kv_bytes_predicted"]


def test_gate_refuses_a_wrong_baseline():
    model = gate.random_model(TINY, seed=1)
    baseline = ReEncode(TINY, 1, model)
    gate.check_re_encode(baseline, model, TINY, seed=1)
    with torch.no_grad():
        baseline.encoder.layers[0].linear1.bias += 0.5
    with pytest.raises(gate.GateError, match="re-encode: differs from .* allowed"):
        gate.check_re_encode(baseline, model, TINY, seed=1)


def test_onnx_runtime_computes_the_step():
    if onnx_step.missing():
        pytest.skip(onnx_step.missing())
    row = onnx_subject(TINY, tiny_plan()).row
    assert row["gate"]["max_error"] <= row["gate"]["tolerance"]


def test_onnx_runtime_that_is_absent_is_named(monkeypatch):
    monkeypatch.setattr(onnx_step, "find_spec", lambda name: None)
    assert onnx_step.missing().endswith("(apt-get install python3-onnxruntime python3-onnx)")


def test_a_child_that_fails_says_why():
    found = measure_in_child("memory", {"no": "such setting"}, 100.0)
    assert found["error"].startswith("memory: TypeError")


def test_gate_refuses_what_is_not_a_number():
    with pytest.raises(gate.GateError, match="x: differs from y by nan"):
        gate.require("x", torch.tensor([float("nan")]), torch.ones(1), 1.0, "y")


class FakeTime:
    """A clock that only sleeping and working move."""

    def __init__(self):
        self.now = 0

    def perf_counter_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


def test_pace_charges_a_stall_to_all_that_waited(monkeypatch):
    clock = FakeTime()
    monkeypatch.setattr(measure, "time", clock)
    durations = iter([3_500_000, 100_000, 100_000, 100_000, 100_000, 100_000])

    def step():
        clock.now += next(durations)

    latencies, late = measure.pace(step, 1_000_000, 5e-3)
    # Due at 0, 1, 2, 3 and 4 ms; the first ends at 3.5 ms, and those that waited follow at once.
    assert latencies == [3_500_000, 2_600_000, 1_700_000, 800_000, 100_000, 100_000]
    assert late == 0


def test_rows_carry_what_they_rest_on(result):
    rows = [row for row in result["rows"] if row["kind"] == "model"]
    needed = {
        "mode",
        "attention",
        "norm",
        "window",
        "block_size",
        "batch",
        "device",
        "dtype",
        "threads",
        "seed",
        "kernel",
        "gate",
        "steps",
        "rounds",
        "p50_ms",
        "p50_interval_ms",
        "p95_ms",
        "p99_ms",
        "max_ms",
        "ns",
        "budget_ms",
        "miss_rate",
    }
    closed = {
        "tokens_per_s",
        "samples_per_s",
        "kv_bytes",
        "kv_bytes_predicted",
        "flops",
        "first_step_ms",
        "warm_up_steps",
    }
    paced = {"period_ms", "tokens_per_s_offered", "backlog_steps"}
    for row in rows:
        assert needed <= set(row)
        assert (paced if row["mode"] == "paced" else closed) <= set(row)
        assert row["steps"] == sum(map(len, row["ns"]))
    assert {row["mode"] for row in rows} == {"stream", "paced"}
    kinds = {row["kind"] for row in result["rows"]}
    assert kinds - {"onnx"} == {"model", "floor", "null", "re-encode"}


def test_memory_is_measured_in_its_own_process(result):
    for row in result["memory"]:
        assert row["kv_bytes"] == row["kv_bytes_predicted"]
        assert 0 < row["rss_before_bytes"] < row["peak_rss_bytes"]
        assert row["peak_temporary_bytes"] > 0


def test_goals_say_what_was_not_measured(result):
    found = {goal["what"]: goal for goal in result["goals"]}
    assert found["KV bytes allocated, the worst of all rows"]["met"] is True
    assert found["2 streams in one step, n = 4: throughput"]["here"] > 0
    unknown = goals.Goal("a", "b", "<=", 1.0).judge(None)
    assert unknown["met"] is None
    noisy = goals.Goal("a", "b", "<=", 1.0).judge((0.9, 0.8, 1.1))
    assert noisy["met"] and not noisy["clear"]


def test_report_writes_its_files(result, tmp_path):
    result = result | {
        "eval": [{"model": {"attention": "latent", "norm": "layernorm"}, "balanced_accuracy": 0.75}]
    }
    names = {path.name for path in report.write(result, tmp_path / "out")}
    assert names == {
        "report.json",
        "report.md",
        "throughput.png",
        "kv_memory.png",
        "latency.png",
        "norm.png",
        "accuracy.png",
    }
    text = (tmp_path / "out" / "report.md").read_text()
    first = text.index("| attention |")
    assert first < text.index(result["recommendation"]["sentence"]) < text.index("## What to reach")
    assert "onnxruntime" in text and "75.0% balanced" in text
    assert json.loads((tmp_path / "out" / "report.json").read_text())["rows"] == result["rows"]


def test_recommendation_prefers_accuracy_and_says_when_nothing_fits(result):
    plan = {"budget_ms": 30.0, "sample_rate": 1e6, "hop": 64}
    base = {"mode": "paced", "batch": 1, "norm": "layernorm", "backlog_steps": 0, "p50_ms": 1.0}
    rows = [
        base | {"attention": "flash", "window": 4096, "p99_ms": 20.0},
        base | {"attention": "latent", "window": 1024, "p99_ms": 5.0},
        base | {"attention": "mha", "window": 8192, "p99_ms": 50.0},
    ]
    report_ = {"plan": plan, "rows": rows, "eval": []}
    assert recommend.recommend(report_)["attention"] == "flash"
    evaluated = [{"model": {"attention": "latent", "norm": "layernorm"}, "balanced_accuracy": 0.9}]
    assert recommend.recommend(report_ | {"eval": evaluated})["attention"] == "latent"
    nothing = recommend.recommend(report_ | {"rows": rows[2:]})
    assert nothing["attention"] is None and "No model fed at the real rate" in nothing["sentence"]


def step_row(kind: str, ns: float, **more) -> dict:
    fixed = {
        "mode": "stream",
        "window": 4096,
        "block_size": 64,
        "batch": 1,
        "attention": "flash",
        "norm": "layernorm",
    }
    return fixed | {"kind": kind, "ns": [[ns] * 3] * 3} | more


@pytest.mark.parametrize(("onnx_ns", "runner"), [(8.0, "onnx"), (11.0, "torch")])
def test_the_step_of_the_faster_runner_counts(onnx_ns, runner):
    rows = [step_row("model", 10.0), step_row("onnx", onnx_ns, attention="-", norm="-")]
    rows.append(step_row("re-encode", 1500.0, attention="-", norm="-"))
    rows.append(step_row("floor", 7.5, norm="-"))
    report_ = {"plan": {"block_sizes": (64,)}, "rows": rows}
    lines = {goal["against"]: goal for goal in goals._step(report_)}
    line = lines["re-encoding with nn.TransformerEncoder (floor: 200)"]
    assert line["what"].startswith(f"flash step with runner {runner}, W = 4096")
    assert line["here"] == 1500.0 / min(10.0, onnx_ns)
    assert lines["ONNX Runtime"]["met"]


@pytest.mark.parametrize(("many_ns", "goals_met"), [(11.0, [True]), (20.0, [False, True])])
def test_streams_reach_their_floor_or_the_gain(many_ns, goals_met):
    shape = {"block_size": 16}
    rows = [
        step_row("model", 10.0, **shape),
        step_row("model", many_ns, **shape, batch=8),
        step_row("floor", 10.0, **shape, batch=8),
    ]
    found = goals._streams({"plan": {"streams": (16, 8)}, "rows": rows})
    assert [goal["met"] for goal in found] == goals_met


def slowed(result: dict, attention: str, factor: float) -> dict:
    """The same report with the models of one attention slower by a factor."""
    changed = copy.deepcopy(result)
    for row in changed["rows"]:
        if row["kind"] == "model" and row["attention"] == attention:
            row["ns"] = [[factor * ns for ns in values] for values in row["ns"]]
    return changed


def steady(result: dict) -> dict:
    """The same report without noise."""
    changed = copy.deepcopy(result)
    for row in changed["rows"]:
        row["ns"] = [[1000.0] * 3] * 3
    return changed


def test_compare_finds_what_is_slower_and_only_that(result):
    old = steady(result)
    found = compare.compare(old, slowed(old, "latent", 1.5))
    assert {line["row"].split()[0] for line in found["slower"]} == {"latent"}
    assert found["worse"] and found["same"] and not found["faster"]
    back = compare.compare(slowed(old, "latent", 1.5), old)
    assert back["faster"] and not back["worse"]
    assert not compare.compare(old, slowed(old, "latent", 1.04))["slower"]


def test_compare_does_not_blame_the_code_for_a_slower_machine(result):
    old = steady(result)
    new = copy.deepcopy(old)
    for row in new["rows"]:
        row["ns"] = [[3 * ns for ns in values] for values in row["ns"]]
    assert not compare.compare(old, new)["worse"]


def test_command_compares_files_and_sets_its_status(result, tmp_path, capsys):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(steady(result)))
    new.write_text(json.dumps(slowed(steady(result), "flash", 2.0)))
    assert main(["bench", "--compare", str(old), "--against", str(old)]) == 0
    assert main(["bench", "--compare", str(old), "--against", str(new)]) == 1
    assert "slower: flash" in capsys.readouterr().out
    new.write_text("{}")
    assert main(["bench", "--compare", str(old), "--against", str(new)]) == 1
    assert "not a report.json" in capsys.readouterr().err


def test_a_soak_is_flat_and_exact():
    found = soak(tiny_plan(), 4000)
    assert "error" not in found, found
    assert (found["tokens"], found["steps"], found["attention"]) == (4000, 1000, "flash")
    assert found["exact"] and found["kv_bytes"] == found["kv_bytes_predicted"]
    assert 0 < found["settled_rss_bytes"] and found["max_error"] <= 1e-4


@pytest.mark.parametrize("flat, exact, status", [(1, 1, 0), (0, 1, 1), (1, 0, 1)])
def test_command_soaks_and_sets_its_status(monkeypatch, capsys, flat, exact, status):
    found = {
        "attention": "flash",
        "norm": "layernorm",
        "window": 16,
        "block_size": 4,
        "tokens": 1000,
        "steps": 250,
        "settled_rss_bytes": 1000,
        "end_rss_bytes": 1005,
        "kv_bytes": 8,
        "kv_bytes_predicted": 8,
        "max_error": 1e-6,
        "tolerance": 1e-4,
        "flat": bool(flat),
        "exact": bool(exact),
    }
    monkeypatch.setattr("gnuradio.rfattn.benchmark.run.soak", lambda plan, tokens: found)
    assert main(["bench", "--soak", "1k"]) == status
    assert "+0.50%, 1 % is allowed" in capsys.readouterr().out


def test_first_label_of_a_process_that_just_started():
    found = measure_in_child("first_label", {}, 120.0)
    assert "error" not in found, found
    assert 0 < found["imported_s"] < found["model_s"] < found["label_s"]
    assert 0 < found["cpu_s"] and len(found["inference_ms"]) == 2


def test_torch_compile_computes_the_step_or_says_why_not():
    why = compiled_step.missing()
    if why:
        assert why.startswith("not available: ") and "libtorch-dev" in why
        pytest.skip(why)
    row = compiled_subject(TINY, tiny_plan(compiled=True)).row
    assert row["gate"]["max_error"] <= row["gate"]["tolerance"]


def test_every_stage_is_told():
    plan, told = tiny_plan(block_sizes=(4, WHOLE_WINDOW)), []
    run(plan, "test", told.append)
    assert len(told) == count_stages(plan)


def test_progress_shows_the_share_that_is_done(capsys, monkeypatch):
    monkeypatch.setattr("gnuradio.rfattn.cli.output._PLAIN_SECONDS", 0.0)
    with telling(False, 4) as tell:
        tell("first")
        tell("second")
    assert capsys.readouterr().err.splitlines() == ["0% first", "25% second"]


@pytest.mark.parametrize(
    "arguments",
    [["--window", "0"], ["--window", "big"], ["--rounds", "x"], ["--soak", "0"], ["--soak", "1.5"]],
)
def test_command_refuses_wrong_usage(arguments):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    assert ended.value.code == 2


def test_command_fails_in_one_line_on_an_unknown_attention(capsys):
    assert main(["bench", "--attention", "linear", "--quiet"]) == 1
    assert "attentions must be of" in capsys.readouterr().err
