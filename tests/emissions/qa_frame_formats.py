# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of frames: shipped rows and their vectors, and what a user's folder changes."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from gnuradio.rfattn import emission_extractor
from gnuradio.rfattn.catalogue.classes import classes, services
from gnuradio.rfattn.catalogue.formats import (
    FormatRow,
    checked_formats,
    formats,
    read_formats,
    shipped_files,
)
from gnuradio.rfattn.checked import shown
from gnuradio.rfattn.rfattn_python import check_format, find_format, format_row

ROWS = [
    row.fill(format_row())
    for path in shipped_files()
    for rows in read_formats(path).values()
    for row in rows
]
WORDS = [
    row
    for row in ROWS
    if row.modulation not in ("tones", "vector", "chirp", "prefix", "comb", "own")
]
CODED = [row for row in WORDS if row.coding]


def name_of(row):
    return f"{row.name} {row.modulation} {row.baud[0]:g}{' scrambled' * row.is_scrambled}"


@pytest.mark.parametrize("row", WORDS, ids=name_of)
def test_a_format_is_found_in_its_vectors(row):
    assert row.vectors
    check_format(row)


@pytest.mark.parametrize("row", CODED, ids=name_of)
def test_no_single_wrong_bit_gives_a_frame_of_other_content(row):
    for vector in row.vectors:
        octets = find_format(row, vector)[1]
        count = find_format(row, vector)[3]
        found = [find_format(row, vector, wrong)[1] for wrong in range(count)]
        assert {*found} == {"", octets}
        assert sum(one == "" for one in found) >= 4 * len(octets)  # the bits of the frame


def test_each_format_is_of_a_class():
    known = {row.name for row in classes()}
    assert {*formats().values()} - known == {*services()}
    assert services()["mpt1327"] in {row.family for row in classes()}
    assert checked_formats() >= {"AIS", "Mode S", "HDLC FSK"} and "DMR" not in checked_formats()
    assert emission_extractor


OWN = """
[[Gate]]
label = "fsk_srd"
source = "own"
modulation = "fsk2"
baud = [1000]
emission_hz = [1e3, 10e3]
words = ["1ACFFC1D"]
vectors = ["*24 1ACFFC1D *480 1ACFFC1D *16"]
"""


def test_the_example_of_the_documentation_is_found_in_its_vector(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "services.md").read_text()
    assert run_with(tmp_path, page.split("```toml\n")[1].split("```")[0]).stderr == ""


def run_with(tmp_path, text, code="from gnuradio import rfattn; rfattn.emission_extractor"):
    """The last line that Python writes with such a file in the user's folder."""
    path = tmp_path / "gr-rfattn" / "formats" / "own.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )


def test_rows_of_a_user_are_added_and_take_the_place_of_others(tmp_path):
    code = (
        "from gnuradio import rfattn; rfattn.emission_extractor\n"
        "from gnuradio.rfattn.catalogue.formats import formats, format_rows\n"
        "rows = [row for _, row in format_rows() if row.name == 'DMR']\n"
        "print(formats()['Gate'], formats()['DMR'], len(rows))"
    )
    text = OWN + OWN.replace("Gate", "DMR")
    assert run_with(tmp_path, text, code).stdout == "fsk_srd fsk_srd 1\n"


