# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the pages of the site, and the files that they link to, from the repository.

The copies lie in the folders of the originals, so that their links hold. The README becomes
index.md, with the lists of pages that the site shows at its side.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

ROOT = Path(__file__).resolve().parents[2]
README, INDEX = "README.md", "index.md"
CLASSES = "classes"
"""Folder of the pages of classes, whose first page is index.md."""
SIDE = {
    "Start": ("install", "first-evening", "questions", "grc", "troubleshooting", "glossary"),
    "Use": (
        *("label", "live", "acting", "page", "all-day", "many-recordings", "content"),
        *(
            "decoders",
            "listen",
            "own-classes",
            "services",
            "station",
            "home-assistant",
            "plan",
            "edges",
        ),
        *("recordings",),
    ),
    "Understand": (
        *("how-it-works", "detection", "how-labels-are-weighed", "streams", "models", "training"),
        *("benchmark", "study"),
    ),
    "Look up": ("blocks", "tags-and-messages", "sigmf-extension", "compatibility", "promises"),
}
"""The pages of docs/ by the heading above them at the side of the site."""
PROJECT = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")


def collect(folder: Path, classes: Collection[str]) -> None:
    """Copies all pages and files of the site into an empty folder.

    Args:
        classes: the names that become links to the page of the class, in tables.

    Raises:
        ValueError: a page of docs/ is not in `SIDE`, or a link leads to no file; in one line.
    """
    listed = [f"docs/{name}.md" for names in SIDE.values() for name in names]
    for path in sorted((ROOT / "docs").glob("*.md")):
        if f"docs/{path.name}" not in listed:
            raise ValueError(f"docs/site/site_source.py: SIDE must have docs/{path.name}")
    waiting, done = [README, *listed, *PROJECT], []
    while waiting:
        name = waiting.pop(0)
        done.append(name)
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in _targets(name, text):
            if not target.endswith(".md"):
                _copy(target, folder)
            elif target not in (*done, *waiting):
                waiting.append(target)
        if name == README:
            continue
        _write(folder / name, _adapted(name, text, classes))
    further = [name for name in done if name not in (README, *listed, *PROJECT)]
    readme = _adapted(README, (ROOT / README).read_text(encoding="utf-8"), classes)
    _write(folder / INDEX, readme + _side(further))


def contents(caption: str, pages: Collection[str], hidden: bool = True) -> str:
    """A list of pages for the side of the site."""
    options = f":caption: {caption}\n" * bool(caption) + ":hidden:\n" * hidden
    return "\n```{toctree}\n" + options + "".join(f"{page}\n" for page in pages) + "```\n"


def _side(further: Collection[str]) -> str:
    lists = [contents(caption, [f"docs/{n}" for n in names]) for caption, names in SIDE.items()]
    lists.insert(2, contents("Classes", [f"{CLASSES}/index"]))
    return "".join([*lists, contents("Project", PROJECT), contents("Measured", further)])


def _targets(page: str, text: str) -> list[str]:
    """The files of the repository that a page links to, by their path from its root.

    Raises:
        ValueError: a link leads to no file.
    """
    found = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        target = _target(page, link)
        if target is not None and not (ROOT / target).is_file():
            raise ValueError(f"{page}: a link must lead to a file, got {link}")
        found += [target] * (target is not None)
    return found


def _target(page: str, link: str) -> str | None:
    """None for a link to another site, or within the page."""
    name = link.partition("#")[0]
    if not name or re.match(r"\w+:", name):
        return None
    return normpath(PurePosixPath(page).parent / name)


def _adapted(page: str, text: str, classes: Collection[str]) -> str:
    """The page with the site's names of the README and of the classes."""
    folder = str(PurePosixPath(page).parent)

    def renamed(match: re.Match) -> str:
        if _target(page, match[0]) != README:
            return match[0]
        _, mark, anchor = match[0].partition("#")
        return relpath(INDEX, folder) + mark + anchor

    def linked(match: re.Match) -> str:
        if match[1] not in classes:
            return match[0]
        return f"[{match[0]}]({relpath(f'{CLASSES}/{match[1]}.md', folder)})"

    def with_links(row: re.Match) -> str:
        return re.sub(r"(?<!\[)`(\w+)`(?!\])", linked, row[0])

    text = _LINK.sub(renamed, text)
    return re.sub(r"^\|.*$", with_links, text, flags=re.MULTILINE)


def _copy(name: str, folder: Path) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / name, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
