# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report holds about the path of `live`, and plans from it; no time is asserted."""

import dataclasses
import json
from pathlib import Path

import pytest
from gnuradio.rfattn.attention import ModelConfig, kv_bytes, step_flops
from gnuradio.rfattn.benchmark import capacity, report
from gnuradio.rfattn.benchmark.plan import Plan
from gnuradio.rfattn.benchmark.run import measure_capacity
from gnuradio.rfattn.capacity.check import compare
from gnuradio.rfattn.capacity.costs import Line
from gnuradio.rfattn.capacity.path import BLOCKS, PathRun
from gnuradio.rfattn.capacity.predict import Demand, need_of
from gnuradio.rfattn.flowgraph.options import ModelOptions

from attention_models import save_model, tiny_config
from plan_costs import COSTS

MODEL = {**COSTS.model, "name": "tiny", "norm": "layernorm"}
MEASURED = dataclasses.replace(COSTS, model=MODEL)


def row_of(attention: str, window: int, speed: float) -> dict:
    return {
        "kind": "model",
        "mode": "stream",
        "attention": attention,
        "window": window,
        "batch": 1,
        "gflop_per_s": speed,
    }


@pytest.fixture
def file(tmp_path) -> str:
    rows = [row_of("flash", 16, 10.0), row_of("perceiver", 16, 4.0), row_of("perceiver", 1024, 8.0)]
    value = {"capacity": {"costs": dataclasses.asdict(MEASURED)}, "rows": rows}
    path = tmp_path / "report.json"
    path.write_text(json.dumps(value))
    return str(path)


def test_costs_of_the_same_model_are_those_of_the_report(file, tmp_path):
    model = save_model(tmp_path / "flash.pt", takes="emission")
    assert capacity.costs_from(file, ModelOptions(model=model), 0) == MEASURED


def test_another_model_is_scaled_by_its_operations_and_speed(file, tmp_path):
    model = save_model(tmp_path / "perceiver.pt", takes="emission", attention="perceiver")
    found = capacity.costs_from(file, ModelOptions(model=model), 32)
    config = tiny_config(attention="perceiver", window=32)
    times = step_flops(config) / COSTS.step_flops
    assert found.step_s == pytest.approx(COSTS.step_s * times / 0.4)
    assert (found.step_flops, found.kv_bytes) == (step_flops(config), kv_bytes(config))
    assert ModelConfig.from_dict(found.config) == config
    assert found.origin == (
        "the step was measured with flash, W 16; this one has "
        f"{times:.2g} times the operations, at 0.4 times the operations a second"
    )
    assert found.model["attention"] == "perceiver" and found.detector == COSTS.detector


@pytest.mark.parametrize(
    ("attention", "options", "message"),
    [
        ("gqa", {}, "no row of gqa; measure with gr-rfattn bench"),
        ("flash", {"dtype": "bfloat16"}, "measured with dtype float32, got bfloat16"),
        ("flash", {"device": "cuda"}, "measured with device cpu, got cuda"),
    ],
)
def test_a_report_about_something_else_is_refused(file, tmp_path, attention, options, message):
    model = save_model(tmp_path / "m.pt", takes="emission", attention=attention)
    with pytest.raises(ValueError, match=message):
        capacity.costs_from(file, ModelOptions(model=model, **options), 0)


def test_a_file_without_a_measured_path_is_refused(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"schema": 1, "rows": []}))
    with pytest.raises(ValueError, match="old.json: no report.json of gr-rfattn bench in which"):
        capacity.costs_from(str(path), ModelOptions(), 0)
    for text in ("", "5", "[" * 100_000, "[1]", '{"capacity": []}', '{"capacity": {"costs": {}}}'):
        path.write_text(text)
        with pytest.raises(
            ValueError, match="old.json: no report.json of gr-rfattn bench in which"
        ):
            capacity.costs_from(str(path), ModelOptions(), 0)
    with pytest.raises(ValueError, match="none.json: No such file"):
        capacity.costs_from(str(tmp_path / "none.json"), ModelOptions(), 0)


