# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver that goes away, goes silent and comes back."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from types import SimpleNamespace

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.receiver_source import receiver_source
from gnuradio.rfattn.cli.sources.receivers import Receiver, open_source
from gnuradio.rfattn.cli.sources.rtl_tcp import RtlTcpReader
from gnuradio.rfattn.cli.sources.service_manager import ServiceManager
from rtl_tcp_air import noise, served

from command_line import COMMAND, write_recording
from replay import PLUGINS, needs_soapy

RATE, FREQUENCY = 256_000, 433_920_000
TIME_LIMIT_S = 60


def reader_of(server, gain=None, ppm=0.0):
    opened = threading.Thread(target=server.accept)
    opened.start()
    reader = RtlTcpReader(server.where, RATE, FREQUENCY, gain, ppm)
    reader.open()
    opened.join()
    return reader


def read(reader, n):
    out, count = np.zeros(n, np.complex64), 0
    while count < n:
        count += reader.read(out[count:])
    return out


def test_samples_and_commands_of_rtl_tcp():
    with served() as server:
        reader = reader_of(server, gain=29.7, ppm=-3.0)
        server.send([0, 255, 127, 128, 5])
        assert np.allclose(read(reader, 2), [-1 + 1j, (-0.5 + 0.5j) / 127.5])
        server.send([7])
        assert read(reader, 1)[0] == pytest.approx((5 + 7j - 127.5 * (1 + 1j)) / 127.5)
        assert reader.read(np.zeros(1, np.complex64)) == 0
        reader.tune(1e8)
        server.hang_up()
        with pytest.raises(ConnectionError, match="the server closed the connection"):
            read(reader, 1)
        reader.close()
    expected = [(2, RATE), (5, 2**32 - 3), (1, FREQUENCY), (3, 1), (4, 297)]
    assert server.commands[:5] == expected


@pytest.mark.parametrize(
    "head, text",
    [
        (b"HTTP/1.1 400", "this is no rtl_tcp server: it began with b'HTTP/1.1 400'"),
        (b"RTL0", "the server closed the connection at once: is it in use?"),
    ],
)
def test_what_is_no_server_is_refused_in_a_line(head, text):
    with served() as server:

        def answer():
            server.accept(head)
            if len(head) < 12:
                server.hang_up()

        threading.Thread(target=answer).start()
        with pytest.raises(ValueError) as refusal:
            open_source(Receiver("rtl_tcp", server.where, RATE, FREQUENCY, None))
    assert str(refusal.value).startswith(f"cannot open rtl_tcp={server.where}: {text}")


def test_no_server_is_refused_in_a_line():
    with served() as server:
        where = server.where
    with pytest.raises(ValueError, match=f"cannot open rtl_tcp={where}: .*Connection refused"):
        open_source(Receiver("rtl_tcp", where, RATE, FREQUENCY, None))
    with pytest.raises(ValueError, match="--antenna: rtl_tcp has one input, got 'RX'"):
        open_source(Receiver("rtl_tcp", where, RATE, FREQUENCY, None, antenna="RX"))


class Script:
    """A reader that follows a list: numbers of samples, exceptions, and "gap"."""

    sample_rate, frequency, has_gap = 1e6, 1e8, False
    time_unix_s = (1_700_000_000, 250_000_000)

    def __init__(self, steps, opens=()):
        self.steps, self.opens, self.log = list(steps), list(opens), []

    def open(self):
        self.log.append("open")
        if self.opens and (error := self.opens.pop(0)):
            raise error

    def read(self, out):
        step = self.steps.pop(0) if self.steps else RuntimeError("over")
        if isinstance(step, Exception):
            raise step
        if step == "gap":
            self.has_gap, step = True, 0
        out[:step] = 1.0
        return step

    def tune(self, frequency):
        self.frequency = frequency
        self.log.append(frequency)

    def close(self):
        self.log.append("close")


def played(script, n, on_problem=lambda source: None):
    """Samples and tags of ``n`` samples, with pauses that take no time."""
    times = iter(range(0, 10**9, 100))  # each look is 100 s after the one before
    source = receiver_source(script, clock=lambda: next(times))
    sink, head = blocks.vector_sink_c(), blocks.head(gr.sizeof_gr_complex, n)
    flowgraph = gr.top_block()
    flowgraph.connect(source, head, sink)
    flowgraph.start()
    limit = time.monotonic() + TIME_LIMIT_S
    while len(sink.data()) < n and time.monotonic() < limit:
        on_problem(source)
        threading.Event().wait(0.005)
    flowgraph.stop()
    flowgraph.wait()
    tags = [(tag.offset, pmt.symbol_to_string(tag.key)) for tag in sink.tags()]
    return len(sink.data()), sorted(tags)


EACH = ["rx_freq", "rx_rate", "rx_time"]


def tags_at(*offsets):
    return [(offset, key) for offset in offsets for key in EACH]


def test_a_gap_and_a_loss_begin_a_segment():
    lost = OSError("gone"), RuntimeError("the driver reports STREAM_ERROR")
    script = Script([5, 5, "gap", 5, lost[0], 5, lost[1], 5], opens=[ValueError("no match")])
    assert played(script, 25) == (25, tags_at(0, 10, 15, 20))
    assert script.log[:5] == ["close", "open", "close", "open", "close"]


