# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storm of swaps from several threads loses no step."""

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from attack_cases import cases
from swap_storm import LARGEST_GROWTH, N_STEPS, storm


def test_a_storm_of_swaps_loses_no_step(tmp_path):
    found = storm(tmp_path, seed=1, swaps=(count := cases(20)))
    assert found.failures == []
    assert found.swapped + found.refused == count and min(found.swapped, found.refused) > 3
    assert found.steps > N_STEPS
    before, after = found.rss_mb
    assert after <= LARGEST_GROWTH * before
