# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What listening costs, in a short run with a real `live`."""

import listening_cost


def test_all_is_measured(monkeypatch, capsys):
    monkeypatch.setattr(listening_cost, "START_S", 0.5)
    listening_cost.main(["--turns", "1", "--seconds", "1", "--requests", "1"])
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    cells = dict(rows)
    assert list(cells) == [
        "from the request to the first sound, s",
        "`live`, nobody listens, cores",
        "`live`, one listener, FM, cores",
        "`listen --out`, cores",
        "demodulating 10 s, FM, s of CPU",
        "demodulating 10 s, AM, s of CPU",
        "demodulating 10 s, USB, s of CPU",
    ]
    first, last = cells.pop("from the request to the first sound, s").split(" to ")
    assert 0 <= float(first) <= float(last) < listening_cost.LIMIT_S
    assert all(float(cell) >= 0 for cell in cells.values())


def test_the_band_is_a_raw_recording_whose_name_states_it(tmp_path):
    path = listening_cost.write_band(tmp_path, 0.1)
    assert path.name == "tone_145.5M_250k.cf32"
    assert path.stat().st_size == 8 * 25_000
