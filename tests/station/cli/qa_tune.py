# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn tune: what a receiver is told for a frequency, a label, a condition and an id."""

import re
import signal
import subprocess
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn_station.cli import tune as command

from command_line import COMMAND, TIME_LIMIT_S
from page_messages import ENVELOPE, STATS, emission
from page_server import Feeder
from rig_server import RigServer, ask, free_port, needs_rigctld, rigctld


def labelled(id, label, middle, width=10e3, state="update", **more):
    edges = {"freq_lower": middle - width / 2, "freq_upper": middle + width / 2}
    by_model = {"label": label, "guess": label, "confidence": 0.9, "basis": "shape"}
    return {**ENVELOPE, **emission(id, state, **edges, **by_model, **more)}


AIR = [
    labelled(1, "nfm_voice", 145.5e6, snr_db=12.0),
    labelled(2, "nfm_voice", 145.6e6, snr_db=25.0),
    labelled(3, "pocsag", 145.7e6, snr_db=40.0),
    labelled(4, "lora", 868.1e6, 125e3),
    labelled(5, "am_voice", 118.1e6, 6e3, flags=["sideband"], sideband_of=3),
]


@pytest.fixture
def rig():
    server = RigServer()
    yield server
    server.close()


@pytest.fixture
def air(publisher):
    return Feeder(publisher, [("stats", STATS), *(("emissions", one) for one in AIR)])


def at(rig, publisher):
    return "--rigctl", rig.address, "--stats", publisher.address


@pytest.fixture
def run(capsys):
    """Runs the command in this process."""

    def run(*words):
        try:
            status = main(list(words))
        except SystemExit as wrong_usage:
            status = wrong_usage.code
        return SimpleNamespace(returncode=status, **capsys.readouterr()._asdict())

    return run


def assert_refused(done, *texts):
    assert (done.returncode, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert line.startswith("gr-rfattn: ") and all(text in line for text in texts), line


@pytest.mark.parametrize(
    ("words", "commands", "text"),
    [
        (["145.5M"], ["F 145500000"], "145.5 MHz, mode as it was"),
        (["77.5k", "--mode", "cw"], ["F 77500", "M CW 0"], "77.5 kHz, CW"),
        (["98.1M", "--mode", "wfm", "--passband", "180k"], ["F 98100000", "M WFM 180000"], ""),
        (["14200000"], ["F 14200000"], "14.2 MHz, mode as it was"),
    ],
)
def test_a_frequency_needs_no_flowgraph(run, rig, words, commands, text):
    done = run("tune", *words, "--rigctl", rig.address)
    assert (done.returncode, done.err) == (0, "")
    assert rig.commands == commands
    assert done.out.startswith(f"tuned to {text}") and len(done.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "commands", "text"),
    [
        (
            ["nfm_voice"],
            ["F 145600000", "M FM 12000"],
            "tuned to 145.6 MHz, FM 12 kHz: emission 2, nfm_voice 0.90 (shape), SNR 25 dB\n",
        ),
        (
            ["label=nfm_voice,snr_db<20"],
            ["F 145500000", "M FM 12000"],
            "tuned to 145.5 MHz, FM 12 kHz: emission 1, nfm_voice 0.90 (shape), SNR 12 dB\n",
        ),
        (
            ["--id", "4"],
            ["F 868100000"],
            "tuned to 868.1 MHz, mode as it was: emission 4, lora 0.90 (shape), SNR 12 dB\n",
        ),
        (
            ["--id", "4", "--mode", "am", "--passband", "0"],
            ["F 868100000", "M AM 0"],
            "tuned to 868.1 MHz, AM: emission 4, lora 0.90 (shape), SNR 12 dB\n",
        ),
    ],
)
def test_an_emission_that_is_on_the_air(run, rig, publisher, air, words, commands, text):
    done = run("tune", *at(rig, publisher), *words)
    assert (done.returncode, done.err, done.out) == (0, "", text)
    assert rig.commands == commands


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nfm_voise"], "no emission for 'nfm_voise'; on the air are 5, labels am_voice, "),
        (["nfm_voise"], "; did you mean nfm_voice?"),
        (["am_voice"], "no emission for 'am_voice'; on the air are 5, labels"),
        (["--id", "9"], "no emission with id 9; on the air are 5"),
    ],
)
def test_what_is_not_on_the_air_is_refused(run, rig, publisher, air, words, text):
    done = run("tune", *at(rig, publisher), *words)
    assert_refused(done, "tune: ", text)
    assert rig.commands == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "give one of WHAT, --id and --follow"),
        (["nfm_voice", "--id", "3"], "give one of WHAT, --id and --follow"),
        (["12"], "WHAT: must be 1000 Hz or more, got '12'; did you mean 12M?; an emission is"),
        (["145.5x"], "WHAT: must be a number, such as 433.92M, got '145.5x'"),
        (["label=a,b"], "condition: a term must be NAME=VALUE (or != < <= > >=), got 'b'"),
        (["--follow", "labl=a"], "condition: unknown name 'labl'; did you mean label?"),
        (["--follow", ""], "a condition must have a term, such as label=nfm_voice, got ''"),
        (["145.5M", "--mode", "ssb"], "--mode: invalid choice: 'ssb'"),
        (["145.5M", "--passband", "12k"], "--passband needs --mode where WHAT is a frequency"),
        (["145.5M", "--passband", "-1"], "--passband must be 0 to 1 GHz, got -1"),
    ],
)
def test_wrong_usage(run, words, text):
    done = run("tune", *words, "--rigctl", "127.0.0.1:1")
    assert done.returncode == 2 and text in done.err.splitlines()[-1]


