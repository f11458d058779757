# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time from the start of a process to the first label of the shipped model, on noise. Runs in a
process of its own."""

from __future__ import annotations

import time

import numpy as np
import pmt
from gnuradio import blocks, gr
from gnuradio.rfattn import latency_probe, power_spectrum, tags, token_buffer, transformer
from gnuradio.rfattn.inference import DEFAULT_MODEL

_SAMPLES = 1 << 16


class BenchFlowgraph(gr.top_block):
    """source → [power_spectrum] → token_buffer → transformer → latency_probe → vector sink.

    ``source`` produces samples, or tokens of ``n_bins`` without a front end; ``probe`` is another
    block in the place of the latency_probe.
    """

    def __init__(self, source, model, policy="block", capacity=16, front_end=True, probe=None):
        gr.top_block.__init__(self, "bench")
        self.transformer = model
        self.buffer = token_buffer(model.n_bins, model.block_size, capacity, policy)
        self.sink = blocks.vector_sink_f(model.n_classes)
        self.source = source
        chain = [*source]
        if front_end:
            self.spectrum = power_spectrum(**model.front_end)
            chain.append(self.spectrum)
        chain += [self.buffer, model]
        self.probe = latency_probe(model.n_classes) if probe is None else probe
        self.connect(*chain, self.probe, self.sink)

    def steps(self) -> list[dict]:
        """The step tags of all steps that reached the end, in order."""
        found = [t for t in self.sink.tags() if pmt.symbol_to_string(t.key) == tags.STEP]
        return [pmt.to_python(t.value) for t in found]

    def end(self) -> None:
        """Stops, waits, and raises the exception that ended the model's block, if any."""
        self.stop()
        self.wait()
        if self.transformer.error is not None:
            raise self.transformer.error


def sample_source(seed: int):
    random = np.random.default_rng(seed)
    noise = random.standard_normal((_SAMPLES, 2)).astype(np.float32).view(np.complex64)
    return blocks.vector_source_c(noise[:, 0].tolist(), True)


def measure(started_ns: int) -> dict:
    """Measures from ``started_ns``, the monotonic time at which this process was started.

    torch is imported by nothing here but a model that needs it.

    Returns:
        imported_s, model_s, label_s (seconds until the imports are done, the model is ready, the
        first label is out); inference_ms of the first two steps; cpu_s until the first label.
    """
    imported = time.monotonic_ns()
    model = transformer(DEFAULT_MODEL, device="cpu")
    ready = time.monotonic_ns()
    flowgraph = BenchFlowgraph([sample_source(1)], model)
    flowgraph.start()
    while flowgraph.sink.nitems_read(0) < 2:
        time.sleep(1e-3)
    cpu_s = time.process_time()
    flowgraph.end()
    steps = flowgraph.steps()[:2]
    return {
        "imported_s": (imported - started_ns) / 1e9,
        "model_s": (ready - started_ns) / 1e9,
        "label_s": (steps[0][tags.KEY_END_NS] - started_ns) / 1e9,
        "inference_ms": [(s[tags.KEY_END_NS] - s[tags.KEY_START_NS]) / 1e6 for s in steps],
        "cpu_s": cpu_s,
    }
