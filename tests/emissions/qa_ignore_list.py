# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of what a user does not want to see: what it ignores, and what it refuses."""

import pytest
from gnuradio.rfattn.emissions.ignore_list import MOST_BYTES, IgnoreList, Rule, have_most_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ignore.jsonl"


def test_bands_classes_and_both(path):
    path.write_text(
        '{"low": 100e6, "high": 101e6, "note": "a birdie"}\n\n'
        '{"class": "wfm"}\n'
        '  {"low": 433e6, "high": 434e6, "class": "ook_srd"}'
    )
    ignored = IgnoreList.load(path)
    assert ignored.rules[0] == Rule(100e6, 101e6, None, "a birdie")
    assert ignored.bands == [(100e6, 101e6)] and ignored.labels == ("wfm", "ook_srd")
    for low, high, label, is_ignored in (
        (100.2e6, 100.3e6, None, True),
        (100.2e6, 100.3e6, "dmr", True),
        (200.0e6, 200.1e6, "wfm", True),
        (200.0e6, 200.1e6, "dmr", False),
        (433.1e6, 433.2e6, "ook_srd", True),
        (433.1e6, 433.2e6, "fsk_srd", False),
        (433.1e6, 433.2e6, None, False),
        (200.0e6, 200.1e6, "ook_srd", False),
    ):
        assert ignored.has(low, high, label) == is_ignored, (low, label)


def test_a_band_of_a_class_adds_to_the_others():
    ignored = IgnoreList((Rule(0.0, 40.0), Rule(40.0, 60.0, "dmr")))
    assert ignored.has(0.0, 100.0, "dmr") and not ignored.has(0.0, 100.0)


def test_more_than_half_of_the_width_must_be_in_the_bands():
    """As in tests/cpp/qa_base.cc."""
    bands = [(300.0, 400.0), (100.0, 200.0), (150.0, 250.0)]
    for low, high in ((100.0, 250.0), (310.0, 320.0), (51.0, 150.0), (0.0, 490.0)):
        assert have_most_of(bands, low, high)
    for low, high in ((50.0, 150.0), (260.0, 290.0), (150.0, 150.0)):
        assert not have_most_of(bands, low, high)


def test_without_a_file_nothing_is_ignored():
    assert not IgnoreList.load("").has(0.0, 1.0, "dmr")


def test_a_line_that_is_written_is_read(path):
    rules = (Rule(1e6, 2e6, None, "näher"), Rule(None, None, "dmr"), Rule(-5.5, 7.25, "ais", ""))
    path.write_text("\n".join(rule.to_line() for rule in rules))
    assert IgnoreList.load(path).rules == rules


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Expecting property name"),
        ("[1, 2]", r"must be an object, got \[1, 2\]"),
        ("{}", "must have a band or a class, got {}"),
        ('{"note": "x"}', "must have a band or a class"),
        ('{"class": ""}', "must have a band or a class"),
        ('{"low": 1}', "low and high must come together"),
        ('{"low": 2, "high": 1}', "low must be < high, got 2 and 1"),
        ('{"low": 1, "high": 1}', "low must be < high, got 1 and 1"),
        ('{"low": "1", "high": 2}', "low must be a number of Hz, got '1'"),
        ('{"low": 0, "high": 1e300}', r"high must be a number of Hz, got 1e\+300"),
        ('{"low": true, "high": 2}', "low must be a number of Hz, got True"),
        ('{"low": NaN, "high": 2}', "NaN is no JSON number"),
        ('{"class": 5}', "class must be text, got 5"),
        ('{"class": "dmr", "note": []}', r"note must be text, got \[\]"),
        ('{"lo": 1, "high": 2}', r"unknown key lo; did you mean low\?"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(path, line, problem):
    path.write_text(f'{{"class": "dmr"}}\n\n{line}\n')
    with pytest.raises(ValueError, match=rf"ignore: .*/ignore\.jsonl: line 3: {problem}"):
        IgnoreList.load(path)


def test_files_that_cannot_be_read_are_refused(path, tmp_path):
    with pytest.raises(ValueError, match=r"ignore: .*/ignore\.jsonl: No such file or directory"):
        IgnoreList.load(path)
    with pytest.raises(ValueError, match=f"ignore: {tmp_path}: it is not a regular file"):
        IgnoreList.load(tmp_path)
    path.write_bytes(b"\n" * (MOST_BYTES + 1))
    with pytest.raises(ValueError, match=f"it is larger than {MOST_BYTES} bytes"):
        IgnoreList.load(path)


def test_a_class_that_no_model_gives_is_refused():
    ignored = IgnoreList((Rule(None, None, "dmr"), Rule(None, None, "wmf")))
    ignored.check_labels({"classes": ["wmf", "dmr"]}, "f")
    text = r"ignore: f: class must be one that the model gives, got 'wmf'; did you mean wfm\?"
    with pytest.raises(ValueError, match=text):
        ignored.check_labels({"classes": ["wfm", "dmr"]}, "f")
