# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn watch: what it prints of what a socket sends, and how it ends."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import types

import pytest
import zmq
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli import watch as watch_command
from gnuradio.rfattn.cli.watch import plain
from gnuradio.rfattn.telemetry.state import State
from gnuradio.rfattn.telemetry.terminal import screen
from rich.console import Console

from command_line import COMMAND, PROGRAM, TIME_LIMIT_S
from page_messages import EMISSION, EVENT, SPECTRA


class Publisher:
    """Sends the same two messages again and again until the reader has had enough."""

    STATS = {
        "schema": 1,
        "seq": 0,
        "time_unix_s": 0.0,
        "steps": 7,
        "interval_steps": 7,
        "queued_steps": 1,
        "dropped_tokens": 2,
        "deadline_misses": 3,
        "budget_seconds": 0.03,
        "retunes": 2,
        "overflows": 1,
        "kv_bytes": 1024,
        "rss_bytes": 2**20,
        "peak_rss_bytes": 2**21,
        "uptime_seconds": 1.0,
        **{
            f"{s}_seconds": {
                "count": 7,
                "mean": 0.002,
                "p50": 0.001,
                "p95": 0.002,
                "p99": 0.003,
                "max": 0.004,
            }
            for s in ("latency", "wait", "inference")
        },
    }

    def __init__(self):
        self._sent = 0
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind("tcp://127.0.0.1:*")
        self.address = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def send(self, body=None, topic=b"rfattn.stats"):
        text = body or json.dumps({**self.STATS, "seq": self._sent})
        self._sent += 1
        self._socket.send_multipart([topic, text.encode()])

    def feed(self, process, body=None):
        while process.poll() is None:
            self.send(body)
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue

    def close(self):
        self._socket.close()
        self._context.term()


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def watch(publisher, capsys):
    """Runs the command in this process while messages are sent: its status, output and errors."""

    def watch(*arguments, body=None):
        has_ended = threading.Event()

        def feed():
            while not has_ended.wait(0.05):
                publisher.send(body)

        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            status = main(["watch", publisher.address, *arguments])
        finally:
            has_ended.set()
            feeder.join()
        return status, *capsys.readouterr()

    return watch


def test_watch_prints_a_line_a_message(watch):
    status, out, err = watch("--count", "2", "--timeout", "30")
    assert status == 0 and err == ""
    lines = out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("stats: 7 steps, tokens 2 dropped, latency p50 1.00 ms p99 3.00 ms")


def test_watch_json(watch):
    status, out, _ = watch("--count", "1", "--json", "--timeout", "30")
    assert status == 0
    assert {**json.loads(out), "seq": 0} == {"topic": "stats", **Publisher.STATS}


@pytest.mark.parametrize(
    "body, text",
    [
        ("hello", "not a message of gr-rfattn"),
        ('{"schema": 9}', "schema 9, this version reads 1"),
        ('{"schema": 1}', "message: seq is missing"),
        ('{"schema": 1, "seq": 0, "time_unix_s": 1}', "stats: steps is missing"),
    ],
)
def test_watch_counts_what_it_refuses_and_goes_on(watch, body, text):
    status, out, err = watch("--timeout", "1.2", body=body)
    first, *_, last = err.splitlines()
    assert (status, out) == (1, "")
    assert first.startswith("gr-rfattn: watch: refused (1 so far): ") and text in first
    assert re.match(
        r"gr-rfattn: watch: no good message from tcp://.* in 1.2 s; \d+ were refused, ", last
    )
    assert text in last and len(err.splitlines()) <= 4