VALUES = (None, True, "x", -1, 0, [], {}, 1e300, "__doc__", "load")


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(MEASURED)])
def test_a_report_with_wrong_values_is_refused_or_planned_from(file, tmp_path, name):
    report = json.loads(Path(file).read_text())
    costs = report["capacity"]["costs"]
    places = [costs] + ([costs[name]] if isinstance(costs[name], dict) else [])
    model, refused = (
        save_model(tmp_path / "perceiver.pt", takes="emission", attention="perceiver"),
        0,
    )
    for place in places:
        for key in [name] if place is costs else list(place):
            for value in VALUES:
                before, place[key] = place[key], value
                Path(file).write_text(json.dumps(report))
                place[key] = before
                try:
                    found = capacity.costs_from(file, ModelOptions(model=model), 0)
                    need_of(Demand(1, 1e6, 1, 1e4), found)
                except ValueError as error:
                    refused += 1
                    assert str(error).startswith(file) and "\n" not in str(error)
    assert refused > 0


@pytest.mark.parametrize("row", [None, 5, [], {}, {"gflop_per_s": "x"}, {"window": None}])
def test_rows_that_are_none_are_not_used(file, tmp_path, row):
    report = json.loads(Path(file).read_text())
    row = {**row_of("gqa", 16, 10.0), **row} if isinstance(row, dict) and row else row
    Path(file).write_text(json.dumps({**report, "rows": [*report["rows"], row]}))
    model = save_model(tmp_path / "gqa.pt", takes="emission", attention="gqa")
    with pytest.raises(ValueError, match="no row of gqa"):
        capacity.costs_from(file, ModelOptions(model=model), 0)


def test_a_machine_follows_emissions_until_its_cores_are_used():
    costs = dataclasses.replace(MEASURED, labels=Line(0.0, 0.1), width=1e3)
    # 0.07 cores for the band, and for each emission 0.1 and a little.
    assert capacity.most_followed(costs, 1) == 9
    assert capacity.most_followed(costs, 100) == capacity.most_cut(costs) == 64
    slow = dataclasses.replace(costs, detector=Line(1.5, 0.0))
    assert capacity.most_followed(slow, 100) is None


def test_the_path_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(capacity, "RATE", 200e3)
    monkeypatch.setattr(capacity, "STREAMS", (1, 2))
    model = save_model(tmp_path / "tiny.pt", takes="emission", window=256, rope_period=512)
    found = capacity.measure(4.0, 2, model)
    assert [row["streams"] for row in found["runs"]] == [1, 2, found["followed"]]
    assert found["followed"] == found["most"] == 7


def test_a_path_that_fails_is_listed_as_absent(monkeypatch):
    absent: dict = {}
    monkeypatch.setattr(
        "gnuradio.rfattn.benchmark.run.measure_in_child", lambda *args: {"error": "capacity: no"}
    )
    assert measure_capacity(Plan(path_s=1.0), lambda text: None, absent) is None
    assert absent == {"the path of live": "capacity: no"}
    assert measure_capacity(Plan(path_s=0.0), lambda text: None, {}) is None


def test_the_report_says_what_the_machine_follows():
    run = PathRun(1e6, 4, 10e3, 4, 2.0, 10**7, 640, 40, dict.fromkeys(BLOCKS, 0.125), 1000)
    found = {
        "costs": dataclasses.asdict(MEASURED),
        "runs": [compare(MEASURED, run)],
        "followed": 4,
        "most": 4,
    }
    text = report._followed({"capacity": found, "machine": {"cores": 2}})
    assert "2 cores follow 4 emissions, which is all that are cut in a band" in text
    assert "| 4 | 5 | 5 | 0.100 |" in text
    assert report._followed({}) == "Not measured.\n"
