# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two files of a report."""

from __future__ import annotations

from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.reporting import write_json


def write_report(name: str, report: dict, markdown: str) -> None:
    """Writes NAME.json and NAME.md, and prints their names."""
    write_json(f"{name}.json", report)
    replace_file(f"{name}.md", markdown)
    print(f"{name}.json, {name}.md")
