# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What edge_source reports of its edges, and how often."""

import pytest

pytest.importorskip("zmq", reason="needs pyzmq")

from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks import edge_source as edge_source_module

from edge_flowgraphs import FRONT_END, N_BINS, Collector
from link_ends import edge


def test_an_edge_that_ends_is_reported_alone(monkeypatch):
    """Else a host that knows many edges is kept busy by one that comes and goes."""
    monkeypatch.setattr(edge_source_module, "_REPORT_S", 1e9)
    contract = {"front_end": {**FRONT_END, "n_bins": N_BINS}}
    source = rfattn.edge_source(contract, "tcp://127.0.0.1:*", ends_after=5)
    collector, top = Collector(), gr.top_block()
    top.connect(source, blocks.null_sink(4 * N_BINS))
    top.msg_connect(source, "edges", collector, "edges")
    top.start()
    for number in range(5):
        with edge(source.last_endpoint(), number):
            pass
    top.wait()
    source.close()
    collector.drain()
    found = [(stated["edge"], stated["state"]) for stated in collector.found["edges"]]
    assert found[-5:] == [(number, "gone") for number in range(5)]
    assert found[:-5] in ([], [(0, "connected")])  # the report of the first second
