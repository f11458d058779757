# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checksums prove of labels, in counts by class."""

import pytest
from gnuradio.rfattn.emissions.proofs import Proof, Proofs, pair_of
from gnuradio.rfattn.emissions.record import EmissionRecords
from gnuradio.rfattn.messages import schema

from page_messages import emission


def proofs_of(*pairs):
    proofs = Proofs()
    for sync, label in pairs:
        proofs.add(sync, label)
    return proofs


@pytest.mark.parametrize(
    ("sync", "label", "pair"),
    [
        ("Mode S", "mode_s", ("mode_s", "mode_s")),
        ("Mode S", "unknown", ("mode_s", "unknown")),
        ("HDLC FSK", "ais", ("sat_fsk", "ais")),
        ("Mode S", None, None),  # no model looked
        (None, "mode_s", None),
        ("XYZ", "mode_s", None),
    ],
)
def test_what_two_fields_prove(sync, label, pair):
    assert pair_of(sync, label) == pair


def test_the_counts_of_each_class():
    """Three of AIS: one named so, one without a name, one called dmr; and of dmr itself nothing."""
    found = proofs_of(
        *[("Mode S", "mode_s")] * 4,
        ("AIS", "ais"),
        ("AIS", "unknown"),
        ("AIS", "dmr"),
        ("Mode S", "ais"),
    )
    assert found.by_class() == {
        "mode_s": Proof(checked=5, confirmed=4),
        "ais": Proof(checked=3, confirmed=1, unnamed=1, refuted=1),
        "dmr": Proof(refuted=1),
    }
    assert list(found.by_class()) == ["mode_s", "ais", "dmr"]
    assert found.to_dict()["dmr"] == {"checked": 0, "confirmed": 0, "unnamed": 0, "refuted": 1}
    assert found.lines() == [
        "  by checksums: mode_s 4 of 5 confirmed; ais 1 of 3 confirmed, 1 refuted; dmr 1 refuted"
    ]


def test_where_nothing_is_proved_there_is_no_line():
    proofs = proofs_of(("Mode S", None), (None, "mode_s"))
    assert (proofs.by_class(), proofs.lines()) == ({}, [])


def test_what_is_taken_away_leaves_no_trace():
    proofs = proofs_of(("AIS", "dmr"))
    proofs.add("AIS", "dmr", -1)
    assert proofs.pairs == {} and proofs.by_class() == {}


CHECKED = {"sync": "AIS", "label": "ais", "confidence": 0.9, "burst_count": 1}


def counted(*messages):
    records = EmissionRecords()
    for message in messages:
        records.add(schema.read("emissions", message))
    return records.proofs.to_dict()


def test_an_emission_counts_when_it_ends():
    begun = emission(1, "new", **CHECKED, label_without_frames="ais")
    assert counted(begun) == {}
    ended = emission(1, "end", **CHECKED, label_without_frames="ais")
    assert counted(begun, ended) == {
        "ais": {"checked": 1, "confirmed": 1, "unnamed": 0, "refuted": 0}
    }


def test_a_message_behind_the_end_changes_what_is_counted():
    """Frames are found late, and then the model is surer."""
    ended = emission(1, "end", **CHECKED | {"sync": None})
    late = emission(1, "end", **CHECKED, label_without_frames="unknown")
    latest = emission(1, "end", **CHECKED, label_without_frames="dmr")
    assert counted(emission(1), ended) == {}
    assert counted(emission(1), ended, late)["ais"]["unnamed"] == 1
    last = counted(emission(1), ended, late, latest)
    assert last["ais"] == {"checked": 1, "confirmed": 0, "unnamed": 0, "refuted": 0}
    assert last["dmr"]["refuted"] == 1


@pytest.mark.parametrize(
    "about",
    [{"burst_count": 0}, {"flags": ["sideband"], "sideband_of": 2}, {"flags": ["ignored"]}],
    ids=str,
)
def test_parts_sidebands_and_ignored_ones_prove_nothing(about):
    ended = emission(1, "end", **CHECKED | about, label_without_frames="ais")
    assert counted(emission(1), ended) == {}
