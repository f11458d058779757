# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of an edge and its host, as a user runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import qa_live_examples
import zmq
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.logbook.logbook import Logbook
from gnuradio.rfattn_station.logbook.questions import Filter, listened_to
from gnuradio.rfattn_station.logbook.questions import emissions as emissions_of
from qa_live_examples import compiled, start

from emission_recording import write_emission
from page_messages import emission

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
sys.path.insert(0, str(EXAMPLES))
import edge_host

TIME_LIMIT_S = 180  # a host and its edge start one after the other
WITHOUT_TORCH = """
import runpy, sys
sys.modules["torch"] = None
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(autouse=True)
def longer(monkeypatch):
    monkeypatch.setattr(qa_live_examples, "TIME_LIMIT_S", TIME_LIMIT_S)


def run(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )


def last_object(text):
    return json.loads(next(x for x in reversed(text.splitlines()) if x.startswith("{")))


def test_a_host_labels_what_an_edge_finds(tmp_path):
    found = tmp_path / "emissions.jsonl"
    command = [sys.executable, EXAMPLES / "edge_host.py", "--listen", "tcp://127.0.0.1:*"]
    command += ["--policy", "block", "--ends-after", "1", "--threads", "1", "--json", found]
    host = start([str(word) for word in command])
    address = re.search(r"listens at (\S+)", host.stderr.readline())[1]
    meta = write_emission(tmp_path / "one")
    options = ["--recording", meta, "--host", address, "--edge", 7]
    sent = run(sys.executable, "-c", WITHOUT_TORCH, EXAMPLES / "edge.py", *options)
    assert sent.returncode == 0, sent.stderr
    out, err = host.communicate()
    assert host.returncode == 0, err
    counts, (edge,) = last_object(sent.stdout), last_object(out)["edges"]
    assert counts["tokens_in"] == counts["tokens_taken"] == edge["tokens"] > 0
    assert counts["messages_in"] == edge["messages"] and edge["edge"] == 7
    emissions = [json.loads(line) for line in found.read_text().splitlines()]
    assert len(emissions) == counts["emissions_found"]
    assert {e["edge"] for e in emissions} == {7} and any(e["label"] for e in emissions)


def test_a_host_publishes_and_keeps_no_sidebands_and_no_parts(tmp_path):
    options = SimpleNamespace(json=tmp_path / "x", mqtt="", station=str(tmp_path / "station"))
    outputs, sent = edge_host.Outputs(options), []
    outputs._mqtt = SimpleNamespace(send=lambda topic, value: sent.append(value["id"]))
    sideband, part = {"flags": ["sideband"], "sideband_of": 1}, {"burst_count": 0}
    for number, about in ((1, {}), (2, sideband), (3, part)):
        message = schema.read("emissions", emission(number, "end", rx_rate=1e6, **about))
        outputs.take(EmissionRecord(message, arrived_unix_s=1.8e9 + number))
    assert sent == [1]
    outputs._mqtt = None
    for state in ("connected", "gone"):
        known = {"edge": 0, "state": state}, {"edge": 1, "state": state}  # 1: nothing heard yet
        outputs.listen(known, {0: (433e6, 2e6)})
    outputs.close()
    logbook = Logbook(tmp_path / "station")
    with logbook.reading() as data:
        (heard,) = emissions_of(data, Filter(), 9)
        assert list(listened_to(data, Filter())) == [("edge 0", 432e6, 434e6)]
    assert (heard.receiver, heard.start_s) == ("edge 0", 1.8e9 + 1)
    lines = [json.loads(line) for line in (tmp_path / "x").read_text().splitlines()]
    assert [line["sideband_of"] for line in lines] == [None, 1]


def test_a_host_without_a_logbook_needs_no_sqlalchemy():
    code = f"import sys; sys.path[:0] = [{str(EXAMPLES)!r}]; import edge_host"
    done = run(sys.executable, "-c", f"{code}; sys.exit('sqlalchemy' in sys.modules)")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["edge.py", "--recording", "/nowhere/x"], "edge: "),
        (["edge.py", "--recording", "x", "--edge", "1", "--soapy", "y"], "not allowed with"),
        (["edge_host.py", "--listen", "tcp://0.0.0.0:1"], "edge_host: edge_source: address"),
        (["edge_host.py", "--model", "nobody"], "edge_host: model 'nobody': no such file"),
    ],
)
def test_refusals_are_one_line(arguments, text):
    done = run(sys.executable, EXAMPLES / arguments[0], *arguments[1:])
    assert done.returncode != 0 and text in done.stderr.splitlines()[-1]


def test_the_flowgraphs(made, tmp_path):
    host, edge = (compiled(name, tmp_path) for name in ("edge_host", "edge"))
    listens, stats = f"ipc://{tmp_path}/link", f"ipc://{tmp_path}/stats"
    found = {}
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        for topic in ("emissions", "edges"):
            socket.subscribe(f"rfattn.{topic}")
        socket.connect(stats)
        running = start([sys.executable, str(host), "--listen", listens, "--stats", stats])
        options = ["--recording", made.meta("ook_srd"), "--samp-rate", "1e6", "--host", listens]
        sender = start([sys.executable, str(edge), *map(str, options), "--edge", "3"])
        while len(found) < 2 and running.poll() is None and socket.poll(1000 * TIME_LIMIT_S):
            topic, body = socket.recv_multipart()
            found[topic.decode()] = json.loads(body)
        out, err = sender.communicate()
        assert sender.returncode == 0, out + err
        out, err = running.communicate("\n")
    assert running.returncode == 0, out + err
    assert found["rfattn.edges"]["edge"] == 3
    assert edge_host.edge_of(found["rfattn.emissions"]["id"]) == 3
