# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One temperature for the mean probabilities of emissions, on a tiny model."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.train.calibrate import calibrate_emissions
from gnuradio.rfattn.train.data import Tokens
from gnuradio.rfattn.train.emission_report import emission_probabilities

from training_folder import TINY

SHAPE = ModelConfig.from_dict({**TINY["model"], "n_bins": 16, "n_features": 0, "n_classes": 3})


def emissions(rng, count):
    """Emissions of class 0 and 2, 4 steps long."""
    length = 4 * SHAPE.block_size
    return [
        Tokens("f", "x", "g", rng.normal(size=(length, 16)).astype(np.float32), np.full(length, k))
        for k in rng.choice([0, 2], count)
    ]


@pytest.fixture
def model():
    torch.manual_seed(3)
    made = StreamingTransformer(SHAPE).eval()
    with torch.no_grad():
        made.head.weight.mul_(5.0)  # far too sure
    return made


def loss(model, cuts):
    probabilities = emission_probabilities(model, SHAPE, cuts)
    return -np.mean([np.log(row[c.targets[0]]) for row, c in zip(probabilities, cuts, strict=True)])


def test_it_fits_the_confidence_and_keeps_the_order_of_the_classes(model):
    cuts = emissions(np.random.default_rng(1), 12)
    before, weights = loss(model, cuts), model.head.weight.clone()
    calibrate_emissions(model, SHAPE, [cuts[:3], cuts[3:]])
    assert loss(model, cuts) < before
    ratio = weights / model.head.weight
    assert torch.allclose(ratio, ratio.flatten()[0].expand_as(ratio)) and ratio.min() > 1.0


def test_a_second_time_changes_nothing(model):
    sets = [emissions(np.random.default_rng(2), 8)] * 2
    calibrate_emissions(model, SHAPE, sets)
    once = model.head.weight.clone()
    calibrate_emissions(model, SHAPE, sets)
    assert torch.allclose(once, model.head.weight, rtol=0.04)
