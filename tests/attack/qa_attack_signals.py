# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal at a random moment leaves whole files and nothing else."""

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from attack_cases import cases
from signal_attack import attack


@pytest.mark.parametrize("name, seed", [("label", 1), ("live", 2), ("label, archive", 3)])
def test_a_signal_leaves_whole_files(name, seed, tmp_path):
    row = attack(tmp_path, seed, count := cases(1), name)
    assert row.failures == []
    assert sum(row.endings.values()) == count
