# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time from the start of a process to the first label of the shipped model, on noise. Runs in a
process of its own."""

from __future__ import annotations

import time


def measure(started_ns: int) -> dict:
    """Measures from ``started_ns``, the monotonic time at which this process was started.

    Returns:
        imported_s, model_s, label_s (seconds until the imports are done, the model is ready, the
        first label is out); inference_ms of the first two steps; cpu_s until the first label.
    """
    from gnuradio.rfattn import tags, transformer
    from gnuradio.rfattn.inference import DEFAULT_MODEL

    from flowgraph_cost import BenchFlowgraph, sample_source

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
