# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fit of a decision, on emissions made by hand."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.evidence import KINDS, Facts
from gnuradio.rfattn_station.learning.fit_decision import (
    Observed,
    ablate,
    fit_decision,
    importance,
    losses,
)

NAMES = ("ais", "dmr", "unknown")


def seen(label, likely, probability=0.8, **facts):
    """The model gives ``likely`` this probability, and half of the rest to each of the others."""
    logs = np.log([probability if name == likely else (1 - probability) / 2 for name in NAMES])
    known = {"width_hz": 12e3, "snr_db": 20.0, "burst_s": 0.05}
    known |= {k: facts.pop(k) for k in [*facts] if k != "more"}
    return Observed(label, logs, Facts(**known), **facts.get("more", {}))


def some(count=40):
    """A model that is right in three of four cases, and frames that are always right."""
    found = []
    for k in range(count):
        label = NAMES[k % 3]
        likely = label if k % 4 else NAMES[(k + 1) % 3]
        has_frames = label != "unknown" and k % 2
        frames = {"ais": "AIS", "dmr": "DMR"}[label] if has_frames else None
        found.append(seen(label, likely, frames=frames))
    return found


def test_frames_have_no_weight_and_what_tells_nothing_weighs_nothing():
    decision = fit_decision(NAMES, some())
    assert decision.weights["frames"] == decision.weights["no_frames"] == 1.0
    for kind in ("other_rate", "out_of_range"):
        assert decision.weights[kind] == 0.0
    assert decision.threshold == decision.family_threshold == 0.5


def test_the_fit_has_a_smaller_loss_than_its_neighbours():
    observed = some()
    decision, weights = fit_decision(NAMES, observed), importance(observed)
    least = weights @ losses(decision, NAMES, observed)
    for kind in ("model", "unknown"):
        for change in (-0.3, 0.3):
            other = decision.weights | {kind: decision.weights[kind] + change}
            moved = type(decision)({}, other)
            assert weights @ losses(moved, NAMES, observed) > least


def test_a_model_that_is_too_sure_gets_a_smaller_weight():
    sure = [seen(NAMES[k % 3], NAMES[(k + (k % 4 == 0)) % 3], 0.999) for k in range(36)]
    assert fit_decision(NAMES, sure).weights["model"] < 0.5


def test_what_looks_like_a_class_and_has_no_frames_is_its_unframed_share():
    """A quarter of what the model is sure of is of no class; of "ssb" nothing is, and it has no
    frames."""
    names = ("dmr", "ssb", "unknown")
    sure = {name: np.log([0.98 if n == name else 0.01 for n in names]) for name in names}
    labels = ["dmr"] * 30 + ["unknown"] * 10 + ["ssb"] * 40
    likely = ["dmr"] * 40 + ["ssb"] * 40
    observed = [
        Observed(label, sure[name], Facts(12e3)) for label, name in zip(labels, likely, strict=True)
    ] + [Observed("unknown", sure["unknown"], Facts(12e3))] * 40
    decision = fit_decision(names, observed)
    assert 0.1 < decision.unframed_share < 0.5
    found = {
        name: decision.probabilities(names, logs, np.zeros((len(KINDS), 3)))
        for name, logs in sure.items()
    }
    assert 0.15 < found["dmr"][2] < 0.5 and found["ssb"][2] < 0.05
    framed = [one for one in observed if one.label != "unknown" or one.logs is sure["unknown"]]
    assert fit_decision(names, framed).unframed_share < 0.02
    known = [one for one in observed if one.label != "unknown"]
    assert fit_decision(names, known).unframed_share == 0.0


def test_a_piece_may_be_of_its_class_or_unknown():
    observed = [*some(), *[seen("dmr", "unknown", more={"is_piece": True})] * 3]
    decision = fit_decision(NAMES, observed)
    found = losses(decision, NAMES, observed)
    whole = losses(decision, NAMES, [seen("dmr", "unknown")])
    assert found[-1] < 0.5 < whole[0]


def test_classes_and_unknown_count_the_same():
    observed = [seen("dmr", "dmr")] * 9 + [seen("ais", "ais")] + [seen("unknown", "dmr")] * 2
    weights = importance(observed)
    assert weights.sum() == pytest.approx(1.0) and weights[-2:].sum() == pytest.approx(0.5)
    assert weights[:9].sum() == pytest.approx(3 * weights[9])  # the root of nine
    twice = importance([seen("dmr", "dmr", more={"counts_as": 2.0}), seen("dmr", "dmr")])
    assert twice.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_without_cuts_of_no_class_unknown_has_no_weight():
    decision = fit_decision(NAMES, [one for one in some() if one.label != "unknown"])
    assert "unknown" not in decision.weights


def test_what_is_left_out_costs_what_it_is_worth():
    observed = some(60)
    worth = ablate(NAMES, observed, [str(k // 2) for k in range(60)])
    assert list(worth) == ["", *KINDS]
    assert worth["frames"][0] > 2 * worth["frames"][1] > 0
    assert worth["out_of_range"] == (0.0, 0.0)
    again = ablate(NAMES, observed, [str(k // 2) for k in range(60)])
    assert again == worth
