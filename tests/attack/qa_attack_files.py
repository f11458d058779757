# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile model files and SigMF metadata are read or refused in one line."""

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from attack_cases import cases
from attack_files import Attack

CASES = {
    "torchscript": 120,
    "checkpoint": 60,
    "sigmf": 200,
    "table": 100,
    "cut_set": 100,
    "report": 100,
    "ignore": 300,
    "own_model": 40,
}


@pytest.mark.parametrize("kind", CASES)
def test_hostile_files_are_read_or_refused(kind, tmp_path):
    attack = Attack(tmp_path)
    endings = [attack.run(kind, number) for number in range(cases(CASES[kind]))]
    assert [ending for ending in endings if ending.is_defect] == []
    assert "refused" in {ending.what for ending in endings}
