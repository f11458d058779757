# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the library are those of lib/README.md, and includes and imports point one way."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY, PACKAGE = ROOT / "lib", ROOT / "python" / "rfattn"
PAGE = (LIBRARY / "README.md").read_text()
ROOMS = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
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


def diagram() -> str:
    """Which room includes which, in Mermaid's language, without arrows that others imply."""
    direct = {room: set() for room in ROOMS}
    for path in FILES:
        named = re.findall(r'^#include "(\w+)/', path.read_text(), re.MULTILINE)
        direct[path.parent.name] |= {*named} & {*ROOMS} - {path.parent.name}
    reached = {}  # rooms that a room includes, directly or not
    for room in ROOMS:
        reached[room] = direct[room].union(*(reached[above] for above in direct[room]))
    arrows = [
        f"    {room} --> {above}\n"
        for room in ROOMS
        for above in sorted(direct[room], key=ROOMS.index)
        if not any(above in reached[between] for between in direct[room])
    ]
    return "".join(["```mermaid\n", "flowchart BT\n", *arrows, "```\n"])


def test_the_diagram_shows_the_includes():
    right = diagram()
    assert right in PAGE, f"lib/README.md needs this diagram:\n{right}"


HEADERS = [path for path in FILES if path.suffix == ".h" and path.parent.name != "blocks"]
TESTS = [path for name in ("cpp", "fuzz") for path in (ROOT / "tests" / name).glob("*.[ch]*")]
INCLUDES = {
    name
    for path in TESTS
    for name in re.findall(r'^#include "(.+)"$', path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_test_includes_each_header_of_a_kernel(path):
    assert f"{path.parent.name}/{path.name}" in INCLUDES, "no file of tests/cpp or tests/fuzz"


def test_python_packages_import_one_way():
    above = {path.name: set() for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).parts
        for dots, name in re.findall(r"^ *from (\.+)([\w.]*) import", path.read_text(), re.M):
            target = [*parts[: len(parts) - len(dots)], *name.split(".")][0]
            if parts[0] in above and target in above and target != parts[0]:
                above[parts[0]].add(target)
    order = [*TopologicalSorter(above).static_order()]  # fails where packages go in a circle
    assert order.index("messages") < order.index("emissions") < order.index("telemetry")
