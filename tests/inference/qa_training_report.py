# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each class of a model is known follows from what the report of its training counts."""

import pytest
from gnuradio.rfattn.inference.training_report import classes_by_way, known_by, report_beside

CUTS = {
    "classes": ["ais", "dmr", "ft8", "gsm", "unknown"],
    "cuts": {
        "ais": {"made train": 3},
        "dmr": {"made train": 3, "direct train": 1},
        "ft8": {"recorded train": 2},
        "gsm": {"made train": 1, "recorded val": 1, "direct test": 1},
        "unknown": {"recorded train": 9},
    },
}


def folder(source, **train):
    rows = [{"source": source, "licence": "MIT", "recordings": {"train": sum(train.values())}}]
    return {"recordings": {"train": train, "val": {"gsm": 1}}, "sources": rows}


def test_a_class_of_emissions_is_known_by_the_recordings_of_split_train():
    assert known_by(CUTS) == {
        "ais": "made-up",
        "dmr": "recordings",
        "ft8": "recordings",
        "gsm": "made-up",
    }


def test_a_class_of_bands_is_known_by_recordings_where_a_folder_of_them_has_it():
    report = {
        "classes": ["ais", "dmr", "gsm", "unknown"],
        "data": folder("gr-rfattn synthesize", ais=5, gsm=5),
        "extra_data": [folder("nobody/tones", dmr=1), folder("gr-rfattn synthesize", dmr=9)],
    }
    assert known_by(report) == {"ais": "made-up", "dmr": "recordings", "gsm": "made-up"}


def test_a_report_that_does_not_state_its_data_leaves_it_open():
    assert known_by({}) == known_by({"classes": ["ais"]}) == {}


def test_recordings_that_only_validate_teach_nothing():
    data = folder("gr-rfattn synthesize", ais=5)
    data["sources"].append({"source": "nobody/x", "licence": "MIT", "recordings": {"val": 1}})
    report = {"classes": ["ais"], "data": data, "extra_data": []}
    assert known_by(report) == {"ais": "made-up"}


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "a_metrics.json: not JSON: Expecting"), ("[1]", "must be a JSON object, got ")],
)
def test_a_report_that_is_no_object_is_refused(tmp_path, text, message):
    (tmp_path / "a_metrics.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        report_beside(tmp_path / "a.pt")
    assert report_beside(tmp_path / "b.pt") == {}


def test_classes_stand_by_how_they_are_known():
    assert classes_by_way(known_by(CUTS)) == {
        "recordings": ["dmr", "ft8"],
        "made-up": ["ais", "gsm"],
    }
    assert classes_by_way({"ais": "made-up"}) == {"made-up": ["ais"]}
