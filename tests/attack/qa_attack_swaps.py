# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storm of swaps from several threads loses no step; run_swaps.py makes many more."""

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from swap_storm import N_STEPS, storm


def test_a_storm_of_swaps_loses_no_step(tmp_path):
    found = storm(tmp_path, seed=1, swaps=20)
    assert found.failures == []
    assert found.swapped + found.refused == 20 and min(found.swapped, found.refused) > 3
    assert found.steps > N_STEPS
