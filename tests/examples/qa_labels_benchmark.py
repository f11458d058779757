# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of labels: what is right, the shares, the scenes, the path, the report."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.doubt import Verdict
from gnuradio.rfattn.emissions.families import FAMILIES
from gnuradio.rfattn.synthesis.scene import Emission, Receiver, Scene, render
from gnuradio.rfattn.synthesis.scene_truth import bursts_of
from gnuradio.rfattn.synthesis.services import OTHERS, SERVICES
from gnuradio.rfattn.synthesis.transmitters import TRANSMITTERS

import labels
import labels_everyday
import labels_kinds
import labels_report
import labels_scenes
import labels_score
from labels_path import Labeller, boxes_of
from labels_score import Answer

CARRIER, WFM = (
    next(k for k in labels_kinds.own_kinds() if k.kind == name) for name in ("carrier", "wfm")
)


@pytest.fixture(scope="module")
def labeller():
    return Labeller()


def answer(label, family=None, guess="dmr", confidence=0.5, right=("dmr",), families=("FSK",)):
    verdict = Verdict(label, family, guess, confidence) if label else None
    return Answer("dmr", frozenset(right), frozenset(families), verdict)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer("dmr"), "right"),
        (answer("p25"), "wrong"),
        (answer("unknown", "FSK"), "family"),
        (answer("unknown", "OOK"), "wrong family"),
        (answer("unknown"), "unknown"),
        (answer(None), "missed"),
        (answer("unknown", right=()), "right"),
        (answer("unknown", "FSK", right=()), "family"),
        (answer("p25", right=()), "wrong"),
    ],
)
def test_outcomes(given, outcome):
    assert given.outcome == outcome


def test_the_shares_of_all_outcomes_add_up():
    given = [answer("dmr"), answer("p25", guess="p25"), answer("unknown"), answer(None)]
    found = labels_score.figures(given)
    assert sum(found[name] for name in labels_score.OUTCOMES) == pytest.approx(1.0)
    assert (found["count"], found["found"], found["guess"]) == (4, 0.75, 0.5)
    assert labels_score.mistaken(given) == {"p25": 1}
    assert labels_score.figures([])["found"] == 0.0


def test_the_calibration_error_is_the_distance_from_the_confidence():
    # Of ten answers at 0.82 eight are right, of two at 0.31 none.
    sure = [0.82] * 10 + [0.31] * 2
    right = [True] * 8 + [False] * 4
    expected = (10 * abs(0.8 - 0.82) + 2 * 0.31) / 12
    assert labels_score.calibration_error(sure, right) == pytest.approx(expected)
    assert labels_score.calibration_error([1.0], [True]) == 0.0
    assert labels_score.calibration_error([], []) is None


def test_calibration_leaves_out_what_is_of_no_class():
    found = labels_score.calibration(
        [answer("dmr", confidence=0.75), answer("unknown", confidence=0.25), answer("x", right=())]
    )
    assert (found["guesses"], found["labels"]) == (2, 1)
    assert found["guess_error"] == pytest.approx((0.25 + 0.75) / 2)
    assert found["label_error"] == pytest.approx(0.25)


def test_every_kind_of_the_benchmark_has_its_place():
    assert labels_kinds.OWN_KINDS.keys() | labels_kinds.OWN_STRANGERS.keys() == set(TRANSMITTERS)
    assert set(labels_kinds.ROWS) <= set(SERVICES)
    for kind in labels_kinds.own_kinds():
        assert kind.right <= set(SERVICES)
    kinds = [*labels_kinds.own_strangers(), *labels_kinds.service_strangers()]
    for kind in kinds:
        assert kind.families <= set(FAMILIES)
    named = " ".join(labels_kinds._FAMILIES_OF_OTHERS.values()).split()
    assert set(named) <= set(OTHERS)
    assert labels_kinds.families_of_other("drm") == {"OFDM"}


def test_two_emissions_lie_beside_each_other_in_the_band_of_the_narrowest_rate():
    for seed in range(8):
        drawn = labels_scenes.draw([CARRIER, WFM], seed, [1e6, 2e6], 0.2, 20.0)
        bands = sorted(
            (b.freq_lower, b.freq_upper)
            for k, emission in enumerate(drawn.scene.emissions)
            for b in bursts_of(emission, k, 0.2)
        )
        assert -0.45e6 <= bands[0][0] < bands[0][1] < bands[1][0] < bands[1][1] <= 0.45e6
    assert drawn.rates == (1e6, 2e6)
    again = labels_scenes.draw([CARRIER, WFM], seed, [1e6, 2e6], 0.2, 20.0)
    assert again.scene == drawn.scene


def test_rates_that_are_too_narrow_are_left_out():
    assert labels_scenes.draw([WFM], 1, [1e5, 1e6], 0.2, 20.0).rates == (1e6,)
    assert labels_scenes.draw([WFM], 1, [1e5], 0.2, 20.0) is None


def test_the_path_labels_every_run_anew(labeller):
    tone = Scene(0.3, 1, (Emission("carrier", 3, 1e5, 30.0),), Receiver())
    samples, _ = render(tone, 5e5)
    first = labeller.label(samples, 5e5)
    quiet = labeller.label(samples[:0:-1] * np.float32(0) + samples[:-1] * 0, 5e5)
    second = labeller.label(samples, 5e5)
    assert len(first) == len(second) == 1
    assert quiet == []
    assert first[0].latest.probabilities == second[0].latest.probabilities
    (box,) = boxes_of(second[0], len(samples))
    assert box.freq_lower < 1e5 < box.freq_upper
    assert 0 <= box.sample_start and box.sample_start + box.sample_count <= len(samples)


def test_everyday_signals(labeller):
    part, answers = labels_everyday.measure(
        labeller, [CARRIER, WFM], 1, 1, lambda text: None, rates=(1e6,), seconds=0.4
    )
    assert part["all"]["count"] == len(answers) == 4
    assert [row["name"] for row in part["classes"]] == ["carrier", "wfm"]
    assert part["company"]["alone"]["count"] == part["company"]["two at once"]["count"] == 2
    assert part["all"]["found"] == 1.0


def test_the_report(tmp_path, monkeypatch, capsys):
    out = tmp_path / "r"
    arguments = [
        "--everyday",
        "1",
        "--kinds",
        "carrier",
        "--rates",
        "1e6",
        "--seconds",
        "0.3",
        "--quiet",
    ]
    monkeypatch.setattr("sys.argv", ["labels.py", *arguments, "--out", str(out)])
    labels.main()
    assert str(out) in capsys.readouterr().out
    report = json.loads(out.with_suffix(".json").read_text())
    assert report["everyday"]["all"]["count"] == 3
    text = out.with_suffix(".md").read_text()
    assert labels_report.to_markdown(report) == text
    assert "| carrier | 3 | 1.00 |" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "-1"], "--seed must be >= 0, got -1"),
        (["--kinds", "dmr", "fax"], "--kinds must be of afsk1200 ais"),
    ],
)
def test_refusals(arguments, message, capsys):
    with pytest.raises(SystemExit):
        labels.parse(arguments)
    assert message in capsys.readouterr().err
