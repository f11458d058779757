# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that can be seeded into a file of C++: one token of a function's body changed, or one
statement dropped. The text is not parsed; a fault that does not compile is none, and another one is
drawn in its place."""

from __future__ import annotations

import re

from python_faults import Fault

# Tokens between blanks, as clang-format sets operators that have two sides.
TOKENS = {
    "comparison": {" < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != "}
    | {" != ": " == "},
    "operator": {" + ": " - ", " - ": " + ", " * ": " / ", " / ": " * ", " && ": " || "}
    | {" || ": " && ", " += ": " -= "},
}
DROPPED = re.compile(r"\n( {4,}(?:[\w.\[\]>-]+ [+*|-]?= [^;{}\n]+|[\w.:>-]+\([^;{}\n]*\));)(?=\n)")
NUMBER = re.compile(r"(?<![\w.])(\d+)(\.\d*)?(f)?(?![\w.])")
KEPT = ("#", "//", "*", "/*", "template", "static_assert", "using", "for (const", "throw")


def _without_texts(source: str) -> str:
    """The source with blanks in the place of comments and texts, of the same length."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", "_", m[0]), source, flags=re.DOTALL)


def cpp_faults(file: str, source: str) -> list[Fault]:
    """Every fault of a file, in the order of its text."""
    bare = _without_texts(source)
    found = []

    def add(kind: str, start: int, end: int, text: str) -> None:
        line_start = bare.rfind("\n", 0, start) + 1
        line = bare[line_start : bare.find("\n", start)]
        if not line.startswith("    ") or line.lstrip().startswith(KEPT):
            return
        number = bare.count("\n", 0, start) + 1
        found.append(Fault(file, number, kind, start, end, source[start:end], text))

    for kind, tokens in TOKENS.items():
        for token, other in tokens.items():
            for match in re.finditer(re.escape(token), bare):
                add(kind, match.start(), match.end(), other)
    for match in DROPPED.finditer(bare):
        if not match[1].lstrip().startswith("return"):
            add("dropped", match.start(1), match.end(1), " " * 4 + ";")
    for match in NUMBER.finditer(bare):
        if match[2]:
            text = f"{float(match[1] + match[2]) * 2 or 1.0}{match[3] or ''}"
            add("constant", match.start(), match.end(), text)
        else:
            add("off by one", match.start(), match.end(), str(int(match[1]) + 1))
    return sorted(set(found), key=lambda fault: (fault.start, fault.end, fault.text))
