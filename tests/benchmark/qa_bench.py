# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's arithmetic, checks, files and exit statuses; no time is asserted."""

import copy
import dataclasses
import json
import re
import subprocess
import sys

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.attention.config import EMBEDDINGS
from gnuradio.rfattn.attention.operations import Product
from gnuradio.rfattn.benchmark import cases, compare, measure, recommend, report, verify
from gnuradio.rfattn.benchmark.baselines import Operators, step_bytes
from gnuradio.rfattn.benchmark.cases import (
    baseline_case,
    make_row,
    model_case,
    onnx_case,
    operators_case,
    single_steps_case,
)
from gnuradio.rfattn.benchmark.child import measure_in_child
from gnuradio.rfattn.benchmark.intervals import apart, quantile, quantile_interval, ratio_interval
from gnuradio.rfattn.benchmark.plan import WHOLE_WINDOW, Plan, fields_of_model, needed_bytes
from gnuradio.rfattn.benchmark.rows import ratio
from gnuradio.rfattn.benchmark.run import child_settings, count_stages, run
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.bench import show_stages
from gnuradio.rfattn.inference import onnx_file
from gnuradio.rfattn.reporting import Progress

from attention_models import tiny_config
from step_streams import save_model

TINY = tiny_config(n_bins=8, d_model=16, n_heads=4, window=16, block_size=4).replace(
    n_layers=4, n_cross_layers=1
)


def tiny_plan(**changes) -> Plan:
    settings = dict(
        base=TINY,
        attentions=("flash", "perceiver"),
        windows=(16,),
        block_sizes=(4,),
        streams=2,
        streams_shape=TINY,
        rounds=3,
        round_s=1e-4,
        paced_s=1e-3,
        soak_tokens=0,
        path_s=0.0,
    )
    return Plan(**(settings | changes))


RUNNERS = ("auto", "torch")


@pytest.fixture(scope="module")
def stages() -> list[str]:
    """What `result` reported on its way."""
    return []


