# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recall task: what its bands hold, that it can be learned, and its report."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn_workshop.judges import recall
from gnuradio.rfattn_workshop.judges.studies import recall_task as task


def test_each_transmitter_sends_twice_and_the_label_is_hidden_once():
    bands = task.make_bands(np.random.default_rng(1), 3, 20)
    assert bands.tokens.shape == (3, 20, 64) and bands.tokens.dtype == np.float32
    asked = bands.labels != task.NOT_ASKED
    assert (asked.sum(axis=1) == 10).all() and (bands.distances[asked] > 0).all()
    tokens = bands.tokens / task.UNIT_DB
    for band, place in zip(*np.nonzero(asked), strict=True):
        before = place - bands.distances[band, place]
        shown = tokens[band, before, task.WHO : task.WHO + task.LABELS]
        assert shown.argmax() == bands.labels[band, place] and shown.max() == 4.0
        assert not tokens[band, place, task.WHO : task.WHO + task.LABELS].any()
        assert not asked[band, before]
        same = tokens[band, [before, place], : task.WHO]
        assert np.corrcoef(same)[0, 1] > 0.8


@pytest.fixture
def steps_for_seconds(monkeypatch):
    """A step of a training takes a second, and short bands tell how it goes."""
    monkeypatch.setattr(task, "time", SimpleNamespace(process_time=itertools.count().__next__))
    monkeypatch.setattr(task, "CHECKED", (16, 64))
    monkeypatch.setattr(task, "STAGES", (task.Stage(0, 16, 16),))


def test_attention_learns_to_recall_until_it_gains_nothing(steps_for_seconds):
    config = task.recall_config("flash", "layernorm")
    assert config.window == 16 and not config.rope
    configs = {name: task.recall_config(norm="dyt", **own) for name, own in recall.MODELS.items()}
    assert configs["perceiver-2"].rope and configs["gdn-1"].n_heads == 1
    model, found = task.train(config, 1, 0.005, 200.0)
    assert found["ended"] == "flat" and found["steps"] == found["spent_s"] < 200
    is_right, distances = task.recall(
        model, config, task.make_bands(np.random.default_rng(2), 4, 16)
    )
    assert is_right.shape == distances.shape == (32,) and is_right.mean() > 0.8


def test_a_training_that_learns_nothing_spends_its_budget(steps_for_seconds):
    job = recall.Job("perceiver-2", "rmsnorm", 1, 1e-9, 32.0)
    found = recall.judge(job, (16, 64))
    assert (found["ended"], found["steps"], len(found["curve"])) == ("budget", 32, 16)
    assert [one["by_distance"][1:] for one in found["bands"]] == [[None] * 4] * 2
    assert recall.judge(job._replace(seed=0), (16, 64))["bands"] == []


def test_shares_are_counted_by_distance():
    is_right = np.array([True, False, True, True])
    distances = np.array([3, 64, 65, 5000])
    assert recall.by_distance(is_right, distances) == [0.5, 1.0, None, None, 1.0]


@pytest.fixture
def judged(monkeypatch):
    """All jobs that were judged; the rate 0.004 is best."""
    jobs = []

    def judge(job, lengths):
        jobs.append(job)
        bands = [{"right": job.seed / 4, "by_distance": [1.0, 0.5, None, 0.0, 1.0]}] * 2
        curve = [[1.0, 0.2, 0.1], [2.0, 1 - abs(job.rate - 0.004), 0.2]]
        return {"spent_s": 7.0, "ended": "flat", "curve": curve, "bands": bands}

    monkeypatch.setattr(recall, "judge", judge)
    return jobs


def test_the_best_rate_is_trained_and_kept_for_the_report(judged, tmp_path):
    words = ["--model", "ssm", "--norm", "layernorm", "--seeds", "2", "--length", "8,16"]
    options = recall.parse([*words, "--out", str(tmp_path / "recall"), "--quiet"])
    recall.run(options)
    assert [(job.seed, job.rate) for job in judged] == [
        *((0, 0.0015), (0, 0.004), (0, 0.01)),
        *((1, 0.004), (2, 0.004)),
    ]
    recall.run(options)
    assert len(judged) == 5
    report = json.loads(json.dumps(recall.report_of(options)))
    text = recall.to_markdown(report)
    row = "| ssm | layernorm | 37.5 ± 17.7 | 37.5 ± 17.7 | 100.0 ± 0.0 | 50.0 ± 0.0 | - | 0.0 ± 0.0"
    assert f"{row} | 100.0 ± 0.0 | 0.004 | 2 | 7 | flat |" in text
    assert "\n| ssm | 16.1 | " in text and report["costs"]["ssm"][1][1] > 0
    recall.draw(report, tmp_path / "recall.png")
    assert (tmp_path / "recall.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_model_is_refused(capsys):
    with pytest.raises(SystemExit):
        recall.parse(["--model", "flash,none"])
    assert "--model must be one of flash, gqa" in capsys.readouterr().err
