# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can recordings be told from made-up cuts: where they differ, where they do not, and the table."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import DIRECT, MADE, RECORDED, write_cuts
from gnuradio.rfattn_workshop.judges import real_or_made

from cut_sets import N_BINS, cut_of


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(real_or_made, "TREES", 20)


def cuts(origin, count, tilt_db=0.0, level_db=0.0):
    """Cuts of dmr, two a group, whose spectra fall by so much from the first bin to the last."""
    found = []
    for k in range(count):
        one = cut_of("dmr", f"{origin} {k // 2}", "train", origin, count=40, number=k)
        rng = np.random.default_rng([len(origin), k])
        tokens = rng.normal(-60.0 + level_db, 3.0, one.tokens.shape)
        tokens[:, :N_BINS] += np.linspace(tilt_db, -tilt_db, N_BINS) / 2
        found.append(dataclasses.replace(one, tokens=tokens.astype(np.float16)))
    return found


def test_equal_cuts_cannot_be_told_apart():
    found = real_or_made.area(cuts(MADE, 60), cuts(RECORDED, 30), N_BINS)
    assert 0.25 < found < 0.75  # 30 against 60: a standard deviation is 0.065


def test_a_tilt_gives_recordings_away_and_a_level_does_not():
    made = cuts(MADE, 60)
    assert real_or_made.area(made, cuts(RECORDED, 30, tilt_db=6.0), N_BINS) > 0.95
    assert 0.25 < real_or_made.area(made, cuts(RECORDED, 30, level_db=20.0), N_BINS) < 0.75


def test_cuts_of_one_group_are_judged_by_others():
    # Each group has a line of its own, by which a forest would know again what it has seen.
    made, real = cuts(MADE, 40), cuts(RECORDED, 40)
    for one in (*made, *real):
        one.tokens[:, int(one.group.split()[1]) + 20 * (one.origin == MADE)] += 30.0
    assert real_or_made.area(made, real, N_BINS) < 0.75


def test_one_group_is_too_few():
    assert real_or_made.area(cuts(MADE, 8), cuts(DIRECT, 2), N_BINS) is None


def test_the_table_lists_classes_by_their_area(tmp_path, capsys):
    other = [dataclasses.replace(c, label="tpms") for c in (*cuts(MADE, 8), *cuts(DIRECT, 2))]
    write_cuts(
        tmp_path / "a.npz",
        [*other, *cuts(MADE, 20), *cuts(RECORDED, 10, tilt_db=9.0)],
        CHANNEL_FRONT_END,
    )
    assert real_or_made.main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| class | made | again | groups | area | direct | groups | area |"
    assert lines[2] == "| dmr | 20 | 10 | 5 | 1.00 | 0 | 0 | - |"
    assert lines[3] == "| tpms | 8 | 0 | 0 | - | 2 | 1 | - |"
    assert real_or_made.main([str(tmp_path), "tpms"]) == 0
    assert "dmr" not in capsys.readouterr().out


def test_a_folder_without_cut_sets_is_refused(tmp_path, capsys):
    assert real_or_made.main([str(tmp_path)]) == 1
    assert "no cut sets" in capsys.readouterr().err
    assert real_or_made.main([]) == 2
