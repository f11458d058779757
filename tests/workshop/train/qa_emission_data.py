# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of a run on cuts: classes, sets, pools, and how drawn sequences are varied."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn_station.learning.cut_set import DIRECT, MADE
from gnuradio.rfattn_station.learning.variants import Augmentation
from gnuradio.rfattn_workshop.train.emission_data import (
    TOGETHER,
    FeatureNoise,
    emission_data,
    vary_emission,
)

from cut_sets import GROUPS, N_BINS, cut_of, tiny_cuts

STILL = Augmentation(tilted=0.0, noisy=0.0)
NO_NOISE = FeatureNoise(jitter=0.0, dropped=0.0, all_dropped=0.0, moved_bins=0)
FLAGS = [FEATURES.index("ended"), FEATURES.index("periodic")]


def data_of(cuts, recorded=0.3, unknown=0.2, val=0.1):
    return emission_data(cuts, STILL, recorded, unknown, val)


def labels(pool):
    return {variants[0].label for variants in pool.recordings}


def test_classes_are_the_labels_and_other_is_unknown():
    data = data_of(tiny_cuts())
    assert data.classes == ("dmr", "tpms", UNKNOWN)
    for pool in data.pools:
        for (tokens,) in pool.recordings:
            assert (tokens.targets == data.classes.index(tokens.label)).all()


def test_pools_are_made_up_cuts_those_of_no_class_and_recordings():
    made, other, recorded = data_of(tiny_cuts()).pools
    assert (made.share, other.share, recorded.share) == pytest.approx((0.5, 0.2, 0.3))
    assert labels(made) == labels(recorded) == {"dmr", "tpms"} and labels(other) == {UNKNOWN}
    assert len(recorded.recordings) == 4


def test_a_share_of_zero_has_no_pool():
    assert [pool.share for pool in data_of(tiny_cuts(), 0.0, 0.0).pools] == [1.0]


def test_no_group_is_in_two_sets():
    data = data_of(tiny_cuts())
    trained = {t.group for pool in data.pools for (t,) in pool.recordings}
    validating = {t.group for t in data.sets["val_augmented"]}
    assert not trained & validating
    # A tenth of 120 groups.
    assert len(validating) == 3 * GROUPS - sum(len(p.recordings) for p in data.pools[:2])
    assert 3 <= len(validating) <= 30
    assert {t.group for t in data.sets["val"]} == {"dmr val", "tpms val"}
    assert {t.group for t in data.sets["test"]} == {"dmr test", "tpms test"}


def test_a_larger_share_validates_the_same_groups_and_more():
    few, many = (
        {t.group for t in data_of(tiny_cuts(), val=share).sets["val_augmented"]}
        for share in (0.1, 0.5)
    )
    assert few < many and 0.35 < len(many) / (3 * GROUPS) < 0.65


def test_made_up_cuts_validate_where_no_recordings_do():
    sets = data_of([c for c in tiny_cuts() if c.split == "train"]).sets
    groups = [[t.group for t in sets[name]] for name in ("val", "val_augmented")]
    assert groups[0] == groups[1] != [] and "test" not in sets


def test_labels_that_nothing_was_trained_on_are_left_out():
    strange = dataclasses.replace(cut_of("dmr", "x", "test", DIRECT), label="gsm")
    assert "gsm" not in {t.label for t in data_of([*tiny_cuts(), strange]).sets["test"]}


@pytest.mark.parametrize(
    "kept, text", [("recorded", "no made-up cuts of a class"), ("few", "more")]
)
def test_what_cannot_train_is_refused(kept, text):
    cuts = [c for c in tiny_cuts() if c.origin != MADE or c.label == "other"]
    if kept == "few":
        trained = data_of(tiny_cuts()).pools[0].recordings
        groups = {t.group for (t,) in trained}
        cuts = [c for c in tiny_cuts() if c.group in groups]
    with pytest.raises(ValueError, match=text):
        data_of(cuts)


def test_without_settings_a_sequence_stays_as_it_is():
    tokens = cut_of("dmr", "a").tokens.astype(np.float32)
    varied = vary_emission(STILL, NO_NOISE, tokens, np.random.default_rng(1))
    np.testing.assert_array_equal(varied, tokens)


def test_flags_stay_and_the_other_features_move_together():
    tokens = cut_of("dmr", "a").tokens.astype(np.float32)
    noise = NO_NOISE.replace(jitter=0.1)
    rng = np.random.default_rng(2)
    moved = np.array([vary_emission(STILL, noise, tokens, rng) for _ in range(400)]) - tokens
    assert np.ptp(moved, axis=1).max() < 1e-5  # float32: the same for all tokens
    spread = moved[:, 0, N_BINS:].std(axis=0)
    assert (spread[FLAGS] == 0).all()
    expected = {"snr": 0.3, "duty": 0.05, "am_rate": 0.003, "fm_rate": 0.003}
    for k, name in enumerate(FEATURES):
        if k not in FLAGS:
            # 400 draws: the deviation is good to 3.5 %.
            assert spread[k] == pytest.approx(expected.get(name, 0.1), rel=0.15)


def test_features_are_dropped_one_by_one_and_all_at_once():
    tokens = np.ones((8, N_BINS + len(FEATURES)), np.float32)
    rng = np.random.default_rng(3)
    noise = NO_NOISE.replace(dropped=0.2, all_dropped=0.1)
    varied = np.array([vary_emission(STILL, noise, tokens, rng)[0, N_BINS:] for _ in range(1000)])
    # 1000 draws: 0.05 is four standard deviations.
    assert (varied == 0).mean() == pytest.approx(0.1 + 0.9 * 0.2, abs=0.03)
    assert (varied == 0).all(axis=1).mean() == pytest.approx(0.1, abs=0.05)
    for name, other in TOGETHER.items():
        one, both = (varied[:, FEATURES.index(n)] for n in (name, other))
        np.testing.assert_array_equal(one, both)


def test_spectra_move_and_their_edge_fills_the_gap():
    tokens = np.tile(np.arange(N_BINS + len(FEATURES), dtype=np.float32), (4, 1))
    rng = np.random.default_rng(4)
    noise = NO_NOISE.replace(moved_bins=2)
    found = {tuple(vary_emission(STILL, noise, tokens, rng)[0, :N_BINS]) for _ in range(60)}
    n = N_BINS
    expected = {tuple(np.clip(np.arange(n) - move, 0, n - 1)) for move in range(-2, 3)}
    assert found == expected
