# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the shipped rows of formats as C++, for tests of kernels: shipped_formats.py FILE."""

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

# The package itself is not built yet.
sys.modules["rfattn"] = ModuleType("rfattn")
sys.modules["rfattn"].__path__ = [str(Path(__file__).resolve().parents[1] / "python" / "rfattn")]
formats = import_module("rfattn.catalogue.formats")


def literal(value) -> str:
    if isinstance(value, list | tuple):
        return "{ " + ", ".join(map(literal, value)) + " }"
    return json.dumps(value)


def main(target: str) -> None:
    lines = ["#include <shipped_formats.h>", ""]
    lines += ["std::vector<gr::rfattn::frame_formats::row> shipped_formats()", "{"]
    lines += ["    std::vector<gr::rfattn::frame_formats::row> rows;"]
    for path in formats.shipped_files():
        for row in (row for rows in formats.read_formats(path).values() for row in rows):
            lines += ["    rows.emplace_back();"]
            keys = {"name": row.name, **row.keys}
            lines += [f"    rows.back().{key} = {literal(keys[key])};" for key in keys]
    Path(target).write_text("\n".join([*lines, "    return rows;", "}", ""]))


main(sys.argv[1])
