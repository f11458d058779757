# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a subscriber reads, which addresses are refused, and that nobody can hold the sender up."""

import json
import queue
import socket
import subprocess
import sys
import time

import numpy as np
import pmt
import pytest
import zmq
import zmq.auth
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message, to_python
from gnuradio.rfattn.messages.audio import Audio
from gnuradio.rfattn.telemetry.bound_socket import check_address
from gnuradio.rfattn.telemetry.subscriber import decode, subscribe
from gnuradio.rfattn.telemetry.zmq_publisher import plain

from announcer import announce
from emission_messages import emission_message

ANY_PORT = "tcp://127.0.0.1:*"
LIMIT_S = 20


@pytest.fixture
def sink():
    sink = rfattn.zmq_stats_sink(ANY_PORT)
    yield sink
    sink.close()


class Subscriber:
    """A SUB socket that is known to be subscribed."""

    def __init__(self, sink, topic="rfattn", subscribe=True, **options):
        self._socket = zmq.Context.instance().socket(zmq.SUB)
        for name, value in options.items():
            setattr(self._socket, name, value)
        self._socket.connect(sink.last_endpoint())
        self._socket.subscribe(topic)
        if subscribe:
            self._await(sink)

    def _await(self, sink):
        """The first messages after a connection reach nobody, so send until one arrives."""
        deadline = time.monotonic() + LIMIT_S
        while not self._socket.poll(10):
            assert time.monotonic() < deadline, "nothing arrives"
            sink.publish("hello", {})
        sink.publish("hello", {"last": True})
        while not self.receive()[1].get("last"):
            pass

    def receive(self):
        assert self._socket.poll(LIMIT_S * 1000), "nothing arrives"
        topic, body = self._socket.recv_multipart()
        return topic.decode(), json.loads(body, parse_constant=lambda text: pytest.fail(text))

    def is_silent(self, wait_ms=100):
        return not self._socket.poll(wait_ms)

    def close(self):
        self._socket.close(0)


@pytest.fixture
def subscriber(sink):
    subscriber = Subscriber(sink)
    yield subscriber
    subscriber.close()


def test_two_frames_topic_and_one_json_object(sink, subscriber):
    announce(sink, [("detections", {"label": "ft8", "confidence": 0.5})])
    before = time.time()
    topic, body = subscriber.receive()
    assert topic == "rfattn.detections"
    assert (body["label"], body["confidence"]) == ("ft8", 0.5)
    assert (body["schema"], body["seq"]) == (1, 0)
    assert abs(body["time_unix_s"] - before) < LIMIT_S


def test_counts_and_topics_by_port(sink, subscriber):
    sent = [("model", {"after": {"kv_bytes": 5}}), ("detections", {"n": 1}), ("model", {"n": 2})]
    announce(sink, sent)
    got = [subscriber.receive() for _ in sent]
    for port in ("model", "detections"):
        of_port = [body for topic, body in got if topic == f"rfattn.{port}"]
        assert [body["seq"] for body in of_port] == list(range(len(of_port)))
    assert {topic for topic, _ in got} == {"rfattn.model", "rfattn.detections"}


def test_info_comes_with_the_stats_and_knows_the_model(sink, subscriber):
    announce(sink, [("model", {"after": {"attention": "gqa"}})])
    announce(sink, [("stats", {"steps": 7}), ("stats", {"steps": 8})])
    got = [subscriber.receive() for _ in range(4)]
    assert [topic.removeprefix("rfattn.") for topic, _ in got] == [
        "model",
        "stats",
        "info",
        "stats",
    ]
    info = got[2][1]
    assert info["model"] == {"after": {"attention": "gqa"}}
    assert info["parameters"] == {"address": ANY_PORT, "topic": "rfattn", "curve": False}
    assert {"rfattn", "gnuradio", "python"} <= set(info["versions"])


