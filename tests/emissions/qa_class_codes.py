# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runs of equal symbols say about the class."""

import pytest
from gnuradio.rfattn.emissions.class_codes import LONGER, weigh_by_runs

from weighing import by_class

weigh_by_runs = by_class(weigh_by_runs)

MODEL = {"tpms": 0.6, "fsk_srd": 0.3, "ais": 0.1}


@pytest.mark.parametrize("longest_run", [None, 1, 2])
def test_runs_of_a_code_change_nothing(longest_run):
    assert weigh_by_runs(MODEL, longest_run) == pytest.approx(MODEL)


def test_what_has_longer_runs_than_its_code_is_improbable():
    total = 0.6 * LONGER + 0.4
    assert weigh_by_runs(MODEL, 4) == pytest.approx(
        {"tpms": 0.6 * LONGER / total, "fsk_srd": 0.3 / total, "ais": 0.1 / total}
    )
