# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeded faults: where they are, and how they end in a package of three functions."""

import ast
import json
from pathlib import Path

import pytest
import seeded_faults
from cpp_faults import cpp_faults
from python_faults import python_faults

SOURCE = '''"""Words."""
LIMIT = 3


def is_small(number: int = 7) -> bool:
    if number is None:
        return False
    return number < LIMIT and number + 1 > 0


def unlike(number):
    number *= 2
    return f"{number - 1}"


def never(number):
    return not number
'''
TEST = """from tiny.room.words import is_small, unlike


def test_small():
    assert is_small(2) and not is_small(3)


def test_unlike():
    unlike(1)
"""


def test_the_faults_of_python_are_in_bodies_of_functions():
    found = [(fault.line, fault.kind, fault.text) for fault in python_faults("x.py", SOURCE)]
    assert found == [
        (6, "comparison", "(number is not None)"),
        (7, "constant", "True"),
        (8, "comparison", "(number <= LIMIT)"),
        (8, "operator", "(number < LIMIT or number + 1 > 0)"),
        (8, "operator", "(number - 1)"),
        (8, "comparison", "(number + 1 >= 0)"),
        (8, "off by one", "2"),
        (8, "off by one", "1"),
        (12, "dropped", "pass"),
        (12, "off by one", "3"),
        (17, "operator", "(number)"),
    ]
    for fault in python_faults("x.py", SOURCE):
        ast.parse(fault.apply(SOURCE))


def test_the_faults_of_cpp_leave_comments_and_texts_alone():
    source = """#include <a.h>
constexpr int SIZE = 4; // 5 < 6
double f(int n)
{
    // n < 3
    if (n < 3)
        throw std::invalid_argument("n < 3");
    d_total = n;
    return n * 0.5;
}
"""
    found = {(fault.line, fault.kind, fault.text) for fault in cpp_faults("x.cc", source)}
    assert found == {
        (6, "comparison", " <= "),
        (6, "off by one", "4"),
        (8, "dropped", "    ;"),
        (9, "operator", " / "),
        (9, "constant", "1.0"),
    }


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A package with one room and its tests, in the place of the real one."""
    room = tmp_path / "modules" / "tiny" / "room"
    room.mkdir(parents=True)
    for folder in (room.parent, room):
        (folder / "__init__.py").write_text("")
    (room / "words.py").write_text(SOURCE)
    (tmp_path / "qa_words.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_files = qa_*.py\n")
    work = tmp_path / "work"
    monkeypatch.setattr(seeded_faults, "ROOT", tmp_path)
    monkeypatch.setattr(seeded_faults, "WORK", work)
    monkeypatch.setattr(seeded_faults, "LINES", work / "lines.json")
    monkeypatch.setattr(seeded_faults, "PACKAGE", Path("tiny"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    return work


def test_each_fault_meets_the_tests_that_execute_its_line(tiny, capsys):
    seeded_faults.record_lines(["qa_words.py"])
    tests = json.loads((tiny / "lines.json").read_text())
    assert {name: row["lines"] for name, row in tests.items()} == {
        "qa_words.py::test_small": {"room/words.py": [6, 8]},
        "qa_words.py::test_unlike": {"room/words.py": [12, 13]},
    }
    trial = seeded_faults.PythonTrial()
    chosen = {(8, "(number <= LIMIT)"): "found", (12, "pass"): "missed"}
    chosen[17, "(number)"] = "not executed"
    ended = {
        (fault.line, fault.text): trial.outcome(fault)
        for fault in trial.faults("room")
        if (fault.line, fault.text) in chosen
    }
    assert ended == chosen
    assert (tiny / "modules" / "tiny" / "room" / "words.py").read_text() == SOURCE
    rows = [{"room": "room", "fault": {"kind": "dropped"}, "outcome": "missed"}]
    capsys.readouterr()
    seeded_faults.print_table(rows)
    assert capsys.readouterr().out.split()[-4:] == ["all", "0", "1", "0"]
