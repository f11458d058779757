# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`gr-rfattn live --bands`: two signals at different offsets, each with its own frequency."""

import json
import os
import signal
import subprocess
import threading
from collections import Counter

import pytest
import zmq
from gnuradio import rfattn
from gnuradio.rfattn.cli.sources.receivers import Receiver, open_source
from gnuradio.rfattn.flowgraph.options import PathOptions
from gnuradio.rfattn.flowgraph.stream import StreamFlowgraph
from gnuradio.rfattn.inference import available_models
from gnuradio.rfattn.recordings.front_end import FrontEnd

from command_line import COMMAND, TIME_LIMIT_S, run
from replay import PLUGINS, needs_soapy
from step_streams import save_model
from wide_recording import BAND_RATE, MIDDLE, N_BANDS, OFFSETS, SAMPLES, write_wide

FREQUENCIES = [MIDDLE + (band - N_BANDS // 2) * BAND_RATE for band in range(N_BANDS)]
EXPECTED = {N_BANDS // 2 + offset: label for label, offset in OFFSETS.items()}

needs_rf14 = pytest.mark.skipif(
    not any(m["family"] == "rf14" for m in available_models()), reason="no shipped model rf14"
)


@pytest.fixture(scope="module")
def wide(made, tmp_path_factory):
    stem = tmp_path_factory.mktemp("wide") / "wide"
    write_wide(stem, made)
    return stem


def subscribe(context, address, *topics):
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, 0)
    for topic in topics:
        socket.subscribe(f"rfattn.{topic}")
    socket.connect(address)
    return socket


def everything(socket):
    """What has come, as (topic, message)."""
    while socket.poll(0):
        topic, body = socket.recv_multipart()
        yield topic.decode().removeprefix("rfattn."), json.loads(body)


@needs_rf14
def test_each_band_of_a_recording_has_its_label_and_frequency(wide, tmp_path):
    address, annotated = f"ipc://{tmp_path}/stats", tmp_path / "live.sigmf-meta"
    with zmq.Context() as context, subscribe(context, address, "detections", "spectra") as socket:
        done = run(
            "live",
            "--band",
            "--source",
            f"file={wide}.sigmf-meta",
            "--bands",
            N_BANDS,
            "--policy",
            "block",
            "--steps",
            "--json",
            tmp_path / "live.json",
            "--annotate",
            annotated,
            "--stats",
            address,
            "--threads",
            1,
        )
        assert done.returncode == 0, done.stderr
        published = list(everything(socket))
    assert "7.68 MHz at 2.59 GHz in 4 bands" in done.stdout
    assert "2.58808 GHz  lte_tdd" in done.stdout and "2.59192 GHz  wifi_ofdm" in done.stdout
    row = json.loads((tmp_path / "live.json").read_text())
    assert (row["bands"], row["sample_rate"], row["frequency"]) == (4, N_BANDS * BAND_RATE, MIDDLE)
    assert row["gaps"] == {"segments": 1, "retunes": 0, "overflows": 0}
    front_end = FrontEnd()
    whole_steps = front_end.token_count(SAMPLES) // 32
    seen = (whole_steps * 32 - 1) * front_end.samples_per_token + front_end.token_samples
    assert row["tokens"]["processed"] == row["stats"]["steps"] * 32 == N_BANDS * whole_steps * 32
    for band, frequency in enumerate(FREQUENCIES):
        steps = [step for step in row["steps"] if step["stream"] == band]
        assert {step["frequency"] for step in steps} == {frequency}
        assert {step["sample_rate"] for step in steps} == {BAND_RATE}
        starts = [step["sample_start"] for step in steps]
        assert starts == [2048 * k for k in range(whole_steps)]
        runs = [item for item in row["runs"] if item["stream"] == band]
        assert sum(item["steps"] for item in runs) == len(steps)
        if band in EXPECTED:  # the LTE recording begins with two idle steps
            assert Counter(step["label"] for step in steps)[EXPECTED[band]] > 12
    told = [message for topic, message in published if topic == "detections"]
    assert all(step["frequency"] == FREQUENCIES[step["stream"]] for step in told)
    meta = json.loads(annotated.read_text())
    assert meta["global"]["core:sample_rate"] == N_BANDS * BAND_RATE
    assert meta["captures"] == [{"core:sample_start": 0, "core:frequency": MIDDLE}]
    found = {a["core:label"]: a for a in meta["annotations"]}
    for band, label in EXPECTED.items():
        edges = found[label]["core:freq_lower_edge"], found[label]["core:freq_upper_edge"]
        assert edges == (FREQUENCIES[band] - BAND_RATE / 2, FREQUENCIES[band] + BAND_RATE / 2)
        end = found[label]["core:sample_start"] + found[label]["core:sample_count"]
        assert end == N_BANDS * seen  # of the receiver's samples


@needs_rf14
@needs_soapy
def test_a_receiver_in_bands(wide, tmp_path):
    """The replay device, until both signals have been seen in their bands, then Ctrl-C."""
    address, report = f"ipc://{tmp_path}/stats", tmp_path / "live.json"
    device = f"driver=rfattn_replay,recording={wide},speed=0.2,overflow_at=100000"
    with zmq.Context() as context, subscribe(context, address, "spectra") as socket:
        process = subprocess.Popen(
            [
                *COMMAND,
                "live",
                "--band",
                "--source",
                f"soapy={device}",
                "--rate",
                "7.68M",
                "--freq",
                "2590M",
                "--bands",
                str(N_BANDS),
                "--steps",
                "--quiet",
                "--threads",
                "1",
                "--stats",
                address,
                "--json",
                str(report),
            ],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "SOAPY_SDR_PLUGIN_PATH": str(PLUGINS)},
        )
        watchdog = threading.Timer(TIME_LIMIT_S, process.kill)
        watchdog.start()
        wanted = {"2.58808 GHz  lte_tdd", "2.59192 GHz  wifi_ofdm"}
        for line in process.stdout:
            wanted -= {text for text in wanted if text in line}
            if not wanted and socket.poll(0):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        watchdog.cancel()
        assert process.returncode == 130, err
        spectra = [message for _, message in everything(socket)]
    assert "in 4 bands" in out
    # The waterfall is that of the whole receiver.
    assert {(row["frequency"], row["sample_rate"], len(row["peak_db"])) for row in spectra} == {
        (MIDDLE, N_BANDS * BAND_RATE, 1024)
    }
    assert json.loads(report.read_text())["gaps"]["overflows"] <= 1


@needs_soapy
def test_a_retune_moves_every_band_and_is_one_gap(wide, tmp_path, monkeypatch):
    monkeypatch.setenv("SOAPY_SDR_PLUGIN_PATH", str(PLUGINS))
    model = rfattn.transformer(
        save_model(tmp_path / "tiny.pt"), device="cpu", threads=1, max_streams=2
    )
    device = f"driver=rfattn_replay,recording={wide},speed=0"
    rate, moved = N_BANDS * BAND_RATE, 1e6
    source = open_source(Receiver("soapy", device, rate, MIDDLE, None))
    found = [set(), set()]
    retuned = []

    def add(detection):
        found[detection.stream].add(detection.frequency)

    def done():
        if not retuned and all(found):
            retuned.append(source.set_frequency(0, MIDDLE + moved))
        return all(len(frequencies) == 2 for frequencies in found)

    flowgraph = StreamFlowgraph(
        source, model, PathOptions(policy="block", bands=2), on_detection=add
    )
    limit = threading.Timer(TIME_LIMIT_S, flowgraph.stop)
    limit.start()
    flowgraph.run_watched(done)
    limit.cancel()
    middles = (MIDDLE - rate / 2, MIDDLE)
    assert found == [{middle, middle + moved} for middle in middles]
    assert flowgraph.gaps()["retunes"] == flowgraph.stats()["retunes"] == 1


def test_wrong_usage():
    done = run("live", "--band", "--source", "file=/nothing.sigmf-meta", "--bands", "0")
    assert done.returncode == 2 and "--bands must be >= 1, got 0" in done.stderr


@needs_rf14
def test_a_real_valued_recording_has_no_bands(made):
    done = run("live", "--band", "--source", f"file={made.meta('ft8')}", "--bands", "2")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "gr-rfattn: a real-valued source cannot be split into 2 bands: give complex samples"
    )
