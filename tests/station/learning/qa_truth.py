# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of emissions that were found: the true emission's, another's, or none."""

import pytest
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_station.learning.truth import (
    TrueEmission,
    labels_in_recording,
    labels_of,
    signal_under,
)


def box(low, high, start=0, count=1000):
    return Box(start, count, low, high, 0)


@pytest.mark.parametrize(
    ("true_band", "found_band", "label"),
    [
        ((0, 10e3), (500, 9e3), "true"),
        ((0, 10e3), (0, 2e3), None),  # a piece
        ((0, 10e3), (20e3, 25e3), "other"),
        # A line of 50 Hz in a true box of 500 Hz, in the middle and off it.
        ((0, 500), (225, 275), "true"),
        ((0, 500), (150, 200), "true"),
        ((0, 60), (0, 90), "true"),
    ],
)
def test_a_found_emission_gets_the_label_of_the_band_it_covers(true_band, found_band, label):
    true = [TrueEmission("true", (box(*true_band),))]
    assert labels_of([[box(*found_band)]], true) == [label]


@pytest.mark.parametrize(
    ("found_band", "label"),
    [((0, 2e3), "a"), ((9e3, 11e3), "a"), ((11e3, 12e3), "b"), ((18e3, 23e3), None)],
)
def test_the_signal_under_a_piece_is_that_of_half_of_it(found_band, label):
    true = [TrueEmission("a", (box(0, 10e3),)), TrueEmission("b", (box(10e3, 20e3),))]
    assert signal_under([box(*found_band)], true) == label
    assert signal_under([box(*found_band)], []) is None


@pytest.mark.parametrize(
    ("found_band", "label"),
    [((619, 1379), "navtex"), ((980, 1060), "navtex"), ((2000, 2400), None), ((0, 4000), None)],
)
def test_a_narrow_annotation_counts_as_a_line(found_band, label):
    annotation = Annotation(0, 1000, "navtex", 880.0, 1130.0)
    found = [[box(*found_band)]]
    assert labels_in_recording(found, [-10.0], [annotation], 0.0) == [label]


def test_an_emission_on_two_true_ones_of_one_label_has_it():
    true = [
        TrueEmission("a", (box(0, 10e3, 0, 500),)),
        TrueEmission("a", (box(0, 10e3, 500, 500),)),
    ]
    assert labels_of([[box(0, 10e3)]], true) == ["a"]


def test_an_emission_that_joins_two_labels_has_none():
    true = [TrueEmission("a", (box(0, 10e3),)), TrueEmission("b", (box(10e3, 20e3),))]
    # A little more than half of its area, but its band is that of both.
    assert labels_of([[box(0, 20e3)]], true) == ["a"]
    assert labels_of([[box(0, 22e3)]], true) == [None]


def test_an_emission_mostly_beside_the_true_one_has_no_label():
    true = [TrueEmission("a", (box(0, 10e3, 0, 200),))]
    # It shares its first fifth with the true one.
    assert labels_of([[box(0, 10e3)]], true) == [None]
    # A touch of 1 % is none.
    assert labels_of([[box(0, 10e3, 190)]], true) == [OTHER]


def test_without_bursts_or_true_emissions():
    assert labels_of([[box(0, 0)]], []) == [None]
    assert labels_of([[box(0, 10e3)]], []) == [OTHER]


def test_what_lies_on_no_annotation_has_no_label_unless_other_is_annotated():
    annotations = [Annotation(0, 1000, "a", 100e3, 110e3)]
    found = [[box(0, 10e3)], [box(50e3, 60e3)]]
    assert labels_in_recording(found, [0.0, 0.0], annotations, 100e3) == ["a", None]
    annotations.append(Annotation(0, 1000, OTHER, 180e3, 190e3))
    assert labels_in_recording(found, [0.0, 0.0], annotations, 100e3) == ["a", OTHER]


def test_in_a_band_of_many_signals_the_strongest_have_the_label():
    annotations = [Annotation(0, 1000, "a", 0.0, 100e3), Annotation(0, 1000, "b", 200e3, 210e3)]
    found = [
        [box(10e3, 15e3)],  # the strongest in the band
        [box(30e3, 35e3)],  # 5 dB below
        [box(50e3, 55e3)],  # 7 dB below
        [box(96e3, 106e3)],  # most of it beside the band
        [box(200e3, 210e3)],
        [box(204e3, 205e3)],  # a piece of that
    ]
    powers = [-20.0, -25.0, -27.0, -10.0, -60.0, 0.0]
    labels = labels_in_recording(found, powers, annotations, 0.0, are_bands=True)
    assert labels == ["a", "a", None, None, "b", None]
    assert labels_in_recording(found, powers, annotations, 0.0)[:3] == [None] * 3


def test_without_edges_the_strongest_emissions_of_the_annotated_time_have_the_label():
    annotations = [Annotation(0, 500, "a"), Annotation(600, 400, "b")]
    found = [
        [box(0, 1e3, 0, 500)],  # the strongest of the first
        [box(5e3, 6e3, 100, 300)],  # 5 dB below
        [box(9e3, 10e3, 0, 500)],  # 7 dB below
        [box(0, 1e3, 700, 200)],  # alone in the second
        [box(0, 1e3, 350, 400)],  # 150 of 400 samples in each
    ]
    powers = [-20.0, -25.0, -27.0, -60.0, -10.0]
    labels = labels_in_recording(found, powers, annotations, 0.0)
    assert labels == ["a", "a", None, "b", None]


def test_an_emission_may_send_in_several_annotations_of_a_label():
    annotations = [Annotation(k * 1000, 500, "a") for k in range(4)]
    annotations += [Annotation(600, 300, "b")]
    telegrams = [box(0, 1e3, k * 1000 + 50, 400) for k in range(4)]
    found = [
        telegrams,
        [box(5e3, 6e3, k * 1000 + 50, 400) for k in range(4)],  # 7 dB below
        [telegrams[0], box(0, 1e3, 1500, 450)],  # more than half between them
        [box(2e3, 3e3, 650, 200)],
    ]
    labels = labels_in_recording(found, [-20.0, -27.0, -20.0, -60.0], annotations, 0.0)
    assert labels == ["a", None, None, "b"]
