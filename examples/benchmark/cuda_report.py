# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of cuda.py: its form, which others can write and we read, and its tables.

report.json is one object with the entries of `FORM`. `SCHEMA` counts its changes: a report of
another number is refused, and read by the commit that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gnuradio.rfattn.benchmark.report import TIMES
from gnuradio.rfattn.benchmark.rows import find, ratio
from gnuradio.rfattn.checked import shown
from gnuradio.rfattn.json_files import read_json
from gnuradio.rfattn.reporting import interval, mebibytes, table_of

SCHEMA = 2
P99_MS, STREAMS = 0.5, 64
"""Goals at W = 16k, n = 64: p99 of the step of one stream, and real-time streams."""
FORM = {
    "schema": int,
    "commit": (str, type(None)),
    "command": str,
    "machine": dict,
    "tests": str,
    "period_ms": float,
    "rows": list,
    "left_out": str,
}
"""Entries of a report and their types. ``commit`` is that of the checkout, None outside of one;
``left_out`` is "" where all was measured."""
MACHINE = ("time", "python", "torch", "cpu", "card", "capability", "driver", "cuda", "memory")
"""Entries of ``machine``; those from ``card`` on are None on the CPU."""
_ROW = ("kind", "attention", "norm", "batch")
_TIMED = (
    "window",
    "block_size",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "max_ms",
    "cpu_p50_ms",
    "tokens_per_s",
)
_MODEL = ("dtype", "kernel", "kv_bytes", "peak_temporary_bytes", "check")
_MAX_BYTES = 2**26


def read_report(path: str | Path) -> dict:
    """A report that somebody sent.

    Raises:
        ValueError: in one line with the name of the file, when it is none of this form.
    """
    try:
        report = read_json(path, _MAX_BYTES)
        check(report)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return report


def check(report) -> None:
    """Raises a ValueError that names the entry, unless ``report`` has the form of this schema."""
    if not isinstance(report, dict):
        raise ValueError(f"a report must be a JSON object, got {shown(report)}")
    if report.get("schema") != SCHEMA:
        found, commit = report.get("schema"), report.get("commit")
        raise ValueError(
            f"schema must be {SCHEMA}, got {shown(found)}; commit {shown(commit)} reads it"
        )
    for name, kind in FORM.items():
        if not isinstance(report.get(name), kind) or name not in report:
            raise ValueError(f"{name} is missing or of a wrong type, got {shown(report.get(name))}")
    _require("machine", report["machine"], MACHINE)
    if not report["rows"]:
        raise ValueError("rows must not be empty")
    for i, row in enumerate(report["rows"]):
        timed = isinstance(row, dict) and "ns" in row
        names = _ROW + (_TIMED if timed else ())
        names += _MODEL if timed and row.get("kind") == "model" else ()
        _require(f"rows[{i}]", row, names)
        if not timed and not (row.get("refused") or row.get("skipped")):
            raise ValueError(f"rows[{i}] has neither times nor a reason")


def _require(what: str, found, names: tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        raise ValueError(f"{what} must be an object, got {shown(found)}")
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{what} lacks {', '.join(missing)}")


def summary(report: dict) -> str:
    """One line: what was measured, on which card, at which commit."""
    machine, timed = report["machine"], sum("ns" in row for row in report["rows"])
    card = machine["card"] or "no device, tiny sizes on the CPU"
    return (
        f"schema {report['schema']}, {card}, driver {machine['driver']}, torch {machine['torch']}, "
        f"commit {report['commit'] or 'unknown'}, {machine['time']}; "
        f"{timed} of {len(report['rows'])} rows timed; tests: {report['tests']}"
    )


def markdown(report: dict) -> str:
    models = [r for r in report["rows"] if r["kind"] == "model" and "ns" in r]
    window, n = (models[0][name] for name in ("window", "block_size")) if models else ("-", "-")
    machine = {name: value for name, value in report["machine"].items() if value is not None}
    parts = [
        "# The step on a CUDA device\n",
        "".join(f"- {name}: {value}\n" for name, value in machine.items()),
        f"- commit: {report['commit'] or 'unknown'}\n- `{report['command']}`\n"
        f"- tests: {report['tests']}\n",
        f"W = {window}, n = {n}; random weights, checked against one offline pass in float32 "
        "before the timing. Closed loop: the next step starts when the logits of the last are on "
        "the CPU.\n",
        "## Goals\n",
        table_of(_GOALS, goals(report["rows"], report["period_ms"])),
        "## Throughput by batch\n",
        table_of(_columns(report["rows"]), models),
        "## Refused and left out\n",
        *([f"{report['left_out']}\n"] if report["left_out"] else []),
        table_of(_LEFT_OUT, [r for r in report["rows"] if "ns" not in r]).replace(
            "Not measured.", "None."
        ),
    ]
    return "\n".join(parts)


def goals(rows: list[dict], period_ms: float) -> list[dict]:
    """By attention, with layernorm: p99 of one stream, and the most streams whose steps end within
    the time that one brings."""
    found = []
    for attention in dict.fromkeys(r["attention"] for r in rows if r["kind"] == "model"):
        mine = [
            r
            for r in rows
            if (r["kind"], r["attention"], r["norm"]) == ("model", attention, "layernorm")
            and "ns" in r
        ]
        one = find(mine, batch=1)
        if one is not None:
            streams = max((r["batch"] for r in mine if r["p99_ms"] <= period_ms), default=0)
            found.append(
                {
                    "attention": attention,
                    "p99_ms": one["p99_ms"],
                    "interval": interval(*one["p99_interval_ms"]),
                    "streams": streams,
                    "period_ms": period_ms,
                }
            )
    return found


def _columns(rows: list[dict]) -> dict[str, Callable]:
    def against(kind: str) -> Callable:
        def cell(row: dict) -> str:
            where = {"attention": row["attention"], "batch": row["batch"]}
            found = ratio(find(rows, kind=kind, **where), row)
            return "-" if found is None else f"{found[0]:.3g} {interval(*found[1:])}"

        return cell

    return {
        "attention": lambda r: r["attention"],
        "norm": lambda r: r["norm"],
        "number": lambda r: r["dtype"],
        "kernel": lambda r: r["kernel"],
        "streams": lambda r: r["batch"],
        **TIMES,
        "tokens/s": lambda r: f"{r['tokens_per_s']:,.0f}",
        "operators alone, share of the step": against("operators"),
        "faster than one by one": against("torch"),
        "KV MiB": lambda r: mebibytes(r["kv_bytes"]),
        "temporary MiB": lambda r: mebibytes(r["peak_temporary_bytes"]),
    }


_GOALS = {
    "attention": lambda r: r["attention"],
    f"p99 of one stream, ms (goal < {P99_MS})": lambda r: f"{r['p99_ms']:.3g} {r['interval']}",
    f"real-time streams, at least (goal {STREAMS})": lambda r: r["streams"],
    "a step every, ms": lambda r: f"{r['period_ms']:.3g}",
    "both reached": lambda r: "yes" if r["p99_ms"] < P99_MS and r["streams"] >= STREAMS else "no",
}
_LEFT_OUT = {
    "row": lambda r: f"{r['kind']} {r['attention']} {r['norm']} {r['batch']}",
    "reason": lambda r: r.get("refused") or r.get("skipped"),
}
