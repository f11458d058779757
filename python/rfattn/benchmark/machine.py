# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result depends on besides the code: versions, processor, BLAS, threads, load."""

from __future__ import annotations

import dataclasses
import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import torch

from .. import __version__
from ..inference import blas
from ..inference import cpu_info as processor

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
    """The machine in plain values; the load average is that of this moment."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "commit": commit(),
        "system": platform.platform(),
        "cpu": processor.name(),
        "cores": len(os.sched_getaffinity(0)),
        "governor": _GOVERNOR.read_text().strip() if _GOVERNOR.is_file() else None,
        "load_average": list(os.getloadavg()),
        "device": device_name(device),
        "blas": [dataclasses.asdict(library) for library in blas.loaded_blas()],
        "torch_threads": torch.get_num_threads(),
        "environment": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
    }


def versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"gr-rfattn": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def commit() -> str | None:
    """The commit of the folder that the command is run in, when it is one of this module."""
    try:
        run = subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    ours = Path("python/rfattn/bench").is_dir()
    return run.stdout.strip() or None if run.returncode == 0 and ours else None


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return processor.name()
