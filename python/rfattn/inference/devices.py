# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices and dtypes by name."""

from __future__ import annotations

import torch

_AMPERE = 8, 0
"""Capability of the first GPUs that compute in bfloat16."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def resolve_device(name: str) -> torch.device:
    """The torch device called ``name``; "auto" is CUDA when there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdigit()) or (kind == "cpu" and index):
        raise ValueError(f"device must be auto, cpu, cuda or cuda:N, got {name!r}")
    n_devices = torch.cuda.device_count()
    if kind == "cuda" and int(index or 0) >= n_devices:
        raise ValueError(f"device {name!r} is not there: torch sees {n_devices} CUDA devices")
    return torch.device(name)


def resolve_dtype(name: str, device: torch.device) -> torch.dtype:
    """The torch dtype called ``name``; "auto" is bfloat16 on CUDA from Ampere on and else float32,
    which depends on no timing (`number_type.choose` times)."""
    if name == "auto":
        return torch.bfloat16 if has_fused_bfloat16(device) else torch.float32
    if name not in DTYPES:
        raise ValueError(f"dtype must be auto or one of {', '.join(DTYPES)}, got {name!r}")
    return DTYPES[name]


def has_fused_bfloat16(device: torch.device) -> bool:
    """Whether torch's fused attention takes bfloat16 on this CUDA device."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= _AMPERE


def dtype_name(dtype: torch.dtype) -> str:
    """What `resolve_dtype` calls a dtype."""
    return str(dtype).removeprefix("torch.")


def untimed_dtype(name: str, device: str) -> str:
    """The name of the dtype that `resolve_dtype` gives on the device called ``device``."""
    return dtype_name(resolve_dtype(name, resolve_device(device)))