def test_another_flowgraph_is_heard_while_it_runs(sink, subscriber):
    """In the one before, a second sender said that it was done when the sink had ended."""
    sink._post(pmt.intern("system"), pmt.cons(pmt.intern("done"), pmt.from_long(1)))
    tb = gr.top_block()
    probe = rfattn.latency_probe(1)  # which has nothing to say
    slowly = blocks.throttle(gr.sizeof_float, 1000)
    slowly.set_max_noutput_items(10)  # it sleeps through what it takes, also when it is to stop
    tb.connect(
        blocks.null_source(gr.sizeof_float), slowly, probe, blocks.null_sink(gr.sizeof_float)
    )
    tb.msg_connect(probe, "stats", sink, "stats")
    tb.start()
    for step in range(5):
        sink._post(pmt.intern("stats"), pmt.to_pmt({"steps": step}))
        while subscriber.receive()[1].get("steps") != step:
            pass
    tb.stop()
    tb.wait()


def test_what_is_not_finite_is_null(sink, subscriber):
    announce(sink, [("stats", {"p99": float("nan"), "max": {"x": [1.0, float("inf")]}})])
    _, body = subscriber.receive()
    assert body["p99"] is None and body["max"] == {"x": [1.0, None]}


def test_publish_takes_numpy_values(sink, subscriber):
    sink.publish("stats", {"a": np.float32(0.5), "b": np.arange(3), "c": (True, None), 4: np.nan})
    topic, body = subscriber.receive()
    assert topic == "rfattn.stats"
    assert (body["a"], body["b"], body["c"], body["4"]) == (0.5, [0, 1, 2], [True, None], None)


def test_spectra_come_with_one_decimal(sink, subscriber):
    row = pmt.make_dict()
    for name in ("peak_db", "mean_db"):
        row = pmt.dict_add(row, pmt.intern(name), pmt.init_f32vector(2, [-73.44, float("-inf")]))
    announce(sink, [("spectra", row)])
    topic, body = subscriber.receive()
    assert topic == "rfattn.spectra"
    assert body["peak_db"] == body["mean_db"] == [-73.4, None]


def test_emissions_come_as_the_detector_sends_them(sink, subscriber):
    announce(sink, [("emissions", emission_message(3, bursts=[5, 6], flags=["dc"]))])
    topic, body = subscriber.receive()
    assert topic == "rfattn.emissions"
    assert (body["id"], body["bursts"], body["flags"]) == (3, [5, 6], ["dc"])


def test_the_envelope_cannot_be_overwritten():
    payload = {"schema": 9, "seq": 9, "time_unix_s": 9}
    sink = rfattn.zmq_stats_sink(ANY_PORT, topic="lab")
    subscriber = Subscriber(sink, topic="lab")
    sink.publish("stats", payload)
    topic, body = subscriber.receive()
    assert topic == "lab.stats" and (body["schema"], body["seq"]) == (1, 0)
    subscriber.close()
    sink.close()


def test_what_is_no_dictionary_is_left_out(sink, subscriber):
    announce(sink, [("detections", "text"), ("detections", {"n": 1})])
    assert subscriber.receive()[1]["n"] == 1


def test_messages_left_at_the_ports_go_out_on_close():
    sink = rfattn.zmq_stats_sink(ANY_PORT)
    subscriber = Subscriber(sink)
    sink._post(pmt.intern("stats"), pmt.to_pmt({"steps": 3}))
    sink.close()
    assert subscriber.receive()[1]["steps"] == 3
    sink.close()
    sink.publish("stats", {})  # does nothing
    subscriber.close()


def test_a_stalled_subscriber_never_blocks(sink):
    """It reads nothing while more comes than all buffers hold; sending takes its usual time."""
    stalled = Subscriber(sink, rcvhwm=1)
    body = {"texts": ["x" * 1000] * 10}
    began = time.monotonic()
    for _ in range(3000):
        sink.publish("stats", body)
    assert time.monotonic() - began < LIMIT_S
    received = [stalled.receive()[1]["seq"]]
    while not stalled.is_silent():
        received.append(stalled.receive()[1]["seq"])
    assert received == sorted(received) and len(received) < 3000  # seq shows what was missed
    stalled.close()


def test_an_address_in_use_is_one_line(sink):
    address = sink.last_endpoint()
    with pytest.raises(
        ValueError, match=f"^zmq_stats_sink: cannot bind {address}: Address already"
    ):
        rfattn.zmq_stats_sink(address)


