# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of classes: what a row holds, and which are refused."""

import dataclasses

import pytest
from gnuradio.rfattn.catalogue.classes import classes, known_of, read_classes

LEAST = 'family = "voices"\nwords = "a voice"\nusual_width_hz = 8e3\nshows_in_s = 1\n'


def read(tmp_path, text: str):
    path = tmp_path / "classes.toml"
    path.write_text(text)
    return read_classes(path)


def test_a_row_has_what_its_table_states(tmp_path):
    more = "bands_hz = [[1e6, 2000000]]\nrates_bd = [50, 100]\n"
    (row,) = read(tmp_path, f"[low_voice]\n{LEAST}{more}")
    assert (row.name, row.family, row.words) == ("low_voice", "voices", "a voice")
    assert row.bands_hz == ((1e6, 2e6),)
    assert row.rates_bd == (50.0, 100.0)
    assert (row.usual_width_hz, row.shows_in_s) == (8000.0, 1.0)
    assert row.least_burst_s is None and row.source == "" and row.has_symbols
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.family = "others"


def test_rows_are_in_the_order_of_the_file(tmp_path):
    assert [row.name for row in read(tmp_path, f"[b]\n{LEAST}[a]\n{LEAST}")] == ["b", "a"]


NUMBERS = "a list of numbers > 0"
BANDS = r"a list of ranges \[low, high\] with 0 < low < high"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('family = ""', "family must be text in one line, got ''"),
        ("words = 5", "words must be text in one line, got 5"),
        ("usual_width_hz = 0", "usual_width_hz must be a number > 0, got 0"),
        ("usual_width_hz = inf", "usual_width_hz must be a number > 0, got inf"),
        ("shows_in_s = true", "shows_in_s must be a number > 0, got True"),
        ("rates_bd = 4800", f"rates_bd must be {NUMBERS}, got 4800"),
        ("rates_bd = []", rf"rates_bd must be {NUMBERS}, got \[\]"),
        ("rates_bd = [50, -75]", rf"rates_bd must be {NUMBERS}, got \[50, -75\]"),
        ("bands_hz = [[2e6, 1e6]]", rf"bands_hz must be {BANDS}, got \[\[2000000.0, 1000000.0\]\]"),
        ("bands_hz = [[0, 1e6]]", rf"bands_hz must be {BANDS}, got \[\[0, 1000000.0\]\]"),
        ("bands_hz = [1e6, 2e6]", rf"bands_hz must be {BANDS}, got \[1000000.0, 2000000.0\]"),
        ("has_symbols = 1", "has_symbols must be true or false, got 1"),
        ("band_hz = [[1, 2]]", r"unknown key 'band_hz'; did you mean bands_hz\?"),
        ("least_width_hz = 9\nmost_width_hz = 9", "least_width_hz must be less than most_width_hz"),
        ('listen = "ssb"', "listen must be one of fm, wfm, am, usb, lsb, cw, got 'ssb'"),
        ('listen = ["fm"]', r"listen must be one of .*, got \['fm'\]"),
        ('listen = "am"\nlsb_bands_hz = [[1e6, 2e6]]', 'lsb_bands_hz goes with listen = "usb"'),
    ],
)
def test_a_bad_row_is_refused(tmp_path, line, message):
    key = line.partition(" ")[0]
    lines = [given for given in LEAST.splitlines() if not given.startswith(key)]
    text = "\n".join(["[v]", *lines, line, ""])
    with pytest.raises(ValueError, match=rf"^classes: .*classes\.toml: v: {message}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a\n", "not TOML: "),
        ("a = 5\n", "a must be a table, got 5"),
        (f"[A]\n{LEAST}", "'A' must be lower-case letters, digits and _"),
        ('[a]\nfamily = "b"\n', "a: words is missing"),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=rf"^classes: .*classes\.toml: {message}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("label", "frequency", "mode"),
    [
        ("ssb", 7.1e6, "lsb"),
        ("ssb", 14.2e6, "usb"),
        ("ssb", None, "usb"),
        ("ft8", 7.074e6, "usb"),
        ("wfm", 98e6, "wfm"),
        ("cw", 7.01e6, "cw"),
        ("lora", 868.1e6, ""),
    ],
)
def test_a_class_is_heard_with_the_mode_of_its_band(label, frequency, mode):
    (row,) = (row for row in classes() if row.name == label)
    assert row.listen_at(frequency) == mode


def test_what_is_known_under_a_key_is_of_the_classes_that_state_it():
    assert known_of("has_symbols") == {"wfm": False}
    assert "dmr" in known_of("rates_bd") and "lora" not in known_of("rates_bd")
    assert list(known_of("family")) == [row.name for row in classes()]


def test_the_words_of_the_shipped_classes_differ():
    assert len({row.words for row in classes()}) == len(classes()) > 0