@pytest.mark.parametrize("address", ["7356", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", ":1"])
def test_a_wrong_address_is_one_line(run, address):
    for words in (["tune", "145.5M"], ["serve", "--listen", "127.0.0.1:0"]):
        done = run(*words, "--rigctl", address)
        text = f"{words[0]}: --rigctl must be HOST:PORT with a port from 1 to 65535, got "
        assert_refused(done, f"{text}{address!r}")


def test_what_the_receiver_refuses_is_one_line(run, rig, publisher, air):
    rig.answer = lambda command: b"RPRT -1\n"
    done = run("tune", *at(rig, publisher), "nfm_voice")
    assert_refused(done, f"tune: {rig.address}: F 145600000: refused with RPRT -1 (a parameter")


def test_nothing_on_the_air_is_one_line(run, rig, publisher):
    Feeder(publisher, [("stats", STATS)])
    done = run("tune", "--id", "1", *at(rig, publisher))
    assert_refused(done, "tune: no emission with id 1; on the air is nothing")


def test_nobody_publishes(run, rig, publisher, monkeypatch):
    monkeypatch.setattr(command, "_TIMEOUT_S", 0.1)
    done = run("tune", "nfm_voice", *at(rig, publisher))
    assert_refused(done, f"tune: nothing from {publisher.address} on topic 'rfattn' in 0.1 s")


class Scanner:
    """gr-rfattn tune --follow label=nfm_voice."""

    def __init__(self, address, publisher):
        words = ["tune", "--follow", "label=nfm_voice", "--rigctl", address]
        self.process = subprocess.Popen(
            [*COMMAND, *words, "--stats", publisher.address],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def line(self):
        """The next line, without its time."""
        line = self.process.stdout.readline()
        assert re.match(r"\d\d:\d\d:\d\d tuned to ", line), line + self.process.stderr.read()
        return line.partition(" tuned to ")[2].strip()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=TIME_LIMIT_S)
        assert self.process.returncode == 130 and out == ""
        return err.splitlines()


FIRST = "145.5 MHz, FM 12 kHz: emission 1, nfm_voice 0.90 (shape), SNR 12 dB"
SECOND = "145.6 MHz, FM 12 kHz: emission 2, nfm_voice 0.90 (shape), SNR 25 dB"


def follow_two(address, publisher):
    """Lets a scanner go from one emission to the next; returns what it writes to stderr."""
    feeder = Feeder(publisher, [("stats", STATS), ("emissions", AIR[0]), ("emissions", AIR[2])])
    scanner = Scanner(address, publisher)
    try:
        assert scanner.line() == FIRST
        feeder.messages = [*feeder.messages, ("emissions", AIR[1])]
        feeder.messages = [
            *feeder.messages,
            ("emissions", {**AIR[0], "state": "end"}),
        ]
        assert scanner.line() == SECOND
    finally:
        lines = scanner.end()
    return lines


def test_it_follows_voice_and_not_data(rig, publisher):
    lines = follow_two(rig.address, publisher)
    assert rig.commands == ["f", "F 145500000", "M FM 12000", "F 145600000", "M FM 12000"]
    assert lines[0].startswith("gr-rfattn: tune: 2 emissions tuned to, 0 not possible, 0 ended ")
    assert lines[-1] == "gr-rfattn: interrupted" and len(lines) == 2


@needs_rigctld
def test_hamlib_s_own_rig_follows(publisher):
    with rigctld() as address:
        follow_two(address, publisher)
        assert ask(address, "f", "m") == ["145600000", "FM"]


def test_a_refused_emission_is_left(rig, publisher):
    rig.answer = lambda c: {"f": b"1\n", "F 145600000": b"RPRT 1\n"}.get(c, b"RPRT 0\n")
    air = [("stats", STATS), ("emissions", AIR[0]), ("emissions", AIR[1])]
    Feeder(publisher, air)
    scanner = Scanner(rig.address, publisher)
    try:
        assert scanner.line() == FIRST
    finally:
        lines = scanner.end()
    refusal = f"gr-rfattn: tune: {rig.address}: F 145600000: refused with RPRT 1"
    assert rig.commands.count("F 145600000") == lines.count(refusal) <= 1


def test_a_receiver_that_is_not_there_ends_it_at_once(run, publisher):
    words = ["--follow", "label=nfm_voice", "--stats", publisher.address]
    done = run("tune", *words, "--rigctl", f"127.0.0.1:{free_port()}")
    assert_refused(done, "tune: 127.0.0.1:", "it must be a receiver's remote control")
