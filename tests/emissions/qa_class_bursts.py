# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bursts of an emission say about its class."""

import pytest
from gnuradio.rfattn.emissions.class_bursts import (
    LEAST_BURST_S,
    MOST_BURST_S,
    OTHER,
    weigh_by_bursts,
)
from gnuradio.rfattn.emissions.families import FAMILY_OF

MODEL = {"radiosonde": 0.5, "tpms": 0.3, "fsk_srd": 0.2}


@pytest.mark.parametrize(
    ("burst_s", "count", "other"),
    [
        (0.02, 2, {"radiosonde"}),
        (0.02, 1, set()),  # the first one may have begun before the receiver
        (0.3, 2, {"tpms"}),
        (0.061, 0, {"tpms"}),  # still on the air
        (0.06, 1, set()),
        (None, 9, set()),
    ],
)
def test_classes_with_other_bursts_become_improbable(burst_s, count, other):
    weights = {name: OTHER if name in other else 1.0 for name in MODEL}
    total = sum(MODEL[name] * weights[name] for name in MODEL)
    expected = {name: MODEL[name] * weights[name] / total for name in MODEL}
    assert weigh_by_bursts(MODEL, burst_s, count) == pytest.approx(expected)


def test_every_class_has_a_family():
    assert {*LEAST_BURST_S, *MOST_BURST_S} <= set(FAMILY_OF)
