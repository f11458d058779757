# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the project may be: lines of each part, words of the documentation, named constants,
files of a folder, parameters of a function.

A limit only falls: none may be higher than at the last tag. What is larger than the rule is listed
with its size. A change that needs more takes something away.
"""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_FILES, MOST_PARAMETERS = 25, 12
LIMITS = {
    "lines of python/rfattn": 37_836,
    "lines of python/rfattn_station": 16_304,
    "lines of python/rfattn_workshop": 30_485,
    "lines of lib and include": 31_808,
    "lines of tests": 74_930,
    "lines of examples": 3_076,
    "words of docs": 46_608,
    "constants of python": 895,
    "constants of lib and include": 791,
}
_CODE = (".py", ".cc", ".h", ".js", ".css", ".html", ".sh")
_NAME = r"_?[A-Z][A-Z0-9_]+"
_PYTHON = re.compile(rf"^({_NAME}(?:, {_NAME})*)(?:: [^=\n]+)? = [-.\d]", re.M)
_CPP = re.compile(r"^ *(?:static |inline )*const(?:expr)? [^;]*", re.M)
_CPP_NAME = re.compile(rf"\b{_NAME}(?:\[\w*\])*(?: =|{{)")
LARGER_FOLDERS = {
    "docs": 39,
    "examples": 29,
    "lib/blocks": 41,
    "python/rfattn/models/emissions": 31,
    "tests/attack": 28,
    "tests/blocks": 40,
    "tests/cli": 26,
    "tests/cpp": 57,
    "tests/support": 58,
}


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
                if count > MOST_PARAMETERS:
                    more[name] = count
    assert not more, f"at most {MOST_PARAMETERS}: {more}"


def measured(limit: str) -> int:
    """What there is of something that `LIMITS` names."""
    what, _, where = limit.partition(" of ")
    folders = tuple(f"{folder}/" for folder in where.split(" and "))
    names = [name for name in tracked() if name.startswith(folders)]
    if what == "words":
        pages = [name for name in names if name.endswith(".md") and name != "docs/blocks.md"]
        return sum(len((ROOT / name).read_text().split()) for name in pages)
    texts = [(ROOT / name).read_text() for name in names if name.endswith(_CODE)]
    if what == "lines":
        return sum(text.count("\n") for text in texts)
    text = "\n".join(texts)
    if where == "python":
        return sum(names.count(",") + 1 for names in _PYTHON.findall(text))
    return sum(len(_CPP_NAME.findall(one)) for one in _CPP.findall(text))


@pytest.mark.parametrize("limit", LIMITS)
def test_nothing_is_larger_than_its_limit(limit):
    assert measured(limit) <= LIMITS[limit], f"there are {measured(limit)} {limit}"


def test_no_limit_is_higher_than_at_the_last_tag():
    def git(*words):
        found = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return found.stdout if found.returncode == 0 else ""

    tag = git("describe", "--tags", "--abbrev=0").strip()
    was = re.search(
        r"^LIMITS = (\{.*?^\})", git("show", f"{tag}:tests/docs/qa_budget.py"), re.M | re.S
    )
    if not (tag and was):
        pytest.skip("no tag has a table of limits")
    higher = {name for name, most in ast.literal_eval(was[1]).items() if LIMITS[name] > most}
    assert not higher
