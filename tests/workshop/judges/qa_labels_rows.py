# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of the table of labels: which one is that of a signal, and which are false."""

import pytest
from gnuradio.rfattn.emissions.decision import Verdict
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges.naming import labels_report, labels_rows
from gnuradio.rfattn_workshop.judges.naming.labels_rows import Row, RowCounts, TrueSignal

DMR = TrueSignal("dmr", frozenset({"dmr"}), frozenset({"digital voice"}), (Box(0, 1000, 0, 8e3),))
OLIVIA = TrueSignal("Olivia", frozenset(), frozenset({"HF digital"}), (Box(0, 1000, 20e3, 20.5e3),))


def row(label, low, high, family=None, start=0, count=1000, confidence=0.5, basis=None):
    return Row(Verdict(label, family, "dmr", confidence), (Box(start, count, low, high),), basis)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([row("dmr", 0, 8e3)], "right"),
        ([row("p25", 0, 8e3)], "wrong"),
        ([row("carrier", 0, 8e3)], "wrong"),
        ([row("unknown", 0, 8e3, "digital voice")], "family"),
        ([row("unknown", 0, 8e3, "OOK")], "wrong family"),
        ([row("unknown", 0, 8e3)], "unknown"),
        ([Row(None, (Box(0, 1000, 0, 8e3),))], "unknown"),  # the model did not look
        # The largest row decides, not the mean of all.
        ([row("p25", 0, 3e3), row("dmr", 3e3, 8e3), row("p25", 0, 2e3)], "right"),
        # A row that joins the signal and others is its row, too, unless there is a better one.
        ([row("lte_fdd", -4e3, 30e3)], "wrong"),
        ([row("dmr", 7e3, 20e3)], "missed"),
        ([row("dmr", 0, 8e3, start=1000)], "missed"),
        ([], "missed"),
    ],
)
def test_the_row_of_a_signal_covers_most_of_it(rows, outcome):
    assert labels_rows.answer_of(rows, DMR).outcome == outcome


def test_a_line_is_as_wide_as_the_detector_can_tell():
    line = TrueSignal("cw", frozenset({"cw"}), frozenset(), (Box(0, 1000, 100.0, 110.0),))
    assert labels_rows.answer_of([row("cw", 0, 300)], line).outcome == "right"
    assert labels_rows.answer_of([row("cw", 500, 900)], line).outcome == "missed"


def test_a_stranger_should_get_no_name():
    outcomes = [
        labels_rows.answer_of([row(label, 20e3, 20.5e3, family)], OLIVIA).outcome
        for label, family in (("unknown", None), ("unknown", "HF digital"), ("ft8", "HF digital"))
    ]
    assert outcomes == ["right", "family", "wrong"]


def test_rows_with_a_class_that_is_not_there_are_false():
    counts = RowCounts()
    counts.add_scene(
        [
            row("dmr", 0, 8e3, basis="proved"),
            row("ft8", 20e3, 20.5e3, basis="proved"),
            row("ook_srd", 50e3, 51e3, confidence=0.9),
            row("carrier", -1e3, 0, confidence=0.9),
            row("unknown", 70e3, 71e3),
        ],
        [DMR, OLIVIA],
    )
    counts.add_scene([row("dmr", 0, 8e3), row("dmr", 40e3, 48e3)], [DMR])
    found = counts.to_dict()
    assert (found["scenes"], found["rows"], found["named"]) == (2, 7, 5)
    assert (found["false"], found["false_scenes"]) == (2, 1)
    assert (found["proved"], found["proved_false"]) == (2, 1)
    assert found["confidence"] == pytest.approx(0.58)  # of those with a name
    assert RowCounts().to_dict()["confidence"] is None
    assert found["called"] == {"ft8": 1, "ook_srd": 1}
    assert (found["count"], found["right"], found["wrong"]) == (3, 2 / 3, 1 / 3)
    assert labels_rows.confusions(counts.answers) == [("Olivia", "ft8", 1)]
    text = labels_report.rows_table("SNR", {"8 dB": found})
    assert "| 8 dB | 3 | 0.67 (0.21 to 0.94) | 0.00 |" in text
    assert "| 7 | 5 | 0.58 | 2 | 2 | 1 | 0.50 (0.09 to 0.91) | ft8 1, ook_srd 1 |" in text