def test_an_address_is_free_again_after_close():
    sink = rfattn.zmq_stats_sink(ANY_PORT)
    address = sink.last_endpoint()
    sink.close()
    rfattn.zmq_stats_sink(address).close()


def test_a_program_ends_without_close():
    code = f"from gnuradio import rfattn\nsink = rfattn.zmq_stats_sink({ANY_PORT!r})"
    subprocess.run([sys.executable, "-c", code], timeout=LIMIT_S, check=True)


@pytest.mark.parametrize("scheme", ["ipc", "inproc"])
def test_other_transports(scheme, tmp_path):
    sink = rfattn.zmq_stats_sink(f"{scheme}://{tmp_path}/stats")
    subscriber = Subscriber(sink)
    sink.publish("stats", {"steps": 1})
    assert subscriber.receive()[1]["steps"] == 1
    subscriber.close()
    sink.close()


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:5557", "tcp://127.9.9.9:*", "tcp://localhost:1", "tcp://[::1]:*", "ipc://x"],
)
def test_addresses_of_this_machine_are_taken(address):
    check_address(address, curve=False)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://*:5557",
        "tcp://0.0.0.0:*",
        "tcp://[::]:*",
        "tcp://192.168.1.2:5",
        "tcp://eth0:5",
        "tcp://example.org:5",
    ],
)
def test_addresses_that_others_reach_are_refused(address):
    with pytest.raises(ValueError, match="can be reached from other machines: use 127.0.0.1"):
        rfattn.zmq_stats_sink(address)
    check_address(address, curve=True)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:5557", "udp://127.0.0.1:5", "tcp://127.0.0.1", "tcp://", "ipc://", ""]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="address must be tcp://HOST:PORT, ipc://PATH"):
        rfattn.zmq_stats_sink(address)


@pytest.mark.parametrize("port", ["-1", "99999", "65536", "1e3", "0x10", "١", "+5", "5 "])
def test_a_port_that_zmq_would_take_for_another_is_refused(port):
    with pytest.raises(ValueError, match="address must have a port from 0 to 65535"):
        rfattn.zmq_stats_sink(f"tcp://127.0.0.1:{port}")


def test_a_file_at_the_path_is_kept(tmp_path):
    path = tmp_path / "f"
    path.write_text("precious")
    (tmp_path / "link").symlink_to(path)
    for name in ("f", "link"):
        with pytest.raises(ValueError, match=f"a file that is no socket, got ipc://.*/{name}$"):
            rfattn.zmq_stats_sink(f"ipc://{tmp_path}/{name}")
    assert path.read_text() == "precious" and (tmp_path / "link").is_symlink()


def test_a_running_publisher_keeps_its_path(tmp_path):
    address = f"ipc://{tmp_path}/stats"
    sink = rfattn.zmq_stats_sink(address)
    with pytest.raises(ValueError, match="a program that runs listens to it"):
        rfattn.zmq_stats_sink(address)
    subscriber = Subscriber(sink)
    sink.publish("stats", {"steps": 1})
    assert subscriber.receive()[1]["steps"] == 1
    subscriber.close()
    sink.close()
    assert not (tmp_path / "stats").exists()


def test_a_socket_that_a_kill_left_is_replaced(tmp_path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "stats"))
    assert (tmp_path / "stats").is_socket()
    sink = rfattn.zmq_stats_sink(f"ipc://{tmp_path}/stats")
    other = tmp_path / "other"
    (tmp_path / "stats").rename(other)
    (tmp_path / "stats").write_text("of someone else")
    sink.close()  # which deletes only what it made
    assert (tmp_path / "stats").read_text() == "of someone else"


def test_a_path_in_no_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot bind ipc://.*: No such file or directory"):
        rfattn.zmq_stats_sink(f"ipc://{tmp_path}/nowhere/stats")


@pytest.mark.parametrize(
    "payload, text",
    [
        ({"a": "\ud800"}, "a must be text in Unicode"),
        ({"a": 2**64}, "a must be a number of 64 bits, got 20 digits"),
        ({"a": "x" * 5000}, "a must have at most 4096 characters, got 5000"),
        ({"a": 1e300}, "a must be at most 1e.18, got 1e.300"),
    ],
)
def test_what_no_reader_would_take_is_not_sent(sink, payload, text):
    with pytest.raises(ValueError, match=f"^rfattn.stats: {text}"):
        sink.publish("stats", payload)


