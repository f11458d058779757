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
TESTS = [path for name in ("cpp", "fuzz") for path in (ROOT / "tests" / name).rglob("*.[ch]*")]
INCLUDES = {
    name
    for path in TESTS
    for name in re.findall(r'^#include "(.+)"$', path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_test_includes_each_header_of_a_kernel(path):
    assert f"{path.parent.name}/{path.name}" in INCLUDES, "no file of tests/cpp or tests/fuzz"


# What each package may import of the others, which all stand above it. Those of the station and
# of the workshop begin with its name, and the core imports none of them.
MAY_IMPORT = {
    "catalogue": "",
    "messages": "catalogue",
    "content": "messages",
    "recordings": "",
    "attention": "",
    "decoding": "",
    "signals": "recordings",
    "emissions": "catalogue messages",
    "inference": "attention emissions messages recordings",
    "telemetry": "emissions messages recordings",
    "link": "emissions messages recordings telemetry",
    "blocks": "catalogue content decoding emissions inference link messages recordings telemetry",
    "flowgraph": "attention blocks catalogue emissions inference messages recordings signals "
    "telemetry",
    "capacity": "attention blocks flowgraph inference",
    "benchmark": "attention capacity flowgraph inference",
    "cli": "attention benchmark blocks capacity catalogue emissions flowgraph inference messages "
    "recordings telemetry",
    "station.tuning": "catalogue emissions messages",
    "station.mqtt": "messages telemetry",
    "station.sound": "messages telemetry",
    "station.pulses": "",
    "station.learning": "attention catalogue emissions inference messages recordings signals",
    "station.cutting": "blocks catalogue emissions messages recordings station.learning",
    "station.logbook": "emissions",
    "station.transmitters": "station.logbook",
    "station.blocks": "blocks catalogue emissions flowgraph messages station.logbook station.sound",
    "station.web": "catalogue emissions messages recordings station.logbook station.sound "
    "station.transmitters station.tuning telemetry",
    "station.mcp": "catalogue emissions messages recordings station.web telemetry",
    "station.cli": "catalogue cli emissions flowgraph inference messages recordings station.blocks "
    "station.cutting station.learning station.logbook station.mcp station.mqtt station.pulses "
    "station.sound station.transmitters station.tuning station.web telemetry",
    "workshop.synthesis": "catalogue recordings signals station.learning",
    "workshop.train": "attention catalogue emissions inference messages recordings "
    "station.learning",
    "workshop.flowgraph": "blocks flowgraph recordings station.cutting station.learning "
    "workshop.synthesis workshop.train",
    "workshop.judges": "attention benchmark blocks capacity catalogue emissions flowgraph "
    "inference messages recordings signals station.cutting station.learning station.logbook "
    "station.transmitters workshop.flowgraph workshop.synthesis workshop.train",
    "workshop.cli": "attention catalogue cli emissions flowgraph inference messages recordings "
    "station.cutting station.learning workshop.flowgraph workshop.judges workshop.synthesis "
    "workshop.train",
}
# The others import where GNU Radio is absent, but for the files that turn messages into PMTs.
NEEDS_GNU_RADIO = {"blocks", "flowgraph", "capacity", "benchmark", "cli"}
NEEDS_GNU_RADIO |= {
    "station.cutting",
    "station.blocks",
    "station.cli",
    "workshop.flowgraph",
    "workshop.judges",
    "workshop.cli",
}
MAKES_PMTS = {"messages/as_pmt.py"}
PREFIXES = {"rfattn": "", "rfattn_station": "station.", "rfattn_workshop": "workshop."}


def imports_of(path: Path) -> set[tuple[str, ...]]:
    """What a file of the packages imports, as parts of whole names."""
    found = set()
    folders = ("gnuradio", *path.relative_to(PACKAGE.parent).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folders[: len(folders) - node.level] if node.level else ()
            start = [*above, *(node.module.split(".") if node.module else ())]
            names = [[*start, alias.name] for alias in node.names]
        else:
            continue
        found |= {tuple(name) for name in names}
    return found


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a name of a module or below it, or of a file; "" beside the rooms, and for what
    belongs to others."""
    if len(parts) < 3 or parts[0] != "gnuradio" or parts[1] not in PREFIXES:
        return ""
    room = PREFIXES[parts[1]] + parts[2]
    return room if room in MAY_IMPORT else ""


@pytest.fixture(scope="module")
def imported():
    """Of each room, and "" for the files beside them: the file and what it imports."""
    found = {"": []} | {room: [] for room in MAY_IMPORT}
    for package in PREFIXES:
        for path in sorted((PACKAGE.parent / package).rglob("*.py")):
            parts = path.relative_to(PACKAGE.parent).parts
            name = "/".join(parts[1:])
            found[room_of(("gnuradio", *parts))] += [(name, got) for got in imports_of(path)]
    return found


def test_each_python_package_has_its_place():
    packages = {
        prefix + path.name
        for package, prefix in PREFIXES.items()
        for path in (PACKAGE.parent / package).iterdir()
        if (path / "__init__.py").is_file()
    }
    assert packages == MAY_IMPORT.keys()
    order = list(MAY_IMPORT)
    for number, (room, others) in enumerate(MAY_IMPORT.items()):
        assert set(others.split()) <= set(order[:number]), f"{room}: not above it"


@pytest.mark.parametrize("room", ["", *MAY_IMPORT])
def test_a_python_package_imports_what_it_may(room, imported):
    """`catalogue` and `recordings` import no other package, nor do the files beside them."""
    may = MAY_IMPORT.get(room, "").split()
    for name, target in imported[room]:
        other = room_of(target)
        assert other in ("", room, *may), f"{name} imports {other}"


@pytest.mark.parametrize("room", sorted(MAY_IMPORT.keys() - NEEDS_GNU_RADIO))
def test_a_python_package_does_without_gnu_radio(room, imported):
    for name, target in imported[room]:
        if target[:1] == ("gnuradio",) and target[1] in PREFIXES:
            assert room_of(target) not in NEEDS_GNU_RADIO
            continue
        assert target[0] != "gnuradio", f"{name} imports {'.'.join(target)}"
        assert target[0] != "pmt" or name in MAKES_PMTS, f"{name} imports pmt"


def test_no_package_opens_files_of_another_by_path():
    for package in PREFIXES:
        for path in (PACKAGE.parent / package).rglob("*.py"):
            assert not re.search(r"__file__\)?(\.resolve\(\))?\.parents", path.read_text()), path
