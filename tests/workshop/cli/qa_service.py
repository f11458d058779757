# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn service: a file of one's own is sent and found, and what the command refuses."""

from pathlib import Path

import pytest
from gnuradio.rfattn.cli import main

from command_line import run_forked

PAGE = Path(__file__).parents[3] / "docs" / "services.md"
GATE = PAGE.read_text().split("```toml\n")[1].split("```")[0]


def test_a_file_of_ones_own_is_sent_and_found(tmp_path):
    path, picture = tmp_path / "gate.toml", tmp_path / "gate.png"
    path.write_text(GATE)
    done = run_forked("service", path, "--takes", 2, "--picture", picture, "--quiet")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Gate: gates of the yard; its manual"
    assert lines[1] == "proved by 38 bits of a frame; takes of 1.5 s"
    assert "| 20 dB | 2 of 2 |  |" in lines
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("change", "words", "text"),
    [
        (("", ""), ["--takes", "0"], "--takes must be >= 1, got 0"),
        (("", ""), ["--seconds", "99"], "--seconds must be from 0.1 to 60, got 99"),
        (
            ("fixed(16)", "fixd(16)"),
            [],
            "Gate: sent: unknown fixd(); did you mean fixed?",
        ),
        (("01020304E3 *16", "01020304E4 *16"), [], "must be found in its vectors"),
        (("[Gate.sent]", "[Gat.sent]"), [], "Gat must be a list of tables, [[Gat]]"),
    ],
)
def test_what_is_wrong_is_refused_in_a_line(tmp_path, capsys, change, words, text):
    path = tmp_path / "gate.toml"
    path.write_text(GATE.replace(*change))
    assert main(["service", str(path), "--quiet", *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line


def test_a_file_that_says_nothing_of_how_it_is_sent_is_refused(tmp_path, capsys):
    path = tmp_path / "gate.toml"
    path.write_text(GATE[: GATE.index("[Gate.sent]")])
    for name, text in (
        (str(path), "a table sent must say how"),
        ("gates", "must exist, or be of cc1101, "),
    ):
        assert main(["service", name, "--quiet"]) == 1
        assert text in capsys.readouterr().err
