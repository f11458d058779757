# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of the shipped models, and the README, state what the model files state."""

import re

import pytest
from gnuradio.rfattn.cli.card import END, card_of
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.training_report import MADE_UP, known_by, report_beside

from pages import PAGES, ROOT, anchors, links

FAMILIES = sorted((ROOT / "python" / "rfattn" / "models").iterdir())
MARK = "\N{DEGREE SIGN}"
"""Behind a class in the README's table that is known by made-up signals alone."""


@pytest.mark.parametrize("folder", FAMILIES, ids=lambda folder: folder.name)
def test_the_card_is_what_the_command_writes(folder):
    written, end, _ = (folder / "README.md").read_text(encoding="utf-8").partition(END)
    assert end, f"{folder}/README.md lacks the line {END}"
    assert written == f"{card_of(folder)}\n", f"run: gr-rfattn card --write {folder}"


@pytest.mark.parametrize("folder", FAMILIES, ids=lambda folder: folder.name)
def test_the_links_of_a_card_lead_somewhere(folder):
    for target in links((folder / "README.md").read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        assert (folder / name).exists(), target
        assert not anchor or anchor in anchors((folder / name).read_text()), target


def test_the_readme_marks_the_classes_that_are_known_by_made_up_signals_alone():
    table = PAGES["README.md"].partition("| signals | classes |")[2].partition("\n\n")[0]
    known = known_by(report_beside(resolve(DEFAULT_EMISSION_MODEL, "model", "model")))
    marked = {name for name in re.findall(rf"`(\w+)`{MARK}", table)}
    assert marked == {name for name, way in known.items() if way == MADE_UP}
