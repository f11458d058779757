# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long run through the real flowgraph: memory that does not grow, and a cache that stays exact.
Runs in a process of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from gnuradio import blocks, gr

from .. import latency_probe, token_buffer, transformer
from ..attention import ModelConfig, kv_bytes
from ..inference import AttentionModelAdapter, blas
from . import gate
from .memory import process_bytes

_BLOCKS = 8
"""Different blocks of tokens, over and over."""
_SETTLED, _SETTLED_STEPS = 0.1, 4000
"""Share of the steps, and steps where half of all are more, after which the resident size may no
longer grow. GNU Radio's calls into Python leave cycles, which the collector first reaches late."""
_LEVELS = 20
"""Horizons after which the running level has forgotten: e**-20."""
_LOOK_S = 0.05
_LARGEST_GROWTH = 1.01


def measure(config: dict, device: str, dtype: str, threads: int, seed: int, tokens: int) -> dict:
    """Streams ``tokens`` tokens of noise. Steps, resident bytes when settled and at the end, the
    state as allocated and as predicted, and how far the last logits are from those of a
    fresh adapter that began late (relative to their size); ``flat`` and ``exact`` judge."""
    blas.set_torch_threads(threads)
    shape = ModelConfig.from_dict(config)
    made = AttentionModelAdapter(
        gate.random_model(shape, seed), gate.contract_of(shape), device, dtype
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.pt")
        made.save(path)
        model = transformer(path, device=device, dtype=dtype, threads=threads)
    parts = gate.random_tokens(shape, 1, _BLOCKS, seed)
    steps = max(2, tokens // shape.block_size)
    last, settled_bytes, end_bytes = _stream(model, parts, steps)
    error = gate.relative_error(last, _begun_late(made, parts, steps))
    found = {
        "tokens": steps * shape.block_size,
        "steps": steps,
        "settled_rss_bytes": settled_bytes,
        "end_rss_bytes": end_bytes,
        "kv_bytes": model.adapter.kv_bytes,
        "kv_bytes_predicted": kv_bytes(shape, 1, model.adapter.dtype),
        "max_error": error,
        "tolerance": gate.TOLERANCE[model.adapter.dtype],
    }
    exact = error <= found["tolerance"] and found["kv_bytes"] == found["kv_bytes_predicted"]
    return found | {"flat": end_bytes <= _LARGEST_GROWTH * settled_bytes, "exact": exact}


def _stream(model, parts: torch.Tensor, steps: int) -> tuple[torch.Tensor, int, int]:
    """The last logits [1, n_classes], and the resident bytes when settled and at the end."""
    flowgraph = gr.top_block("soak")
    source = blocks.vector_source_f(parts.flatten().tolist(), True, model.n_bins)
    head = blocks.head(4 * model.n_bins, steps * model.block_size)
    buffer = token_buffer(model.n_bins, model.block_size)
    last = blocks.probe_signal_vf(model.n_classes)
    flowgraph.connect(source, head, buffer, model, latency_probe(model.n_classes), last)
    flowgraph.start()
    settles = max(_SETTLED * steps, min(_SETTLED_STEPS, steps // 2))
    while model.nitems_written(0) < settles and model.error is None:
        time.sleep(_LOOK_S)
    settled = process_bytes("VmRSS")
    flowgraph.wait()
    if model.error is not None:
        raise model.error
    if model.nitems_written(0) != steps:
        raise ValueError(f"soak: {model.nitems_written(0)} steps came out, {steps} went in")
    return torch.from_numpy(np.array([last.level()], np.float32)), settled, process_bytes("VmRSS")


def _begun_late(adapter: AttentionModelAdapter, parts: torch.Tensor, steps: int) -> torch.Tensor:
    """The last logits of an adapter that saw only the tokens that the last step can know of."""
    config = adapter.config
    known = config.n_layers * config.window + _LEVELS * config.level_horizon
    first = max(0, steps - -(-known // config.block_size))
    adapter.reset(position=first * config.block_size)
    blocks_of = parts.split(config.block_size, dim=1)
    for step in range(first, steps):
        logits = adapter.step(blocks_of[step % len(blocks_of)])
    return logits