def test_a_message_that_cannot_be_sent_is_counted(sink):
    deep = {"a": 1}
    for _ in range(9):
        deep = {"a": deep}
    announce(sink, [("stats", deep), ("stats", {"n": 1})])
    assert isinstance(sink.failures.first, ValueError) and sink.failures.count == 1


def test_an_empty_topic_is_refused():
    with pytest.raises(ValueError, match="zmq_stats_sink: topic must not be empty"):
        rfattn.zmq_stats_sink(ANY_PORT, topic="")


class Listener:
    """Somebody who asks for sound, and what the sink passes on."""

    def __init__(self, sink, request):
        self.requests = queue.Queue()
        sink.message_port_pub = lambda port, message: self.requests.put(
            schema.read("requests", to_python(message))
        )
        self._socket = zmq.Context.instance().socket(zmq.SUB)
        self._socket.connect(sink.last_endpoint())
        self._socket.subscribe(f"audio/rfattn/{request}")

    def next_request(self):
        found = self.requests.get(timeout=LIMIT_S)
        return found.request, found.wanted

    def receive(self):
        assert self._socket.poll(LIMIT_S * 1000), "nothing arrives"
        return self._socket.recv_multipart()

    def close(self):
        self._socket.close(0)


def sound(request, samples, **more):
    about = to_message(Audio(request=request, state="on", position=7, **more))
    return pmt.cons(about, pmt.init_s16vector(len(samples), samples))


def test_a_subscription_is_a_request_and_its_end_ends_it(sink):
    listener = Listener(sink, "e1/fm")
    assert listener.next_request() == ("e1/fm", True)
    listener.close()
    assert listener.next_request() == ("e1/fm", False)


def test_who_subscribed_before_the_flowgraph_began_is_asked_for_again(sink):
    listener = Listener(sink, "e1/fm")
    assert listener.next_request() == ("e1/fm", True)
    sink.start()
    assert listener.next_request() == ("e1/fm", True)
    sink.stop()
    listener.close()


def test_sound_reaches_those_who_asked_for_it_alone(sink, subscriber):
    listener = Listener(sink, "e1/fm")
    listener.next_request()
    for request in ("e1/fm", "e1/am", "e12/fm", "e1/fm"):
        sink._post(pmt.intern("audio"), sound(request, [1, -2], id=1, demodulation="fm"))
    sink.drain()
    for number in range(2):
        topic, body, octets = listener.receive()
        message = json.loads(body)
        assert topic == b"audio/rfattn/e1/fm" and octets == b"\x01\x00\xfe\xff"
        assert (message["seq"], message["position"], message["state"]) == (number, 7, "on")
    assert subscriber.is_silent()
    listener.close()


@pytest.mark.parametrize(
    "topic", ["", "e1", "e1/iq", "e01/fm", "e1/fm/", "x" * 4000, "f1e6/fm", "\x00", "e1/fm\n"]
)
def test_a_subscription_to_anything_else_is_ignored(sink, topic):
    strange, right = Listener(sink, topic), Listener(sink, "f5/usb")
    assert right.next_request() == ("f5/usb", True) and strange.requests.empty()
    for listener in (strange, right):
        listener.close()


def test_what_is_no_sound_is_counted(sink):
    announce(sink, [("audio", pmt.PMT_T)])
    text = "audio: must be a pair of a dictionary and a vector of int16"
    assert str(sink.failures.first) == text


def test_values_for_json():
    assert plain({"a": float("-inf"), 1: [np.nan, 2]}) == {"a": None, "1": [None, 2]}


@pytest.fixture
def keys(tmp_path):
    """A folder of keys as the sink wants it, and the key pairs of a friend and of a stranger."""
    (tmp_path / "clients").mkdir()
    zmq.auth.create_certificates(tmp_path, "server")
    (tmp_path / "server.key_secret").chmod(0o600)
    _, secret = zmq.auth.create_certificates(tmp_path / "clients", "friend")
    return tmp_path, zmq.auth.load_certificate(secret), zmq.curve_keypair()


