# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live examples with receivers made of a recording, as a user would run them."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
import zmq
from gnuradio.rfattn.recordings.formats import open_recording

from replay import PLUGINS, needs_osmosdr, needs_soapy, published
from step_streams import save_model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TIME_LIMIT_S = 60
# Of the ports that the flowgraphs state.
SHAPE = {"n_bins": 128, "block_size": 32, "n_classes": 15, "window": 64, "rope_period": 128}
ROW_BINS = 1024  # of the waterfall, at any number of bins of the tokens


@pytest.fixture(scope="module")
def stem(made):
    return made["lte_tdd"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "small.pt", {"fft_size": 128}, **SHAPE)


def start(command):
    """A process that ends in time, with pipes at all three ends."""
    environment = {**os.environ, "SOAPY_SDR_PLUGIN_PATH": str(PLUGINS)}
    process = subprocess.Popen(
        command,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watchdog = threading.Timer(TIME_LIMIT_S, process.kill)
    watchdog.daemon = True
    watchdog.start()
    return process


def compiled(name, folder):
    example = EXAMPLES / f"{name}.grc"
    environment = {**os.environ, "GRC_BLOCKS_PATH": str(ROOT / "grc")}
    subprocess.run(
        ["grcc", "-o", folder, example], env=environment, check=True, capture_output=True
    )
    return folder / f"{yaml.safe_load(example.read_text())['options']['parameters']['id']}.py"


TOPICS = ("detections", "spectra", "stats", "info")


def first_messages(address, start_it, end_it, topics=TOPICS):
    """The first message of each topic that a flowgraph publishes, and how it ended.

    Args:
        start_it: called when its messages are awaited; gives the process.
        end_it: called with the process when all have come, or it is over; gives what it printed.
    """
    found = {}
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        for topic in topics:
            socket.subscribe(f"rfattn.{topic}")
        socket.connect(address)
        process = start_it()
        while found.keys() != set(topics) and process.poll() is None:
            if socket.poll(100):
                topic, body = socket.recv_multipart()
                found.setdefault(topic.decode().removeprefix("rfattn."), json.loads(body))
        out, err = end_it(process)
    assert found.keys() == set(topics), out + err
    assert process.returncode == 0, err
    return found, out


def messages_of(name, folder, *options, topics=TOPICS):
    """Those of a compiled flowgraph, which must then end by Enter."""
    program, address = compiled(name, folder), f"ipc://{folder}/stats"
    found, _ = first_messages(
        address,
        lambda: start([sys.executable, program, "--stats", address, *options]),
        lambda process: process.communicate("\n"),
        topics,
    )
    return found


def soapy(stem):
    """The options of an example for the replay device."""
    device = f"recording={stem}"
    return ["--driver", "rfattn_replay", "--device", device, "--freq", "2585M"]


def assert_of_one_band(found, frequency, rate):
    """Labels, and rows for the waterfall of what they are labels of."""
    for message in (found["detections"], found["spectra"]):
        assert (message["frequency"], message["sample_rate"]) == (frequency, rate)
    assert len(found["spectra"]["peak_db"]) == ROW_BINS
    assert found["stats"]["steps"] > 0 and found["info"]["model"]["after"]["window"] == 64


@needs_soapy
def test_soapy_program(stem, model, tmp_path):
    device, address = f"driver=rfattn_replay,recording={stem}", f"ipc://{tmp_path}/stats"
    command = [sys.executable, EXAMPLES / "live_soapy.py", device, "1.92M", "2585M", model, address]

    def interrupt(process):
        process.send_signal(signal.SIGINT)
        return process.communicate()

    found, out = first_messages(address, lambda: start(command), interrupt)
    assert_of_one_band(found, 2585e6, 1.92e6)
    first = next(line for line in out.splitlines() if " s  " in line)  # after GNU Radio's log
    assert "2585.000 MHz  class" in first
    assert out.splitlines()[-1].startswith("1 segments, 0 retunes")


@needs_soapy
def test_soapy_flowgraph(stem, model, tmp_path):
    found = messages_of("live_soapy", tmp_path, *soapy(stem), "--model", model)
    assert_of_one_band(found, 2585e6, 1.92e6)
    assert found["detections"]["time"] >= 1.7e9


@needs_osmosdr
def test_rtl_tcp_flowgraph(stem, model, tmp_path):
    server = start([sys.executable, EXAMPLES / "tools" / "rtl_tcp_server.py", f"{stem}.sigmf-meta"])
    try:
        host = f"127.0.0.1:{server.stdout.readline().strip()}"
        found = messages_of("live_rtl_tcp", tmp_path, "--host", host, "--model", model)
    finally:
        server.kill()
        server.communicate()
    assert_of_one_band(found, 433.92e6, 1.92e6)


def test_zmq_flowgraph(stem, tmp_path):
    samples = open_recording(stem).samples(0, 65536).tobytes()
    with published(samples, f"ipc://{tmp_path}/samples") as address:
        options = "--samples", address, "--samp-rate", "1.92M"
        topics = ("emissions", "spectra")
        found = messages_of("labeller_zmq", tmp_path, *options, topics=topics)
    for message in (found["emissions"], found["spectra"]):
        assert message["rx_freq" if "rx_freq" in message else "frequency"] == 433.92e6


@needs_soapy
def test_bands_flowgraph(stem, model, tmp_path):
    found = messages_of("bands", tmp_path, *soapy(stem), "--model", model)
    # Four bands of 0.6 MHz, counted from the lowest.
    first, row = found["detections"], found["spectra"]
    assert first["stream"] in range(4)
    assert first["frequency"] == 2585e6 + (first["stream"] - 2) * 0.6e6
    assert first["sample_rate"] == 0.6e6
    # The waterfall is that of the whole receiver.
    assert (row["frequency"], row["sample_rate"], len(row["peak_db"])) == (2585e6, 2.4e6, ROW_BINS)
