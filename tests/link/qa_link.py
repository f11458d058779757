# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The link between edges and a host: what is taken, dropped and lost adds up in every case."""

import json
import os
import re
import socket
import threading
import time
from dataclasses import fields
from pathlib import Path

import pytest
import zmq
import zmq.auth
from gnuradio.rfattn.emissions.edge_ids import edge_of, id_at_host, receiver_of
from gnuradio.rfattn.link import edge_link, wire
from gnuradio.rfattn.link.host_link import HostLink
from gnuradio.rfattn.link.measured import OF_LABELS, read_measured
from gnuradio.rfattn.messages.emission import FLAGS, WEAK, Emission
from slow_link import SlowLink

from link_ends import FRONT_END, adds_up, edge, host, quick, run_of, send, until
from page_messages import emission


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    quick(monkeypatch)


FINDINGS = {"id": 1, "frames": "DMR"}
FRAME = {"id": 1, "format": "AIS", "sample_start": 5, "bits": "00ff"}


def test_numbers_of_edges_and_runs_differ():
    assert id_at_host(0, 0, 17) == 17
    assert id_at_host(3, 2, 17) == 3_002_000_000_017
    assert id_at_host(3, 1002, 17) == id_at_host(3, 2, 17)
    assert id_at_host(999, 999, 10**9 - 1) < 2**53
    assert edge_of(id_at_host(3, 2, 17)) == 3
    assert receiver_of(id_at_host(3, 2, 17)) == receiver_of(id_at_host(3, 2, 1))
    assert receiver_of(id_at_host(3, 2, 17)) != receiver_of(id_at_host(3, 1, 17))


def test_everything_arrives_in_order():
    with host() as there, edge(there.endpoint, 3) as link:
        for i in range(40):
            assert send(link, run_of(skip=4 * i))
            link.send_message("emissions", emission(i + 1))
        link.close()
        counts = adds_up(link)
        until(lambda: there.said_bye == 1, "bye")
    assert (counts.tokens_taken, counts.messages_taken) == (160, 40)
    assert [e[2].runs[0].skip for e in there.of_kind("tokens")] == [4 * i for i in range(40)]
    found = [values for *_, values in there.of_kind("message")]
    assert [e.id for e in found] == [id_at_host(3, 0, i + 1) for i in range(40)]
    known = there.edges[3]
    assert (known.tokens, known.messages, known.tokens_elsewhere) == (160, 40, 0)
    # Hello, bye and pulses come on top.
    assert 0 < known.bytes <= counts.bytes_sent and known.state == "gone"


def test_frames_that_were_found_pass_and_are_no_new_emission():
    with host() as there, edge(there.endpoint, 3) as link:
        link.send_message("emissions", emission(1))
        link.send_message("emissions", emission(1, "end"))
        link.send_message("findings", FINDINGS)  # the extractor lags behind
        link.send_message("frames", FRAME)
        link.close()
        until(lambda: there.said_bye == 1, "bye")
    *emissions, (*_, packet, found), (*_, read) = there.of_kind("message")
    assert [values.state for *_, values in emissions] == ["new", "end"]
    assert (packet.topic, found.frames) == ("findings", FINDINGS["frames"])
    assert {values.id for *_, values in there.of_kind("message")} == {id_at_host(3, 0, 1)}
    assert (read.format, read.bits) == ("AIS", "00ff")
    assert there.edges[3].messages == 4


def test_a_sideband_belongs_to_an_emission_of_the_same_edge():
    with host() as there, edge(there.endpoint, 3) as link:
        link.send_message("emissions", emission(1))
        link.send_message("emissions", emission(2, flags=["sideband"], sideband_of=1))
        link.close()
        until(lambda: there.said_bye == 1, "bye")
    found = [values for *_, values in there.of_kind("message")]
    assert [e.sideband_of for e in found] == [None, found[0].id]
    assert found[0].id == id_at_host(3, 0, 1)


def test_block_waits_for_a_stalled_host_and_loses_nothing():
    with host() as there, edge(there.endpoint, max_waiting=3) as link:
        there.stall()
        sent = 0
        while send(link, wait_s=0.05):
            sent += 1
        assert sent == 3
        assert link.counts().tokens_waiting > 0
        there.is_stalled = False
        assert send(link)
        link.close()
        assert adds_up(link).tokens_taken == 4 * (sent + 1)


