# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of the page, spectrograms of recordings, and labels by a person."""

import base64
import csv
import json
import os

import numpy as np
import pytest
from gnuradio.rfattn.recordings.channel_file import ChannelFile
from gnuradio.rfattn.recordings.labelled_folder import OTHER, find_recordings, read_folder
from gnuradio.rfattn.recordings.sigmf import (
    Annotation,
    SigMFError,
    read,
    set_label,
    write_annotations,
)
from gnuradio.rfattn_station.web.corrections import GENERATOR, check_label, correct
from gnuradio.rfattn_station.web.feed import Feed
from gnuradio.rfattn_station.web.history import History, Query
from gnuradio.rfattn_station.web.recordings import Recordings
from gnuradio.rfattn_station.web.spectrogram import spectrogram

from page_messages import EMISSION

RATE, MIDDLE, TONE_HZ = 25_600.0, 433.92e6, 3200.0


def entry(key, **more):
    feed = Feed()
    feed.add("emissions", EMISSION)
    (made,) = feed.snapshot()["emissions"]
    return {**made, "key": key, "is_live": False, **more}


@pytest.fixture
def history():
    made = History(most=3)
    labels = {"label": "dmr", "family": "digital voice", "guess": "dmr", "confidence": 0.9}
    made.put(entry("0.1", id=1, freq_lower=433.9e6, freq_upper=434.0e6, snr_db=5.0, **labels))
    made.put(entry("0.2", id=2, freq_lower=868.3e6, freq_upper=868.4e6, snr_db=30.0, began=90.0))
    unsure = {"label": "unknown", "guess": "ais", "confidence": 0.3}
    made.put(entry("0.3", id=3, snr_db=20.0, corrected="nxdn", flags=["dc"], **unsure))
    return made


def found(history, **query):
    return [emission["id"] for emission in history.find(Query(**query))["emissions"]]


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"sort": "id", "descends": False}, [1, 2, 3]),
        ({"sort": "snr"}, [2, 3, 1]),
        ({"sort": "time", "descends": False}, [2, 3, 1]),
        ({"sort": "confidence", "descends": False}, [3, 1, 2]),  # what has none comes last
        ({"sort": "label"}, [3, 1, 2]),
        ({"words": ("DMR",)}, [1]),
        ({"words": ("digital", "voice")}, [1]),
        ({"words": ("nxdn",)}, [3]),
        ({"words": ("ais", "dc")}, [3]),
        ({"words": ("lte",)}, [2]),  # compatible with it; the others have a label that is sure
        ({"sort": "nearest"}, [2, 3, 1]),
        ({"words": ("%",)}, []),
        ({"low": 434.0e6, "high": 900e6, "sort": "id"}, [2, 1]),
        ({"low": 434.1e6, "high": 868.2e6}, []),
        ({"high": 434e6}, [1]),
    ],
)
def test_a_search_finds_words_and_bands_in_order(history, query, expected):
    assert found(history, **query) == expected


def test_the_history_keeps_the_newest_and_replaces_by_key(history):
    answer = history.find(Query())
    assert (answer["found"], answer["kept"], answer["since"]) == (3, 3, 90.0)
    history.put(entry("0.2", id=2, snr_db=1.0))
    assert len(history) == 3 and history.get("0.2")["snr_db"] == 1.0
    history.put(entry("1.1", id=4))
    assert history.get("0.1") is None and found(history, sort="id") == [4, 3, 2]
    classes = {f"c{i}": i / 100 for i in range(20)}
    history.put(entry("1.2", probabilities=classes))
    assert list(history.get("1.2")["probabilities"]) == [f"c{i}" for i in range(19, 11, -1)]


