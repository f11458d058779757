# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what MANIFEST.yml and CITATION.cff repeat: the version, and the words of the README.

The version is stated in CMakeLists.txt alone; the library, the package, the command and the site
take it from there.
"""

from __future__ import annotations

import json
import re
import textwrap

from contracts import ROOT

WIDTH = 100


def version() -> str:
    """Of the project, as CMakeLists.txt states it."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"^project\(\s*gr-rfattn\s+VERSION (\d+\.\d+\.\d+)\s", text, re.MULTILINE)[1]


def readme_words(readme: str) -> tuple[str, list[str]]:
    """The first sentence of the README, and the paragraphs that follow, as plain text.

    The paragraphs end at the first one that leads to a table; pictures are left out.
    """
    parts = [" ".join(part.split()) for part in readme.split("\n\n")]
    first, *rest = (part for part in parts if not part.startswith(("#", "![")))
    end = next(number for number, part in enumerate(rest) if part.endswith(":"))
    brief = re.match(r"\*\*(.+?[.])(?= |\*\*)", first)[1]
    return brief, [re.sub(r"[`*]", "", part) for part in rest[:end]]


def fill_manifest(manifest: str, readme: str) -> str:
    """MANIFEST.yml with the version, and with `brief` and `description` of the README."""
    brief, words = readme_words(readme)
    filled = _replace(manifest, "version", version())
    filled = _replace(filled, "brief", json.dumps(brief))
    return _replace_text(filled, "description", words)


def fill_recipe(recipe: str, readme: str) -> str:
    """packaging/gr-rfattn.lwr with `description` of the README."""
    return _replace(recipe, "description", json.dumps(readme_words(readme)[0]))


def fill_citation(citation: str, readme: str) -> str:
    """CITATION.cff with the version, and with the description of the README as abstract."""
    _, words = readme_words(readme)
    return _replace_text(_replace(citation, "version", version()), "abstract", words)


def _replace(text: str, key: str, value: str) -> str:
    return re.sub(rf"^{key}: .*$", lambda _: f"{key}: {value}", text, count=1, flags=re.MULTILINE)


def _replace_text(text: str, key: str, words: list[str]) -> str:
    """Another text of several lines under a key."""
    lines = textwrap.wrap(" ".join(words), WIDTH - 2, break_on_hyphens=False)
    block = "".join(f"  {line}\n" for line in lines)
    entry = rf"^{key}: \|-\n(?:  .*\n)*"
    return re.sub(entry, lambda _: f"{key}: |-\n{block}", text, count=1, flags=re.MULTILINE)
