# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`birdies`: what is found without an antenna, or chosen, becomes a line of the file."""

import json
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.ignore_list import IgnoreList, Rule
from gnuradio.rfattn_station.cli import birdies

RATE, CENTRE = 100_000, 1_000_000.0


@pytest.fixture
def quiet(tmp_path):
    """Noise with two lines at 1.02 and 0.97 MHz, 1 s."""
    parts = np.random.default_rng(1).standard_normal((RATE, 2)) * 1e-3
    samples, times = parts.view(np.complex128).ravel(), np.arange(RATE) / RATE
    for hertz in (20e3, -30e3):
        samples += 1e-3 * np.exp(2j * np.pi * hertz * times)
    path = tmp_path / "quiet.cf32"
    samples.astype(np.complex64).tofile(path)
    return str(path)


@pytest.fixture
def rows(tmp_path):
    """What `label` found: five emissions, the last one without a burst."""
    path = tmp_path / "found.jsonl"
    labels = ("dmr", "dmr", "ais", None, "dmr")
    lines = [{"type": "settings", "schema": 2}]
    for number, label in enumerate(labels, 1):
        lines.append(
            {
                "type": "emission",
                "id": number,
                "freq_lower": 1e6 * number,
                "freq_upper": 1e6 * number + 1000.5,
                "burst_count": int(number < 5),
                "flags": [],
                "label": label,
                **dict.fromkeys(("sideband_of", "sync", "label_without_frames", "time_unix_s")),
            }
        )
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


def refusal(capsys, status, *words):
    """What it prints on stderr, which is one line or usage with one."""
    try:
        found = main([str(word) for word in words])
    except SystemExit as error:
        found = error.code
    assert found == status
    return capsys.readouterr().err.splitlines()[-1]


def birdies_of(out, *words):
    return main(["birdies", "--out", str(out), "--quiet", *words])


def test_what_is_found_in_a_recording_is_ignored_in_the_next(quiet, tmp_path, capsys):
    out, stated = tmp_path / "ignore.jsonl", ("--rate", "100k", "--freq", "1M")
    assert birdies_of(out, quiet, *stated) == 0
    first, second = IgnoreList.load(out).rules
    assert first.low < 970e3 < first.high and second.low < 1020e3 < second.high
    assert second.high - second.low < 1000 and second.note == "1 x in quiet.cf32"
    assert f"{out}: 2 bands added for 2 emissions; it had 0 lines" in capsys.readouterr().out
    assert main(["label", "--model", "none", quiet, *stated, "--ignore", str(out)]) == 0
    text = capsys.readouterr().out
    assert "left out:  2 emissions that are ignored (--ignore)" in text
    assert "  emissions: 0 with 0 bursts" in text


def test_lines_that_are_there_stay_and_bands_come_once(quiet, tmp_path, capsys):
    out, stated = tmp_path / "ignore.jsonl", ("--rate", "100k", "--freq", "1M")
    mine = '{"class":"wfm"}\n\n{"low": 1.01e6, "high": 1.03e6, "note": "mine"}'
    out.write_text(mine)
    for _ in range(2):
        assert birdies_of(out, quiet, *stated) == 0
    text = out.read_text()
    assert text.startswith(f"{mine}\n") and len(IgnoreList.load(out).rules) == 3
    printed = capsys.readouterr().out
    assert f"{out}: 1 band added for 2 emissions; it had 2 lines" in printed
    assert f"{out}: 0 bands added for 2 emissions; it had 3 lines" in printed


def test_a_receiver_is_heard_until_its_time_is_over(quiet, tmp_path):
    out, words = tmp_path / "ignore.jsonl", ("--rate", "100k", "--freq", "1M")
    assert birdies_of(out, "--source", f"file={quiet}", *words) == 0
    assert len(IgnoreList.load(out).rules) == 2
    assert IgnoreList.load(out).rules[0].note == f"1 x in file={quiet}"


