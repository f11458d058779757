# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long run, as a short one: streams come and go, models are swapped, nothing is lost."""

import pytest

pytest.importorskip("torch", reason="torch is not installed")

import numpy as np
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import verify

import long_run
from soak_streams import MODELS, SHAPE, STARTS, Checker, Sample, start_of, write_models

OPTIONS = ["--tokens", "40k", "--seconds", "60", "--swap-s", "0.01", "--streams", "5"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return long_run.run(long_run.parse(OPTIONS), tmp_path_factory.mktemp("models"))


def test_nothing_is_lost_and_all_logits_are_those_of_the_offline_pass(found):
    # So short a run takes memory until its end: that is not judged here.
    assert [fault for fault in found["faults"] if not fault.startswith("memory")] == []
    counts = found["counts"]
    assert counts["in"] == counts["made"] >= 40_000
    assert counts["in"] == counts["out"] + counts["incomplete"]
    assert counts["dropped"] == counts["waiting"] == 0
    assert sum(found["checked"].values()) > 5
    assert found["worst"] < 1e-5


def test_models_are_swapped_and_all_run(found):
    assert found["rows"][-1]["swaps"] >= 4
    assert set(found["by_model"]) == set(MODELS)
    assert sum(found["by_model"].values()) * SHAPE["block_size"] == found["counts"]["out"]


def test_report_states_the_faults(found):
    options = long_run.parse(OPTIONS)
    text = long_run.report(options, found | {"faults": ["1 caches evicted"]}, "long_run.py")
    assert "Faults: 1 caches evicted." in text
    assert f"| {found['counts']['in']:,} |" in text
    assert "Faults: none." in long_run.report(options, found | {"faults": []}, "long_run.py")


def test_a_wrong_logit_is_seen(tmp_path):
    paths = write_models(tmp_path, 1)
    table = verify.random_tokens(ModelConfig(**SHAPE), 1, 20, 1)[0].numpy()
    checker = Checker(paths, table)
    wrong = Sample(MODELS[1], 3, 16, 48, np.zeros(SHAPE["n_classes"], np.float32))
    checker.check(wrong)
    assert checker.worst > 0.5
    assert checker.checked == {STARTS[3]: 1}


@pytest.mark.parametrize("count", ["0", "1.5", "x"])
def test_wrong_counts_are_refused(count):
    with pytest.raises(SystemExit) as ended:
        long_run.parse(["--tokens", count])
    assert ended.value.code == 2


def test_streams_begin_below_what_they_pass():
    assert [start_of(i) for i in range(5)] == [*STARTS, 0]
    assert all(start % SHAPE["block_size"] == 0 for start in STARTS)
