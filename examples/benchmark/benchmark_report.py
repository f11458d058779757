# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Markdown sections that the project's own benchmark adds to the report."""

from __future__ import annotations

from gnuradio.rfattn.benchmark.report import LATENCY
from gnuradio.rfattn.reporting import interval, table_of

from path_cost import path_table

_COUNTS = ("in", "out", "dropped", "incomplete", "waiting")


def sections(report: dict) -> list[tuple[str, str]]:
    """(title, text) pairs for `gnuradio.rfattn.benchmark.report.write`."""
    return [
        ("Goals", _goals(report["goals"])),
        ("The flowgraph", _flowgraph(report["flowgraph"])),
        ("The default path", _path(report["path"])),
        ("Start to first label", _first_label(report["first_label"])),
        ("Spectra", _front_end(report["front_end"])),
    ]


def _goals(goals) -> str:
    columns = {
        "what": lambda g: g["what"],
        "against": lambda g: g["against"],
        "goal": lambda g: f"{g['relation']} {g['bound']:g} {g['unit']}",
        "here": _here,
        "reached": _verdict,
    }
    return table_of(columns, goals)


def _here(goal: dict) -> str:
    return "-" if goal["here"] is None else f"{goal['here']:.3g} {interval(*goal['interval'])}"


def _verdict(goal: dict) -> str:
    if goal["met"] is None:
        return "not measured"
    return ("yes" if goal["met"] else "**no**") + ("" if goal["clear"] else ", within noise")


def _flowgraph(rows) -> str:
    note = (
        "From the arrival of a step's last sample in power_spectrum to its label, at the real "
        "rate, and in overload with policy drop and a capacity of two windows.\n\n"
    )
    lines = []
    for row in (row for row in rows if "error" not in row):
        loads = [("paced", row["paced"])]
        loads += [(f"overload {load['factor']:g}×", load) for load in row["overload"]]
        lines += [{**row, "load": name, **load} for name, load in loads]
    columns = {
        "attention": lambda r: r["attention"],
        "W": lambda r: r["window"],
        "n": lambda r: r["block_size"],
        "load": lambda r: r["load"],
        "type": lambda r: r["dtype"],
        "MS/s": lambda r: f"{r['sample_rate'] / 1e6:.3g}",
        "CPU of the model's block, ms a step": lambda r: f"{r['cpu_ms']:.3g}",
        **LATENCY,
        **{f"tokens {name}": lambda r, name=name: r["tokens"][name] for name in _COUNTS},
    }
    return note + table_of(columns, lines)


def _path(rows) -> str:
    note = (
        "CPU seconds for a second of a band of 2.4 MS/s, by block, of `label` and `live` with the "
        "default model and the search for frames.\n\n"
    )
    return note + path_table(rows) if rows else "Not measured.\n"


def _first_label(rows) -> str:
    note = (
        "A process imports everything, loads the shipped model and labels noise. The first start "
        "may read its files from the disk, the others find them in memory.\n\n"
    )
    columns = {
        "start": lambda r: r["start"],
        "imported s": lambda r: f"{r['imported_s']:.2f}",
        "model ready s": lambda r: f"{r['model_s']:.2f}",
        "first label s": lambda r: f"{r['label_s']:.2f}",
        "CPU s": lambda r: f"{r['cpu_s']:.2f}",
        "first inference ms": lambda r: f"{r['inference_ms'][0]:.2f}",
        "second ms": lambda r: f"{r['inference_ms'][1]:.2f}",
    }
    return note + table_of(columns, [row for row in rows if "error" not in row])


def _front_end(rows) -> str:
    def cost(name: str):
        return lambda r: (
            f"{r['ns_per_sample'][name]:.2f}" if name in r["ns_per_sample"] else "cannot overlap"
        )

    columns = {
        "fft_size": lambda r: r["fft_size"],
        "hop": lambda r: r["hop"],
        "power_spectrum, CPU ns per sample": cost("power_spectrum"),
        "bare loop": cost("bare loop"),
        "in-tree chain": cost("in-tree chain"),
    }
    return table_of(columns, [row for row in rows if "refused" not in row])
