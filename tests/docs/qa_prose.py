# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages are written in plain English: no phrase that a reader stumbles over."""

import re

import pytest

from pages import PAGES

PLAINER = {
    "as of the": "like the, of the",
    "of yours": "your",
    "goes on": "continues",
    "shall": "must",
    "for ever": "without end",
    "stands still": "blocks",
    "what becomes of": "what happens to",
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("phrase", PLAINER)
def test_no_stumbling(page, phrase):
    words = r"\s+".join(phrase.split())
    found = re.search(rf"\b{words}\b", PAGES[page], re.IGNORECASE)
    assert not found, f"{page}: write {PLAINER[phrase]!r} in place of {found[0]!r}"
