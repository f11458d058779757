# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label` on several recordings: options for those that do not state them, and bad ones."""

import json
import shutil

import pytest
from gnuradio.rfattn.cli import main

from archives import RATE, SAMPLES, read_lines, write_archive

MEASURE = ("--model", "none", "--quiet")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A recording a that states its rate; the same raw, whose name states 500 kS/s (b), and whose
    name states nothing (c)."""
    folder = write_archive(tmp_path_factory.mktemp("mixed") / "r", 1)
    for name in ("b_433.92M_500k.cf32", "c.cf32"):
        shutil.copyfile(folder / "a.sigmf-data", folder / name)
    return folder


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """Recordings a, b and c, of which b has no samples."""
    return write_archive(tmp_path_factory.mktemp("bad") / "r", 3, bad="b")


def label(*words):
    return main(["label", *MEASURE, *map(str, words)])


def facts(row):
    name = row["file"].rpartition("/")[2]
    return name, row.get("sample_rate"), row.get("frequency")


EXPECTED = [
    ("a.sigmf-meta", RATE, 100e6),
    ("b_433.92M_500k.cf32", 500e3, 433.92e6),
    ("c.cf32", 2e6, 100e6),
]


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_options_are_for_those_of_a_folder_that_state_none(mixed, tmp_path, workers):
    if workers:
        pytest.importorskip("distributed")
    out = tmp_path / "all.jsonl"
    words = ("--rate", "2M", "--freq", "100M", "--datatype", "cu8")
    assert label("--json", out, *words, *workers, mixed) == 0
    rows = [row for row in read_lines(out) if row["type"] == "summary"]
    assert [facts(row) for row in rows] == EXPECTED
    assert [row["samples"] for row in rows] == [SAMPLES] * 3


def test_options_are_for_those_of_several_that_state_none(mixed, tmp_path, capsys):
    out = tmp_path / "all.json"
    names = [mixed / name for name, _, _ in EXPECTED]
    assert label("--json", out, "--rate", "2M", "--freq", "100M", *names) == 0
    assert [facts(row) for row in json.loads(out.read_text())["recordings"]] == EXPECTED
    assert "c.cf32: cf32_le (suffix); 2 MS/s (--rate); 100 MHz (--freq)" in capsys.readouterr().err


def test_of_one_the_option_goes_before_the_name_and_contradicts_no_metadata(mixed, capsys):
    assert label("--rate", "2M", mixed / "b_433.92M_500k.cf32") == 0
    assert "10 ms at 2 MS/s" in capsys.readouterr().out
    assert label("--rate", "2M", mixed / "a.sigmf-meta") == 1
    error = f"gr-rfattn: {mixed}/a.sigmf-meta: its sample rate is 1e+06 Hz, got --rate 2e+06\n"
    assert capsys.readouterr().err == error


def test_a_wrong_option_ends_it_before_the_work(mixed, tmp_path, capsys):
    names = [mixed / name for name, _, _ in EXPECTED]
    for words in (names, ("--json", tmp_path / "all.jsonl", mixed)):
        assert label("--datatype", "cu9", *words) == 1
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1
        assert "datatype must be one of" in printed.err and "'cu9'" in printed.err


def test_one_that_cannot_be_read_does_not_stop_the_rest(bad, tmp_path, capsys):
    out = tmp_path / "all.json"
    missing = bad / "nosuch.cu8"
    names = [missing, *(bad / f"{name}.sigmf-meta" for name in "abc")]
    assert label("--json", out, *names) == 1
    printed = capsys.readouterr()
    errors = {
        str(missing): f"{missing}: No such file or directory",
        str(names[2]): f"{names[2]}: b.sigmf-data is missing",
    }
    assert printed.err.splitlines() == [f"gr-rfattn: {error}" for error in errors.values()]
    assert printed.out.count("emissions: 1 with") == 2
    assert printed.out.endswith("2 of 4 recordings could not be labelled\n")
    rows = json.loads(out.read_text())["recordings"]
    assert [facts(row)[0] for row in rows] == [
        *("a.sigmf-meta", "c.sigmf-meta", "nosuch.cu8", "b.sigmf-meta"),
    ]
    assert rows[2] == {"file": str(missing), "emissions": [], "error": errors[str(missing)]}


def test_one_without_a_rate_does_not_stop_the_rest(mixed, capsys):
    assert label(mixed / "c.cf32", mixed / "a.sigmf-meta", "--json", "-") == 1
    printed = capsys.readouterr()
    *_, summary, _, failed = map(json.loads, printed.out.splitlines())
    assert (summary["type"], summary["file"]) == ("summary", f"{mixed}/a.sigmf-meta")
    assert failed["type"] == "failed" and failed["file"] == f"{mixed}/c.cf32"
    assert "it states no sample rate" in failed["error"]
    assert printed.err.splitlines()[-1] == f"gr-rfattn: {failed['error']}"


def test_one_that_fails_while_it_is_read_does_not_stop_the_rest(mixed, tmp_path, capsys):
    """One without samples is found when it is played."""
    empty = tmp_path / "empty_1000k.cu8"
    empty.touch()
    out = tmp_path / "all.json"
    assert label("--json", out, empty, mixed / "a.sigmf-meta") == 1
    printed = capsys.readouterr()
    assert f"gr-rfattn: {empty}: no samples to play\n" in printed.err
    first, second = json.loads(out.read_text())["recordings"]
    assert first["error"] == f"{empty}: no samples to play" and first["emissions"] == []
    assert len(second["emissions"]) == 1 and "error" not in second
    assert printed.out.endswith("1 of 2 recordings could not be labelled\n")


def test_alone_it_is_an_error(bad, capsys):
    assert label(bad / "b.sigmf-meta") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"gr-rfattn: {bad}/b.sigmf-meta: b.sigmf-data is missing\n"
