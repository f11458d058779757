# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the library are those of lib/README.md, and includes and imports point one way."""

import ast
import re
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


# What each package may import of the others, which all stand above it.
MAY_IMPORT = {
    "catalogue": "",
    "messages": "catalogue",
    "content": "messages",
    "recordings": "",
    "attention": "",
    "decoding": "",
    "signals": "recordings",
    "emissions": "catalogue messages recordings",
    "synthesis": "catalogue emissions recordings signals",
    "inference": "attention emissions messages recordings",
    "train": "attention catalogue emissions inference messages recordings",
    "tuning": "catalogue emissions messages",
    "telemetry": "catalogue emissions messages recordings tuning",
    "link": "emissions messages recordings telemetry",
    "blocks": "catalogue content decoding emissions inference link messages recordings telemetry",
    "flowgraph": "attention blocks catalogue emissions inference messages recordings signals "
    "synthesis telemetry train",
    "capacity": "attention blocks flowgraph inference",
    "benchmark": "attention capacity flowgraph inference",
    "cli": "attention benchmark blocks capacity catalogue decoding emissions flowgraph inference "
    "messages recordings synthesis telemetry train tuning",
}
# The others import where GNU Radio is absent, but for the files that turn messages into PMTs.
NEEDS_GNU_RADIO = {"blocks", "flowgraph", "capacity", "benchmark", "cli"}
MAKES_PMTS = {"messages/as_pmt.py"}


def imports_of(path: Path) -> set[tuple[str, ...]]:
    """What a file of the package imports, as parts: of the package from its root, else whole."""
    found = set()
    folders = path.relative_to(PACKAGE).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folders[: len(folders) - node.level] if node.level else ()
            start = [*above, *(node.module.split(".") if node.module else ())]
            start = ["gnuradio", "rfattn", *start] if node.level else start
            names = [[*start, alias.name] for alias in node.names]
        else:
            continue
        found |= {tuple(name) for name in names}
    return found


@pytest.fixture(scope="module")
def imported():
    """Of each package, and "" for the files beside them: the file and what it imports."""
    found = {"": []} | {room: [] for room in MAY_IMPORT}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else ""
        name = str(path.relative_to(PACKAGE))
        found.setdefault(room, []).extend((name, target) for target in imports_of(path))
    return found


def test_each_python_package_has_its_place(imported):
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert packages == MAY_IMPORT.keys() == imported.keys() - {""}
    order = list(MAY_IMPORT)
    for number, (room, others) in enumerate(MAY_IMPORT.items()):
        assert set(others.split()) <= set(order[:number]), f"{room}: not above it"


@pytest.mark.parametrize("room", ["", *MAY_IMPORT])
def test_a_python_package_imports_what_it_may(room, imported):
    """`catalogue` and `recordings` import no other package, nor do the files beside them."""
    may = MAY_IMPORT.get(room, "").split()
    for name, target in imported[room]:
        other = target[2] if target[:2] == ("gnuradio", "rfattn") and len(target) > 2 else ""
        if other in MAY_IMPORT and other != room:
            assert other in may, f"{name} imports {other}"


@pytest.mark.parametrize("room", sorted(MAY_IMPORT.keys() - NEEDS_GNU_RADIO))
def test_a_python_package_does_without_gnu_radio(room, imported):
    for name, target in imported[room]:
        if target[:2] == ("gnuradio", "rfattn") and len(target) > 2:
            continue
        assert target[0] != "gnuradio", f"{name} imports {'.'.join(target)}"
        assert target[0] != "pmt" or name in MAKES_PMTS, f"{name} imports pmt"
