#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where was a signal? Reads the file that `gr-rfattn label --json FILE.jsonl` makes.

python3 where_was.py lora all.jsonl --days 365

Prints a row for each month and frequency (to 0.1 MHz) at which the label was seen. Emissions of
recordings that state no time have the month "-" and count whatever --days says. Needs
python3-pandas.
"""

from __future__ import annotations

import argparse
import time

import pandas

CHUNK = 10_000
"""Lines in memory at a time."""


def main(arguments=None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("label", help="such as lora")
    parser.add_argument("file", help="JSON Lines of gr-rfattn label")
    parser.add_argument("--days", type=float, default=365.0, help="until now (default: 365)")
    options = parser.parse_args(arguments)
    found = where_was(options.file, options.label, time.time() - options.days * 86400.0)
    print(found.to_string(index=False) if len(found) else f"no {options.label} in {options.file}")


def where_was(path: str, label: str, since: float) -> pandas.DataFrame:
    """The months and frequencies of a label; ``since`` in s since 1970."""
    parts = [
        emissions(chunk, label, since)
        for chunk in pandas.read_json(path, lines=True, chunksize=CHUNK, convert_dates=False)
    ]
    rows = pandas.concat(parts)
    return rows.groupby(["month", "mhz"], as_index=False).agg(
        emissions=("file", "size"),
        recordings=("file", "nunique"),
        confidence=("confidence", "mean"),
        snr_db=("snr_db", "max"),
    )


def emissions(lines: pandas.DataFrame, label: str, since: float) -> pandas.DataFrame:
    """The emissions with this label among some lines, with month and frequency."""
    lines = lines.reindex(columns=["type", "label", *COLUMNS])
    lines = lines[(lines["type"] == "emission") & (lines["label"] == label)]
    seconds = lines["time_unix_s"].astype(float)
    lines = lines[seconds.isna() | (seconds >= since)]
    months = pandas.to_datetime(lines["time_unix_s"].astype(float), unit="s").dt.strftime("%Y-%m")
    middle = (lines["freq_lower"] + lines["freq_upper"]) / 2e6
    return lines.assign(month=months.fillna("-"), mhz=middle.round(1))


COLUMNS = ("file", "time_unix_s", "freq_lower", "freq_upper", "confidence", "snr_db")

if __name__ == "__main__":
    main()