def test_drop_never_waits_and_counts_in_one_piece():
    with host() as there, edge(there.endpoint, policy="drop", max_waiting=4) as link:
        assert send(link)
        until(lambda: there.tokens() == 4, "the first tokens")
        there.stall()
        for i in range(20):
            assert send(link, run_of(skip=4 + 4 * i))
            link.send_message("emissions", emission(i + 1))
        now = adds_up(link)
        assert now.tokens_dropped >= 4 * 16 - 8 and now.messages_dropped > 0
        there.is_stalled = False
        until(lambda: link.counts().tokens_waiting == 0, "acknowledgements")
        assert send(link, run_of(skip=84))
        link.close()
        counts = adds_up(link)
        known = there.edges[0]
        assert counts.tokens_lost == 0 and counts.tokens_dropped == known.tokens_dropped > 0
        assert counts.messages_dropped == known.messages_dropped
        assert there.tokens() == counts.tokens_taken


def test_streams_begin_a_segment_after_a_drop():
    with host() as there, edge(there.endpoint, policy="drop", max_waiting=2) as link:
        assert send(link, run_of(1), run_of(2, skip=0))
        until(lambda: there.tokens() == 8, "the first tokens")
        session = there.sessions[0]
        assert session.enter(run_of(1), True).segment == 0
        assert session.enter(run_of(1, skip=4), False) is None
        there.stall()
        for _ in range(5):
            send(link)
        there.is_stalled = False
        until(lambda: link.counts().tokens_waiting == 0, "acknowledgements")
        send(link, run_of(1, skip=28))
        until(lambda: there.of_kind("tokens")[-1][2].runs[0].skip == 28, "the last tokens")
        stated = session.enter(run_of(1, skip=28), False)
        assert (stated.segment, stated.sample_start) == (1, 28 * 64)


def test_the_time_of_a_segment_moves_with_its_start():
    with host() as there, edge(there.endpoint) as link:
        send(link)
        until(lambda: there.tokens() == 4, "tokens")
        session = there.sessions[0]
        run = run_of(1, skip=3, rx_rate=128.0, rx_time=[7, 0.75])
        assert session.enter(run, True).rx_time == [9, 0.25]
        assert session.enter(run_of(1, skip=3, rx_time=[7, 0.75]), True).rx_time is None
        assert session.enter(run_of(1, rx_time=[7, 0.75]), True).rx_time == [7, 0.75]


def test_a_host_that_starts_again_gets_what_the_last_one_had_not_taken():
    with host() as there, edge(there.endpoint, 5) as link:
        address = there.endpoint
        send(link)
        until(lambda: link.counts().tokens_taken == 4, "acknowledgement")
        there.stall()
        for _ in range(3):
            send(link)
        there.end()
        with host(address) as again:
            until(lambda: link.counts().welcomes == 2, "another welcome")
            assert send(link)
            link.close()
            counts = adds_up(link)
            known = again.edges[5]
        assert counts.tokens_lost == 0 and counts.tokens_taken == 20
        assert (known.tokens, known.tokens_elsewhere) == (16, 4)
        assert [e[2].seq for e in again.of_kind("tokens")] == [1, 2, 3, 4]
    assert any("connected" in line for line in link.reports)


def test_the_host_says_how_sure_it_is_to_the_edge_of_the_stream():
    with host() as there, edge(there.endpoint, 3) as one, edge(there.endpoint, 4) as other:
        send(one)
        send(other)
        until(lambda: there.tokens() == 8, "tokens")
        there.stall()  # from here on this thread has the socket
        for number, confidence in (
            (id_at_host(3, 0, 17), 0.25),
            (id_at_host(4, 0, 18), 1.0),
            (id_at_host(3, 1, 19), 0.5),  # of another run
            (id_at_host(5, 0, 20), 0.5),  # of nobody
        ):
            there.judge(number, confidence)
        there.is_stalled = False
        until(lambda: one.judged and other.judged, "confidences")
        one.close()
        other.close()
    assert (one.judged, other.judged) == ([(17, 0.25)], [(18, 1.0)])


@pytest.mark.parametrize(
    "reply",
    [
        {"kind": "confidence", "stream": 1},
        {"kind": "confidence", "stream": 1, "confidence": 1.5},
        {"kind": "confidence", "stream": -1, "confidence": 0.5},
    ],
)
def test_a_confidence_that_is_none_is_refused(reply):
    with pytest.raises(ValueError, match="^reply: "):
        wire.read_reply([json.dumps(reply).encode()])


