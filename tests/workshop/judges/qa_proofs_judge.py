# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs of what has no frames are counted on the running path."""

import json

import numpy as np
import pytest
from gnuradio.rfattn_workshop.judges import proofs
from gnuradio.rfattn_workshop.judges.air.impostors import IMPOSTOR
from gnuradio.rfattn_workshop.judges.naming.labels_kinds import Kind


def test_right_and_false_proofs_are_counted(tmp_path, monkeypatch):
    sender = Kind("dmr", "dmr", frozenset(["dmr"]), frozenset())
    makers = [sender, Kind(IMPOSTOR + "lines", "lines", frozenset(), frozenset())]
    found = {("dmr", 0): ["DMR", "DMR"], ("dmr", 1): ["YSF"], (makers[1].kind, 0): []}
    monkeypatch.setattr(proofs, "kinds", lambda: makers)
    monkeypatch.setattr(proofs, "measure", lambda t, **_: found.get((t[0].kind, t[1])))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        proofs.main(["--makers", "nobody"])
    proofs.main(["--takes", "2", "--quiet"])
    rows = json.loads((tmp_path / "proofs.json").read_text())["makers"]
    assert rows["dmr"] == {"emissions": 2, "right": 1, "false": [["YSF", 1]]}
    assert rows[makers[1].kind] == {"emissions": 1, "right": 0, "false": []}
    assert "| dmr | YSF | 1 |" in (tmp_path / "proofs.md").read_text()


def test_a_take_is_the_same_again_and_proves_what_it_sends():
    (kind,) = (k for k in proofs.kinds() if k.kind == "dmr")
    assert proofs.overloaded(np.array([3 - 4j, 0.1], np.complex64))[0] == 1 - 1j
    found = [proofs.measure((kind, number), 1, 1e5) for number in (0, 1, 1)]
    assert found[1] == found[2] and {*found[0], *found[1]} <= {"DMR"}
