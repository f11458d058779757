# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""edge_sink and edge_source: the labels of a host are those without a link, whoever comes."""

import json
import threading
import time

import numpy as np
import pmt
import pytest
import zmq
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.emissions.edge_ids import id_at_host, receiver_of
from gnuradio.rfattn.link import edge_link
from gnuradio.rfattn.link.session import Session
from gnuradio.rfattn.link.wire import Alive, Hello
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message

from attention_models import save_model
from edge_flowgraphs import FRONT_END, N_BINS, Edge, Host, label_alone
from emission_messages import Collector, findings_message
from emission_recording import write_emission
from link_ends import until
from page_messages import emission
from step_streams import RUN_LIMIT_S, random_spectra, run, segment_tag, vectors

ANY_PORT = "tcp://127.0.0.1:*"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path, FRONT_END, takes="emission")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_emission(tmp_path_factory.mktemp("recording") / "one")


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    """The same with the spectrum mirrored, and so with the same numbers of emissions."""
    meta = write_emission(tmp_path_factory.mktemp("recording") / "other")
    data = meta.replace("-meta", "-data")
    np.fromfile(data, "<c8").conj().tofile(data)
    return meta


@pytest.fixture(scope="module")
def alone(recording, model):
    return label_alone(recording, model)


def test_labels_are_those_of_a_single_host_byte_for_byte(recording, model, alone):
    host = Host(model)
    counts = Edge(recording, host.address).run_and_close()
    found = host.finish()
    assert found.last_of() == alone.last_of() and found.last_of()
    assert found.detections() == alone.detections() and found.detections()
    assert counts["tokens_in"] == counts["tokens_taken"] == host.buffer.tokens_in() > 0
    (stated,) = host.link.edges()
    assert stated["tokens"] == counts["tokens_in"]
    assert stated["messages"] == counts["messages_in"] == counts["messages_taken"]
    assert stated["state"] == "gone" and host.link.refused() == 0
    assert found.found["edges"][-1]["edge"] == 0