def test_a_connection_that_breaks_loses_nothing(monkeypatch):
    monkeypatch.setattr(edge_link, "_AGAIN_S", 0.05)
    with host() as there:
        relay = SlowLink(int(there.endpoint.rpartition(":")[2]), 0.002)
        with edge(f"tcp://127.0.0.1:{relay.port}", max_waiting=16) as link:
            for i in range(60):
                assert send(link, run_of(skip=4 * i))
                link.send_message("emissions", emission(i + 1))
                if i % 15 == 7:
                    relay.cut()
            link.close()
            counts = adds_up(link)
        relay.close()
    assert relay.cuts > 0
    assert (counts.tokens_taken, counts.messages_taken) == (240, 60)
    assert [e[2].runs[0].skip for e in there.of_kind("tokens")] == [4 * i for i in range(60)]
    assert [e[2].message["id"] for e in there.of_kind("message")] == list(range(1, 61))


def test_what_no_host_takes_is_lost_at_the_end(monkeypatch):
    monkeypatch.setattr(edge_link, "_BLOCK_END_S", 0.05)
    with host() as there, edge(there.endpoint) as link:
        there.stall()
        send(link)
        link.send_message("emissions", emission(1))
        link.close()
        counts = adds_up(link)
    assert (counts.tokens_lost, counts.messages_lost) == (4, 1)


def test_an_edge_that_vanishes_is_forgotten_and_comes_back_as_another_run():
    with host(timeout_s=0.2) as there:
        with edge(there.endpoint, 4) as link:
            send(link, run_of(1), run_of(2), live=(1, 2))
            link.send_message("emissions", emission(2))
            until(lambda: there.of_kind("message"), "an emission")
            link._ends.set()  # no pulse any more
            until(lambda: there.of_kind("vanished"), "its end")
            session = there.sessions[4]
            ended = session.end_all()
            assert [(e.id, e.state) for e in ended] == [(id_at_host(4, 0, 2), "end")]
            assert session.take_ends() == []  # `enter` was not called: it had no stream here
            assert there.edges[4].vanished == 1 and there.edges[4].state == "gone"
        with edge(there.endpoint, 4) as link:
            send(link)
            until(lambda: there.of_kind("tokens")[-1][1] == 1, "the next run")
        assert there.edges[4].runs == 2 and there.edges[4].tokens == 12


def test_ends_that_were_lost_come_with_the_pulse():
    with host() as there, edge(there.endpoint) as link:
        send(link, run_of(1), run_of(2), live=(1, 2))
        until(lambda: there.tokens() == 8, "tokens")
        session = there.sessions[0]
        for stream in (1, 2):
            session.enter(run_of(stream), True)
        link._live = (2,)
        ended = []
        until(lambda: ended.extend(session.take_ends()) or ended, "the end of stream 1")
        assert ended == [1]


def test_two_edges_with_one_number():
    with host() as there, edge(there.endpoint, 6) as link, edge(there.endpoint, 6) as other:
        assert send(link)
        assert not send(other, wait_s=0.05)
        assert any("edge 6 is connected already" in line for line in other.reports)
        link.close()
        until(lambda: other.counts().welcomes == 1, "its turn")
        assert send(other)
        other.close()
        assert adds_up(other).tokens_taken == 4 and there.edges[6].runs == 2


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"front_end": {**FRONT_END.to_dict(), "hop": 32}}, "hop"),
        ({"features": ["width"]}, "features must be []"),
        ({"n_values": 4, "runs": [run_of(count=8)]}, "a token must have 8 values, got 4"),
    ],
)
def test_tokens_of_another_model_are_refused_for_good(fields, text):
    with host() as there, edge(there.endpoint) as link:
        send(link, **fields)
        until(lambda: link.error, "refusal")
        assert text in link.error and "\n" not in link.error
        assert there.refused >= 1 and any(text in line for line in there.reports)


HELLO = {
    "kind": "hello",
    "session": "0" * 16,
    "seq": 0,
    "tokens": 0,
    "tokens_dropped": 0,
    "messages_dropped": 0,
    "messages": 0,
    "version": wire.VERSION,
    "edge": 1,
}
RUN = {
    "count": 1,
    "skip": 0,
    "segment": {"stream": 1, "segment": 0, "sample_start": 0},
    "ended": [],
    "non_finite": [],
}
TOKENS = {
    **HELLO,
    "kind": "tokens",
    "n_values": 8,
    "front_end": FRONT_END.to_dict(),
    "features": [],
    "runs": [RUN],
}
ZEROS = bytes(32)


