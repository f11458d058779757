# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bursts of an emission say about its class."""

import pytest
from gnuradio.rfattn.emissions.class_bursts import OTHER, weigh_by_bursts

from weighing import by_class

weigh_by_bursts = by_class(weigh_by_bursts)

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


def test_classes_of_slow_symbols_take_some_time_to_show():
    model = {"jt65": 0.8, "cw": 0.2}
    brief = weigh_by_bursts(model, 1.0, 1, air_s=1.0)
    assert brief["jt65"] == pytest.approx(0.8 * OTHER / (0.8 * OTHER + 0.2))
    for burst_s, air_s in ((0.6, 1.3), (1.0, None)):
        assert weigh_by_bursts(model, burst_s, 2, air_s) == model
