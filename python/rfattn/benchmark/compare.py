# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two benchmarks and finds what changed beyond noise.

The time of a row is compared as a multiple of torch's operators alone in the same rounds, so that a
slower machine does not look like a change of the code; with one thread it is CPU time, so that a
busier one does not either. A row changed when the two 95 % intervals do not touch and the medians
differ by more than `MIN_CHANGE`.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..attention.registry import today
from ..checked import shown
from .intervals import apart
from .rows import SCHEMA, operators_of, ratio

MIN_CHANGE = 0.05
_KEYS = ("kind", "mode", "attention", "norm", "window", "block_size", "batch", "device", "dtype")


def load(path: str | Path) -> dict:
    """A report.json.

    Raises:
        ValueError: when the file is not one, or of another version.
    """
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(report, dict) or not {"schema", "rows"} <= report.keys():
        raise ValueError(f"{path}: not a report.json of gr-rfattn bench")
    if report["schema"] != SCHEMA:
        raise ValueError(
            f"{path}: schema must be {SCHEMA}, got {shown(report['schema'])}: measure again"
        )
    return report


def compare(old: dict, new: dict) -> dict:
    """Lists of slower, faster, same, larger (caches), missing and refused rows.

    Slower, faster and same rows carry both ratios. ``worse`` is whether anything became slower,
    larger or refused.
    """
    found: dict = {
        "slower": [],
        "faster": [],
        "same": [],
        "larger": [],
        "missing": [],
        "refused": [],
        "other_machine": other_machine(old, new),
    }
    for before in old["rows"]:
        if before["kind"] != "model" or before["mode"] == "paced" or "ns" not in before:
            continue
        after = _same_row(new, before)
        if after is None:
            found["missing"].append(name_of(before))
        elif "refused" in after:
            found["refused"].append(f"{name_of(after)}: {after['refused']}")
        elif "ns" in after:
            _judge(found, before, after, old, new)
    found["worse"] = any(found[k] for k in ("slower", "larger", "refused"))
    return found


def _same_row(report: dict, wanted: dict) -> dict | None:
    keys = [today(str(wanted[key])) for key in _KEYS]
    rows = (row for row in report["rows"] if [today(str(row[key])) for key in _KEYS] == keys)
    return next(rows, None)


def _judge(found: dict, before: dict, after: dict, old: dict, new: dict) -> None:
    if after["kv_bytes"] > before["kv_bytes"]:
        found["larger"].append(f"{name_of(after)}: KV {before['kv_bytes']} -> {after['kv_bytes']}")
    then, now = (
        ratio(row, operators_of(row, r["rows"])) for row, r in ((before, old), (after, new))
    )
    if then is None or now is None:
        return
    change = now[0] / then[0]
    line = {"row": name_of(after), "old": then, "new": now, "change": change}
    clear = apart(then[1:], now[1:]) and abs(change - 1.0) > MIN_CHANGE
    found["same" if not clear else "slower" if change > 1.0 else "faster"].append(line)


def other_machine(old: dict, new: dict) -> list[str]:
    """How the two machines differ; ratios of different machines are doubtful."""
    names = ("cpu", "device", "cores", "torch_threads", "blas")
    lines = [
        f"{name}: {old['machine'].get(name)} -> {new['machine'].get(name)}"
        for name in names
        if old["machine"].get(name) != new["machine"].get(name)
    ]
    old_torch, new_torch = (r["machine"]["versions"].get("torch") for r in (old, new))
    return lines + ([f"torch: {old_torch} -> {new_torch}"] if old_torch != new_torch else [])


def name_of(row: dict) -> str:
    return (
        f"{row['attention']} {row['norm']} W {row['window']} n {row['block_size']} "
        f"B {row['batch']} {row['device']} {row['dtype']}"
    )


def text(result: dict) -> str:
    """A line for each change, then the number of rows that did not change."""
    lines = [f"note: other machine: {what}" for what in result["other_machine"]]
    for kind in ("slower", "faster"):
        lines += [
            f"{kind}: {line['row']}: {line['old'][0]:.2f} -> {line['new'][0]:.2f} times torch's "
            f"operators alone ({line['change'] - 1.0:+.0%})"
            for line in result[kind]
        ]
    for kind in ("larger", "refused", "missing"):
        lines += [f"{kind}: {what}" for what in result[kind]]
    lines.append(f"no change beyond noise: {len(result['same'])} rows")
    return "\n".join(lines)
