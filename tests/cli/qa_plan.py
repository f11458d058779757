# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command plan: what it asks for, says and refuses; no time is asserted."""

import dataclasses
import json

import pytest
from gnuradio.rfattn.capacity import costs
from gnuradio.rfattn.capacity.bursts import BurstCosts
from gnuradio.rfattn.cli import main

from attention_models import save_model
from plan_costs import COSTS

RATE = ["--rate", "1M"]


@pytest.fixture
def plan(monkeypatch, capsys):
    """Runs the command with costs that were not measured; returns its JSON."""
    measured = dataclasses.replace(
        COSTS,
        model={**COSTS.model, "name": "tiny", "norm": "layernorm"},
        bursts=BurstCosts(per_s=100.0, detector=1e-3, extractor=2e-3, labels=3e-4, steps=0.5),
    )
    monkeypatch.setattr(costs, "measure_costs", lambda *args, **more: measured)

    def run(*options):
        assert main(["plan", *RATE, "--quiet", "--json", "-", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_says_how_many_fit_what_bounds_and_what_is_needed(plan, capsys):
    options = ["--receivers", "64", "--emissions", "5", "--width", "10k", "--link", "1G"]
    options += ["--cores", "4", "--memory", "1G"]
    found = plan(*options)
    assert main(["plan", *RATE, "--quiet", *options]) == 0
    text = capsys.readouterr().out
    assert "64 receivers of 1 MS/s, each with 5 emissions of 10 kHz (5% of the band)" in text
    fits, bound = found["fit"]["receivers"], found["fit"]["bound"]
    assert bound == "the link" and fits == 15  # 64 Mbit/s each
    assert "link 1 Gbit/s, follows 15 receivers, 75 streams; bound by the link" in text
    assert "64 receivers, 320 streams: 5 such machines" in text
    assert found["needed"]["machines"] == 5 and found["check"] == []
    for line in found["assumed"]:
        assert f"- {line}" in text


@pytest.mark.parametrize(
    ("options", "emissions", "width"),
    [
        ([], 4, 25e3),
        (["--occupancy", "0.3"], 12, 25e3),
        (["--emissions", "3"], 3, 25e3),
        (["--emissions", "3", "--occupancy", "0.3"], 3, 100e3),
        (["--occupancy", "0.3", "--width", "10k"], 30, 10e3),
        (["--emissions", "2", "--width", "10k"], 2, 10e3),
    ],
)
def test_two_of_occupancy_emissions_and_width_give_the_third(plan, options, emissions, width):
    demand = plan(*options)["demand"]
    assert (demand["emissions"], demand["width"]) == (emissions, pytest.approx(width))


def test_edges_bring_tokens(plan):
    here, edges = plan(), plan("--edges")
    assert edges["need"]["detector"] == 0.0 < here["need"]["detector"]
    assert edges["need"]["link_bits_per_s"] < here["need"]["link_bits_per_s"]


def test_bursts_are_stated_and_cost(plan, capsys):
    quiet, busy = plan(), plan("--bursts", "200")
    for part in ("detector", "extractor", "labels"):
        assert busy["need"][part] > quiet["need"][part]
    assert main(["plan", *RATE, "--quiet", "--bursts", "200"]) == 0
    text = capsys.readouterr().out
    assert "of the band) and 200 bursts a second" in text
    assert "- bursts of 0.5 to 20 ms at random times and frequencies, measured with 100 a" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bursts", "-1"], "bursts must be from 0 to 1e+06, got -1.0"),
        (["--occupancy", "1.5"], "occupancy must be above 0 and at most 1, got 1.5"),
        (["--width", "0"], "width must be from 1 to 1e+12, got 0.0"),
        (["--rate", "-1"], "rate must be from 1 to 1e+12, got -1.0"),
        (["--emissions", "0"], "emissions must be from 1 to 1e+06, got 0"),
        (
            ["--emissions", "2", "--width", "1k", "--occupancy", "0.1"],
            "of occupancy, emissions and width at most two can be given",
        ),
        (["--rate", "1e18"], "rate must be from 1 to 1e+12, got 1e+18"),
        (["--width", "1e-300"], "width must be from 1 to 1e+12, got 1e-300"),
        (["--emissions", "9" * 400, "--occupancy", "0.1"], "emissions must be from 1 to 1e+06"),
        (["--receivers", "9" * 30], "receivers must be from 1 to 1e+06, got a number of more"),
        (["--rest", "inf"], "rest_s must be from 0 to 1e+06, got inf"),
        (["--memory", "-1"], "memory_bytes must be > 0, got -1.0"),
        (["--link", "0"], "link_bits_per_s must be > 0, got 0.0"),
        (["--load", "0"], "load must be above 0 and at most 1, got 0.0"),
        (["--cores", "0"], "cores must be > 0, got 0"),
        (["--model", "none"], "plan needs a model of emissions, got --model none"),
        (["--json", "/nowhere/plan.json"], "--json must name a file in a folder"),
    ],
)
def test_refuses_in_one_line_before_it_measures(monkeypatch, capsys, options, message):
    monkeypatch.setattr(costs, "measure_costs", None)
    assert main(["plan", *RATE, *options]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_band_that_no_memory_holds_is_not_measured(capsys):
    assert main(["plan", "--rate", "1e9", "--quiet"]) == 1
    assert "rate must be at most 1e+08 Hz to be measured, got 1e+09" in capsys.readouterr().err


def test_check_measures_the_path_beside_the_prediction(tmp_path, monkeypatch, capsys):
    from gnuradio.rfattn.capacity import check

    monkeypatch.setattr(costs, "SIGNAL_S", 2.0)
    monkeypatch.setattr(check, "SIGNAL_S", 0.3)
    model = save_model(tmp_path / "tiny.pt", takes="emission", window=256, rope_period=512)
    options = ["--rate", "200k", "--width", "20k", "--emissions", "2", "--model", model]
    assert main(["plan", *options, "--check", "--quiet", "--json", str(tmp_path / "p.json")]) == 0
    rows = json.loads((tmp_path / "p.json").read_text())["check"]
    assert [row["streams"] for row in rows] == [1, 4]  # of 16, the band takes four
    assert all(row["measured_cores"] > 0.0 for row in rows)
    assert "| streams | cores, predicted | measured | error |" in capsys.readouterr().out
