# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions as rows of a CSV file, for spreadsheets."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from ..blocks.parts.attachment import Attachment
from ..emissions.facts import FACTS, facts_of
from ..emissions.record import EmissionRecord
from ..emissions.rounding import rounded
from ..failures import Failures, counted

COLUMNS = ("source", "start_s", *FACTS, "content")


class CsvRows(Attachment):
    """Adds a row for each emission that has ended to a file, which gets a head where it is empty.

    The file has the columns `COLUMNS`: what was searched, the begin in it in s, the facts of the
    emission (see `emissions/facts.py`; empty where one is not known) and the newest text that was
    read in its signal. Rows that cannot be written are counted in ``failures``.

    Args:
        path: of the file.
        source: what is searched.
        sidebands: whether sidebands of other emissions have a row, too.

    Raises:
        ValueError: the file has another head.
        OSError: it cannot be written, or read.
    """

    def __init__(self, path: str, source: str, sidebands: bool = False):
        self._path, self._source, self._sidebands = Path(path), source, sidebands
        self.rows = 0
        self.failures = Failures(lambda text: print(f"gr-rfattn: --csv: {text}", file=sys.stderr))
        with open(self._path, "a+", newline="", encoding="utf-8") as file:
            file.seek(0)
            head = file.readline()
            if not head:
                csv.writer(file).writerow(COLUMNS)
            elif head.rstrip("\r\n") != ",".join(COLUMNS):
                raise ValueError(f"--csv: {path}: must be empty or have the head of this version")

    @counted
    def add_final(self, record: EmissionRecord, sample_rate: float) -> None:
        latest = record.latest
        if not latest.is_shown(self._sidebands):
            return
        facts = rounded(facts_of(latest, record.time_unix_s))
        start = rounded(latest.sample_start / sample_rate, 6)
        row = {"source": self._source, "start_s": start, "content": record.newest_content, **facts}
        with open(self._path, "a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row[name] for name in COLUMNS)
        self.rows += 1

    def account(self) -> dict[str, int]:
        return {"csv_rows": self.rows}
