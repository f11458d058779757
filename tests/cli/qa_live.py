# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers without hardware: a SoapySDR device, an rtl_tcp server and a ZMQ publisher that replay
a recording of an emission."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from gnuradio.rfattn.recordings.formats import open_recording

from command_line import COMMAND, TIME_LIMIT_S, own_lines
from emission_recording import BAND, CENTRE, write_emission
from replay import PLUGINS, needs_soapy, published

ROOT = Path(__file__).resolve().parents[2]

os.environ["SOAPY_SDR_PLUGIN_PATH"] = str(PLUGINS)  # SoapySDR looks there at its first use


@pytest.fixture(scope="module")
def stem(tmp_path_factory):
    stem = tmp_path_factory.mktemp("recordings") / "one"
    write_emission(stem)
    return stem


def soapy(stem, **arguments):
    items = {"driver": "rfattn_replay", "recording": stem, **arguments}
    return ",".join(f"{key}={value}" for key, value in items.items())


def receiver(stem, **arguments):
    """The options of the command for the device."""
    return ["--source", f"soapy={soapy(stem, **arguments)}", "--rate", "2M", "--freq", "100M"]


class Live:
    """``gr-rfattn live`` as a process of its own."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [*COMMAND, "live", "--model", "none", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(TIME_LIMIT_S, self.process.kill)
        self._watchdog.start()

    def first_row(self):
        """Waits for the first emission, behind the table's head."""
        for line in self.process.stdout:
            if line.startswith(("on ", "end ")):
                return line
        raise AssertionError(self.process.stderr.read())

    def end(self, number=None):
        """(status, stdout, stderr), after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate()
        self._watchdog.cancel()
        return self.process.returncode, out, own_lines(err)


@needs_soapy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_what_it_was(stem, tmp_path, number):
    json_file, annotations = tmp_path / "live.json", tmp_path / "live.sigmf-meta"
    live = Live(
        *receiver(stem, overflow_at=20000),
        *("--gain", "20", "--json", str(json_file), "--annotate", str(annotations)),
    )
    assert "100.028" in live.first_row()
    status, out, err = live.end(number)
    assert status == 130
    assert "emissions: " in out and "searched: " in out
    assert err.replace("sO", "").strip() == "gr-rfattn: interrupted"  # sO is gr-soapy's own
    row = json.loads(json_file.read_text())
    assert row["emissions"] and (row["frequency"], row["sample_rate"]) == (CENTRE, 2e6)
    (first, *_) = json.loads(annotations.read_text())["annotations"]
    assert first["core:freq_lower_edge"] == pytest.approx(CENTRE + BAND[0], abs=1e3)


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (["--source", "soapy=driver=nonsense", "--rate", "1M", "--freq", "1M"], 1, "no match"),
        (["--source", "file=/nowhere.sigmf-meta"], 1, "No such file"),
        (["--source", "soapy=driver=rtlsdr", "--rate", "1M"], 2, "needs --freq"),
        (
            ["--source", "zmq=nonsense", "--rate", "1M"],
            2,
            "zmq must begin with tcp:// or ipc://, got 'nonsense'",
        ),
        (["--source", "zmq=tcp://127.0.0.1:1"], 2, "needs --rate"),
        (["--source", "antenna"], 2, "must be one of soapy=driver=rtlsdr"),
    ],
)
def test_what_cannot_be_opened_is_one_line(options, status, reason):
    found, out, err = Live(*options).end()
    assert (found, out) == (status, "")
    assert len(err.splitlines()) == status and reason in err.splitlines()[-1]


@needs_soapy
def test_a_gain_out_of_range_is_refused(stem):
    status, _, err = Live(*receiver(stem), "--gain", "99").end()
    assert status == 1
    assert "gain must be from 0 to 50 dB, got 99" in err and len(err.splitlines()) == 1


def test_rtl_tcp(stem):
    server = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "tools" / "rtl_tcp_server.py", f"{stem}.sigmf-meta"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = server.stdout.readline().strip()
        where = ("--source", f"rtl_tcp=127.0.0.1:{port}", "--rate", "2M", "--freq", "100M")
        live = Live(*where, "--gain", "19.7")
        assert "100.028" in live.first_row()
        status, out, err = live.end(signal.SIGINT)
        asked = dict(
            line.rsplit(" ", 1) for line in server.communicate(timeout=TIME_LIMIT_S)[0].splitlines()
        )
    finally:
        server.kill()
        server.wait()
    assert (status, err) == (130, "gr-rfattn: interrupted\n")
    assert (asked["sample_rate"], asked["frequency"], asked["gain_tenths"]) == (
        "2000000",
        "100000000",
        "197",
    )


def test_zmq(stem):
    samples = open_recording(stem).samples().tobytes()
    with published(samples, "tcp://127.0.0.1:*") as address:
        live = Live("--source", f"zmq={address}", "--rate", "2M")
        assert " 0.0280 MHz " in live.first_row()  # ZMQ states no frequency, and none was given
        status, _, err = live.end(signal.SIGINT)
    assert (status, err) == (130, "gr-rfattn: interrupted\n")


def test_a_recording_in_real_time_ends_by_itself(stem):
    status, out, err = Live("--source", f"file={stem}.sigmf-meta").end()
    assert (status, err) == (0, "")
    assert "emissions: 1 with 1 burst" in out


@needs_soapy
def test_duration(stem):
    status, out, _ = Live(*receiver(stem), "--duration", "0.1", "--quiet").end()
    assert status == 0
    assert "emissions: 0 with 0 bursts" in out
