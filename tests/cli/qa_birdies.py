# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--birdies`: what is found without an antenna becomes a line of the file for `--ignore`."""

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.ignore_list import IgnoreList

RATE = 100_000
STATED = ("--rate", "100k", "--freq", "1M", "--model", "none", "--quiet")


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


@pytest.mark.parametrize("source", [(), ("live", "--source")])
def test_what_is_found_is_ignored_in_the_next_run(source, quiet, tmp_path, capsys):
    out = tmp_path / "ignore.jsonl"
    words = [*source[:-1], *source[1:], f"file={quiet}"] if source else ["label", quiet]
    assert main([*words, *STATED, "--birdies", str(out)]) == 0
    assert "  birdies:   2 bands added to the file for --ignore" in capsys.readouterr().out
    first, second = sorted(IgnoreList.load(out).rules, key=lambda rule: rule.low)
    assert first.low < 970e3 < first.high and second.low < 1020e3 < second.high
    assert second.high - second.low < 1000
    assert second.note == f"found in {'live' if source else 'quiet'}"
    assert main(["label", quiet, *STATED, "--ignore", str(out)]) == 0
    text = capsys.readouterr().out
    assert "left out:  2 emissions that are ignored (--ignore)" in text
    assert "  emissions: 0 with 0 bursts" in text


def test_lines_that_are_there_stay_and_bands_come_once(quiet, tmp_path, capsys):
    out = tmp_path / "ignore.jsonl"
    mine = '{"class":"wfm"}\n\n{"low": 1.01e6, "high": 1.03e6, "note": "mine"}'
    out.write_text(mine)
    for added in ("1 band", "0 bands"):
        assert main(["label", quiet, *STATED, "--birdies", str(out)]) == 0
        assert f"  birdies:   {added} added" in capsys.readouterr().out
    text = out.read_text()
    assert text.startswith(f"{mine}\n") and len(IgnoreList.load(out).rules) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("label", "QUIET"), "gr-rfattn: --birdies needs the middle of the band: give --freq"),
        (("live", "--source", "file=QUIET"), "gr-rfattn: --birdies needs the middle of the band"),
        (("label", "QUIET", "--freq", "1M"), "OUT: line 1: low and high must come together"),
    ],
)
def test_refusals(quiet, tmp_path, capsys, words, message):
    out = tmp_path / "ignore.jsonl"
    out.write_text('{"low": 5}\n' if "OUT" in message else "")
    put = [word.replace("QUIET", quiet) for word in words]
    put += ["--rate", "100k", "--model", "none", "--quiet", "--birdies", str(out)]
    assert main(put) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert message.replace("OUT", str(out)) in line
    assert out.read_text() == ('{"low": 5}\n' if "OUT" in message else "")
