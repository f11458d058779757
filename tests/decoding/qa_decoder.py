# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of programs that decode a class: what an entry holds, and which are refused."""

from pathlib import Path

import pytest
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.catalogue.formats import formats
from gnuradio.rfattn.decoding.decoder import (
    COMPLEX_FORMATS,
    SHIPPED,
    check_labels,
    read_decoders,
)

LEAST = {
    "labels": '["dmr"]',
    "demodulation": '"fm"',
    "sample_rate": "48000",
    "sample_format": '"s16"',
    "command": '["reader", "-r", "{rate}"]',
}


def write(tmp_path, **changes):
    entries = {key: value for key, value in {**LEAST, **changes}.items() if value}
    path = tmp_path / "my.toml"
    path.write_text("\n".join(["[my]", *(f"{key} = {value}" for key, value in entries.items())]))
    return path


def test_an_entry_has_what_its_table_states(tmp_path):
    (decoder,) = read_decoders(write(tmp_path))
    assert (decoder.name, decoder.labels, decoder.program) == ("my", ("dmr",), "reader")
    assert (decoder.sample_rate, decoder.sample_format) == (48000, "s16")
    assert decoder.lines == "" and not decoder.private


def test_placeholders_are_filled(tmp_path):
    command = '["reader", "{rate}:{frequency}", "{folder}/x.conf", "{}", "{A}"]'
    (decoder,) = read_decoders(write(tmp_path, command=command))
    folder = f"{tmp_path}/x.conf"
    assert decoder.arguments(446.1e6) == ["reader", "48000:446100000", folder, "{}", "{A}"]
    assert decoder.arguments(None)[1] == "48000:0"


@pytest.mark.parametrize(
    ("lines", "line", "kept"),
    [
        ("", "any line", "any line"),
        ("'^[*]'", "*8d;", "*8d;"),
        ("'^[*]'", "banner", ""),
        ("'^[*](.+);'", "*8d;", "8d"),
        ("'^a(b)?'", "ac", ""),
    ],
)
def test_lines_are_kept_by_an_expression(tmp_path, lines, line, kept):
    (decoder,) = read_decoders(write(tmp_path, lines=lines))
    assert decoder.kept(line) == kept


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("labels", "[]", "labels must be a list of texts, got []"),
        ("labels", '"dmr"', "labels must be a list of texts, got 'dmr'"),
        ("labels", "", "labels is missing"),
        ("demodulation", '"nfm"', "demodulation must be one of iq, fm, am, usb, lsb, got 'nfm'"),
        ("sample_rate", "48e3", "a whole number from 1000 to 20000000, got 48000.0"),
        ("sample_rate", "999", "sample_rate must be a whole number from 1000 to"),
        (
            "sample_format",
            '"s8"',
            "sample_format must be one of u8, s16, f32, cu8, cs16, cf32, got",
        ),
        (
            "sample_format",
            '"cu8"',
            "sample_format must be one of u8, s16, f32 where demodulation is fm, got cu8",
        ),
        ("command", '"reader -r"', "command must be a list of texts, with no placeholder but"),
        ("command", '["reader", "{speed}"]', "{rate}, {frequency}, {folder}, got ['reader', "),
        ("command", '["reader", "a\\u001bb"]', "command must be a list of texts"),
        ("lines", "'('", "lines must be a regular expression with at most one group, got '('"),
        ("lines", "'(a)(b)'", "lines must be a regular expression with at most one group"),
        ("private", "1", "private must be true or false, got 1"),
        ("sample_rat", "5", "unknown key 'sample_rat'; did you mean sample_rate?"),
    ],
)
def test_a_wrong_entry_is_refused_in_one_line(tmp_path, key, value, message):
    path = write(tmp_path, **{key: value})
    with pytest.raises(ValueError) as refusal:
        read_decoders(path)
    assert message in str(refusal.value) and "\n" not in str(refusal.value)
    assert str(refusal.value).startswith(f"decoders: {path}: my: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have a table for each decoder, got none"),
        ("my = 5", "my must be a table, got 5"),
        ("[my", "not TOML: "),
        ('["a b"]', "name must be at most 40 letters, digits and . _ -, got 'a b'"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "my.toml"
    path.write_text(text)
    with pytest.raises(ValueError) as refusal:
        read_decoders(path)
    assert str(refusal.value).startswith(f"decoders: {path}: {message}")


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="my.toml: No such file or directory"):
        read_decoders(tmp_path / "my.toml")


def test_a_label_that_the_model_lacks_is_refused(tmp_path):
    decoders = read_decoders(write(tmp_path, labels='["dmrr"]'))
    with pytest.raises(
        ValueError, match="my: labels: the model has no class dmrr; did you mean dmr"
    ):
        check_labels(decoders, ["dmr", "ysf"])


def test_the_shipped_table_names_classes_of_the_catalogue():
    decoders = read_decoders()
    check_labels(decoders, [row.name for row in classes()])
    assert {decoder.program for decoder in decoders} == {
        "direwolf",
        "multimon-ng",
        "dsdccx",
        "rtl_433",
        "readsb",
        "rs41mod",
        "dfm09mod",
    }
    assert [d.name for d in decoders if d.private] == ["multimon-ng-pocsag"]
    assert all((d.sample_format in COMPLEX_FORMATS) == (d.demodulation == "iq") for d in decoders)
    assert SHIPPED.with_name("direwolf.conf").is_file()


def test_the_page_lists_the_shipped_table():
    page = (Path(__file__).resolve().parents[2] / "docs" / "decoders.md").read_text()
    for decoder in read_decoders():
        classes = ", ".join(decoder.labels)
        row = next(line for line in page.splitlines() if line.startswith(f"| `{decoder.name}` |"))
        assert classes in row and (", with `--content`" in row) == decoder.private
        assert (" FM, " in row) == (decoder.demodulation == "fm")


def test_an_entry_with_frames_takes_the_emissions_alone_in_which_they_were_found(tmp_path):
    (any_dmr,) = read_decoders(write(tmp_path))
    assert any_dmr.takes("dmr", None) and not any_dmr.takes("dpmr", "DMR")
    (framed,) = read_decoders(write(tmp_path, frames='["DMR"]'))
    assert framed.takes("dmr", "DMR") and not framed.takes("dmr", None)
    assert not framed.takes("dpmr", "DMR")


def test_frames_of_the_shipped_table_are_those_of_formats_of_its_classes():
    named = {one.name: one for one in read_decoders(SHIPPED) if one.frames}
    assert named.keys() == {"rs41mod", "dfm09mod"}
    for one in named.values():
        for name in one.frames:
            assert formats()[name] in one.labels