def test_two_edges_with_the_same_streams_do_not_mix(recording, mirrored, model, alone):
    host, other = Host(model, ends_after=2), label_alone(mirrored, model)
    edges = [Edge(recording, host.address, edge=1), Edge(mirrored, host.address, edge=7)]
    threads = [threading.Thread(target=edge.run_and_close) for edge in edges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = host.finish()
    receivers = [receiver_of(id_at_host(edge, 0, 1)) for edge in (1, 7)]
    assert {receiver_of(e["id"]) for e in found.found["emissions"]} == set(receivers)
    for receiver, single in zip(receivers, (alone, other), strict=True):
        mine, expected = found.last_of(receiver), single.last_of()
        assert mine.keys() == expected.keys()
        for number in expected:
            compare(json.loads(mine[number]), json.loads(expected[number]))


def compare(mine, expected):
    """Sums are rounded differently where steps of other streams are computed with them; and a label
    that changes after the end is sent without the bursts."""
    mine.pop("bursts"), expected.pop("bursts")
    sure = expected.pop("confidence", 0.0)
    assert mine.pop("confidence", 0.0) == pytest.approx(sure, abs=1e-5)
    shares, own = expected.pop("probabilities", {}), mine.pop("probabilities", {})
    assert own == pytest.approx(shares, abs=1e-5)
    assert mine == expected


def kill(edge):
    """Ends the link of an edge as a kill does: the host is told nothing."""
    link = edge.link._link
    link._ends.set()
    link._pulse.join()
    link._socket.close()
    link._is_closed = True


def test_an_edge_that_dies_ends_at_the_host_and_comes_back(recording, model, alone):
    host = Host(model)
    first = Edge(recording, host.address)
    run(first)
    until(lambda: first.link.counts()["tokens_waiting"] == 0, "acknowledgements")
    kill(first)
    host.link._link._timeout_s = 0.3
    until(lambda: host.link.edges()[0]["vanished"] == 1, "its end")
    host.link._link._timeout_s = 60.0
    Edge(recording, host.address).run_and_close()
    found = host.finish()
    # The detector of the first run told the end of its emissions to nobody.
    states = [e["state"] for e in found.emissions(0)]
    assert states[0] == "new" and states[-1] == "end"
    assert found.last_of(1) == alone.last_of()
    assert len(found.detections(1)) == len(alone.detections())
    assert 1 not in host.buffer.streams()  # that of the first run is freed
    (stated,) = host.link.edges()
    assert (stated["runs"], stated["vanished"], stated["tokens_elsewhere"]) == (2, 1, 0)


def test_a_host_that_starts_again(recording, model):
    """The edge waits for it and continues; what the first host had is gone, and counted."""
    first = gr.top_block()
    source = rfattn.edge_source(model, ANY_PORT)
    source.set_max_output_buffer(128)  # so that it does not take them all
    first.connect(source, blocks.head(4 * N_BINS, 8), blocks.null_sink(4 * N_BINS))
    first.start()
    edge = Edge(recording, source.last_endpoint(), rest_s=0.0, max_waiting=1)
    edge.start()
    first.wait()
    source.close()
    host = Host(model, address=source.last_endpoint())
    edge.wait()
    edge.link.close()
    found, counts = host.finish(), edge.link.counts()
    assert counts["welcomes"] == 2 and counts["tokens_dropped"] == counts["tokens_waiting"] == 0
    assert counts["tokens_in"] == counts["tokens_taken"] and counts["tokens_lost"] == 0
    (stated,) = host.link.edges()
    assert stated["tokens"] + stated["tokens_elsewhere"] == counts["tokens_in"]
    assert stated["tokens"] > 0 and stated["tokens_elsewhere"] > 0
    states = [e["state"] for e in found.emissions()]
    assert states[0] == "new" and states[-1] == "end"


class Gate(gr.sync_block):
    """Takes nothing until ``opens`` is set."""

    def __init__(self):
        gr.sync_block.__init__(self, "gate", [(np.float32, N_BINS)], None)
        self.opens, self.tokens = threading.Event(), 0

    def work(self, input_items, output_items):
        if not self.opens.wait(0.01):
            return 0
        self.tokens += len(input_items[0])
        return len(input_items[0])


@pytest.mark.parametrize("max_waiting", [1, 3])
def test_a_slow_host_under_drop(recording, model, max_waiting):
    source, gate, top = rfattn.edge_source(model, ANY_PORT, ends_after=1), Gate(), gr.top_block()
    source.set_max_output_buffer(128)
    top.connect(source, gate)
    top.start()
    edge, tokens = gr.top_block(), random_spectra(40_000)  # more than the buffers hold
    front_end = {**FRONT_END, "n_bins": N_BINS}
    tag = segment_tag(0, 0, 0, stream=1, front_end=front_end)
    link = rfattn.edge_sink(N_BINS, source.last_endpoint(), 2, "drop", max_waiting)
    edge.connect(vectors(tokens, [tag]), link)
    run(edge)  # which does not wait
    assert link.counts()["tokens_dropped"] > 0
    gate.opens.set()
    link.close()
    top.wait()
    source.close()
    counts = link.counts()
    assert counts["tokens_in"] == len(tokens) == counts["tokens_taken"] + counts["tokens_dropped"]
    (stated,) = source.edges()
    assert stated["tokens_dropped"] == counts["tokens_dropped"]
    assert gate.tokens == stated["tokens"] == counts["tokens_taken"]


def test_strangers_end_nothing(recording, model, alone):
    host = Host(model)
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.set(zmq.LINGER, 0)
        stranger.connect(host.address)
        for message in ([b"x"], [b"{}", b"y"], [b'{"kind": "tokens"}', bytes(32)]):
            stranger.send_multipart(message)
        until(lambda: host.link.refused() == 3, "refusals")
    Edge(recording, host.address).run_and_close()
    assert host.finish().last_of() == alone.last_of()
    assert host.link.edges()[0]["refused"] == 3


def test_an_edge_with_other_tokens_ends_with_a_line(recording, model):
    host = Host(model)
    link = rfattn.edge_sink(N_BINS, host.address)
    tag = segment_tag(0, 0, 0, front_end={**FRONT_END, "n_bins": N_BINS, "window": "hamming"})
    top = gr.top_block()
    top.connect(vectors(random_spectra(4000), [tag], repeat=True), link)
    run(top)
    assert str(link.error).startswith("edge_sink: the model of the host needs other tokens: ")
    assert "window" in str(link.error) and "\n" not in str(link.error)
    link.close()
    Edge(recording, host.address, edge=1).run_and_close()
    assert host.finish().emissions(receiver_of(id_at_host(1, 0, 1)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -2e12])
def test_tokens_that_no_host_takes_end_the_edge_with_a_line(value):
    front_end, tokens = {**FRONT_END, "n_bins": N_BINS}, random_spectra(300)
    tokens[200, 3] = value
    link, top = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:1", 1, "drop"), gr.top_block()
    top.connect(vectors(tokens, [segment_tag(0, 0, 0, front_end=front_end)]), link)
    run(top)
    assert str(link.error) == "tokens: values must be finite and at most 1e+12"
    link.close()


def confidence(stream, value):
    message = pmt.dict_add(pmt.make_dict(), pmt.intern("stream"), pmt.from_uint64(stream))
    return pmt.dict_add(message, pmt.intern("confidence"), pmt.from_double(value))


def test_confidences_go_back_to_the_edge_of_the_stream():
    """Where nobody has the stream any more, they go nowhere; a wrong one ends the flowgraph."""
    contract = {"front_end": {**FRONT_END, "n_bins": N_BINS}}
    source, host = rfattn.edge_source(contract, ANY_PORT), gr.top_block()
    host.connect(source, blocks.null_sink(4 * N_BINS))
    host.start()
    link, edge = rfattn.edge_sink(N_BINS, source.last_endpoint(), 2), gr.top_block()
    tag = segment_tag(0, 0, 0, stream=1, front_end=contract["front_end"])
    edge.connect(vectors(random_spectra(4000), [tag], repeat=True), link)
    debug = blocks.message_debug()
    edge.msg_connect(link, "confidences", debug, "store")
    edge.start()
    until(lambda: source.edges() and source.edges()[0]["tokens"], "tokens")
    port = pmt.intern("confidences")
    for number, value in ((id_at_host(2, 1, 1), 0.1), (id_at_host(2, 0, 1), 0.25)):
        source.to_basic_block()._post(port, confidence(number, value))
    until(debug.num_messages, "a confidence")
    got = pmt.to_python(debug.get_message(0))
    assert (got, debug.num_messages()) == ({"stream": 1, "confidence": 0.25}, 1)
    edge.stop()
    edge.wait()
    link.close()
    source.to_basic_block()._post(port, confidence(id_at_host(2, 0, 1), 1.5))
    host.wait()
    assert "confidences: confidence must be from 0 to 1, got 1.5" in str(source.error)
    source.close()


def test_an_edge_that_sends_without_end_holds_up_no_message_and_no_stop(monkeypatch):
    source = rfattn.edge_source({"front_end": {**FRONT_END, "n_bins": N_BINS}}, ANY_PORT)
    numbers = dict.fromkeys(("seq", "tokens", "tokens_dropped", "messages_dropped", "messages"), 0)
    hello = Hello(session="1", version=1, edge=1, **numbers)
    event = Session(hello, 0), Alive(session="1", live=[], **numbers), None
    flood, began = [event], threading.Event()
    monkeypatch.setattr(source._link, "receive", lambda wait_ms: began.set() or flood[0])
    host = gr.top_block()
    host.connect(source, blocks.null_sink(4 * N_BINS))
    host.start()
    assert began.wait(RUN_LIMIT_S)
    source.to_basic_block()._post(pmt.intern("confidences"), confidence(1, 1.5))
    waiter = threading.Thread(target=host.wait)
    waiter.start()
    waiter.join(RUN_LIMIT_S)
    is_over = not waiter.is_alive()
    flood[0] = None
    waiter.join()
    source.close()
    assert is_over and "confidence must be from 0 to 1, got 1.5" in str(source.error)


def test_a_label_ends_the_edge_that_would_send_it(monkeypatch):
    monkeypatch.setattr(edge_link, "_WELCOME_S", 0.0)
    monkeypatch.setattr(edge_link, "_END_S", 0.0)
    link = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:1", policy="drop")
    message = schema.read("emissions", emission(1, label="dmr", confidence=0.9))
    link._on_emissions(to_message(message))
    link.close()
    assert str(link.error) == "emissions: label must be absent before the host labels"


def test_without_a_host_an_edge_that_is_stopped_ends_at_once(monkeypatch):
    for name, value in (("_WELCOME_S", 0), ("_SILENT_S", 0), ("_BLOCK_END_S", 10 * RUN_LIMIT_S)):
        monkeypatch.setattr(edge_link, name, value)
    segments = [segment_tag(0, 0, 0, stream=1, front_end={**FRONT_END, "n_bins": N_BINS})]
    link, waits = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:1"), threading.Event()
    send = link._link.send_tokens
    monkeypatch.setattr(link._link, "send_tokens", lambda *args: send(*args) or waits.set())
    edge = gr.top_block()
    edge.connect(vectors(random_spectra(8), segments), link)
    edge.start()
    assert waits.wait(RUN_LIMIT_S)
    edge.stop()
    edge.wait()
    begin = time.monotonic()
    link.close()
    assert time.monotonic() - begin < RUN_LIMIT_S and link.counts()["tokens_in"] == 0


def tokens_through(segments, count, findings=(), **options):
    """The tags that come out of an `edge_source` for those that go into an `edge_sink`, and the
    findings likewise."""
    contract = {"front_end": {**FRONT_END, "n_bins": N_BINS}}
    source, collector = rfattn.edge_source(contract, ANY_PORT, ends_after=1), Collector("findings")
    sink, top = blocks.vector_sink_f(N_BINS), gr.top_block()
    top.connect(source, sink)
    top.msg_connect(source, "findings", collector, "findings")
    top.start()
    link, edge = rfattn.edge_sink(N_BINS, source.last_endpoint(), **options), gr.top_block()
    edge.connect(vectors(random_spectra(count), segments), link)
    for message in findings:
        link._post(pmt.intern("findings"), message)
    run(edge)
    link.close()
    top.wait()
    collector.drain()
    source.close()
    assert link.error is None and source.error is None
    assert sink.data() == pytest.approx(random_spectra(count).ravel().tolist())
    return sink.tags(), collector.got


def test_findings_come_out_with_the_number_at_the_host():
    front_end = {**FRONT_END, "n_bins": N_BINS}
    segments = [segment_tag(0, 0, 0, stream=1, front_end=front_end)]
    _, found = tokens_through(segments, 8, [findings_message(5, "DMR")], edge=3)
    assert [(f.id, f.frames) for f in found] == [(id_at_host(3, 0, 5), "DMR")]


def test_tags_come_out_as_they_went_in():
    front_end = {**FRONT_END, "n_bins": N_BINS}
    rx = {"rx_rate": 1e6, "rx_freq": 433e6, "rx_time": (7, 0.25)}
    tags = [
        segment_tag(0, 0, 0, stream=1, front_end=front_end, **rx),
        segment_tag(100, 0, 500, stream=2, front_end=front_end),
        segment_tag(300, 0, 1000, stream=1, front_end=front_end),
    ]
    end, mark = gr.tag_t(), gr.tag_t()
    end.offset, end.key, end.value = 300, pmt.intern(rfattn.tags.END), pmt.from_uint64(2)
    mark.offset, mark.key, mark.value = 299, pmt.intern(rfattn.tags.NON_FINITE), pmt.PMT_T
    found, _ = tokens_through([*tags, end, mark], 400, edge=3)
    named = [(tag.offset, pmt.symbol_to_string(tag.key)) for tag in found]
    stated = [tag for tag in found if pmt.eq(tag.key, pmt.intern(rfattn.tags.SEGMENT))]
    assert [tag.offset for tag in stated] == [0, 100, 300]
    assert (300, rfattn.tags.END) in named and (299, rfattn.tags.NON_FINITE) in named
    values = [pmt.to_python(tag.value) for tag in stated]
    assert [value["stream"] for value in values] == [id_at_host(3, 0, i) for i in (1, 2, 1)]
    assert [value["sample_start"] for value in values] == [0, 500, 1000]
    assert values[0]["rx_time"] == (7, 0.25) and values[0]["rx_rate"] == 1e6
    assert values[0]["front_end"]["fft_size"] == 64


def test_statistics_have_the_edges(recording, model):
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        sink, top = rfattn.zmq_stats_sink(ANY_PORT), gr.top_block()
        socket.subscribe("rfattn.edges")
        socket.connect(sink.last_endpoint())
        source = rfattn.edge_source(model, ANY_PORT)
        top.connect(source, blocks.null_sink(4 * N_BINS))
        top.msg_connect(source, "edges", sink, "edges")
        top.start()
        edge = Edge(recording, source.last_endpoint(), edge=5)
        run(edge)
        assert socket.poll(20_000)
        topic, body = socket.recv_multipart()
        edge.link.close()
        top.stop()
        top.wait()
        source.close()
        sink.close()
    assert topic == b"rfattn.edges" and json.loads(body)["edge"] == 5


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"n_bins": 0}, "edge_sink: n_bins must be from 1 to 131072, got 0"),
        ({"edge": 1000}, "edge_sink: edge must be from 0 to 999, got 1000"),
        ({"edge": -1}, "edge_sink: edge must be from 0 to 999, got -1"),
        ({"max_waiting": 0}, "edge_sink: max_waiting must be from 1 to 65536, got 0"),
        ({"policy": "batch"}, "edge_sink: policy must be one of block, drop, got 'batch'"),
        ({"address": "tcp://192.0.2.1:5560"}, "edge_sink: address tcp://192.0.2.1:5560 is another"),
    ],
)
def test_edge_sink_refuses(parameters, text):
    with pytest.raises(ValueError) as refusal:
        rfattn.edge_sink(**{"n_bins": 8, **parameters})
    assert str(refusal.value).startswith(text)


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"timeout_s": 1.0}, "edge_source: timeout_s must be from 2 to 1e6, got 1.0"),
        ({"ends_after": -1}, "edge_source: ends_after must be >= 0, got -1"),
        ({"address": "tcp://0.0.0.0:1"}, "edge_source: address tcp://0.0.0.0:1 can be reached"),
        ({"model": "nobody"}, "model 'nobody': no such file or folder"),
        ({"model": {"classes": []}}, "edge_source: model {'classes': []} states no front end"),
    ],
)
def test_edge_source_refuses(parameters, text):
    with pytest.raises(ValueError) as refusal:
        rfattn.edge_source(**parameters)
    assert str(refusal.value).startswith(text)


@pytest.mark.parametrize(
    "tags, text",
    [
        ([], "edge_sink: the first token must have a tag rfattn:segment"),
        ([segment_tag(0, 0, 0)], "edge_sink: rfattn:segment must state a front_end"),
        (
            [segment_tag(0, 0, 0, stream=10**9, front_end=FRONT_END)],
            "rfattn:segment: stream must be from 0 to 1e+09, got 1000000000",
        ),
    ],
)
def test_tokens_that_an_edge_cannot_send(tags, text, monkeypatch):
    monkeypatch.setattr(edge_link, "_WELCOME_S", 0.01)
    link, top = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:9"), gr.top_block()
    top.connect(vectors(random_spectra(400), tags, repeat=True), link)
    run(top)
    assert str(link.error).startswith(text)
    link.close()


def test_the_buffer_fills_whole_pages_so_that_gnu_radio_has_nothing_to_warn_of(model):
    source = rfattn.edge_source(model, ANY_PORT)
    size = 4 * source.n_bins * source.min_output_buffer(0)
    assert size % 4096 == 0 and size >= 65536
