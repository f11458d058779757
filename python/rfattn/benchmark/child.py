# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one measurement in its own process: `python -m gnuradio.rfattn.benchmark.child`.

A peak of memory then belongs to one configuration, and a measurement that hangs costs no more than
its time limit.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

_MARK = "result: "


def measure_in_child(module: str, settings: dict, timeout_s: float) -> dict | list:
    """Calls ``measure(**settings)`` of an importable module in a new process and returns its
    result; {"error": line} when it fails or takes longer than ``timeout_s`` seconds."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "GR_CONF_LOG_LOG_FILE": "stderr",
        "GR_CONF_LOG_LOG_LEVEL": "warning",
    }
    name = module.rpartition(".")[2]
    command = [sys.executable, "-m", __name__, module, json.dumps(settings)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"error": f"{name}: no result after {timeout_s:g} s"}
    results = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode == 0 and results:
        return json.loads(results[-1].removeprefix(_MARK))
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return {"error": f"{name}: {lines[-1]}"}


def main(module: str, settings: str) -> None:
    result = importlib.import_module(module).measure(**json.loads(settings))
    print(_MARK + json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
