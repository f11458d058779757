# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long run through the real flowgraph: memory must not grow and the cache must stay exact.

Runs in a process of its own.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from gnuradio import blocks, gr
from gnuradio.rfattn import latency_probe, token_buffer
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.memory import process_bytes
from gnuradio.rfattn.inference import AttentionModelAdapter, blas

from flowgraph_cost import as_block, without_front_end

_BLOCKS = 8
"""Different blocks of tokens, which repeat."""
_SETTLED, _SETTLED_STEPS = 0.1, 4000
"""The resident size may no longer grow after this share of the steps, but not before this number
of steps where half of them are more. GNU Radio's calls into Python leave reference cycles, which
the collector reaches late."""
_LEVELS = 20
"""Horizons after which older tokens weigh e**-20 in the running level."""
_POLL_S = 0.05
_LARGEST_GROWTH = 1.01


def measure(config: dict, device: str, dtype: str, threads: int, seed: int, tokens: int) -> dict:
    """Streams ``tokens`` tokens of noise.

    Returns:
        tokens, steps; settled_rss_bytes and end_rss_bytes; kv_bytes and kv_bytes_predicted;
        max_error of the last logits against a new adapter that began late, relative to their
        size, and its tolerance; the verdicts flat and exact.
    """
    blas.set_torch_threads(threads)
    shape = ModelConfig.from_dict(config)
    contract, where = verify.contract_of(shape), {"device": device, "dtype": dtype}
    made = AttentionModelAdapter(
        verify.random_model(shape, seed), without_front_end(contract), **where
    )
    model = as_block(made, threads, **where)
    parts = verify.random_tokens(shape, 1, _BLOCKS, seed)
    steps = max(2, tokens // shape.block_size)
    last, settled_bytes, end_bytes = _stream(model, parts, steps)
    error = verify.relative_error(last, _begun_late(made, parts, steps))
    found = {
        "tokens": steps * shape.block_size,
        "steps": steps,
        "settled_rss_bytes": settled_bytes,
        "end_rss_bytes": end_bytes,
        "kv_bytes": model.adapter.kv_bytes,
        "kv_bytes_predicted": model.adapter.max_kv_bytes // model.adapter.max_streams,
        "max_error": error,
        "tolerance": verify.TOLERANCE[model.adapter.dtype],
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
        time.sleep(_POLL_S)
    settled = process_bytes("VmRSS")
    flowgraph.wait()
    if model.error is not None:
        raise model.error
    if model.nitems_written(0) != steps:
        raise ValueError(f"soak: {model.nitems_written(0)} steps came out, {steps} went in")
    return torch.from_numpy(np.array([last.level()], np.float32)), settled, process_bytes("VmRSS")


def _begun_late(adapter: AttentionModelAdapter, parts: torch.Tensor, steps: int) -> torch.Tensor:
    """The last logits of an adapter that saw only the tokens which can affect the last step."""
    config = adapter.config
    seen = config.n_layers * config.window + _LEVELS * config.level_horizon
    first = max(0, steps - -(-seen // config.block_size))
    adapter.reset(position=first * config.block_size)
    blocks_of = parts.split(config.block_size, dim=1)
    for step in range(first, steps):
        logits = adapter.step(blocks_of[step % len(blocks_of)])
    return torch.from_numpy(logits)
