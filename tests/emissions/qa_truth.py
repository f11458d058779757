# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of emissions that were found: the true emission's, another's, or none."""

import pytest
from gnuradio.rfattn.emissions.boxes import Box
from gnuradio.rfattn.emissions.truth import TrueEmission, labels_in_recording, labels_of
from gnuradio.rfattn.recordings.sigmf import Annotation


def box(low, high):
    return Box(0, 1000, low, high, 0)


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
    [((619, 1379), "navtex"), ((980, 1060), "navtex"), ((2000, 2400), None), ((0, 4000), None)],
)
def test_a_narrow_annotation_counts_as_a_line(found_band, label):
    annotation = Annotation(0, 1000, "navtex", 880.0, 1130.0)
    found = [[box(*found_band)]]
    assert labels_in_recording(found, [-10.0], [annotation], 0.0) == [label]