def changed(message, **fields):
    return json.dumps({**message, **fields}).encode()


def tokens(payload=ZEROS, **run):
    return [changed(TOKENS, runs=[{**RUN, **run}]), payload]


STRANGE = {
    "nothing": [b""],
    "noise": [os.urandom(50), os.urandom(50)],
    "a PMT": [b"\x5f\xf0\x01" + bytes(30)],
    "three frames": [b"{}", b"", b""],
    "no object": [b"[]"],
    "no kind": [b"{}"],
    "deep": [b'{"kind":' + b"[" * 100_000],
    "nan": [b'{"kind": "alive", "seq": NaN}'],
    "a long name": [changed(HELLO, session="x" * 5000)],
    "another edge": [changed(HELLO, edge=1000)],
    "a negative number": [changed(HELLO, seq=-1)],
    "another version": [changed(HELLO, version=wire.VERSION + 1)],
    "no payload": [changed(TOKENS)],
    "a short payload": tokens(ZEROS[:-1]),
    "a NaN": tokens(b"\xff" * 32),
    "huge values": tokens(b"\xff\xff\x7f\x7f" * 8),
    "no tokens": tokens(count=0),
    "too many": tokens(count=1000),
    "a stream beyond": tokens(segment={"stream": 10**9, "segment": 0, "sample_start": 0}),
    "samples beyond": tokens(
        segment={"stream": 1, "segment": 0, "sample_start": 2**62}, skip=2**62
    ),
    "a time": tokens(segment={"stream": 1, "segment": 0, "sample_start": 0, "rx_time": [0.5, 0.5]}),
    "a mark beyond": tokens(non_finite=[1]),
    "a segment of ages": tokens(
        segment={"stream": 1, "segment": 0, "sample_start": 0, "rx_rate": 1e-3, "rx_time": [7, 0]},
        skip=2**50,
    ),
}


@pytest.fixture(scope="module")
def strangers():
    """A host and a plain socket to it."""
    with host() as there, zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.set(zmq.LINGER, 0)
        stranger.connect(there.endpoint)
        yield there, stranger


@pytest.mark.parametrize("what", STRANGE)
def test_a_stranger_is_refused_counted_and_ends_nothing(strangers, what):
    there, stranger = strangers
    before = there.refused
    stranger.send_multipart(STRANGE[what])
    until(lambda: there.refused == before + 1, what)
    assert there.is_alone() and all("\n" not in line for line in there.reports)


def test_after_strangers_an_edge_is_welcome(strangers):
    there, stranger = strangers
    with edge(there.endpoint, 9) as link:
        assert send(link)
        link.close()
        assert adds_up(link).tokens_taken == 4


def test_numbers_that_do_not_follow(strangers):
    """An edge that comes back sends again what it does not know to be taken."""
    there, stranger = strangers
    stranger.send_multipart([changed(HELLO, seq=5, tokens=7)])
    until(lambda: 1 in there.edges, "hello")
    assert there.edges[1].tokens_elsewhere == 7
    kinds, before = [], there.refused
    for seq, count in ((7, 9), (4, 6), (5, 0), (5, 7)):
        message, payload = tokens()
        stranger.send_multipart([changed(json.loads(message), seq=seq, tokens=count), payload])
    while len(kinds) < 1 or kinds[-1] != ("taken", 6):
        reply = wire.read_reply(stranger.recv_multipart())
        kinds.append((reply.kind, reply.seq))
    assert kinds[-5:] == [("welcome", 0), ("again", 5), ("taken", 5), ("wrong", 0), ("taken", 6)]
    assert there.refused == before + 1 and there.edges[1].tokens == 1


def test_counts_of_edges_that_come_again_and_again_stay_within_64_bits(strangers):
    there, stranger = strangers
    numbers = {"edge": 2, "tokens": 2**62, "messages": 2**62, "tokens_dropped": 2**62}
    for run in range(6):
        hello = {**HELLO, **numbers, "session": f"{run + 1:016}"}
        alive = {**hello, "kind": "alive", "live": []}
        for message in (hello, alive, {**alive, "kind": "bye"}):
            stranger.send_multipart([json.dumps(message).encode()])
    until(lambda: 2 in there.edges and there.edges[2].runs == 6, "six runs")
    until(lambda: there.edges[2].state == "gone", "the last bye")
    known = there.edges[2]
    assert known.tokens_elsewhere == known.messages_elsewhere == known.tokens_dropped == 2**62