def test_watch_without_messages_fails_after_the_timeout(publisher, capsys):
    assert main(["watch", publisher.address, "--timeout", "0.1"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert f"nothing from {publisher.address} on topic 'rfattn' in 0.1 s" in err
    assert f"gr-rfattn live --stats {publisher.address}" in err


def test_once_fails_after_some_seconds_of_its_own(publisher, monkeypatch, capsys):
    monkeypatch.setattr(watch_command, "_ONCE_TIMEOUT_S", 0.1)
    assert main(["watch", publisher.address, "--once"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and f"nothing from {publisher.address} on topic 'rfattn' in 0.1 s" in err


def test_once_shows_what_came_before_silence(monkeypatch, capsys):
    """One message of an emission, and then nothing but the ticks of the reader."""
    came = [(99.0, None), (100.0, ("emissions", EMISSION)), (101.9, None), (102.0, None)]
    text = once(monkeypatch, capsys, came)
    assert "1 live, 0 ended" in text and "latency" not in text


def test_once_shows_the_emissions_of_a_second_besides_the_statistics(monkeypatch, capsys):
    """The statistics come first, and then a message of each of ten emissions that are live."""
    live = [(100.1 + 0.09 * i, ("emissions", {**EMISSION, "id": i, "seq": i})) for i in range(10)]
    came = [(100.0, ("stats", stats(0, 7, 1.0))), *live, (101.0, None)]
    text = once(monkeypatch, capsys, came)
    assert "10 live, 0 ended" in text and "latency" in text
    assert "none yet" not in text and "before" not in text  # labels of a band


def test_once_waits_for_statistics(monkeypatch, capsys):
    came = [
        (100.0, ("emissions", EMISSION)),
        (101.5, None),
        (101.6, ("stats", stats(0, 7, 1.0))),
    ]
    text = once(monkeypatch, capsys, came)
    assert "1 live, 0 ended" in text and "1 queued" in text


def once(monkeypatch, capsys, came):
    """What --once prints of messages, each with the time at which it is there; it must take all of
    them, and no more."""
    clock = iter([when for when, _ in came])
    monkeypatch.setattr(watch_command, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    state, left = State(clock=lambda: 100.0), [message for _, message in came]

    def receive():
        while left:
            if left[0] is not None:
                state.add(*left[0])
            yield left.pop(0)
        raise AssertionError("it waits for more")

    watch_command.show_once(receive(), state, "tcp://x:1")
    assert not left
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "options, text",
    [
        (("--timeout", "-1"), "--timeout: must be 0 or more seconds, got -1"),
        (("--timeout", "nan"), "--timeout: must be 0 or more seconds, got nan"),
        (("--timeout", "soon"), "--timeout: invalid seconds value: 'soon'"),
        (("--once", "--json"), "--json: not allowed with argument --once"),
    ],
)
def test_watch_refuses_wrong_options(options, text, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["watch", "tcp://127.0.0.1:1", *options])
    assert ended.value.code == 2 and text in capsys.readouterr().err


def test_watch_needs_no_gnuradio(publisher):
    """Neither the runtime nor torch is imported."""
    hide = "import sys\nsys.modules.update({'gnuradio.gr': None, 'pmt': None, 'torch': None})\n"
    process = subprocess.Popen(
        [sys.executable, "-c", hide + PROGRAM, "watch", publisher.address, "--count", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    publisher.feed(process)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.startswith("stats:")


def test_once_is_the_whole_view_as_text(watch):
    status, out, err = watch("--once", "--timeout", "30")
    assert status == 0 and err == ""
    assert "none yet" not in out and "before" not in out  # no label of a band came
    for part in (
        "flow",
        "1 queued",
        "2 retunes, 1 overflows",
        "latency",
        "memory",
        "1 KiB",
    ):
        assert part in out
    assert "\x1b" not in out


def detection(label, start, seq, confidence=0.75, **fields):
    return {
        "seq": seq,
        "time_unix_s": 1e9 + seq,
        "label": label,
        "confidence": confidence,
        "probabilities": {label: confidence, "noise": 1 - confidence},
        "segment": 0,
        "sample_start": start,
        "sample_count": 2048,
        "frequency": 433.92e6,
        **fields,
    }


def stats(seq, steps, uptime, **fields):
    return {**Publisher.STATS, "seq": seq, "steps": steps, "uptime_seconds": uptime, **fields}


def text_of(state, width=100, sidebands=False):
    console = Console(width=width, record=True, file=open(os.devnull, "w"))
    console.print(screen(state, "tcp://x:1", console.width, sidebands))
    return console.export_text()


def test_the_view_shows_when_nothing_comes():
    now = [100.0]
    state = State(clock=lambda: now[0])
    assert "waiting for messages" in text_of(state)
    state.add("stats", stats(0, 1, 1.0))
    assert "nothing for" not in text_of(state)
    now[0] += 7
    assert "nothing for 7 s" in text_of(state)


@pytest.mark.parametrize("width", [60, 100])
def test_the_view_shows_the_newest_events_of_transmitters(width):
    state = State()
    for number in range(9):
        event = {**EVENT, "transmitter": number, "name": None, "text": f"new {number}"}
        state.add("events", {**event, "seq": number})
    text = text_of(state, width)
    assert "transmitter 8 at 433.92 MHz, ook_srd: new 8" in text
    assert "new 1" in text and "new 0" not in text


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_view_has_every_part_at_every_width(width):
    state = State()
    state.add(
        "info",
        {
            "seq": 0,
            "model": {
                "after": {
                    "attention": "gqa",
                    "norm": "rmsnorm",
                    "dtype": "float32",
                    "device": "cpu",
                    "block_size": 32,
                }
            },
        },
    )
    for i, label in enumerate(["noise", "lte_tdd", "lte_tdd"]):
        state.add("detections", detection(label, 2048 * i, i))
    state.add("stats", stats(0, 7, 1.0))
    text = text_of(state, width)
    assert max(map(len, text.splitlines())) <= width
    for part in (
        "lte_tdd",
        "0.75",
        "1 queued",
        "2 dropped",
        "2 retunes",
        "1 overflows",
        "p99",
        "wait",
        "inference",
        "KV cache",
        "1 KiB",
        "noise",
    ):
        assert part in text, part
    if width >= 80:
        for part in (
            "gqa with rmsnorm",
            "7, 7 a second, 1 queued",
            "224 a second, 2 dropped",
            "14.3k a second",
            "3 (42.9%) over 30",
            "3.00",
            "433.92 MHz",
        ):
            assert part in text, part


def test_streams_stand_side_by_side():
    state = State()
    for stream in range(2):
        state.add("detections", detection(f"c{stream}", 0, stream, stream=stream))
    text = text_of(state)
    assert "0: c0" in text and "1: c1" in text
    for stream in range(2, 20):
        state.add("detections", detection("c", 0, stream, stream=stream))
    text = text_of(state)
    assert "11: c" not in text and "12: c" in text and "and 12 streams more" in text


def test_streams_evictions_and_the_dropped_share_where_known():
    state = State()
    state.add("stats", stats(0, 7, 1.0))
    assert "streams" not in text_of(state) and "2 dropped " in text_of(state)
    state.add("stats", stats(1, 7, 1.0, tokens_in=80, streams=3, evictions=4))
    text = text_of(state)
    assert "3, 4 evictions" in text and "2 dropped (2.5%)" in text and "rested" not in text
    state.add("stats", stats(2, 7, 1.0, tokens_in=80, rested_tokens=120))
    assert "2 dropped (1.0%), 120 rested (60.0%)" in text_of(state, 120)


def of_emissions(*messages):
    state = State()
    for seq, message in enumerate(messages):
        state.add("emissions", {**EMISSION, **message, "seq": seq})
    return state


def lines_of(state, width=100):
    """The lines of the list of emissions, without its frame and its head."""
    lines = text_of(state, width).splitlines()
    begin = next(i for i, line in enumerate(lines) if "emissions:" in line)
    end = next(i for i, line in enumerate(lines) if i > begin and line.startswith("╰"))
    return [line.strip("│ ") for line in lines[begin + 2 : end]]


def test_emissions_are_listed_the_live_ones_first():
    state = of_emissions(
        {"id": 1, "state": "end"},
        {"id": 2, "burst_start": 100_000},
        {"id": 3, "state": "end", "label": "lte", "confidence": 0.9, "burst_count": 12},
        {"id": 4, "nearest": None, "rx_rate": None},
        {"id": 5, "state": "end", "label": "unknown", "guess": "lte", "confidence": 0.4},
    )
    lines = [line.split() for line in lines_of(state)]
    assert [line[0] for line in lines] == ["●", "●", "5", "3", "1"]
    assert lines[0][1:] == "4 2585.0000 MHz 200 kHz - 12.3 dB 1 -".split()
    assert lines[1][1:] == "2 2585.0000 MHz 200 kHz 100 ms 12.3 dB 2 ≈ LTE".split()
    assert lines[2][-3:] == "unknown (lte? 0.40)".split()
    assert lines[3] == "3 2585.0000 MHz 200 kHz 100 ms 12.3 dB 12 lte 0.90".split()
    text = text_of(state)
    assert "emissions: 2 live, 3 ended" in text
    assert "latency" not in text  # no statistics, so there is no model
    state.add("stats", stats(0, 7, 1.0))
    state.add("detections", detection("fsk", 0, 0))
    text = text_of(state)
    assert "latency" in text and "emissions: 2 live" in text
    assert "fsk" not in text  # of a step; the table has the labels


def test_the_labels_that_checksums_prove_have_a_panel():
    ended = {"state": "end", "burst_count": 1}
    state = of_emissions({"id": 1, **ended})
    assert "checksums" not in text_of(state)
    state = of_emissions(
        {"id": 1, **ended, "sync": "Mode S", "label_without_frames": "mode_s"},
        {"id": 2, **ended, "sync": "Mode S", "label_without_frames": "ook_srd"},
    )
    lines = [line.strip("│╭╮─ ") for line in text_of(state).splitlines()]
    begin = lines.index("labels by checksums")
    assert [line.split() for line in lines[begin + 1 : begin + 3]] == [
        ["mode_s", "1", "of", "2", "confirmed"],
        ["ook_srd", "1", "refuted"],
    ]


def test_many_classes_that_checksums_refute_are_counted():
    about = {"state": "end", "burst_count": 1, "sync": "AIS"}
    state = of_emissions(
        *({"id": i, **about, "label_without_frames": f"class {i}"} for i in range(1, 11))
    )
    text = text_of(state)  # ais, and the ten that were wrong
    assert "class 7" not in text and "and 3 classes more" in text


def test_sidebands_are_counted_and_shown_where_they_are_asked_for():
    sideband = {"flags": ["sideband"], "sideband_of": 2, "nearest": None}
    state = of_emissions(
        {"id": 1, "state": "end", **sideband},
        {"id": 2},
        {"id": 3, **sideband},
        {"id": 4, **sideband, "label": "lte", "confidence": 0.9},
    )
    assert "emissions: 1 live, 0 ended; 3 sidebands left out" in text_of(state)
    assert [line.split()[:2] for line in lines_of(state)] == [["●", "2"]]
    text = text_of(state, sidebands=True)
    assert "emissions: 3 live, 1 ended ─" in text
    assert "sideband of 2, lte 0.90" in text
    assert len(re.findall(r"sideband of 2 *│", text)) == 2
    state.add("emissions", {**EMISSION, "id": 3, "seq": 10})  # which is none any more
    assert "emissions: 2 live, 0 ended; 2 sidebands left out" in text_of(state)
    part = {"id": 4, "state": "end", "burst_count": 0}
    ignored = of_emissions({"id": 1, "flags": ["ignored"]}, {"id": 2, **sideband}, {"id": 3}, part)
    title = "emissions: 1 live, 0 ended; 1 sideband left out; 1 ignored ─"
    assert title in text_of(ignored) and [line.split()[1] for line in lines_of(ignored)] == ["3"]
    assert "emissions: 2 live, 0 ended; 1 ignored ─" in text_of(ignored, sidebands=True)
    only = of_emissions({"id": 3, **sideband})
    assert "emissions: 0 live, 0 ended; 1 sideband left out" in text_of(only)


def test_frequencies_of_the_list_have_one_unit():
    edges = ((1.0624e6, 1.0696e6), (-671e3, -670.6e3))
    messages = [{"id": i, "freq_lower": a, "freq_upper": b} for i, (a, b) in enumerate(edges)]
    relative = {"rx_freq": None, "rx_rate": 2.4e6}
    lines = lines_of(of_emissions(*(message | relative for message in messages)))
    assert [line.split()[2:4] for line in lines] == [["-0.6708", "MHz"], ["1.0660", "MHz"]]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_list_of_emissions_fits_every_width(width):
    long = [{"name": "a name that is far too long " * 5, "score": 0.5}]
    state = of_emissions(*({"id": i, "nearest": long} for i in range(1, 41)))
    lines = lines_of(state, width)
    assert len(lines) == 16 and lines[0].split()[:2] == ["●", "40"]
    assert max(map(len, text_of(state, width).splitlines())) <= width
    assert len({line.index("MHz") for line in lines}) == 1
    assert "40 live, 0 ended, 16 shown"[: width - 20] in text_of(state, width)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_newest_content_stands_below_its_emission(width):
    state = of_emissions({"id": 1, "state": "end"}, {"id": 2}, {"id": 30})
    for number, text in ((2, "old"), (2, "type 1"), (1, "[red]a\x1b[31m" + "x" * 200)):
        state.add("decoded", {"id": number, "source": "AIS", "text": text})
    lines = lines_of(state, width)
    assert [line.split()[0] for line in lines] == ["●", "●", "AIS:", "1", "AIS:"]
    assert lines[2] == "AIS: type 1"
    assert lines[4].startswith("AIS: [red]a\\x1b[31mxxx") and lines[4].endswith("x…")
    drawn = text_of(state, width).splitlines()[1:]
    assert len({line.index("MHz") for line in drawn if "MHz" in line}) == 1
    assert {len(line) for line in drawn} == {width}


def test_once_without_statistics_shows_the_emissions(publisher):
    process = subprocess.Popen(
        [*COMMAND, "watch", publisher.address, "--once", "--timeout", "30"],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None:
        publisher.send(json.dumps({**EMISSION, "seq": 0}), b"rfattn.emissions")
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    out, err = process.communicate()
    assert process.returncode == 0 and err == ""
    assert "1 live, 0 ended" in out and "≈ LTE" in out


@pytest.mark.parametrize(
    "topic, message, line",
    [
        (
            "stats",
            stats(0, 7, 1.0, tokens_in=80),
            "stats: 7 steps, tokens 2 dropped (2.5%), latency p50 1.00 ms p99 3.00 ms",
        ),
        (
            "detections",
            detection("ft8", 5, 0, stream=3),
            "detection: ft8 0.75 in stream 3 at sample 5, 433.92 MHz",
        ),
        (
            "emissions",
            EMISSION,
            "emission 1 update: 2585.0000 MHz, 200 kHz wide, SNR 12.3 dB, ≈ LTE",
        ),
        (
            "emissions",
            {**EMISSION, "flags": ["sideband"], "sideband_of": 7},
            "emission 1 update: 2585.0000 MHz, 200 kHz wide, SNR 12.3 dB, sideband of 7, ≈ LTE",
        ),
        (
            "emissions",
            {**EMISSION, "label": "lte", "confidence": 0.9, "state": "end"},
            "emission 1 end: 2585.0000 MHz, 200 kHz wide, SNR 12.3 dB, lte 0.90",
        ),
        (
            "decoded",
            {"id": 7, "source": "AIS", "text": "type 1\x1b[31m"},
            r"emission 7: AIS: type 1\x1b[31m",
        ),
        ("spectra", SPECTRA, "spectra: 2 values, peak -20.0 dB, 2.585 GHz"),
        (
            "spectra",
            {**SPECTRA, "peak_db": [None], "mean_db": [None]},
            "spectra: 1 values, peak -, 2.585 GHz",
        ),
        ("model", {"schema": 1, "seq": 0, "time_unix_s": 0.0, "after": {}}, 'model: {"after": {}}'),
    ],
)
def test_a_message_as_a_line(topic, message, line):
    assert plain(topic, message).startswith(line)


class Terminal:
    """A pseudo-terminal in which watch runs; what it draws is read as it comes."""

    def __init__(self, *arguments, rows=40, columns=100, term="xterm"):
        self.ours, theirs = pty.openpty()
        self.resize(rows, columns)
        # Both would hide the size of the terminal; pytest-xdist sets them.
        kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, "TERM": term},
            start_new_session=True,
        )
        os.close(theirs)
        self.drawn = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, publisher, *texts):
        """Sends and reads until all of ``texts`` have been drawn; what was drawn since the call."""
        begun, give_up = len(self.drawn), time.monotonic() + TIME_LIMIT_S
        while not all(text in self.drawn[begun:] for text in texts):
            assert time.monotonic() < give_up and self.process.poll() is None, self.drawn[-2000:]
            publisher.send()
            self._read()
        return self.drawn[begun:]

    def end(self, number):
        self.process.send_signal(number)
        err = self.process.communicate(timeout=TIME_LIMIT_S)[1]
        while self._read():
            pass
        os.close(self.ours)
        return self.process.returncode, err

    def _read(self):
        if not select.select([self.ours], [], [], 0.05)[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.drawn += data.decode(errors="replace")
        return bool(data)


ENTER, LEAVE, SHOW_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_terminal_has_its_screen_back_afterwards(publisher, number):
    terminal = Terminal(publisher.address)
    drawn = terminal.read_until(publisher, "1 queued", "2 retunes")
    assert drawn.startswith(ENTER)
    assert terminal.end(number) == (130, "gr-rfattn: interrupted\n")
    assert terminal.drawn.rindex(LEAVE) > terminal.drawn.rindex("1 queued")
    assert SHOW_CURSOR in terminal.drawn[terminal.drawn.rindex("1 queued") :]


def test_a_resized_terminal_is_drawn_anew(publisher):
    terminal = Terminal(publisher.address, columns=100)
    terminal.read_until(publisher, "1 queued")
    terminal.resize(12, 60)
    terminal.process.send_signal(signal.SIGWINCH)
    terminal.read_until(publisher, "╭─ flow " + "─" * 51 + "╮")  # across all of it
    terminal.end(signal.SIGINT)


def test_a_terminal_without_a_cursor_gets_lines(publisher):
    terminal = Terminal(publisher.address, term="dumb")
    drawn = terminal.read_until(publisher, "stats: 7 steps")
    assert "\x1b" not in drawn
    terminal.end(signal.SIGINT)


def test_a_timeout_leaves_the_screen_and_says_so(publisher):
    terminal = Terminal(publisher.address, "--timeout", "0.2")
    err = terminal.process.communicate(timeout=TIME_LIMIT_S)[1]
    assert terminal.process.returncode == 1
    assert err.startswith("gr-rfattn: watch: nothing from")
    os.close(terminal.ours)


@pytest.mark.parametrize("width", [40, 100])
def test_edges_that_are_gone_or_drop_come_first(width):
    state = State()
    for number in range(10):
        state.add("edges", {"edge": number, "tokens": 1000, "tokens_dropped": 7 * (number == 5)})
    state.add("edges", {"edge": 9, "state": "gone", "tokens_elsewhere": 64, "bytes": 2048})
    text = text_of(state, width)
    assert "edges: 9 of 10 connected" in text and "and 2 edges more" in text
    places = [text.index(f"{name} ") for name in ("9 gone", "5 connected", "2 connected")]
    assert places == sorted(places)
    if width == 100:
        assert "0 tokens, 0 dropped, 64 taken elsewhere, 2 KiB" in text
