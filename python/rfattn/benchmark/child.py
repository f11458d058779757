# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one measurement in a process of its own: `python -m gnuradio.rfattn.benchmark.child`.

So that a peak of memory is that of one configuration, that GNU Radio may be absent, and that a
flowgraph which hangs costs no more than its time limit.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time

MEASUREMENTS = ("memory", "flowgraph", "front_end", "first_label", "soak")
_MARK = "result: "


def measure_in_child(measurement: str, settings: dict, timeout_s: float | None) -> dict:
    """What ``measure(**settings)`` of a module of this package returns; {"error": line} when it
    fails or does not end in time."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "GR_CONF_LOG_LOG_FILE": "stderr",
        "GR_CONF_LOG_LOG_LEVEL": "warning",
    }
    started = {"started_ns": time.monotonic_ns()} if measurement == "first_label" else {}
    command = [sys.executable, "-m", __name__, measurement, json.dumps(settings | started)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"error": f"{measurement}: no end after {timeout_s:g} s"}
    results = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode == 0 and results:
        return json.loads(results[-1].removeprefix(_MARK))
    said = done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"]
    return {"error": f"{measurement}: {said[-1]}"}


def main(arguments: list[str]) -> None:
    measurement, settings = arguments
    if measurement not in MEASUREMENTS:
        raise ValueError(
            f"measurement must be one of {', '.join(MEASUREMENTS)}, got {measurement!r}"
        )
    module = importlib.import_module(f".{measurement}", __package__)
    print(_MARK + json.dumps(module.measure(**json.loads(settings))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
