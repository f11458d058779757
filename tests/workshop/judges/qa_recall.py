# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recall task: what its bands hold, that it can be learned, and its report."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn_workshop.judges import recall
from gnuradio.rfattn_workshop.judges.harness import opening
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


def test_attention_learns_to_recall_within_its_window():
    config = task.recall_config("flash", "layernorm", 64)
    model = task.train(config, 1, (task.Stage(16, 80, 24),))
    band = task.make_bands(np.random.default_rng(2), 1, 200)
    heard = task.recall(model, config.replace(window=16), band)
    near = heard.distances < 16
    assert heard.is_right[near].mean() > 0.7 > 0.4 > heard.is_right[~near].mean()
    assert heard.state_bytes < task.recall(model, config, band).state_bytes


def test_a_judged_state_has_one_figure_for_all_windows():
    stages = (task.Stage(8, 1, 2),)
    found = recall.judge(recall.Job("ssm", "rmsnorm", 1), (8, 16), 40, stages)
    assert found["model"] == "ssm, rmsnorm"
    assert [one["window"] for one in found["windows"]] == [None]
    assert found["windows"][0]["by_distance"][2:] == [None, None, None]
    found = recall.judge(recall.Job("hybrid", "layernorm", 1), (8, 16), 40, stages)
    assert [one["window"] for one in found["windows"]] == [8, 16]


def test_shares_are_counted_by_distance():
    is_right = np.array([True, False, True, True])
    distances = np.array([3, 64, 65, 5000])
    assert recall.by_distance(is_right, distances) == [0.5, 1.0, None, None, 1.0]


def results():
    for seed, right in ((1, 0.5), (2, 0.7)):
        window = {"state_bytes": 2048, "step_us": 3.0, "by_distance": [right, None, 1.0, 0.0, 0.5]}
        yield {
            "model": "flash, layernorm",
            "seed": seed,
            "windows": [{"window": 1024, "right": right, **window}],
        }
        yield {
            "model": "ssm, layernorm",
            "seed": seed,
            "windows": [{"window": None, "right": 0.2, **window}],
        }


def test_the_report_is_a_table_and_a_figure(tmp_path):
    report = {
        **opening("recall"),
        "length": 4096,
        "rows": recall.rows_of(list(results())),
    }
    text = recall.to_markdown(json.loads(json.dumps(report)))
    assert "| flash, layernorm | 1024 | 60.0 ± 14.1 | 60 | - | 100 | 0 | 50 | 2 | 3.0 |" in text
    assert "| ssm, layernorm | - | 20.0 ± 0.0 |" in text
    recall.draw(report, tmp_path / "recall.png")
    assert (tmp_path / "recall.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_attention_is_refused(capsys):
    with pytest.raises(SystemExit):
        recall.parse(["--attention", "flash,none"])
    assert "--attention must be one of mha, flash" in capsys.readouterr().err