def test_it_is_opened_at_the_frequency_that_was_asked_for_meanwhile():
    script = Script([5] + [0] * 300 + [5])
    asked = []

    def reopen_once(source):
        if not asked:
            asked.append(True)
            source.reopen("nothing new")
            source.tune(2e8)

    played(script, 10, reopen_once)
    assert script.frequency == 2e8


@needs_soapy
def test_a_device_that_was_pulled_out_is_opened_again(monkeypatch, tmp_path):
    monkeypatch.setenv("SOAPY_SDR_PLUGIN_PATH", str(PLUGINS))
    write_recording(tmp_path / "r", 1, "noise")
    device = f"driver=rfattn_replay,recording={tmp_path / 'r'},speed=0,error_at=40000"
    source = open_source(Receiver("soapy", device, 1e6, 1e8, None))
    sink, head = blocks.vector_sink_c(), blocks.head(gr.sizeof_gr_complex, 80_000)
    flowgraph = gr.top_block()
    flowgraph.connect(source, head, sink)
    flowgraph.run()
    samples, (first, again) = np.array(sink.data()), sorted({tag.offset for tag in sink.tags()})
    assert (first, len(samples)) == (0, 80_000) and 40_000 <= again < 80_000
    assert np.array_equal(samples[again:], samples[: 80_000 - again])


def test_systemd_is_told_what_it_waits_for(tmp_path, capfd):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(5)
        now = SimpleNamespace(s=0.0)
        environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "4000000"}
        service = ServiceManager(environment, timer=lambda: now.s)
        service.send("READY=1", "STATUS=listens")
        for now.s in (0.0, 1.9, 2.0, 3.9, 4.0):
            service.feed_watchdog()
        service.send("STOPPING=1")
        got = [manager.recv(999) for _ in range(5)]
    assert got == [b"READY=1\nSTATUS=listens", *[b"WATCHDOG=1"] * 3, b"STOPPING=1"]
    service.send("READY=1")
    service.send("READY=1")
    assert capfd.readouterr().err.count("gr-rfattn: NOTIFY_SOCKET: ") == 1
    ServiceManager({}).feed_watchdog()


class Live:
    """`live` as a process, on a server; stderr is read line by line."""

    def __init__(self, server, *options, **environment):
        source = ["--source", f"rtl_tcp={server.where}", "--rate", "256k", "--freq", "433.92M"]
        command = [*COMMAND, "live", *source, "--model", "none", "--quiet", *map(str, options)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self._watchdog = threading.Timer(TIME_LIMIT_S, self.process.kill)
        self._watchdog.start()

    def line_with(self, text):
        for line in self.process.stderr:
            if text in line:
                return line
        pytest.fail(f"no line with {text!r}")

    def end(self, number=None):
        if number is not None:
            self.process.send_signal(number)
        started = time.monotonic()
        out, err = self.process.communicate()
        self._watchdog.cancel()
        return self.process.returncode, out, err, time.monotonic() - started


@pytest.mark.parametrize("reset", [False, True])
def test_live_asks_a_server_again_that_closed(reset):
    with served() as server:
        live = Live(server, "--json", "-")
        server.accept()
        server.send(noise(RATE // 10))
        server.wait_for_commands(4)  # else it hangs up on a receiver that still opens
        server.hang_up(reset)
        assert "it is opened again" in live.line_with(f"rtl_tcp={server.where}: ")
        server.accept()
        server.send(noise(RATE // 10))
        live.line_with("open again")
        status, out, err, took_s = live.end(signal.SIGTERM)
    assert (status, took_s < 10.0) == (130, True)
    assert out.endswith("}\n") and "Traceback" not in err


def test_a_receiver_that_never_sends_keeps_duration_and_fails():
    with served() as server:
        live = Live(server, "--duration", 1)
        server.accept()
        status, _, err, _ = live.end()
    assert status == 1
    assert f"gr-rfattn: no samples came from rtl_tcp={server.where}\n" in err


def test_a_receiver_that_stays_silent_is_given_up(tmp_path):
    with served() as server:
        address = str(tmp_path / "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(address)
        options = ["--silent", 1, "--give-up", 2, "--json", "-"]
        live = Live(server, *options, NOTIFY_SOCKET=address, WATCHDOG_USEC="2000000")
        server.accept()
        line = live.line_with("no samples since")
        status, out, err, _ = live.end()
        manager.setblocking(False)
        notices = []
        with contextlib.suppress(BlockingIOError):
            while True:
                notices.append(manager.recv(999).decode())
        manager.close()
    assert (notices[0], notices[-1]) == ("READY=1", "STOPPING=1") and "WATCHDOG=1" in notices
    assert line.startswith(f"gr-rfattn: rtl_tcp={server.where}: no samples since ")
    assert status == 1
    assert f"rtl_tcp={server.where}: gave nothing new for 2 s (--give-up)\n" in err
    assert '"works": false' in out


@pytest.mark.parametrize(
    "options, text",
    [
        (["--silent", "0.5"], "--silent must be 1 s or more, got 0.5"),
        (["--give-up", "5"], "--give-up must be 0 or more than --silent, got 5"),
    ],
)
def test_times_that_cannot_be_are_refused(options, text):
    source = ["--source", "rtl_tcp=127.0.0.1:1", "--rate", "1M", "--freq", "1M"]
    done = subprocess.run([*COMMAND, "live", *source, *options], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.rstrip().endswith(text)
