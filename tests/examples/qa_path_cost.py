# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default path is measured block by block, on tiny bands; no time is asserted."""

import pytest

pytest.importorskip("torch", reason="torch is not installed")

import path_cost


def test_the_default_path_is_measured_block_by_block(monkeypatch):
    quick = {
        "200 bursts": (0, 200, path_cost.BurstKind()),
        "2 emissions": (2, 0, path_cost.BurstKind()),
    }
    monkeypatch.setattr(path_cost, "CASES", quick)
    monkeypatch.setattr(path_cost, "RATE", 200e3)
    rows = path_cost.measure(1, 0.5)
    assert [row["band"] for row in rows] == list(quick)
    assert all(set(row["cores"]) == set(path_cost.BLOCKS) for row in rows)
    assert all(row["sum"] == pytest.approx(sum(row["cores"].values())) for row in rows)
    assert rows[1]["found_per_s"] > 0.0
    text = path_cost.path_table(rows)
    assert "| band | detector | extractor | scheduler |" in text and "| 2 emissions |" in text
