# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often frames are found is counted on the running path, and added to a file."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.frames_found import FramesFound
from gnuradio.rfattn_workshop.judges import frames_found


def test_takes_are_counted_and_other_classes_stay(tmp_path, monkeypatch, capsys):
    out = tmp_path / "found.json"
    out.write_text(json.dumps(frames_found.to_dict(frames_found.no_counts(["dmr"]), {})))
    command = ["frames_found", *"--takes 2 --classes ais --quiet --out".split(), str(out)]
    monkeypatch.setattr("sys.argv", command)
    frames_found.main()
    report = json.loads(out.read_text())
    assert list(report["classes"]) == ["ais", "dmr"]
    found = FramesFound.from_dict(report).counts
    assert found["ais"][..., 1].sum() == 2 and not found["dmr"].any()
    assert "| ais | " in capsys.readouterr().out


def test_a_take_is_the_same_again():
    first = frames_found.measure(("ais", 1), 3)
    assert first == frames_found.measure(("ais", 1), 3)
    snr_db, on_air_s, is_found = first
    assert 0.0 < snr_db < 26.0 and 0.02 < on_air_s < 2.5 and is_found in (True, False)


def test_from_when_on_frames_are_mostly_found():
    rows = frames_found.no_counts(["dmr"])["dmr"]
    assert frames_found.mostly_from(rows) == ""
    rows[1, 1], rows[2, 5], rows[4, 6], rows[4, 4] = (2, 2), (5, 20), (19, 20), (1, 3)
    assert frames_found.mostly_from(rows) == "16 dB, 1 s"
    rows[2, 0] = 20, 20
    assert frames_found.mostly_from(rows) == "8 dB"


def test_the_lowest_rate_with_room():
    assert frames_found.rate_for(12e3, frames_found.RATES) == 48e3
    assert frames_found.rate_for(9e6, np.array([2.4e6, 10e6])) == 10e6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--takes", "0"], "--takes must be > 0, got 0"),
        (["--classes", "lora9"], "--classes must be of acars afsk1200"),
    ],
)
def test_what_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        frames_found.parse(arguments)
    assert message in capsys.readouterr().err
