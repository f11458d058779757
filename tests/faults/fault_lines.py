# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of pytest that records which lines of the package each test executes.

`sys.monitoring` reports a line once for each test and is silent about it afterwards, so that a run
takes little longer. Lines of other processes, and those that run while tests are collected, are not
counted. The environment names the package (RFATTN_FAULT_ROOT) and the table that the run extends
(RFATTN_FAULT_TABLE): of each test its seconds, and its lines by file.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

TOOL = sys.monitoring.COVERAGE_ID


class LineRecorder:
    def __init__(self, root: Path, table: Path):
        self._root = f"{root}/"
        self._table = table
        self._lines: defaultdict[str, set[int]] = defaultdict(set)
        self._tests: dict[str, dict] = {}
        self._off = sys.monitoring.DISABLE
        sys.monitoring.use_tool_id(TOOL, "fault_lines")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, self._on_line)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.LINE)

    def _on_line(self, code, line):
        if code.co_filename.startswith(self._root):
            self._lines[code.co_filename[len(self._root) :]].add(line)
        return self._off

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self._lines.clear()
        sys.monitoring.restart_events()
        start = time.monotonic()
        result = yield
        self._tests[item.nodeid] = {
            "seconds": round(time.monotonic() - start, 3),
            "lines": {name: sorted(lines) for name, lines in self._lines.items()},
        }
        return result

    def pytest_sessionfinish(self):
        sys.monitoring.set_events(TOOL, 0)
        known = json.loads(self._table.read_text()) if self._table.exists() else {}
        self._table.write_text(json.dumps(known | self._tests))


def pytest_configure(config):
    root, table = os.environ["RFATTN_FAULT_ROOT"], os.environ["RFATTN_FAULT_TABLE"]
    config.pluginmanager.register(LineRecorder(Path(root), Path(table)))
