# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of one configuration: predicted, allocated, temporary and resident bytes, and growth.

Runs in a process of its own.
"""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile

from ..attention import ModelConfig
from ..inference import AttentionModelAdapter, blas
from ..reporting import process_bytes
from . import verify

_FLAT_AFTER = 0.1
"""Share of the soak after which the resident size should no longer grow."""


def measure(
    config: dict, device: str, dtype: str, threads: int, seed: int, runner: str, soak_tokens: int
) -> dict:
    """Bytes of a model with a full ring.

    Returns:
        dtype; kv_bytes and kv_bytes_predicted; peak_temporary_bytes of a step (None where torch
        does not report it); rss_before_bytes (Python, torch and libraries), peak_rss_bytes; with a
        soak soak_tokens and rss_growth_bytes after the first tenth of them.
    """
    blas.set_torch_threads(threads)
    blas.cap_blas_threads()
    shape = ModelConfig.from_dict(config)
    before = process_bytes("VmRSS")
    model = verify.random_model(shape, seed)
    adapter = AttentionModelAdapter(model, verify.contract_of(shape), device, dtype, runner=runner)
    tokens = verify.random_tokens(shape, 1, 1, seed)
    for _ in range(shape.blocks_in_window + 3):
        adapter.step(tokens)
    found = {
        "dtype": adapter.dtype,
        "kv_bytes": adapter.kv_bytes,
        "kv_bytes_predicted": adapter.max_kv_bytes,
        "rss_before_bytes": before,
        "peak_rss_bytes": process_bytes("VmHWM"),
    }
    found["peak_temporary_bytes"] = peak_temporary(adapter, tokens)
    if soak_tokens:
        found |= soak(adapter, tokens, soak_tokens)
    return found


def soak(adapter: AttentionModelAdapter, tokens: torch.Tensor, count: int) -> dict:
    """Streams ``count`` tokens and reads the resident size after the first tenth and at the end."""
    steps = max(2, count // adapter.block_size)
    settled = 0
    for step in range(steps):
        adapter.step(tokens)
        if step == int(_FLAT_AFTER * steps):
            settled = process_bytes("VmRSS")
    growth = process_bytes("VmRSS") - settled
    return {"soak_tokens": steps * adapter.block_size, "rss_growth_bytes": growth}


def peak_temporary(adapter: AttentionModelAdapter, tokens: torch.Tensor) -> int | None:
    """The most bytes that torch's allocator held in one step beyond those it held before."""
    if adapter.device.startswith("cuda"):
        adapter.warm_up()
        return adapter.peak_temporary_bytes
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        adapter.step(tokens)
    events = [e for e in recorded.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak if events else None
