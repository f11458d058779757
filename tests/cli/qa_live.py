# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live labels of a band without hardware: a SoapySDR device, an rtl_tcp server and a ZMQ publisher
that replay a recording."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.cli.sources.receivers import Receiver, open_source
from gnuradio.rfattn.flowgraph.options import ModelOptions, PathOptions
from gnuradio.rfattn.flowgraph.stream import LabelFlowgraph, StreamFlowgraph
from gnuradio.rfattn.recordings.formats import open_recording

from replay import PLUGINS, needs_osmosdr, needs_soapy, published
from step_streams import save_model

ROOT = Path(__file__).resolve().parents[2]
RATE, FREQUENCY, SAMPLES = 1.92e6, 2585e6, 262144
START_S, LOST = 1_700_000_000, 1000  # of the replay device
TIME_LIMIT_S = 60
MAIN = "import sys; from gnuradio.rfattn.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-c", MAIN, "live", "--band"]

os.environ["SOAPY_SDR_PLUGIN_PATH"] = str(PLUGINS)  # SoapySDR looks there at its first use


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "tiny.pt")


@pytest.fixture(scope="module")
def stem(made):
    return made["lte_tdd"]


def soapy(stem, **arguments):
    items = {"driver": "rfattn_replay", "recording": stem, **arguments}
    return ",".join(f"{key}={value}" for key, value in items.items())


def receiver(stem, **arguments):
    """The options of the command for the device."""
    return ["--source", f"soapy={soapy(stem, **arguments)}", "--rate", "1.92M", "--freq", "2585M"]


def run_soapy(stem, model, n_segments=1, on_step=lambda flowgraph: None, **arguments):
    """The flowgraph after the device has played everything once, as fast as it is read."""
    source = open_source(
        Receiver("soapy", soapy(stem, speed=0, repeat=0, **arguments), RATE, FREQUENCY, 20.0)
    )
    block = rfattn.transformer(model, device="cpu", threads=1)
    detections = []

    def add(detection):
        detections.append(detection)
        on_step(flowgraph)

    flowgraph = StreamFlowgraph(source, block, PathOptions(policy="block"), on_detection=add)
    limit = time.monotonic() + TIME_LIMIT_S

    def done():
        assert time.monotonic() < limit, f"{len(detections)} steps, {flowgraph.tokens()}"
        read = flowgraph.spectrum.nitems_read(0)
        ended = read > SAMPLES - LOST * n_segments - flowgraph.front_end.fft_size
        whole = flowgraph.buffer.tokens_out() // block.block_size
        return ended and flowgraph.buffer.steps_queued() == 0 and len(detections) == whole

    flowgraph.run_watched(done)
    return flowgraph, detections


@needs_soapy
def test_labels_are_those_of_the_recording(stem, model):
    flowgraph, detections = run_soapy(stem, model)
    from_file = LabelFlowgraph(
        open_recording(stem), ModelOptions(model=model, device="cpu", threads=1)
    )
    from_file.run_to_end()
    expected = from_file.detections.detections
    assert [d.sample_start for d in detections] == [d.sample_start for d in expected]
    assert [d.label for d in detections] == [d.label for d in expected]
    assert {d.frequency for d in detections} == {FREQUENCY}
    # rx_time is the device's; a double holds 1.7e9 s to 0.24 us.
    second = detections[1]
    assert second.time == pytest.approx(START_S + second.sample_start / RATE, abs=1e-6)
    assert flowgraph.gaps() == {"segments": 1, "retunes": 0, "overflows": 0}


@needs_soapy
def test_an_overflow_ends_a_segment_and_is_counted(stem, model):
    flowgraph, detections = run_soapy(stem, model, 3, overflow_at="50000/120000")
    assert flowgraph.gaps() == {"segments": 3, "retunes": 0, "overflows": 2}
    # The device counts lost samples, the stream does not.
    starts = [0, 50000, 120000 - LOST, SAMPLES - 2 * LOST]
    for number in range(3):
        steps = [d for d in detections if d.segment == number]
        assert steps[0].sample_start == starts[number]
        assert steps[-1].sample_start + steps[-1].sample_count <= starts[number + 1]
        lost = number * LOST
        expected = START_S + (steps[0].sample_start + lost) / RATE
        assert steps[0].time == pytest.approx(expected, abs=1e-6)


@needs_soapy
def test_a_retune_ends_a_segment_and_is_counted(stem, model):
    retuned = threading.Event()

    def retune(flowgraph):
        if not retuned.is_set():
            retuned.set()
            flowgraph.source.set_frequency(0, FREQUENCY + 100e3)

    flowgraph, detections = run_soapy(stem, model, 2, retune)
    assert flowgraph.gaps() == {"segments": 2, "retunes": 1, "overflows": 0}
    before = [d for d in detections if d.segment == 0]
    after = [d for d in detections if d.segment == 1]
    assert len(before) + len(after) == len(detections)
    assert {d.frequency for d in before} == {FREQUENCY}
    assert {d.frequency for d in after} == {FREQUENCY + 100e3}
    assert before[-1].sample_start + before[-1].sample_count <= after[0].sample_start