def test_sidebands_are_counted_and_found_where_they_are_asked_for(history):
    sideband = {"flags": ["sideband"], "sideband_of": 1}
    history.put(entry("0.2", id=2, began=90.0, **sideband))  # which turns out to be one late
    answer = history.find(Query(sort="id"))
    assert [emission["id"] for emission in answer["emissions"]] == [3, 1]
    assert (answer["found"], answer["kept"], answer["sidebands"]) == (2, 2, 1)
    assert found(history, words=("sideband",)) == []
    answer = history.find(Query(sort="id", sidebands=True))
    assert [emission["id"] for emission in answer["emissions"]] == [3, 2, 1]
    assert (answer["found"], answer["kept"], answer["sidebands"]) == (3, 3, 1)
    assert found(history, words=("sideband",), sidebands=True) == [2]
    history.put(entry("0.2", id=2))
    assert history.find(Query())["sidebands"] == 0 and len(found(history)) == 3
    assert History().find(Query())["sidebands"] == 0


def test_ignored_emissions_are_counted_and_found_where_they_are_asked_for(history):
    history.put(entry("0.2", id=2, began=90.0, flags=["ignored"]))
    answer = history.find(Query(sort="id"))
    assert [emission["id"] for emission in answer["emissions"]] == [3, 1]
    assert (answer["kept"], answer["sidebands"], answer["ignored"]) == (2, 0, 1)
    assert found(history, words=("ignored",), sidebands=True) == [2]
    sideband = {"flags": ["sideband", "ignored"], "sideband_of": 1}
    history.put(entry("0.2", id=2, began=90.0, **sideband))
    answer = history.find(Query())  # which is counted once
    assert (answer["kept"], answer["sidebands"], answer["ignored"]) == (2, 1, 0)


def test_what_has_no_name_is_counted_and_left_out_where_that_is_asked_for(history):
    history.put(entry("0.2", id=2, began=90.0, label="unknown", guess="ais", confidence=0.4))
    answer = history.find(Query(sort="id"))
    assert (answer["found"], answer["unnamed"]) == (3, 1)
    answer = history.find(Query(sort="id", named=True))
    assert [emission["id"] for emission in answer["emissions"]] == [3, 1]
    assert (answer["found"], answer["kept"], answer["unnamed"]) == (2, 3, 1)
    history.put(entry("0.2", id=2, began=90.0, label="unknown", corrected="gate"))
    assert history.find(Query(named=True))["found"] == 3


@pytest.mark.parametrize(("until", "count"), [(None, 2), (1000.5, 2), (998.0, 0)])
def test_files_of_a_later_flowgraph_are_not_those_of_the_emission(tmp_path, until, count):
    meta = write_recording(tmp_path)
    os.utime(meta.with_suffix(".sigmf-data"), (1000.0, 1000.0))
    place = {"freq_lower": MIDDLE - 500.0, "freq_upper": MIDDLE + 500.0}
    emission = entry("0.7", id=7, began=999.5, until=until, **place)
    assert len(Recordings(tmp_path).of(emission)) == count
    assert Recordings(tmp_path).of({**emission, "began": 1002.0}) == {}


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="sort must be one of time, frequency, .* got 'x; drop'"):
        Query(sort="x; drop")


def write_recording(folder, number=7, label="unknown, 1 kHz"):
    """A carrier in a channel of 25.6 kHz, as the recorder writes it."""
    file = ChannelFile(folder / f"emission_{number:04d}_433.920MHz", RATE, MIDDLE, True)
    n = 25_600
    file.add(np.exp(2j * np.pi * TONE_HZ / RATE * np.arange(n)).astype(np.complex64), 0, True)
    details = {"guess": "dmr", "snr_db": 12.0}
    edges = {"freq_lower_edge": MIDDLE + 2700.0, "freq_upper_edge": MIDDLE + 3700.0}
    file.finish(Annotation(0, n, label, comment="emission 7", details=details, **edges))
    return file.meta_path


