# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the library are those of lib/README.md, and includes point one way."""

import re
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "lib"
ROOMS = re.findall(r"^\| `(\w+)` \|", (LIBRARY / "README.md").read_text(), re.MULTILINE)
FILES = sorted(path for room in ROOMS for path in (LIBRARY / room).glob("*.[ch]*"))


def test_every_folder_is_a_room():
    assert sorted(ROOMS) == sorted(path.name for path in LIBRARY.iterdir() if path.is_dir())
    assert len(FILES) > 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_includes_its_own_room_and_those_above(path):
    own = ROOMS.index(path.parent.name)
    for name in re.findall(r'^#include "(.+)"$', path.read_text(), re.MULTILINE):
        room = name.partition("/")[0] if "/" in name else path.parent.name
        is_shared = (LIBRARY / name).is_file() and "/" not in name  # such as lib/checks.h
        assert is_shared or (LIBRARY / room / Path(name).name).is_file(), f"{path.name}: {name}"
        assert is_shared or ROOMS.index(room) <= own, f"{path.name} includes {name}"
