# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile model files and SigMF metadata are read or refused in one line; run_files.py runs many
more cases."""

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from attack_files import KINDS, Attack

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


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_are_read_or_refused(kind, tmp_path):
    attack = Attack(tmp_path)
    endings = [attack.run(kind, number) for number in range(CASES[kind])]
    assert [ending for ending in endings if ending.is_defect] == []
    assert "refused" in {ending.what for ending in endings}
