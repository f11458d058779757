# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example that asks an archive where a signal was."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("pandas", reason="needs python3-pandas")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import where_was

MAY_2024, JUNE_2024 = 1_714_564_800.0, 1_717_243_200.0


def line(label, time, mhz, file="a", **fields):
    edges = {"freq_lower": (mhz - 0.01) * 1e6, "freq_upper": (mhz + 0.01) * 1e6}
    emission = {"type": "emission", "file": file, "label": label, "time_unix_s": time, **edges}
    return emission | {"confidence": 0.5, "snr_db": 10.0} | fields


def test_where_lora_was(tmp_path, monkeypatch, capsys):
    lines = [
        {"type": "settings", "schema": 2},
        line("lora", MAY_2024, 868.1),
        line("lora", MAY_2024 + 60, 868.12, "b", confidence=1.0, snr_db=20.0),
        line("lora", JUNE_2024, 868.3),
        line("dmr", JUNE_2024, 868.3),
        {"type": "summary", "file": "a", "samples": 1},
        line("lora", MAY_2024 - 1, 868.1),
        line("lora", None, 433.0),
    ]
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    monkeypatch.setattr(where_was, "CHUNK", 3)
    found = where_was.where_was(path, "lora", MAY_2024)
    rows = [tuple(row) for row in found.itertuples(index=False)]
    assert rows == [
        ("-", 433.0, 1, 1, 0.5, 10.0),
        ("2024-05", 868.1, 2, 2, 0.75, 20.0),
        ("2024-06", 868.3, 1, 1, 0.5, 10.0),
    ]
    where_was.main(["lora", str(path), "--days", "1e5"])
    assert capsys.readouterr().out.splitlines()[0].split() == list(found.columns)
    where_was.main(["wspr", str(path)])
    assert capsys.readouterr().out == f"no wspr in {path}\n"
