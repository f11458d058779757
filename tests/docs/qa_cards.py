# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of the shipped models, and the README, state what the model files state."""

import re
import sys

import pytest
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.catalogue.formats import formats_of
from gnuradio.rfattn.cli.models import proofs
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL, read_contract
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.training_report import MADE_UP, known_by, report_beside
from gnuradio.rfattn_workshop.cli.card import END, card_of

from pages import PAGES, ROOT, anchors, links

sys.path.insert(0, str(ROOT / "docs"))

import class_tables

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


def test_the_table_of_classes_is_that_of_the_catalogue_and_of_the_models_report():
    known = known_by(report_beside(resolve(DEFAULT_EMISSION_MODEL, "model", "model")))
    proved = proofs(read_contract(DEFAULT_EMISSION_MODEL))
    table = PAGES["docs/models.md"].partition(class_tables.HEAD)[2].partition("\n\n")[0]
    found = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    assert found == [
        [
            f"`{row.name}`",
            row.family,
            row.words,
            known.get(row.name, ""),
            ", ".join(formats_of(row.name)),
            proved.get(row.name, {}).get("mostly_from", ""),
        ]
        for row in classes()
    ]


@pytest.mark.parametrize(
    ("fill", "head"),
    [(class_tables.fill_class_table, "class"), (class_tables.fill_short_table, "signals")],
)
def test_a_page_without_the_table_of_classes_is_refused(fill, head):
    with pytest.raises(ValueError, match=rf"must have one table with the head \| {head} .*, got 0"):
        fill("# Models\n")


def test_a_family_without_a_row_in_the_short_table_is_refused(monkeypatch):
    rows = {k: v for k, v in class_tables._SIGNALS.items() if k != "OFDM, pulses"}
    monkeypatch.setattr(class_tables, "_SIGNALS", rows)  # keeps the order of the rows
    with pytest.raises(ValueError, match="_SIGNALS must have a row for the family OFDM"):
        class_tables.fill_short_table("")


def test_the_readme_marks_the_classes_that_are_known_by_made_up_signals_alone():
    table = PAGES["README.md"].partition("| signals | classes |")[2].partition("\n\n")[0]
    known = known_by(report_beside(resolve(DEFAULT_EMISSION_MODEL, "model", "model")))
    marked = {name for name in re.findall(rf"`(\w+)`{MARK}", table)}
    assert marked == {name for name, way in known.items() if way == MADE_UP}
