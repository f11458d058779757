# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule that recommends an attention, its two sources of times, and its refusals."""

import json

import numpy as np
import pytest
import torch
from gnuradio.rfattn.inference import AttentionModelAdapter, ModelFileError, recommend_attention
from gnuradio.rfattn.inference.recommend import (
    ROUNDS,
    Candidate,
    accuracy,
    calibrate,
    load_candidates,
    recommend,
    step_period_ms,
)

from attention_models import save_model

ACCURACIES = {"flash": 0.7, "gqa": 0.8, "perceiver": 0.6}
AMPLE_MS = 1e6  # more than any step takes on any machine


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    for name, share in ACCURACIES.items():
        save_model(
            folder / f"{name}_layernorm.pt", attention=name, accuracy=share, front_end={"hop": 64}
        )
    return folder


def recommend_here(model, norm="model", **rule):
    return recommend_attention(model, norm, device="cpu", **rule)


def candidate(attention, accuracy, p99_ms, p50_ms=1.0, window=16):
    return Candidate(attention, "layernorm", window, p50_ms, p99_ms, accuracy)


@pytest.mark.parametrize(
    "budget_ms, attention",
    [(10.0, "flash"), (5.0, "flash"), (4.9, "perceiver"), (2.0, "perceiver"), (1.9, "gqa")],
)
def test_the_most_accurate_within_the_budget_is_picked(budget_ms, attention):
    found = [
        candidate("perceiver", 0.8, 2.0),
        candidate("flash", 0.9, 5.0),
        candidate("gqa", 0.7, 1.0),
    ]
    assert recommend(found, budget_ms).attention == attention


def test_of_equals_the_cheaper_is_picked():
    found = [candidate("mha", 0.9, 3.0, p50_ms=2.5), candidate("flash", 0.9, 4.0, p50_ms=2.0)]
    assert recommend(found, 5.0).attention == "flash"


def test_without_accuracies_the_longest_window_is_picked_then_the_fastest():
    found = [
        candidate("mha", None, 1.0, p50_ms=0.5),
        candidate("flash", None, 4.0, p50_ms=3.0, window=32),
        candidate("gqa", None, 4.0, p50_ms=2.0, window=32),
    ]
    assert recommend(found, 5.0).attention == "gqa"
    known = [*found, candidate("perceiver", 0.0, 1.0)]
    assert recommend(known, 5.0).attention == "perceiver"


def test_an_attention_without_a_window_has_none_to_win_by():
    found = [candidate("flash", None, 4.0), candidate("ssm", None, 1.0, window=32)]
    assert recommend(found, 5.0).attention == "flash"
    assert recommend(found, 2.0).attention == "ssm"
    known = [candidate("flash", 0.8, 4.0), candidate("ssm", 0.9, 1.0)]
    assert recommend(known, 5.0).attention == "ssm"


def test_none_within_the_budget_is_none():
    assert recommend([candidate("flash", 0.9, 5.0), candidate("gqa", 0.7, 2.25)], 2.0) is None


def test_the_recommendation_is_explained(family):
    found = recommend_here(family, budget_ms=AMPLE_MS)
    assert found.attention == "gqa"
    assert found.reason.startswith("gqa: the most accurate (80.0% of validation steps, balanced)")
    assert "1e+06 ms asked for, calibrated at the start; others: mha" in found.reason


def test_candidates_are_what_the_model_comes_with(family):
    adapters = load_candidates(family, "model", "cpu", "auto")
    accuracies = {name: accuracy(adapter.contract, name) for name, adapter in adapters.items()}
    assert accuracies == {"mha": 0.7, **ACCURACIES}
    assert [adapter.attention for adapter in adapters.values()] == list(accuracies)
    single = recommend_here(family / "flash_layernorm.pt", budget_ms=AMPLE_MS)
    assert single.attention in ("mha", "flash")


def test_a_calibration_leaves_the_adapters_without_streams(family):
    adapters = load_candidates(family, "model", "cpu", "auto")
    times = calibrate(adapters)
    assert list(times) == list(adapters)
    assert all(0.0 < p50 <= p99 for p50, p99 in times.values())
    tokens = torch.randn(1, 4, 8)
    fresh = AttentionModelAdapter.load(family, "gqa", device="cpu")
    assert np.array_equal(adapters["gqa"].step(tokens), fresh.step(tokens))


