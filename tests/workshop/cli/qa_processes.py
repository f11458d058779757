# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of work in other processes: results, and processes that fail or die."""

import math
import multiprocessing
import os

import pytest
from gnuradio.rfattn_workshop.cli.processes import results


def test_all_results_come():
    assert sorted(results(math.factorial, range(5), 2)) == [1, 1, 2, 6, 24]


def test_an_error_in_a_process_ends_all():
    with pytest.raises(ValueError, match="factorial"):
        list(results(math.factorial, [-1, 2], 1))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_an_error():
    with pytest.raises(RuntimeError, match="was killed or crashed"):
        list(results(os._exit, [9, 9], 2))
    assert multiprocessing.active_children() == []