def test_keys_let_only_clients_listen(keys):
    folder, friend, stranger = keys
    server_key, _ = zmq.auth.load_certificate(folder / "server.key")
    sink = rfattn.zmq_stats_sink(ANY_PORT, curve_keys=str(folder))

    def listen(pair, subscribe):
        return Subscriber(
            sink,
            subscribe=subscribe,
            curve_serverkey=server_key,
            curve_publickey=pair[0],
            curve_secretkey=pair[1],
        )

    deaf = [listen(stranger, subscribe=False), Subscriber(sink, subscribe=False)]
    friendly = listen(friend, subscribe=True)
    sink.publish("stats", {"steps": 1})
    assert friendly.receive()[1]["steps"] == 1
    assert all(other.is_silent() for other in deaf)
    for subscriber in (friendly, *deaf):
        subscriber.close()
    sink.close()


def test_a_subscriber_with_a_folder_of_keys(keys, tmp_path):
    desk = tmp_path / "desk"
    desk.mkdir()
    zmq.auth.create_certificates(desk, "client")
    (desk / "client.key_secret").chmod(0o600)
    (desk / "client.key").rename(keys[0] / "clients" / "desk.key")
    (desk / "server.key").write_bytes((keys[0] / "server.key").read_bytes())
    sink = rfattn.zmq_stats_sink(ANY_PORT, curve_keys=str(keys[0]))
    with subscribe(zmq.Context, sink.last_endpoint(), "rfattn", "x", str(desk)) as socket:
        deadline = time.monotonic() + LIMIT_S
        while not socket.poll(10):
            assert time.monotonic() < deadline
            sink.publish("hello", {"n": 5})
        topic, message = decode(socket.recv_multipart(), "rfattn")
    sink.close()
    assert (topic, message["n"]) == ("hello", 5)


@pytest.mark.parametrize(
    "damage, text",
    [
        (lambda desk: (desk / "server.key").unlink(), "desk/server.key has no valid CURVE key"),
        (lambda desk: (desk / "client.key_secret").chmod(0o640), "readable by its owner only"),
        (lambda desk: (desk / "client.key_secret").unlink(), "no file .*/client.key_secret"),
    ],
)
def test_a_subscriber_s_keys_are_checked(tmp_path, damage, text):
    desk = tmp_path / "desk"
    desk.mkdir()
    zmq.auth.create_certificates(desk, "client")
    (desk / "client.key_secret").chmod(0o600)
    zmq.auth.create_certificates(desk, "server")
    damage(desk)
    with pytest.raises(ValueError, match=f"^keys: .*{text}"):
        with subscribe(zmq.Context, "tcp://127.0.0.1:1", "rfattn", "x", str(desk)):
            pass


def refused_keys(folder, message):
    with pytest.raises(ValueError, match=f"zmq_stats_sink: curve_keys: {message}"):
        rfattn.zmq_stats_sink(ANY_PORT, curve_keys=str(folder))


def test_keys_that_others_can_read_are_refused(keys):
    (keys[0] / "server.key_secret").chmod(0o644)
    refused_keys(keys[0], r".*server.key_secret must be readable by its owner only .* mode is 0644")


def test_missing_keys_are_refused(keys, tmp_path):
    refused_keys(tmp_path / "nowhere", "no file .*nowhere/server.key_secret")
    for key in (keys[0] / "clients").iterdir():
        key.unlink()
    refused_keys(keys[0], r"no client keys \(\*.key\) in")


def test_one_damaged_client_key_is_refused_by_name(keys):
    path = keys[0] / "clients" / "bad.key"
    for text in (
        "",
        "garbage",
        'public-key = "short"',
        "public-key",
        'public-key = "' + "\xff" * 40,
    ):
        path.write_text(text)
        refused_keys(keys[0], ".*clients/bad.key has no valid CURVE key")


def test_a_damaged_key_is_refused(keys):
    path = keys[0] / "server.key_secret"
    path.write_text('curve\n    public-key = "abc"\n    secret-key = "def"\n')
    refused_keys(keys[0], ".*server.key_secret has no valid CURVE key")
