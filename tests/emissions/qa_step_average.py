# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The average over the steps of an emission."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.step_average import StepAverage


def running(steps):
    average = StepAverage()
    for one in steps:
        average.add(np.array([one]))
    return average


def test_a_single_step_is_the_answer():
    assert running([[0.7, 0.2, 0.1]]).probabilities() == pytest.approx([0.7, 0.2, 0.1])


def test_a_step_weighs_as_much_as_its_number():
    # Weights 1/6, 2/6, 3/6 on the logarithms.
    steps = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    raw = np.exp(np.log(steps).T @ (np.array([1, 2, 3]) / 6))
    assert running(steps).probabilities() == pytest.approx(raw / raw.sum())


@pytest.mark.parametrize("count", [1, 2, 5, 127, 128, 300])
def test_all_steps_at_once_give_the_same(count):
    steps = np.random.default_rng(count).dirichlet(np.ones(4), count)
    one_by_one = running(steps)
    assert one_by_one.steps == count
    parts = StepAverage()
    for part in np.array_split(steps, min(count, 3)):
        parts.add(part)
    np.testing.assert_allclose(parts.probabilities(), one_by_one.probabilities(), rtol=1e-12)


def test_an_emission_that_becomes_another_changes_its_answer():
    average = running([[0.99, 0.01]] * 1000)
    for _ in range(64):
        average.add(np.array([[0.01, 0.99]]))
    assert average.probabilities()[1] > 0.5


def test_a_step_without_a_probability_does_not_rule_a_class_out():
    found = running([[0.9, 0.1]] * 9 + [[0.0, 1.0]]).probabilities()
    assert found[0] == pytest.approx(1 / (1 + (1 / 9) ** (45 / 55) * 1e6 ** (10 / 55)), rel=1e-3)
