# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of the shipped models state what the model files state."""

import pytest
from gnuradio.rfattn.cli.card import END, card_of

from pages import ROOT, anchors, links

FAMILIES = sorted((ROOT / "python" / "rfattn" / "models").iterdir())


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