def test_ctrl_c_keeps_what_a_receiver_gave_so_far(quiet, tmp_path, monkeypatch):
    def interrupted(flowgraph, look, duration):
        flowgraph.run_watched(look)
        raise KeyboardInterrupt

    monkeypatch.setattr(birdies, "watch_for", interrupted)
    out, words = tmp_path / "ignore.jsonl", ("--rate", "100k", "--freq", "1M")
    assert birdies_of(out, "--source", f"file={quiet}", *words) == 130
    assert len(IgnoreList.load(out).rules) == 2


def test_rows_are_chosen_by_id_or_class(rows, tmp_path, capsys):
    out = tmp_path / "ignore.jsonl"
    assert birdies_of(out, "--rows", rows, "--id", "4,3") == 0
    note = "1 x in found.jsonl"
    assert IgnoreList.load(out).rules == (
        Rule(3_000_000, 3_001_001, None, note),
        Rule(4_000_000, 4_001_001, None, note),
    )
    assert birdies_of(out, "--rows", rows, "--class", "dmr,ais") == 0
    added = IgnoreList.load(out).rules[2:]  # ais is in the band of 3
    assert [(rule.low, rule.label) for rule in added] == [(1_000_000, "dmr"), (2_000_000, "dmr")]
    assert "  1.0000-1.0010 MHz  dmr" in capsys.readouterr().out


def test_bands_that_overlap_become_one():
    found = [
        birdies._Band(10.0, 20.0, "b"),
        birdies._Band(-5.5, 12.5, "a"),
        birdies._Band(19.0, 19.5, "a"),
        birdies._Band(21.0, 22.0, "a"),
        birdies._Band(11.0, 12.0, "a", "dmr"),
    ]
    assert list(birdies._joined(found)) == [
        Rule(-6, 20, None, "3 x in a, b"),
        Rule(21, 22, None, "1 x in a"),
        Rule(11, 12, "dmr", "1 x in a"),
    ]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), 2, "give one of RECORDING, --source and --rows"),
        (("x.cu8", "--rows", "ROWS", "--id", "1"), 2, "give one of RECORDING, --source and"),
        (("--rows", "ROWS", "--id", "1,x"), 2, "--id must be whole numbers, as in 3,7, got 'x'"),
        (("--rows", "ROWS", "--id", "1,7"), 1, "ROWS: no emission with id 7"),
        (("--rows", "ROWS", "--class", "wfm"), 1, "ROWS: no emission with label 'wfm'"),
        (("--rows", "/nowhere", "--id", "1"), 1, "No such file or directory: '/nowhere'"),
        (
            ("--source", "file=QUIET", "--rate", "100k"),
            1,
            "QUIET: states no frequency: give --freq",
        ),
        (("QUIET", "--rate", "100k"), 1, "QUIET: states no frequency: give it with --freq"),
        (("QUIET", "--sensitivity", "0"), 1, "sensitivity must be > 0, got 0.0"),
    ],
)
def test_refusals(quiet, rows, tmp_path, capsys, words, status, message):
    out = tmp_path / "ignore.jsonl"
    put = [word.replace("QUIET", quiet).replace("ROWS", rows) for word in words]
    text = refusal(capsys, status, "birdies", "--out", out, *put)
    assert message.replace("QUIET", quiet).replace("ROWS", rows) in text
    assert not out.exists()


def test_a_wrong_file_is_refused_and_stays(quiet, rows, tmp_path, capsys):
    out = tmp_path / "ignore.jsonl"
    out.write_text('{"low": 5}\n')
    text = refusal(capsys, 1, "birdies", "--out", out, quiet, "--rate", "100k", "--freq", "1M")
    assert text == f"gr-rfattn: ignore: {out}: line 1: low and high must come together"
    assert out.read_text() == '{"low": 5}\n'


def test_an_id_of_several_emissions_is_refused(rows, tmp_path, capsys):
    path = Path(rows)
    path.write_text(2 * path.read_text())
    out = tmp_path / "ignore.jsonl"
    text = refusal(capsys, 1, "birdies", "--out", out, "--rows", rows, "--id", "3")
    assert "id 3 stands for several emissions: give the rows of one recording" in text
