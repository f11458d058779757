# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which blocks end the flowgraph when a handler raises, and which are guests of the path."""

import pmt
import pytest

pytest.importorskip("zmq", reason="needs pyzmq")

from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.lifetime import blocks_in
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.blocks.parts.work_errors import failures_in
from gnuradio.rfattn.failures import Failures
from gnuradio.rfattn.flowgraph.emission_list import EmissionList
from gnuradio.rfattn.link import edge_link

from announcer import announcer
from step_streams import FRONT_END

CONTRACT = {"front_end": FRONT_END.to_dict()}
ENDS = {
    "emission_labels": lambda folder: rfattn.emission_labels(),
    "EmissionList": lambda folder: EmissionList(1e6, None, None, False),
    "edge_source": lambda folder: rfattn.edge_source(CONTRACT, "tcp://127.0.0.1:*"),
    "edge_sink": lambda folder: rfattn.edge_sink(8, "tcp://127.0.0.1:1", policy="drop"),
}
"""Blocks of the path. Those in C++ do so, too, but for the port listen of `emission_extractor`."""
COUNTS = {
    "frame_contents": lambda folder: rfattn.frame_contents(),
    "zmq_stats_sink": lambda folder: rfattn.zmq_stats_sink("tcp://127.0.0.1:*"),
    "prometheus_sink": lambda folder: rfattn.prometheus_sink("127.0.0.1:0"),
    "sigmf_annotation_sink": lambda folder: rfattn.sigmf_annotation_sink(f"{folder}/a.sigmf-meta"),
    "emission_recorder": lambda folder: rfattn.emission_recorder(f"{folder}/cut"),
    "emission_decoder": lambda folder: rfattn.emission_decoder(),
    "emission_demodulator": lambda folder: rfattn.emission_demodulator(),
}
"""Guests; `qt_detection_sink` is one, too."""


@pytest.fixture(autouse=True)
def without_host(monkeypatch):
    for name in ("_WELCOME_S", "_END_S"):
        monkeypatch.setattr(edge_link, name, 0.0)


def ports_of(block):
    ports = pmt.to_python(block.message_ports_in())
    return sorted(port for port in ports if port != "system")


def cases(makers):
    kinds = {name: getattr(rfattn, name, EmissionList) for name in makers}
    topics = {"edge_source": ["confidences"], "edge_sink": ["emissions", "findings", "frames"]}
    return [
        (name, topic)
        for name, kind in kinds.items()
        for topic in getattr(kind, "TOPICS", topics.get(name))
    ]


def connect(block, topic):
    """A flowgraph that sends the block a message, and has no end of its own."""
    top = gr.top_block()
    top.poster = poster = announcer([(topic, pmt.PMT_T)], endless=True)  # which it keeps
    top.msg_connect(poster, topic, block, topic)
    top.connect(poster, blocks.null_sink(gr.sizeof_float))
    if block.input_signature().max_streams() != 0:
        size = block.input_signature().sizeof_stream_item(0)
        silent = blocks.copy(size)
        silent.set_enabled(False)
        top.connect(blocks.null_source(size), silent, block)
    if block.output_signature().max_streams() != 0:
        size = block.output_signature().sizeof_stream_item(0)
        top.connect(block, blocks.null_sink(size))
    return top


def broken(*_):
    raise RuntimeError("broken")


@pytest.mark.parametrize(("name", "topic"), cases(ENDS))
def test_an_error_of_the_path_ends_the_flowgraph(name, topic, tmp_path, monkeypatch):
    block = ENDS[name](tmp_path)
    if isinstance(block, MessageSink):
        monkeypatch.setattr(block, "_read", broken)
    connect(block, topic).run()
    assert block.error is not None and getattr(block, "failures", None) is None
    getattr(block, "close", bool)()


@pytest.mark.parametrize(("name", "topic"), cases(COUNTS))
def test_an_error_of_a_guest_is_counted_and_the_flowgraph_continues(
    name, topic, tmp_path, monkeypatch
):
    block = COUNTS[name](tmp_path)
    monkeypatch.setattr(block, "_read", broken)
    top = connect(block, topic)
    top.start()
    while not block.failures.count:
        pass
    assert failures_in(top) == {name: block.failures} and block in blocks_in(top)
    top.stop()
    top.wait()
    assert block.error is None and block.failures.to_dict()["reason"] == "RuntimeError: broken"
    getattr(block, "close", block.drain)()


def test_every_block_with_messages_is_of_a_stated_kind():
    names = {name for name in rfattn._BLOCKS if "rfattn_python" not in rfattn._BLOCKS[name]}
    streams = {"sigmf_source", "band_splitter", "transformer", "waterfall_probe", "detection_sink"}
    streams.add("emission_extractor")  # of C++, with the formats that Python reads
    assert names == {*ENDS, *COUNTS, *streams, "signal_labeller", "qt_detection_sink"} - {
        "EmissionList"
    }


@pytest.mark.parametrize("method", ["start", "stop"])
def test_an_error_at_start_or_stop_is_of_the_same_kind(method, tmp_path, monkeypatch):
    guest, path = COUNTS["frame_contents"](tmp_path), ENDS["emission_labels"](tmp_path)
    for block in (guest, path):
        owner = block._thread_state if method == "start" else block
        monkeypatch.setattr(owner, "take" if method == "start" else "_finish", broken)
        getattr(block, method)()
    assert guest.failures.count == 1 and guest.error is None
    assert str(path.error) == "broken"


def test_each_reason_is_logged_once_and_the_first_is_kept():
    lines = []
    failures = Failures(lines.append)
    assert failures.to_dict() == {"count": 0, "reason": ""}
    first = ValueError("rule\nvalue")
    for error in (first, OSError(28, "No space", "x"), ValueError("rule\nvalue"), KeyError("k")):
        failures.add(error)
    assert failures.first is first and failures.count == 4
    assert lines == [
        "failed: rule\\nvalue (further ones are counted)",
        "failed: [Errno 28] No space: 'x' (further ones are counted)",
        "failed: KeyError: 'k' (further ones are counted)",
    ]
    for number in range(100):
        failures.add(ValueError(str(number)))
    assert len(lines) == 20 and failures.count == 104