def test_a_spectrogram_has_the_carrier_in_its_bin_at_full_scale(tmp_path):
    picture = spectrogram(write_recording(tmp_path))
    assert (picture["low"], picture["high"]) == (MIDDLE - RATE / 2, MIDDLE + RATE / 2)
    assert picture["seconds"] == 1.0 and picture["is_absolute"]
    assert (picture["rows"], picture["bins"]) == (200, 128)
    steps = np.frombuffer(base64.b64decode(picture["bytes"]), np.uint8).reshape(200, 128)
    values = picture["low_db"] + picture["step_db"] * steps
    assert set(values.argmax(axis=1)) == {64 + round(TONE_HZ / (RATE / 128))}
    # The carrier lies on a bin; half a step of the packed values is lost.
    assert values.max(axis=1) == pytest.approx(0.0, abs=picture["step_db"])


def test_a_recording_without_samples_has_no_spectrogram(tmp_path):
    meta = write_recording(tmp_path)
    meta.with_suffix(".sigmf-data").write_bytes(b"")
    with pytest.raises(SigMFError, match="no samples in it"):
        spectrogram(meta)


def test_a_corrected_label_is_an_annotation_that_training_uses(tmp_path):
    metas = [write_recording(tmp_path, number) for number in (7, 8)]
    write_recording(tmp_path, 9)
    assert correct(metas[:1], "dmr", "433.920MHz") == [metas[0].name]
    assert correct(metas[1:], " wfm ", "433.920MHz") == [metas[1].name]
    recording = read(metas[0])
    (annotation,) = recording.annotations
    assert (annotation.label, annotation.freq_lower_edge) == ("dmr", MIDDLE + 2700.0)
    (written,) = json.loads(metas[0].read_text())["annotations"]
    assert written["core:generator"] == GENERATOR and written["rfattn:guess"] == "dmr"
    # Only what a person looked at is in the table, and so in training.
    assert {(e.path.name, e.label, e.split, e.group) for e in read_folder(tmp_path)} == {
        (metas[0].name, "dmr", "train", "433.920MHz"),
        (metas[1].name, "wfm", "train", "433.920MHz"),
    }
    write_annotations(metas[0], [Annotation(0, 10, "machine")])  # by a later run of label
    assert [a.label for a in read(metas[0]).annotations] == ["dmr", "machine"]
    correct(metas[:1], "nxdn", "433.920MHz")
    assert {e.label for e in find_recordings(tmp_path)} == {"nxdn", "wfm"}


def test_a_table_of_the_user_keeps_its_rows_and_columns(tmp_path):
    metas = [write_recording(tmp_path, number) for number in (7, 8)]
    table = tmp_path / "labels.csv"
    table.write_text(
        f"file,label,split,license\nold.sigmf-meta,ft8,test,MIT\n{metas[0].name},a,val,\n"
    )
    correct(metas[:1], "dmr", "g")
    correct(metas[1:], OTHER, "g")
    with table.open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert rows["old.sigmf-meta"]["split"] == "test" and rows["old.sigmf-meta"]["license"] == "MIT"
    assert (rows[metas[0].name]["label"], rows[metas[0].name]["split"]) == ("dmr", "val")
    assert rows[metas[1].name]["split"] == "ood"


@pytest.mark.parametrize("label", ["", " ", "=cmd()", "a,b", "x\ny", "a" * 41, "é", "<b>"])
def test_a_label_that_is_none_is_refused(tmp_path, label):
    meta = write_recording(tmp_path)
    before = meta.read_bytes()
    with pytest.raises(ValueError, match=r"a label must be 1 to 40 letters, digits, .* got '"):
        correct([meta], label, "g")
    assert meta.read_bytes() == before and not (tmp_path / "labels.csv").exists()
    assert check_label(" P25 phase 1 ") == "P25 phase 1"


def test_metadata_without_our_annotation_are_refused(tmp_path):
    meta = write_recording(tmp_path)
    about = json.loads(meta.read_text())
    about["annotations"] = [{"core:sample_start": 0, "core:label": "mine"}]
    meta.write_text(json.dumps(about))
    with pytest.raises(SigMFError, match="no annotation of gr-rfattn in it"):
        set_label(meta, "dmr", GENERATOR)
