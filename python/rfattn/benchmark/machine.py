# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes what a result depends on besides the code: versions, processor, BLAS, load."""

from __future__ import annotations

import dataclasses
import datetime
import os
import platform
import subprocess
from pathlib import Path

import torch

from ..inference import blas, cpu_info
from ..reporting import versions

_PACKAGES = ("numpy", "torch", "safetensors", "onnxruntime", "matplotlib")
_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "MALLOC_ARENA_MAX",
    "LD_PRELOAD",
    "VOLK_GENERIC",
)
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def describe(device: str) -> dict:
    """The machine as JSON values; the load average is the present one."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(_PACKAGES),
        "commit": commit(),
        "system": platform.platform(),
        "cpu": cpu_info.name(),
        "cores": len(os.sched_getaffinity(0)),
        "governor": _GOVERNOR.read_text().strip() if _GOVERNOR.is_file() else None,
        "load_average": list(os.getloadavg()),
        "device": device_name(device),
        "blas": [dataclasses.asdict(library) for library in blas.loaded_blas()],
        "torch_threads": torch.get_num_threads(),
        "environment": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
    }


def summary(machine: dict) -> str:
    """What `describe` found, as the line under the title of a report."""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, load {machine['load_average'][0]:.1f}, torch "
        f"{machine['versions']['torch']}, commit {machine['commit'] or 'unknown'}, "
        f"{machine['time']}"
    )


def details(machine: dict) -> str:
    """What `describe` found, as a Markdown list."""
    known = {name: value for name, value in machine.items() if name not in ("versions", "blas")}
    lines = [f"{name}: {value}" for name, value in known.items()]
    lines.append(", ".join(f"{k} {v or 'absent'}" for k, v in machine["versions"].items()))
    lines += [
        f"BLAS: {b['name']} {b['version']}, {b['threading']}, {b['threads']} threads, "
        f"kernels for {b.get('architecture') or 'any processor'}"
        for b in machine["blas"]
    ]
    return "".join(f"- {line}\n" for line in lines)


def commit() -> str | None:
    """The commit of the checkout that this file lies in; None for an installed module."""
    top = _git("rev-parse", "--show-toplevel")
    ours = top and Path(top, "python/rfattn/benchmark").is_dir()
    return _git("describe", "--always", "--dirty") if ours else None


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() or None if run.returncode == 0 else None


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return cpu_info.name()
