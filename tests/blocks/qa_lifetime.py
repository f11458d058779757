# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that only local variables refer to run as long as their flowgraph, and end with it."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.flowgraph.emissions import RecordingEmissionFlowgraph
from gnuradio.rfattn.recordings.sample_array import SampleArray
from gnuradio.rfattn.reporting import process_bytes

from command_line import write_recording
from step_streams import save_model

SUPPORT = Path(__file__).resolve().parents[1] / "support"
TIME_LIMIT_S = 120

PATH = f"""
import gc, json, sys
sys.path.insert(0, {str(SUPPORT)!r})
from gnuradio import blocks, gr, rfattn
from step_streams import random_spectra, steps_of

model, recording, out = sys.argv[1:]


class Within(gr.hier_block2):
    "A block of somebody else's, with one of ours in it."

    def __init__(self):
        out = gr.io_signature(1, 1, gr.sizeof_gr_complex)
        gr.hier_block2.__init__(self, "within", gr.io_signature(0, 0, 0), out)
        source = rfattn.sigmf_source(recording)
        self.connect(source, self)


class Flowgraph(gr.top_block):
    def __init__(self):
        gr.top_block.__init__(self)
        self.found = []
        transformer = rfattn.transformer(model, device="cpu", threads=1)
        sink = rfattn.detection_sink(transformer.classes, self.take)
        annotations = rfattn.sigmf_annotation_sink(out)
        publisher = rfattn.zmq_stats_sink("tcp://127.0.0.1:*")
        self.steps = steps_of(random_spectra(4 * transformer.block_size), transformer.block_size)
        self.connect(self.steps, transformer, sink)
        self.msg_connect(transformer, "detections", annotations, "detections")
        self.msg_connect((transformer, "detections"), (publisher, "detections"))
        self.counted = blocks.vector_sink_c()
        self.connect(Within(), self.counted)

    def take(self, detection):
        self.found.append(detection)
"""

TWICE = """
flowgraph = Flowgraph()
for run in (1, 2):
    gc.collect()
    flowgraph.steps.rewind()
    flowgraph.run()
    labels = json.loads(open(out).read())["annotations"]
    print(run, len(flowgraph.found), len(flowgraph.counted.data()), len(labels) > 0)
"""

DROPPED = """
import gc, weakref
import numpy as np
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.parts.lifetime import KeptByFlowgraph


class block(KeptByFlowgraph, gr.sync_block):
    alive = weakref.WeakSet()

    def __init__(self, call=None):
        gr.sync_block.__init__(self, "block", [np.float32], [np.float32])
        self.call = call
        self.alive.add(self)

    def work(self, inputs, outputs):
        outputs[0][:] = inputs[0]
        return len(outputs[0])


class Small(gr.top_block):
    def __init__(self):
        gr.top_block.__init__(self)
        self.sink = blocks.vector_sink_f()
        self.connect(blocks.vector_source_f([1.0] * 100), block(), block(self.found), self.sink)

    def found(self):
        "Makes the flowgraph refer to the block, and the block to the flowgraph."


for _ in range(40):
    flowgraph = Small()
    flowgraph.run()
    assert len(flowgraph.sink.data()) == 100
    gc.collect()
    assert len(block.alive) <= 4, len(block.alive)
del flowgraph
gc.collect()
print(len(block.alive))
"""


def run(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def files(tmp_path):
    write_recording(tmp_path / "short", 1, "noise", n_samples=5000, rate=1e4)
    model = save_model(tmp_path / "tiny.pt")
    return model, tmp_path / "short.sigmf-meta", tmp_path / "out.sigmf-meta"


def test_blocks_in_local_variables_run_twice(files):
    """Before, GNU Radio called the memory of Python objects that were gone."""
    assert run(PATH + TWICE, *files) == "1 4 5000 True\n2 8 10000 True\n"


def test_flowgraphs_that_are_dropped_free_their_blocks():
    assert run(DROPPED) == "0\n"


def test_what_is_inside_a_hierarchical_block_is_freed_with_its_flowgraph():
    """GNU Radio keeps a hierarchical block with message ports, and all that is in it."""
    resident, options = [], rfattn.LabellerOptions(lookback_s=1.0)
    for _ in range(4):
        flowgraph = gr.top_block()
        labeller = rfattn.signal_labeller(20e6, model="none", samples=True, options=options)
        flowgraph.connect(blocks.null_source(gr.sizeof_gr_complex), labeller)
        del flowgraph, labeller
        gc.collect()
        resident.append(process_bytes("VmRSS"))
    assert resident[-1] - resident[0] < 200e6  # of one extractor; before, 480 MB


def test_the_flowgraph_on_a_recording_is_freed_without_the_garbage_collector():
    samples = SampleArray.of(np.zeros(20_000, np.complex64), 1e5, None)
    flowgraph = RecordingEmissionFlowgraph(samples)
    flowgraph.run_to_end()
    parts = [weakref.ref(flowgraph), weakref.ref(flowgraph.labeller), weakref.ref(flowgraph.source)]
    gc.collect()  # what was left by others
    gc.disable()
    try:
        del flowgraph
        assert [part() for part in parts] == [None] * 3
    finally:
        gc.enable()