def test_a_calibration_takes_turns_and_ends_in_time(family, monkeypatch):
    adapters = load_candidates(family, "model", "cpu", "auto")
    turns = []
    for name, adapter in adapters.items():
        monkeypatch.setattr(adapter, "warm_up", lambda streams=1: None)
        monkeypatch.setattr(adapter, "step", lambda tokens, name=name: turns.append(name))
    calibrate(adapters)
    assert turns[: 2 * len(adapters)] == 2 * list(adapters)
    assert len(turns) <= ROUNDS * len(adapters)
    turns.clear()
    monkeypatch.setattr("gnuradio.rfattn.inference.recommend._LIMIT_S", 0.0)
    calibrate(adapters)
    assert len(turns) == 5 * len(adapters)


def test_without_a_budget_a_step_may_last_as_long_as_its_samples(family):
    contract = {"front_end": {"hop": 64, "averaging": 2}, "model": {"block_size": 4}}
    assert step_period_ms(contract, 1e6) == 0.512
    found = recommend_here(family, sample_rate=1.0)
    assert "within the 2.56e+05 ms that a step lasts" in found.reason
    with pytest.raises(ValueError, match="no sample rate is known, so budget_ms must be given"):
        recommend_here(family)


def write_report(path, family, times, **changes):
    """A report.json with a row for each attention of ``times`` (p99 in ms)."""
    adapter = AttentionModelAdapter.load(family, "flash", device="cpu")
    config = adapter.config.to_dict()
    row = {
        "kind": "model",
        "mode": "stream",
        "norm": "layernorm",
        "window": config["window"],
        "block_size": config["block_size"],
        "batch": 1,
        "device": "cpu",
        "dtype": "float32",
        "threads": adapter.threads,
    }
    rows = [
        {**row, "attention": name, "p50_ms": ms, "p99_ms": ms, **changes}
        for name, ms in times.items()
    ]
    path.write_text(json.dumps({"schema": 1, "plan": {"base": config}, "rows": rows}))
    return path


def test_a_report_of_this_model_stands_for_the_calibration(family, tmp_path):
    report = write_report(tmp_path / "r.json", family, {"flash": 2.0, "gqa": 4.0, "perceiver": 1.0})
    assert recommend_here(family, budget_ms=5.0, bench=report).attention == "gqa"
    found = recommend_here(family, budget_ms=3.0, bench=report)
    assert found.attention == "flash" and f"by {report}" in found.reason
    with pytest.raises(ValueError, match="no step is within 0.5 ms .* is perceiver with 1 ms"):
        recommend_here(family, budget_ms=0.5, bench=report)


@pytest.mark.parametrize(
    "changes",
    [
        {"window": 32},
        {"batch": 2},
        {"device": "cuda"},
        {"mode": "paced"},
        {"norm": "rmsnorm"},
        {"threads": 99},
    ],
)
def test_a_report_of_something_else_is_refused(family, tmp_path, changes):
    report = write_report(tmp_path / "r.json", family, {"flash": 2.0}, **changes)
    with pytest.raises(ValueError, match="no row of a model of this shape on cpu; measure it"):
        recommend_here(family, budget_ms=5.0, bench=report)


def test_what_is_no_report_is_refused(family, tmp_path):
    broken = tmp_path / "r.json"
    broken.write_text("{}")
    with pytest.raises(ValueError, match="r.json: not a report.json of gr-rfattn bench"):
        recommend_here(family, budget_ms=5.0, bench=broken)
    with pytest.raises(ValueError, match="gone.json: No such file"):
        recommend_here(family, budget_ms=5.0, bench=tmp_path / "gone.json")


def test_what_cannot_be_chosen_from_is_refused(family, tmp_path):
    with pytest.raises(ModelFileError, match="no such file or folder"):
        recommend_here("nowhere", budget_ms=AMPLE_MS)
    with pytest.raises(ModelFileError, match="has no flash with rmsnorm"):
        recommend_here(family, norm="rmsnorm", budget_ms=AMPLE_MS)
    unknown = save_model(tmp_path / "m.pt", accuracy=None)
    with pytest.raises(ValueError, match="contract of mha states no metrics.val.window_balanced"):
        recommend_here(unknown, budget_ms=AMPLE_MS)
