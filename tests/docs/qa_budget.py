# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the project may be: files of a folder, parameters of a function, lines of the core.

What is larger today is listed with its size, which may fall. A change that needs more takes
something away.
"""

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_FILES, MOST_PARAMETERS, MOST_LINES = 25, 12, 37440
LARGER_FOLDERS = {
    "docs": 40,
    "examples": 29,
    "grc": 26,
    "lib/blocks": 41,
    "python/rfattn/models/emissions": 31,
    "tests/attack": 28,
    "tests/blocks": 41,
    "tests/cli": 26,
    "tests/cpp": 57,
    "tests/support": 59,
}
MORE_PARAMETERS = {"signal_labeller.__init__": 22}


def tracked():
    found = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("not a checkout")
    return found.stdout.split("\n")[:-1]


def test_no_folder_has_more_files():
    counts = Counter(name.rpartition("/")[0] for name in tracked())
    more = {
        folder: count
        for folder, count in counts.items()
        if count > LARGER_FOLDERS.get(folder, MOST_FILES)
    }
    assert not more, f"at most {MOST_FILES}, or what LARGER_FOLDERS states: {more}"


def test_no_function_has_more_parameters():
    more = {}
    for path in (ROOT / "python").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
                count = len(names) + len(node.args.kwonlyargs) - (names[:1] in (["self"], ["cls"]))
                name = f"{path.stem}.{node.name}"
                if count > MORE_PARAMETERS.get(name, MOST_PARAMETERS):
                    more[name] = count
    assert not more, f"at most {MOST_PARAMETERS}: {more}"


def test_the_core_has_no_more_lines():
    files = (ROOT / "python" / "rfattn").rglob("*.py")
    lines = sum(path.read_text().count("\n") for path in files)
    assert lines <= MOST_LINES, f"python/rfattn has {lines} lines"