@pytest.fixture(scope="module")
def result(stages) -> dict:
    """A whole run over tiny models."""
    return json.loads(json.dumps(run(tiny_plan(runners=RUNNERS), "test", stages.append)))


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
        ({"streams": 1}, "bench: streams must be 0 or >= 2, got 1"),
        ({"norms": ("batch",)}, "bench: norms must be of layernorm, rmsnorm, dyt, got 'batch'"),
        (
            {"runners": ("onnx",)},
            "bench: runners must be of auto, native, torch, graph, got 'onnx'",
        ),
        ({"block_sizes": (5,)}, "no block size of .* divides a window"),
    ],
)
def test_plan_refuses(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny_plan(**changes)


def test_a_plan_of_a_model_has_its_shape(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for attention, special in (("flash", {}), ("perceiver", {"n_latents": 7})):
        save_model(folder / f"{attention}_layernorm.pt", attention=attention, **special)
    plan = tiny_plan(**fields_of_model(folder))
    assert (plan.windows, plan.block_sizes, plan.attentions) == (
        (16,),
        (4,),
        ("mha", "flash", "perceiver"),
    )
    assert plan.base.n_latents == 7 and plan.base.d_model == 16
    assert (plan.input, plan.hop, plan.sample_rate) == ("band", 64, 1e6)
    *_, streams = plan.groups()
    assert (streams.mode, streams.members[0][0].n_latents) == ("streams", 7)


def test_a_model_of_emissions_is_paced_by_the_channel_of_one(tmp_path):
    front_end = {"fft_size": 8, "hop": 4, "n_bins": 8, "averaging": 2}
    model = save_model(tmp_path / "flash.pt", takes="emission", front_end=front_end)
    plan = tiny_plan(**fields_of_model(model))
    assert (plan.input, plan.hop, plan.sample_rate) == ("emission", 8, 25e3)
    assert plan.step_period_s(plan.base) == pytest.approx(4 * 8 / 25e3)
    asked = "25 kS/s at hop 8, the channel of an emission of 12.5 kHz"
    assert recommend.rate_text(dataclasses.asdict(plan)) == asked
    band = dataclasses.asdict(tiny_plan(sample_rate=2.4e6))
    assert recommend.rate_text(band) == "2.4 MS/s at hop 64"
    row = {"mode": "paced", "tokens_per_s_offered": 3125.0, "block_size": 8, "period_ms": 2.56}
    times = {"cpu_p50": 1, "p50": 1, "p95": 1, "p99": 1}
    row |= {f"{name}_ms": ms for name, ms in times.items()} | {"max_ms": 1, "miss_rate": 0.0}
    row |= {f"{name}_interval_ms": [1, 1] for name in times} | {"backlog_steps": 0}
    row |= {"cpu_p99_ms": 1, "cpu_backlog_steps": 0}
    row |= {"attention": "flash", "norm": "layernorm", "window": 16, "batch": 1, "dtype": "float32"}
    text = report._paced([row], dataclasses.asdict(plan))
    assert f"Tokens of each stream arrive at {asked}, whether" in text
    assert "One such emission makes 391 steps a second and 20 make 7,812 while the model" in text
    assert "| flash | layernorm | 16 | 8 | 1 | float32 | 2.56 | 391 | 1 [1, 1] |" in text
    assert "rests" not in report._paced([row], band)


def test_groups_hold_what_is_measured_side_by_side():
    plan = tiny_plan(block_sizes=(4, WHOLE_WINDOW), batches=(1, 3))
    stream, whole, streams = plan.groups()
    assert [(c.attention, c.norm, batch) for c, batch in stream.members] == [
        (a, n, b) for a in ("flash", "perceiver") for n in NORMS for b in (1, 3)
    ]
    assert {(c.block_size, batch) for c, batch in whole.members} == {(16, 1)}
    assert [(c.attention, batch) for c, batch in streams.members] == [("flash", 1), ("flash", 2)]
    assert [group.mode for group in plan.groups()] == ["stream", "whole window", "streams"]


def test_streams_are_compared_in_the_shape_of_the_shipped_model():
    *_, streams = tiny_plan(streams_shape=None, streams=8).groups()
    (config, one), (_, many) = streams.members
    assert (one, many) == (1, 8)
    assert (config.block_size, config.window, config.d_model) == (32, 2048, 64)
    assert [group.mode for group in tiny_plan(streams=0).groups()] == ["stream"]


def test_explicit_scores_are_left_out_where_memory_does_not_allow_them():
    config = TINY.replace(attention="mha", window=1024, block_size=1024, rope_period=2048)
    assert needed_bytes(config, 2, "float32") > 3 * 4 * 2 * 4 * 1024 * 1024
    row = model_case(config, 1, tiny_plan(memory_limit_bytes=1000)).row
    assert "the limit is" in row["skipped"] and "ns" not in row


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_operators_alone_are_those_of_the_step(attention, embedding):
    config = TINY.replace(
        attention=attention, embedding=embedding, embedding_channels=3, n_features=2
    )
    operators = Operators(config, 3, torch.device("cpu"), torch.float32)
    verify.check_operators(operators, config, 3)
    operators.step(torch.zeros(3, 4, 8))
    operators.operations.append(Product(1, 1, 1))
    with pytest.raises(verify.VerificationError, match="operators of .* operations in a step"):
        verify.check_operators(operators, config, 3)


@pytest.mark.parametrize(("dtype", "size"), [(torch.float32, 4), (torch.bfloat16, 2)])
def test_a_step_reads_the_weights_once_and_the_cache_of_each_stream(dtype, size):
    weights = sum(w.numel() for w in verify.random_model(TINY, 1).parameters())
    rings = TINY.n_layers * 2 * 16 * 16 * size  # keys and values, and 4 bytes of the level
    assert step_bytes(TINY, 3, dtype) == weights * size + 3 * (rings + 4)


def test_operators_alone_state_what_the_step_needs():
    row = operators_case(TINY, 2, tiny_plan()).row
    model = model_case(TINY, 2, tiny_plan()).row
    assert row["flops"] == model["flops"] and row["bytes"] == step_bytes(TINY, 2, torch.float32)
    assert 0.0 < row["product_ms"] < 1e3 and 0.0 < row["read_ms"] < 1e3


@pytest.mark.parametrize(("attention", "kernel"), [("flash", "flash"), ("ssm", "products")])
def test_the_kernel_of_operators_alone(attention, kernel):
    config = TINY.replace(attention=attention)
    assert operators_case(config, 1, tiny_plan()).row["kernel"] == kernel
    blank = baseline_case(
        make_row("null", config, 1, tiny_plan()), lambda t: t, config, 1, tiny_plan()
    )
    assert blank.row["kernel"] == "none"


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_check_names_the_kernel_that_ran(attention):
    row = model_case(TINY.replace(attention=attention), 2, tiny_plan(runners=("torch",))).row
    others = {"mha": "explicit", "ssm": "scan", "gdn": "scan", "hybrid": "flash and scan"}
    assert row["kernel"] == others.get(attention, "flash")
    native = model_case(TINY.replace(attention=attention), 2, tiny_plan()).row
    assert native["kernel"] in ("plain", "avx2", "avx512")
    for found in (row, native):
        assert found["check"]["max_error"] <= found["check"]["tolerance"]
        assert found["kv_bytes"] == found["kv_bytes_predicted"]


@pytest.mark.parametrize("n_features", [0, 2])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_single_steps_compute_the_step_of_each_stream(attention, n_features):
    config = TINY.replace(attention=attention, n_features=n_features)
    together, single = (f(config, 3, tiny_plan()) for f in (model_case, single_steps_case))
    assert all(c.row["check"]["max_error"] <= 1e-4 for c in (together, single))
    assert (together.row["kind"], single.row["kind"]) == ("model", "single steps")
    for case in (together, single):
        assert case.step(case.blocks[0]).shape == (3, TINY.n_classes)
        assert case.row["kv_bytes"] == case.row["kv_bytes_predicted"]


def test_onnx_runtime_computes_the_step():
    if onnx_file.missing():
        pytest.skip(onnx_file.missing())
    row = onnx_case(TINY, tiny_plan()).row
    assert row["check"]["max_error"] <= row["check"]["tolerance"]


def test_onnx_runtime_that_is_absent_is_named(monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    assert onnx_file.missing().endswith("(apt-get install python3-onnxruntime python3-onnx)")


def test_a_child_that_fails_says_why():
    found = measure_in_child("gnuradio.rfattn.benchmark.memory", {"no": "such setting"}, 100.0)
    assert found["error"].startswith("memory: TypeError")


def test_needs_no_gnuradio():
    code = "import sys; sys.modules['gnuradio.gr'] = None; import gnuradio.rfattn.benchmark.run"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_check_refuses_what_is_not_a_number():
    with pytest.raises(verify.VerificationError, match="x: differs from y by nan"):
        verify.require("x", torch.tensor([float("nan")]), torch.ones(1), 1.0, "y")


@pytest.mark.parametrize(
    "make, part", [(model_case, "make_adapter"), (operators_case, "Operators")]
)
def test_a_row_for_which_the_device_has_no_memory_is_refused(monkeypatch, make, part):
    def fail(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 4.00 GiB.\n")

    monkeypatch.setattr(cases, part, fail)
    row = make(TINY, 1, tiny_plan()).row
    assert row["refused"] == "CUDA out of memory. Tried to allocate 4.00 GiB."


class FakeTime:
    """A clock that only sleeping and working move."""

    def __init__(self):
        self.now = self.cpu = 0

    def perf_counter_ns(self) -> int:
        return self.now

    def process_time_ns(self) -> int:
        return self.cpu

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


@pytest.mark.parametrize(("cpu_us", "behind"), [(900, 0), (1500, 2)])
def test_what_others_take_is_not_charged_to_cpu_time(monkeypatch, cpu_us, behind):
    clock = FakeTime()
    monkeypatch.setattr(cases, "time", clock)
    monkeypatch.setattr(measure, "time", clock)

    def step(tokens):
        clock.now += 4_000_000
        clock.cpu += 1_000 * cpu_us

    row = cases.make_row("model", TINY, 1, tiny_plan())
    row |= dict.fromkeys(("runner", "kernel", "check"))
    case = cases.Case(row, step, [torch.zeros(1)])
    found = measure.paced_row(case, 1e-3, tiny_plan(paced_s=20e-3, budget_ms=2.0))
    assert (found["steps"], found["backlog_steps"], found["miss_rate"]) == (5, 12, 1.0)
    assert (found["cpu_p99_ms"], found["cpu_backlog_steps"]) == (cpu_us / 1e3, behind)


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
        "check",
        "steps",
        "rounds",
        "p50_ms",
        "p50_interval_ms",
        "p95_ms",
        "p99_ms",
        "max_ms",
        "ns",
        "cpu_p50_ms",
        "cpu_p50_interval_ms",
        "cpu_ns",
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
    paced = {"period_ms", "tokens_per_s_offered", "backlog_steps", "cpu_p99_ms"}
    for row in rows:
        assert needed <= set(row)
        assert (paced if row["mode"] == "paced" else closed) <= set(row)
        assert row["steps"] == sum(map(len, row["ns"]))
        assert list(map(len, row["cpu_ns"])) == list(map(len, row["ns"]))
        assert sum(map(sum, row["cpu_ns"])) > 0
    assert {row["mode"] for row in rows} == {"stream", "paced", "streams"}
    kinds = {row["kind"] for row in result["rows"]}
    assert kinds - {"onnx"} == {"model", "torch", "operators", "single steps"}
    assert {row["runner"] for row in rows} == {"native"}


def test_cpu_time_is_that_of_the_step_and_not_of_waiting(monkeypatch):
    clock = FakeTime()
    monkeypatch.setattr(cases, "time", clock)

    def step(tokens):
        clock.now += 5_000
        clock.cpu += 3_000

    case = cases.Case({}, step, [torch.zeros(1)])
    assert case.run() == (5_000, 3_000)


@pytest.mark.parametrize(
    ("device", "threads", "value"), [("cpu", 1, 2.0), ("cpu", 2, 10.0), ("cuda:0", 1, 10.0)]
)
def test_one_thread_is_compared_by_cpu_time(device, threads, value):
    where = {"device": device, "threads": threads}
    slow = {"ns": [[1000]] * 3, "cpu_ns": [[20]] * 3, **where}
    fast = {"ns": [[100]] * 3, "cpu_ns": [[10]] * 3, **where}
    assert ratio(slow, fast) == (value, value, value)
    row = slow | {"block_size": 4, "batch": 2, "flops": 8000}
    found = measure.rates(row, tiny_plan(budget_ms=5e-4))
    one = 20 if value == 2.0 else 1000
    assert found["tokens_per_s"] == pytest.approx(8 / (one / 1e9))
    assert found["gflop_per_s"] == pytest.approx(8000 / one) and found["miss_rate"] == 1.0


def test_memory_is_measured_in_its_own_process_in_the_type_that_is_timed(result):
    timed = {row["dtype"] for row in result["rows"]}
    assert timed == {"float32"} == {row["dtype"] for row in result["memory"]}
    assert child_settings(tiny_plan(), TINY)["dtype"] == "float32"
    for row in result["memory"]:
        assert row["kv_bytes"] == row["kv_bytes_predicted"]
        assert 0 < row["rss_before_bytes"] < row["peak_rss_bytes"]
        assert row["peak_temporary_bytes"] is None  # torch allocates none for runner "native"
    kept = {row["attention"]: row["kv_bytes"] - 64 for row in result["memory"]}  # without the level
    assert 4 * kept["perceiver"] == kept["flash"]  # one of the four layers keeps a ring


def test_report_writes_its_files(result, tmp_path):
    result = result | {
        "eval": [
            {"model": {"attention": "perceiver", "norm": "layernorm"}, "balanced_accuracy": 0.75}
        ]
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
    assert first < text.index(result["recommendation"]["sentence"]) < text.index("## Paced")
    assert "onnxruntime" in text and "| perceiver | layernorm | 75.0% |" in text
    streams = text[text.index("## Streams") : text.index("## Baselines")]
    assert "| flash | layernorm | 16 | 4 | 2 |" in streams and "×" in streams
    assert "None" not in text.partition("## Machine")[0] and "nan" not in text
    needed = text[text.index("## What a step needs") : text.index("## Baselines")]
    assert "| MFLOP | multiply ms | MiB | read ms | torch's operators alone, CPU p50 ms |" in needed
    assert "| step / need | torch, CPU p50 ms | speed to torch |" in needed
    assert needed.count("| flash | layernorm | 16 | 4 | 1 | float32 |") == 1
    assert "| torch | flash | layernorm | 16 | 4 | 1 | float32 | flash |" in text
    assert "| torch's operators alone | flash | - | 16 | 4 | 1 | float32 | flash |" in text
    assert "| flash | 16 | float32 |" in text[text.index("## Memory") :]
    for title in ("# Bench", "## Paced", "## Baselines"):
        head = text[text.index(title) :].partition("\n| ---")[0].replace(" CPU p99 ms |", "")
        assert "| CPU p50 ms | p50 ms | p95 ms |" in head
    assert json.loads((tmp_path / "out" / "report.json").read_text())["rows"] == result["rows"]


def test_recommendation_prefers_accuracy_and_says_when_nothing_fits(result):
    plan = {"budget_ms": 30.0, "sample_rate": 1e6, "hop": 64, "input": "band"}
    base = {"mode": "paced", "batch": 1, "norm": "layernorm", "backlog_steps": 0, "p50_ms": 1.0}
    base |= {"device": "cpu", "threads": 2}
    rows = [
        base | {"attention": "flash", "window": 4096, "p99_ms": 20.0},
        base | {"attention": "perceiver", "window": 1024, "p99_ms": 5.0},
        base | {"attention": "mha", "window": 8192, "p99_ms": 50.0},
    ]
    report_ = {"plan": plan, "rows": rows, "eval": []}
    assert recommend.recommend(report_)["attention"] == "flash"
    evaluated = [
        {"model": {"attention": "perceiver", "norm": "layernorm"}, "balanced_accuracy": 0.9}
    ]
    assert recommend.recommend(report_ | {"eval": evaluated})["attention"] == "perceiver"
    nothing = recommend.recommend(report_ | {"rows": rows[2:]})
    assert nothing["attention"] is None and "No model fed at the real rate" in nothing["sentence"]


def test_an_attention_without_a_window_does_not_win_by_it():
    plan = {"budget_ms": 30.0, "sample_rate": 1e6, "hop": 64, "input": "band"}
    base = {"mode": "paced", "batch": 1, "norm": "layernorm", "device": "cpu", "threads": 1}
    base |= {"cpu_backlog_steps": 0, "cpu_p50_ms": 1.0, "backlog_steps": 99, "p99_ms": 1e3}
    rows = [
        base | {"attention": "perceiver", "window": 4096, "cpu_p99_ms": 5.0},
        base | {"attention": "ssm", "window": 16384, "cpu_p99_ms": 2.0},
        base | {"attention": "flash", "window": 16384, "cpu_p99_ms": 40.0},
    ]
    found = recommend.recommend({"plan": plan, "rows": rows, "eval": []})
    assert (found["attention"], found["window"]) == ("perceiver", 4096)
    assert found["sentence"].endswith(
        "the longest window that holds it, and the fastest there; ssm has no window to compare; "
        "accuracy was not measured, so this is no advice which to take."
    )
    assert "p99 5.0 ms by CPU time of the 30 ms allowed" in found["sentence"]
    alone = recommend.recommend({"plan": plan, "rows": rows[1:], "eval": []})
    assert (alone["attention"], alone["window"]) == ("ssm", None)
    assert (
        "First by speed on this machine: ssm with layernorm, which has no window: p99 2.0"
        in alone["sentence"]
    )
    assert "no attention with a window holds it" in alone["sentence"]
    evaluated = [{"model": {"attention": "ssm", "norm": "layernorm"}, "balanced_accuracy": 0.9}]
    best = recommend.recommend({"plan": plan, "rows": rows, "eval": evaluated})
    assert (
        best["attention"] == "ssm" and "the most accurate that holds it (90.0%)" in best["sentence"]
    )


@pytest.mark.parametrize(
    ("load", "waited", "busy"), [(0.1, 1.0, False), (1.0, 1.0, True), (0.1, 2.0, True)]
)
def test_a_busy_machine_is_stated_with_what_holds(load, waited, busy):
    row = {"mode": "stream", "device": "cpu", "threads": 1, "cpu_ns": [[100]]}
    row |= {"ns": [[round(100 * waited)]]}
    found = "".join(report._busy({"load_average": [load], "cores": 2}, [row]))
    share = f"others took {1 - 1 / waited:.0%} of the time of the steps"
    assert (share in found and "CPU times and ratios hold" in found) == busy
    assert bool(found) == busy
    several = "".join(report._busy({"load_average": [5.0], "cores": 2}, [row | {"threads": 2}]))
    assert "load 5.0 on 2 cores at the start. CPU times and ratios hold" in several


def slowed(result: dict, attention: str, factor: float) -> dict:
    """The same report with the models of one attention slower by a factor."""
    changed = copy.deepcopy(result)
    for row in changed["rows"]:
        if row["kind"] == "model" and row["attention"] == attention:
            row["cpu_ns"] = [[factor * ns for ns in values] for values in row["cpu_ns"]]
    return changed


def steady(result: dict) -> dict:
    """The same report without noise."""
    changed = copy.deepcopy(result)
    for row in changed["rows"]:
        row["ns"] = row["cpu_ns"] = [[1000.0] * 3] * 3
        row["threads"] = 1
    return changed


def test_compare_finds_what_is_slower_and_only_that(result):
    old = steady(result)
    found = compare.compare(old, slowed(old, "perceiver", 1.5))
    assert {line["row"].split()[0] for line in found["slower"]} == {"perceiver"}
    assert found["worse"] and found["same"] and not found["faster"]
    back = compare.compare(slowed(old, "perceiver", 1.5), old)
    assert back["faster"] and not back["worse"]
    assert not compare.compare(old, slowed(old, "perceiver", 1.04))["slower"]


@pytest.mark.parametrize(("name", "factors"), [("cpu_ns", (3, 3)), ("ns", (3, 1))])
def test_compare_does_not_blame_the_code_for_a_slower_or_busier_machine(result, name, factors):
    old = steady(result)
    new = copy.deepcopy(old)
    for row in new["rows"]:
        factor = factors[row["kind"] == "operators"]
        row[name] = [[factor * ns for ns in values] for values in row[name]]
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
    new.write_text(json.dumps(result | {"schema": 1}))
    assert main(["bench", "--compare", str(new), "--against", str(old)]) == 1
    assert "new.json: schema must be 2, got 1: measure again" in capsys.readouterr().err


def test_every_stage_is_reported(result, stages):
    assert len(stages) == count_stages(tiny_plan(runners=RUNNERS))


def test_progress_shows_the_share_that_is_done(capsys, monkeypatch):
    monkeypatch.setattr("gnuradio.rfattn.reporting.PLAIN_INTERVAL_S", 0.0)
    on_progress = show_stages(Progress(quiet=False, total=4))
    on_progress("first")
    on_progress("second")
    first, second = capsys.readouterr().err.splitlines()
    assert first == "0% first"
    assert re.fullmatch(r"25% \d+:\d\d left second", second)


@pytest.mark.parametrize(
    "arguments",
    [["--window", "0"], ["--window", "big"], ["--rounds", "x"], ["--streams", "x"]],
)
def test_command_refuses_wrong_usage(arguments):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    assert ended.value.code == 2


def test_command_fails_in_one_line_on_an_unknown_attention(capsys):
    assert main(["bench", "--attention", "linear", "--quiet"]) == 1
    assert "attentions must be of" in capsys.readouterr().err