class Live:
    """``gr-rfattn live`` as a process of its own."""

    def __init__(self, model, *options):
        self.process = subprocess.Popen(
            [*COMMAND, "--model", str(model), "--device", "cpu", "--threads", "1", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(TIME_LIMIT_S, self.process.kill)
        self._watchdog.start()

    def first_row(self):
        """Waits for the first label; the line before it is the table's head."""
        lines = [self.process.stdout.readline() for _ in range(2)]
        assert lines[1], self.process.stderr.read()
        return lines[1]

    def end(self, number=None):
        """(status, stdout, stderr), after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate()
        self._watchdog.cancel()
        return self.process.returncode, out, err


@needs_soapy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_what_it_was(stem, model, tmp_path, number):
    json_file, annotations = tmp_path / "live.json", tmp_path / "live.sigmf-meta"
    live = Live(
        model,
        *receiver(stem, overflow_at=20000),
        "--gain",
        "20",
        "--json",
        str(json_file),
        "--annotate",
        str(annotations),
    )
    assert "2.585 GHz" in live.first_row()
    status, out, err = live.end(number)
    assert status == 130
    assert "gaps: " in out and "tokens: " in out and "inference: " in out
    assert err.replace("sO", "").strip() == "gr-rfattn: interrupted"  # sO is gr-soapy's own
    row = json.loads(json_file.read_text())
    assert row["gaps"]["overflows"] <= 1 and row["runs"]
    assert row["frequency"] == FREQUENCY and row["sample_rate"] == RATE
    written = json.loads(annotations.read_text())["annotations"]
    assert written[0]["core:freq_lower_edge"] == FREQUENCY - RATE / 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--source", "soapy=driver=nonsense", "--rate", "1M", "--freq", "1M"], "no match"),
        (["--source", "file=/nowhere.sigmf-meta"], "No such file"),
    ],
)
def test_what_cannot_be_opened_is_one_line(model, options, reason):
    status, out, err = Live(model, *options).end()
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1 and reason in err


@needs_soapy
def test_a_gain_out_of_range_is_refused(stem, model):
    status, _, err = Live(
        model,
        *receiver(stem),
        "--gain",
        "99",
    ).end()
    assert status == 1
    assert "gain must be from 0 to 50 dB, got 99" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--source", "soapy=driver=rtlsdr", "--rate", "1M"], "needs --freq"),
        (
            ["--source", "zmq=nonsense", "--rate", "1M"],
            "zmq must begin with tcp:// or ipc://, got 'nonsense'",
        ),
        (["--source", "zmq=tcp://127.0.0.1:1"], "needs --rate"),
        (["--source", "antenna"], "must be one of soapy=driver=rtlsdr"),
    ],
)
def test_wrong_usage(model, options, message):
    status, _, err = Live(model, *options).end()
    assert status == 2
    assert message in err


@needs_osmosdr
def test_rtl_tcp(stem, model, tmp_path):
    server = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "tools" / "rtl_tcp_server.py", f"{stem}.sigmf-meta"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = server.stdout.readline().strip()
        live = Live(
            model,
            "--source",
            f"rtl_tcp=127.0.0.1:{port}",
            "--rate",
            "1.92M",
            "--freq",
            "2585M",
            "--gain",
            "19.7",
        )
        assert "2.585 GHz" in live.first_row()
        status, out, err = live.end(signal.SIGINT)
        asked = dict(
            line.rsplit(" ", 1) for line in server.communicate(timeout=TIME_LIMIT_S)[0].splitlines()
        )
    finally:
        server.kill()
        server.wait()
    assert (status, err) == (130, "gr-rfattn: interrupted\n")
    assert "1 segments, 0 retunes" in out
    assert (asked["sample_rate"], asked["frequency"], asked["gain_tenths"]) == (
        "1920000",
        "2585000000",
        "197",
    )


def test_zmq(stem, model):
    samples = open_recording(stem).samples(0, 65536).tobytes()
    with published(samples, "tcp://127.0.0.1:*") as address:
        live = Live(model, "--source", f"zmq={address}", "--rate", "1.92M")
        assert " - " in live.first_row()  # ZMQ states no frequency, and none was given
        status, out, err = live.end(signal.SIGINT)
    assert (status, err) == (130, "gr-rfattn: interrupted\n")
    assert "1 segments, 0 retunes" in out


def test_a_recording_in_real_time_ends_by_itself(stem, model):
    status, out, err = Live(model, "--source", f"file={stem}.sigmf-meta").end()
    assert (status, err) == (0, "")
    assert "1 segments, 0 retunes, 0 overflows" in out


@needs_soapy
def test_duration(stem, model):
    status, out, _ = Live(
        model,
        *receiver(stem),
        "--duration",
        "0.1",
        "--quiet",
    ).end()
    assert status == 0
    assert "gaps: " in out