class Busy:
    """A socket at which a message always waits: those of ``edges`` in turn."""

    def __init__(self, *edges):
        self.turn, self.edges = 0, edges

    def poll(self, wait_ms):
        return 1

    def recv_multipart(self):
        self.turn += 1
        edge = self.edges[self.turn % len(self.edges)]
        return [b"%d" % edge, changed(HELLO, kind="alive", live=[], session=f"{edge:016}")]

    def send_multipart(self, frames, flags):
        pass


@pytest.fixture
def busy_host(monkeypatch):
    """A host of edges 1 and 2 at which messages of 2 always wait; each takes 10 ms of a clock."""
    clock = [0.0]
    link = HostLink("tcp://127.0.0.1:*", "", [FRONT_END], [], 10.0, lambda line: None)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    link._socket, link.clock = Busy(2), clock
    for number in (1, 2):
        hello = changed(HELLO, edge=number, session=f"{number:016}")
        link._handle(b"%d" % number, [hello])
    yield link
    link.close()


def vanished(link, calls):
    """The edges that vanish while the host receives so often."""
    found = []
    for _ in range(calls):
        link.clock[0] += 0.01
        session, packet, _ = link.receive(0)
        found += [session.edge] if packet is None else []
    return found


def test_an_edge_vanishes_while_another_sends_without_a_pause(busy_host):
    assert vanished(busy_host, 1000) == []
    assert vanished(busy_host, 500) == [1]
    assert [busy_host.edges[i].state for i in (1, 2)] == ["gone", "connected"]


def test_a_host_that_was_slow_takes_no_edge_for_dead(busy_host):
    """What the edges sent meanwhile waits."""
    busy_host.clock[0] += 100.0
    busy_host._socket.edges = (2,) * 100 + (1,)
    assert vanished(busy_host, 3000) == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"flags": ["dc", "x1"]}, "flags must be of edge, dc, .*, weak, got 'x1'"),
        ({"sync": "DMR"}, "sync must be absent before the host labels"),
        ({"label_without_frames": "x4"}, "label_without_frames must be absent"),
        ({"label": "x5", "confidence": 1.0}, "label must be absent before the host labels"),
        ({"family": "x6"}, "family must be absent"),
        ({"guess": "x7"}, "guess must be absent"),
        ({"probabilities": {"x8": 0.5}}, "probabilities must be absent"),
        ({"nearest": [{"name": "x9", "score": 0.5}]}, "nearest must be absent"),
        ({"id": 10**9}, "id must be from 1 to 999999999, got 1000000000"),
        (
            {"flags": ["sideband"], "sideband_of": 10**9},
            "sideband_of must be from 1 to 999999999, got 1000000000",
        ),
    ],
)
def test_a_host_takes_no_name_that_an_edge_made_up(fields, text):
    """Each would become a symbol of GNU Radio, which is never freed."""
    with pytest.raises(ValueError, match=f"^emissions: {text}"):
        read_measured("emissions", {**emission(1), **fields})


def test_a_host_takes_no_format_that_an_edge_made_up():
    with pytest.raises(ValueError, match="^findings: frames must be of DMR, .*, got 'x2'"):
        read_measured("findings", {"id": 1, "frames": "x2"})


def test_a_host_takes_numbers_of_edges_and_known_topics_alone():
    with pytest.raises(ValueError, match="^findings: id must be from 1 to 999999999, got 0$"):
        read_measured("findings", {"id": 0})
    with pytest.raises(
        ValueError, match="topic must be of emissions, findings, frames, got 'stats'$"
    ):
        read_measured("stats", {})


def test_all_other_fields_are_those_of_the_detector():
    text = (Path(__file__).parents[2] / "lib" / "blocks" / "emission_pmt.cc").read_text()
    sent = {name.lower() for name in re.findall(r"(?:tags::KEY_|keys::)(\w+)", text)}
    sent |= {"rx_rate", "rx_time"}
    assert sent | set(OF_LABELS) == {field.name for field in fields(Emission)}
    assert not sent & set(OF_LABELS)
    assert set(re.findall(r'emission::\w+, pmt::mp\("([\w-]+)"\)', text)) == {*FLAGS} - {WEAK}


def test_an_emission_that_is_refused_holds_nothing_up(strangers):
    there, _ = strangers
    before = there.refused
    with edge(there.endpoint, 7) as link:
        link.send_message("emissions", {**emission(1), "freq_upper": 0.0})
        link.send_message("emissions", emission(2))
        link.close()
        assert adds_up(link).messages_taken == 2 and link.error == ""
    assert there.refused == before + 1 and there.edges[7].messages == 1


