# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of sound become sound without end: order, pauses, what is late, what is too much."""

import numpy as np
import pytest
from gnuradio.rfattn_station.sound.playout import Playout

LEAD = 240  # samples, 10 ms


def piece(first, count=100):
    return first, np.arange(first + 1, first + count + 1, dtype=np.int16)


@pytest.fixture
def playout():
    return Playout(LEAD / 24_000)


def test_sound_comes_a_lead_after_the_first_piece(playout):
    assert not playout.read(10).any()
    playout.add(*piece(1000))
    playout.add(*piece(1100))
    assert playout.waiting() == LEAD + 200
    got = playout.read(LEAD + 250)
    assert not got[:LEAD].any() and not got[-50:].any()
    np.testing.assert_array_equal(got[LEAD:-50], np.arange(1001, 1201))
    assert (playout.late, playout.skipped) == (0, 0)


def test_reading_in_small_parts_gives_the_same(playout):
    playout.add(*piece(0))
    parts = [playout.read(7) for _ in range(50)]
    np.testing.assert_array_equal(np.concatenate(parts)[LEAD : LEAD + 100], np.arange(1, 101))


def test_a_piece_that_follows_and_came_too_late_is_counted(playout):
    playout.add(*piece(0))
    playout.read(LEAD + 100)
    playout.add(*piece(100))
    assert playout.late == 1 and playout.waiting() == LEAD + 100


def test_a_pause_is_no_late_piece(playout):
    playout.add(*piece(0))
    playout.read(LEAD + 500)
    playout.add(*piece(9000))
    assert playout.late == 0
    assert not playout.read(LEAD).any() and playout.read(100)[0] == 9001


def test_behind_a_pause_what_waits_is_played_first(playout):
    playout.add(*piece(0, 1000))
    playout.add(*piece(9000))
    got = playout.read(LEAD + 1100)
    np.testing.assert_array_equal(got[LEAD + 1000 :], np.arange(9001, 9101))


def test_what_waits_is_bounded(playout):
    for number in range(40):
        playout.add(2400 * number, np.ones(2400, np.int16))
    assert playout.waiting() < 2.2 * 24_000
    assert playout.skipped == 40 * 2400 - (playout.waiting() - LEAD)
