# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices and dtypes by name; imports torch where a GPU may be asked for."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..packages import load

DTYPES = ("float32", "bfloat16", "float16")
_AMPERE = 8, 0
"""Capability of the first GPUs that compute in bfloat16."""
_GPU_FILES = ("nvidia[0-9]*", "nvidiactl", "kfd", "dxg")
"""In /dev, of the drivers of NVIDIA, of AMD, and of Windows under Linux."""


def resolve_device(name: str) -> str:
    """The full name of the device called ``name``; "auto" is CUDA when torch sees it."""
    if name == "cpu" or (name == "auto" and not _may_have_gpu()):
        return "cpu"
    kind, _, index = name.partition(":")
    if name != "auto" and (kind != "cuda" or (index and not index.isdigit())):
        raise ValueError(f"device must be auto, cpu, cuda or cuda:N, got {name!r}")
    torch = load("torch", f"device {name!r}")
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    n_devices = torch.cuda.device_count()
    if int(index or 0) >= n_devices:
        raise ValueError(f"device {name!r} is not there: torch sees {n_devices} CUDA devices")
    return name


def resolve_dtype(name: str, device: str) -> str:
    """The dtype called ``name``; "auto" is bfloat16 on CUDA from Ampere on and else float32."""
    if name == "auto":
        return "bfloat16" if has_fused_bfloat16(device) else "float32"
    if name not in DTYPES:
        raise ValueError(f"dtype must be auto or one of {', '.join(DTYPES)}, got {name!r}")
    return name


def dtype_name(dtype) -> str:
    """What `resolve_dtype` calls a dtype of torch."""
    return str(dtype).removeprefix("torch.")


def has_fused_bfloat16(device: str) -> bool:
    """Whether torch's fused attention takes bfloat16 on this CUDA device."""
    if not device.startswith("cuda"):
        return False
    import torch

    return torch.cuda.get_device_capability(device) >= _AMPERE


def _may_have_gpu() -> bool:
    """Whether there is a driver; importing torch, to ask it, takes over a second."""
    if find_spec("torch") is None:
        return False
    return any(next(Path("/dev").glob(name), None) for name in _GPU_FILES)