def test_an_edge_hears_that_its_tokens_are_refused(strangers):
    """Else it would send them again and again, and wait without end."""
    there, _ = strangers
    with edge(there.endpoint, 6) as link:
        send(link, run_of(sample_start=2**61), n_values=7)
        until(lambda: link.error, "a refusal")
    assert link.error == "tokens: 112 bytes must follow, got 128"


def test_a_host_that_answers_without_end_or_with_control_characters():
    with zmq.Context() as context, context.socket(zmq.ROUTER) as hostile:
        hostile.set(zmq.LINGER, 0)
        hostile.bind("tcp://127.0.0.1:*")
        with edge(hostile.get_string(zmq.LAST_ENDPOINT)) as link:
            identity, _ = hostile.recv_multipart()
            done = threading.Event()

            def flood():
                while not done.is_set():
                    for answer in (
                        b"",
                        b"{}",
                        b'{"kind": "error"}',
                        b'{"kind": "taken", "seq": 9}',
                    ):
                        hostile.send_multipart([identity, answer])

            flooding = threading.Thread(target=flood)
            flooding.start()
            assert not send(link, wait_s=0.1)  # it was not welcome
            done.set()
            flooding.join()
            answer = {"kind": "wrong", "reason": "\x1b]0;owned\x07\n" * 300}

            def is_refused():
                # Again and again: while the link reads the flood, the socket drops what it sends.
                hostile.send_multipart([identity, json.dumps(answer).encode()])
                return link.error

            until(is_refused, "refusal")
            assert link.error.isprintable() and link.error.startswith("\\x1b]0;owned\\x07\\n")
            assert all(line.isprintable() for line in link.reports)


def test_bytes_that_are_no_zmq(strangers):
    there, _ = strangers
    host_name, _, port = there.endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host_name, int(port))) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\n\r\n" + os.urandom(2000))
    with edge(there.endpoint, 8) as link:
        assert send(link)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("server", "client", "stranger"):
        (folder / name).mkdir()
        zmq.auth.create_certificates(folder / name, name.replace("stranger", "client"))
        for path in (folder / name).glob("*_secret"):
            path.chmod(0o600)
    (folder / "server" / "clients").mkdir()
    public = (folder / "client" / "client.key").read_text()
    (folder / "server" / "clients" / "edge1.key").write_text(public)
    for name in ("client", "stranger"):
        (folder / name / "server.key").write_text((folder / "server" / "server.key").read_text())
    return folder


def test_with_keys_only_known_edges_are_heard(keys):
    with host(curve_keys=str(keys / "server")) as there:
        with edge(there.endpoint, 1, curve_keys=str(keys / "client")) as link:
            assert send(link)
            until(lambda: there.tokens() == 4, "tokens")
        for folder in (str(keys / "stranger"), ""):
            with edge(there.endpoint, 2, curve_keys=folder) as link:
                assert not send(link, wait_s=0.05)
        assert list(there.edges) == [1]


@pytest.mark.parametrize(
    "address, text",
    [
        (
            "tcp://192.0.2.1:5560",
            "address tcp://192.0.2.1:5560 is another machine: give curve_keys",
        ),
        ("tcp://127.0.0.1", "edge_sink: address must be tcp://HOST:PORT"),
        ("udp://127.0.0.1:1", "edge_sink: address 'udp://127.0.0.1:1'"),
    ],
)
def test_addresses_of_a_host_that_are_refused(address, text):
    with pytest.raises(ValueError, match=text), edge(address):
        pass


def test_missing_keys_are_named(tmp_path):
    with pytest.raises(ValueError, match="edge_sink: curve_keys: no file .*client.key_secret"):
        with edge("tcp://127.0.0.1:5560", curve_keys=str(tmp_path)):
            pass
    with pytest.raises(ValueError, match="edge_source: curve_keys: no file .*server.key_secret"):
        with host(curve_keys=str(tmp_path)):
            pass
    with pytest.raises(ValueError, match="edge_source: address tcp://0.0.0.0:1 can be reached"):
        with host("tcp://0.0.0.0:1"):
            pass


def test_closing_leaves_no_thread():
    before = threading.active_count()
    with host() as there, edge(there.endpoint) as link:
        link.close()
        link.close()
    assert threading.active_count() <= before
