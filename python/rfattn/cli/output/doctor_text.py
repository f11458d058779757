# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of `doctor` as text."""

from __future__ import annotations

from ...reporting import count_of


def print_report(report: dict) -> None:
    print("versions: " + ", ".join(f"{k} {v}" for k, v in report["versions"].items()))
    for device in report["devices"]:
        print("device: " + ", ".join(str(value) for value in device.values()))
    print(f"cores: {report['cpu']['cores']}")
    for library in report["blas"]:
        print(
            f"BLAS: {library['name']} {library['version']}, {library['threading'] or 'own'} "
            f"threading, {count_of(library['threads'], 'thread')}, "
            f"kernels for {library['architecture'] or 'any processor'}, {library['path']}"
        )
    for device, reasons in report["attention"].items():
        for name, against in reasons.items():
            print(f"attention {name} on {device}: {'; '.join(against) or 'runs'}")
    loading = [m for m in report["models"] if m["loads"]]
    print(f"models: {len(loading)} of {len(report['models'])} load")
    print(
        f"GRC blocks: {report['grc'] or 'not found'}; GTK 3: {'' if report['gtk'] else 'not '}found"
    )
    for trap in report["traps"]:
        print(f"{'PROBLEM' if trap['fatal'] else 'note'}: {trap['problem']}\n  {trap['cure']}")
    problems = sum(trap["fatal"] for trap in report["traps"])
    notes = len(report["traps"]) - problems
    found = count_of(problems, "problem") if problems else "no problems"
    print(f"{found} found{f', {notes} to note' if notes else ''}")
    if report["samples_per_second"] is not None:
        rate = report["samples_per_second"] / 1e6
        line = f"this machine follows about {two_digits(rate)} MS/s with the default model"
        if report["bursts_per_second"] is not None:
            bursts = two_digits(report["bursts_per_second"])
            line += f", at 2.4 MS/s about {bursts} bursts a second"
        print(line)


def two_digits(value: float) -> str:
    """A value rounded to two digits, such as 9.4 or 120."""
    return f"{float(f'{value:.2g}'):g}"