NAN, INF = float("nan"), float("inf")
NUMBERS = {
    "baud": (([0], [1e-9], [1e9], [NAN], [INF]), "must be from 0.133333 to 5e+08"),
    "emission_hz": (([-1, 1e3], [NAN, 1e3], [1e3, 1e17]), "must be from 0 to 1e+09"),
    "emission_bd": (([1, INF],), "must be from 0 to 65536"),
    "width_hz": ((-1, NAN, 1e17), "must be from 0 to 1e+09"),
    "period": ((-1, 1e-9, 1e17, NAN), "must be from 8 to 60000"),
    "longest_s": ((-1, 61, NAN), "must be from 0 to 60"),
    "neighbours": ((-0.1, 0.6, NAN), "must be from 0 to 0.5"),
    "step": ((-1, 10**9), "must be from 0 to 4096"),
    "outer_behind": ((-1, 65), "must be from 0 to 64"),
    "length_at": ((-1, 4097), "must be from 0 to 4096"),
    "crc": (
        ([16, 10**17, 0, 0], [16, 4129, -1, 0], [16, 0, 0, 0], [8, 256, 0, 0]),
        "must have a polynomial and remainders of as many bits as the checksum",
    ),
    "octets": (([0, 5], [5, 4097]), "must be two numbers in order, from 1 to 4096"),
    "subcarrier_hz": (([1700, 1e-9], [1200, 1700]), "must be a middle, of 65536 times baud at"),
}


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [(key, value, rule) for key, (values, rule) in NUMBERS.items() for value in values],
)
def test_a_number_that_no_signal_has_is_refused_with_its_key(key, value, rule):
    keys = tomllib.loads(OWN)["Gate"][0] | {"coding": "hdlc", "crc": [16, 4129, 0, 0]}
    keys |= {"octets": [9, 20], "carrier": "fm", "subcarrier_hz": [1700, 1200]} | {key: value}
    if key == "emission_bd":
        del keys["emission_hz"]
    row = FormatRow("Gate", keys.pop("label"), keys.pop("source"), keys)
    with pytest.raises(ValueError) as refused:
        check_format(row.fill(format_row()))
    text = row.with_value(str(refused.value))
    assert text.startswith(f"Gate: {key} {rule}") and text.endswith(f", got {shown(value)}")


def test_a_band_that_no_search_could_hold_is_refused():
    with pytest.raises(ValueError, match="Gate: emission_hz must be 65536 times baud at most"):
        keys = tomllib.loads(OWN.replace("10e3", "1e9"))["Gate"][0]
        check_format(
            FormatRow("Gate", keys.pop("label"), keys.pop("source"), keys).fill(format_row())
        )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*24 1ACFFC1D *480 ", "*24 *480 ", "must be found in its vectors"),
        (
            "fsk_srd",
            "gates",
            "label must be a class, or title and family must say ",
        ),
        ('source = "own"', "", "source must be text in one line, got None"),
        ("words", "wrods", "unknown key wrods; did you mean words?"),
        ("[1000]", "1000", "baud cannot be 1000"),
        ("baud = [1000]", "", "baud is missing"),
        ("[1000]", "[0]", "baud must be from 0.133333 to 5e+08, got [0]"),
        ("[1e3, 10e3]", "[1e3]", "emission_hz, or emission_bd, must be two widths in order"),
        ('"fsk2"', '"fsk3"', "modulation must be fsk2, fsk2-nrzi, msk, oqpsk, fsk4, bpsk, "),
        ('["1ACFFC1D"]', '["CG"]', "CG is no hexadecimal number, 0b and bits or * and a number"),
        ('["1ACFFC1D"]', '["1"]', "words must have 8 symbols or more, with what is around them 64"),
        ('["1ACFFC1D"]', "[]", "words must be there, or frames of hdlc"),
        ("words", 'coding = "ham"\nwords', "coding must be plain, manchester, 3of6 or hdlc"),
        ("words", 'coding = "plain"\nwords', "crc must be 1 to 32 bits, a polynomial, the first "),
        ('vectors = ["', 'vectors = ["*1234567 ', "*1234567 is no hexadecimal number"),
        ('"fsk2"', '"bpsk"\nis_coherent = true', "is_coherent goes with levels"),
        ("words", 'code = "five"\nwords', "code must be twice"),
        ("words", 'code = "twice"\nwords', "code goes with fsk2, and without words"),
        ("words", 'carrier = "pm"\nwords', "carrier must be iq, am or fm"),
    ],
)
def test_a_wrong_row_is_refused_in_a_line(tmp_path, old, new, message):
    last = run_with(tmp_path, OWN.replace(old, new)).stderr.splitlines()[-1]
    path = tmp_path / "gr-rfattn" / "formats" / "own.toml"
    assert last.startswith(f"ValueError: formats: {path}: Gate: {message}")
