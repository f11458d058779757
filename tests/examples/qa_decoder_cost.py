# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that measures what decoders and fields cost; no time is asserted."""

from dataclasses import replace

import pytest
from gnuradio.rfattn.decoding.decoder import read_decoders

import decoder_cost

SECONDS = 3.0


@pytest.fixture
def entry(monkeypatch):
    """Lets an entry of the table, that of `dsdccx` with another command, be the only one."""

    def replace_command(*command):
        (shipped,) = [one for one in read_decoders() if one.name == "dsdccx"]
        one = replace(shipped, command=command, lines="")
        monkeypatch.setattr(decoder_cost, "read_decoders", lambda: (one,))

    return replace_command


def test_a_decoder_gets_the_samples_and_its_time_counts_apart(entry):
    entry("wc", "-c")
    bands = decoder_cost.measure(["dsdccx"], [], 1, SECONDS, 1, True)
    (row,) = decoder_cost.decoder_rows(bands, ["dsdccx"])
    assert (row["class"], row["program"], row["lines"]) == ("dmr", "dsdccx", 1)
    assert 0.5 < row["fed"] < 1.5  # of the signal, which is on the air all the time, and silence
    assert 0.0 < row["program_cores"] < row["with_program"]
    assert row["ratios"] == [pytest.approx(row["hand_over"] / row["labels"])]
    text = decoder_cost.decoder_table([row])
    assert text.startswith("| class | entry | s fed a second | lines | labels |")
    assert "| dmr | dsdccx | " in text


def test_frames_are_read_only_with_fields():
    bands = decoder_cost.measure([], ["ais"], 1, SECONDS, 1, True)
    (row,) = decoder_cost.field_rows(bands, ["ais"])
    assert row["class"] == "ais" and row["frames"] > 0
    assert bands["ais"].costs["labels"][0].messages == []
    assert "| ais | " in decoder_cost.field_table([row])


def test_a_ratio_has_its_range():
    assert decoder_cost.ratio_cell({"ratios": [1.1, 0.9, 1.04]}) == "1.04 [0.90, 1.10]"


def test_a_program_that_is_missing_is_named(entry, capsys):
    entry("no-such-program")
    words = ["--decoders", "dsdccx", "--fields", "--rounds", "1", "--seconds", "1", "--quiet"]
    assert decoder_cost.main(words) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "decoder_cost: dsdccx is left out: not installed\n")
