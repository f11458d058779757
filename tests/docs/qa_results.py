# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published results say what they were measured with."""

import re
from pathlib import Path

import pytest

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_REPORTS = sorted(_EXAMPLES.glob("*/results/**/*.md"))


@pytest.mark.parametrize("path", _REPORTS, ids=lambda path: str(path.relative_to(_EXAMPLES)))
def test_a_published_result_states_its_commit(path):
    assert re.search(r"\bcommit:? [0-9a-f]{7}", path.read_text())
