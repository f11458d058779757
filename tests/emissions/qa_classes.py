# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of classes: what a row holds, and which are refused."""

import dataclasses

import pytest
from gnuradio.rfattn.emissions.classes import classes, known_of, read_classes

LEAST = 'family = "voices"\nwords = "a voice"\nusual_width_hz = 8e3\nshows_in_s = 1\n'


def read(tmp_path, text: str):
    path = tmp_path / "classes.toml"
    path.write_text(text)
    return read_classes(path)


def test_a_row_has_what_its_table_states(tmp_path):
    more = (
        'bands_hz = [[1e6, 2000000]]\nspeech_width_hz = [0, inf]\nframes = ["A 1"]\nmost_run = 2\n'
    )
    (row,) = read(tmp_path, f"[low_voice]\n{LEAST}{more}")
    assert (row.name, row.family, row.words) == ("low_voice", "voices", "a voice")
    assert row.bands_hz == ((1e6, 2e6),) and row.frames == ("A 1",) and row.most_run == 2
    assert row.speech_width_hz == (0.0, float("inf"))
    assert (row.usual_width_hz, row.shows_in_s) == (8000.0, 1.0)
    assert row.symbol_rates_bd == () and row.pulse_s is None and row.has_symbols
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
        ("symbol_rates_bd = 4800", f"symbol_rates_bd must be {NUMBERS}, got 4800"),
        ("preamble_rates_bd = []", rf"preamble_rates_bd must be {NUMBERS}, got \[\]"),
        ("run_rates_bd = [50, -75]", rf"run_rates_bd must be {NUMBERS}, got \[50, -75\]"),
        ("bands_hz = [[2e6, 1e6]]", rf"bands_hz must be {BANDS}, got \[\[2000000.0, 1000000.0\]\]"),
        ("bands_hz = [[0, 1e6]]", rf"bands_hz must be {BANDS}, got \[\[0, 1000000.0\]\]"),
        ("bands_hz = [1e6, 2e6]", rf"bands_hz must be {BANDS}, got \[1000000.0, 2000000.0\]"),
        ("pulse_s = [1, 0]", r"pulse_s must be a range \[low, high\] with 0 <= low < high, got"),
        ("most_run = 1.5", "most_run must be a whole number > 0, got 1.5"),
        ("is_voice = 1", "is_voice must be true or false, got 1"),
        ('speech = "phase"', "speech must be amplitude or frequency, got 'phase'"),
        ("frames = [1]", r"frames must be a list of texts, got \[1\]"),
        ("band_hz = [[1, 2]]", r"unknown key band_hz; did you mean bands_hz\?"),
        ("least_width_hz = 9\nmost_width_hz = 9", "least_width_hz must be less than most_width_hz"),
        ("level_rate_bd = 1", "level_rate_bd and outer_level_hz must be there both or none"),
        (
            "usual_rates_bd = [5]\npreamble_rates_bd = [5]",
            r"usual_rates_bd must be without symbol_rates_bd and preamble_rates_bd, got \(5.0,\)",
        ),
        ('shared_frames = ["A"]', "shared_frames: A must be among the frames of another class"),
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
        (
            f'[a]\n{LEAST}frames = ["X"]\n[b]\n{LEAST}frames = ["X"]\n',
            "b: frames: X must be of one class, and is of a",
        ),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=rf"^classes: .*classes\.toml: {message}"):
        read(tmp_path, text)


def test_what_is_known_under_a_key_is_of_the_classes_that_state_it():
    assert known_of("most_run") == {"tpms": 2}
    assert known_of("has_symbols") == {"wfm": False}
    assert known_of("level_rate_bd").keys() == known_of("outer_level_hz").keys()
    assert list(known_of("family")) == [row.name for row in classes()]


def test_the_words_of_the_shipped_classes_differ():
    assert len({row.words for row in classes()}) == len(classes()) > 0
