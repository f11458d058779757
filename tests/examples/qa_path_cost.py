# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default path is measured block by block, on tiny bands; no time is asserted."""

import pytest

pytest.importorskip("torch", reason="torch is not installed")

import path_cost


def test_the_default_path_is_measured_block_by_block(monkeypatch):
    quick = {
        "200 bursts": path_cost.Case(bursts=(200, path_cost.BurstKind())),
        "2 emissions": path_cost.Case(2, from_s=0.1, searches=path_cost._is_wide),
    }
    monkeypatch.setattr(path_cost, "CASES", quick)
    monkeypatch.setattr(path_cost, "RATE", 200e3)
    found = path_cost.measure(1, 0.5)
    text = path_cost.path_table(found)
    assert "| band | detector | extractor | scheduler |" in text
    for (run,), row in zip(found.values(), text.splitlines()[2:], strict=True):
        cells = [float(cell) for cell in row.strip("| ").split(" | ")[1:]]
        assert sum(cells[: len(run.cpu)]) == pytest.approx(cells[len(run.cpu)], abs=0.01)
        assert cells[-2] == pytest.approx(run.found / run.signal_s, abs=0.5)
