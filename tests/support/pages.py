# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that a user reads, and what can be taken from them: code, links, headings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def fences(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: (language, contents)."""
    return _FENCE.findall(text)


def without_fences(text: str) -> str:
    return _FENCE.sub("", text)


def commands(text: str) -> list[str]:
    """The lines of a block of commands, without their comments."""
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def indented_commands(text: str) -> list[str]:
    """The commands `gr-rfattn` in the indented blocks of a page, continued lines joined."""
    joined = re.sub(r"\\\n *", "", without_fences(text))
    return re.findall(r"^    (gr-rfattn .*)$", joined, re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_fences(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    """The targets of links and pictures that lie in the repository."""
    targets = re.findall(r"\]\(([^)\s]+)\)", without_fences(text))
    return [target for target in targets if not re.match(r"\w+:", target)]
