# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions are demodulated for those who ask, and for nobody else: requests, states, limits."""

import math
import threading

import numpy as np
import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.blocks import emission_demodulator
from gnuradio.rfattn.blocks.parts import audio_run
from gnuradio.rfattn.blocks.parts.demodulator import ChannelQueue
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message, to_python
from gnuradio.rfattn.messages.audio import AUDIO_RATE, Request

from announcer import announce
from emission_messages import emission_message
from heard import strongest_hz

RATE, MIDDLE = 20e3, 446.0005e6  # of the channel
SECOND = 1_000_000  # in samples of the receiver
EDGES = {"freq_lower": MIDDLE - 5e3, "freq_upper": MIDDLE + 5e3, "power_db": 0.0}


def fm_tone(count, hz=1000.0):
    turns = 2.5 * np.sin(2 * np.pi * hz * np.arange(count) / RATE)
    return np.exp(1j * turns).astype(np.complex64)


def pdu(samples, id=1, start=0):
    about = pmt.make_dict()
    values = {
        "id": pmt.from_uint64(id),
        "sample_start": pmt.from_uint64(start),
        "rx_rate": pmt.from_double(RATE),
        "rx_freq": pmt.from_double(MIDDLE),
        "emission": emission_message(id, "update"),
    }
    for name, value in values.items():
        about = pmt.dict_add(about, pmt.intern(name), value)
    return pmt.cons(about, pmt.init_c32vector(len(samples), samples))


class Run:
    """A demodulator that gets messages one after the other, and what it sent."""

    def __init__(self, **settings):
        self.block = rfattn.emission_demodulator(**settings)
        self.block._left_s = math.inf  # `post` drains, which is no end here
        self.audio, self.heard_ids = [], [[]]
        self.block.message_port_pub = self._keep

    def _keep(self, port, message):
        if pmt.symbol_to_string(port) == "listen":
            self.heard_ids.append(sorted(pmt.to_python(message) or {}))
        else:
            about = schema.read("audio", to_python(pmt.car(message)))
            self.audio.append((about, np.array(pmt.s16vector_elements(pmt.cdr(message)))))

    def post(self, port, message):
        self.block._post(pmt.intern(port), message)
        self.block.drain()
        if self.block.failures.first is not None:
            raise self.block.failures.first

    def emission(self, state="update", id=1, **more):
        about = {**EDGES, "sample_now": 0, **more}
        self.post("emissions", emission_message(id, state, **about))

    def ask(self, text, wanted=True):
        self.post("requests", to_message(Request(text, wanted)))

    def look(self):
        self.post("requests", pmt.PMT_NIL)

    def feed(self, *pieces, id=1, start=0):
        for samples in pieces:
            self.post("samples", pdu(samples, id, start))
            start += len(samples)

    def states(self, text):
        return [about.state for about, _ in self.audio if about.request == text]

    def sound(self, text):
        """All sound for a request, and the positions of its pieces; ends the demodulators."""
        for run in self.block._runs.values():
            run.end(0.0)
            run.wait()
        mine = [(about.position, part) for about, part in self.audio if about.request == text]
        pieces = [(place, part) for place, part in mine if len(part)]
        return np.concatenate([part for _, part in pieces]) / 32768, pieces

    def close(self):
        self.block.stop()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The receiver is where the latest message says."""
    monkeypatch.setattr(
        emission_demodulator._Live, "seconds", lambda live, now: live.emission().sample_now / SECOND
    )


@pytest.fixture
def run():
    made = Run()
    yield made
    made.close()


def test_nothing_is_done_while_nobody_listens(run):
    run.emission("new")
    run.feed(fm_tone(400))
    run.look()
    assert run.audio == [] and run.heard_ids == [[]] and run.block._ticker is None
    assert run.block.all_counts() == dict.fromkeys(emission_demodulator.COUNTS, 0)


def test_the_sound_of_an_emission(run):
    run.emission("new", label="nfm_voice", confidence=0.9)
    run.ask("e1/auto")
    assert run.heard_ids[-1] == [1]
    run.feed(*np.split(fm_tone(20_000), 50))
    sound, pieces = run.sound("e1/auto")
    assert len(sound) == pytest.approx(AUDIO_RATE, abs=600)
    assert strongest_hz(sound[AUDIO_RATE // 4 :]) == pytest.approx(1000, abs=3)
    assert all(len(part) >= 480 for _, part in pieces)
    ends = [place + len(part) for place, part in pieces]
    assert [place for place, _ in pieces[1:]] == ends[:-1]
    about = run.audio[-1][0]
    assert (about.state, about.id, about.label) == ("on", 1, "nfm_voice")
    assert about.demodulation == "fm" and about.frequency == MIDDLE


def test_a_pause_is_in_the_positions_alone(run):
    run.emission("new")
    run.ask("e1/fm")
    run.feed(*np.split(fm_tone(8000), 20))
    run.feed(*np.split(fm_tone(8000), 20), start=48_000)  # 2 s later
    sound, pieces = run.sound("e1/fm")
    assert len(sound) / AUDIO_RATE == pytest.approx(0.8 + 0.07, abs=0.03)
    last, part = pieces[-1]
    first = pieces[0][0]
    assert (last + len(part) - first) / AUDIO_RATE == pytest.approx(2.8, abs=0.03)


def test_the_last_sound_comes_in_the_pause(run):
    """What the filters hold comes out when nothing came for a while, once."""
    run.emission("new")
    run.ask("e1/fm")
    run.feed(fm_tone(4000))
    run.emission(sample_now=5 * SECOND)
    put = run.block._runs[next(iter(run.block._runs))]
    before = put._put
    for _ in range(3):
        run.look()
    assert put._put - before == pytest.approx(0.06 * RATE, abs=1)


def test_requests_for_the_same_share_a_demodulator(run):
    run.emission("new")
    for text in ("e1/auto", "e1/fm", f"f{MIDDLE:.0f}/fm"):
        run.ask(text)
    assert len(run.block._runs) == 1 and run.block.counts["started"] == 1
    run.ask("e1/am")
    assert len(run.block._runs) == 2 and run.heard_ids[-1] == [1]
    for text in ("e1/auto", "e1/fm"):
        run.ask(text, wanted=False)
    assert len(run.block._runs) == 2
    run.ask(f"f{MIDDLE:.0f}/fm", wanted=False)
    run.ask("e1/am", wanted=False)
    assert not run.block._runs and run.heard_ids[-1] == [] and run.block._ticker is None


def test_a_label_that_comes_later_changes_the_demodulation(run):
    run.emission("new")
    run.ask("e1/auto")
    run.emission(label="am_voice", confidence=0.9)
    run.look()
    assert [about.demodulation for about, _ in run.audio] == ["fm", "am"]
    assert len(run.block._runs) == 1 and run.block.counts["started"] == 2


def test_an_emission_ends_and_one_that_is_not_there_has_ended(run):
    run.emission("new")
    run.ask("e1/auto")
    run.ask("e2/auto")
    run.emission("end")
    run.look()
    assert run.states("e1/auto") == ["on", "ended"] and run.states("e2/auto") == ["ended"]
    assert run.heard_ids[-1] == []


def test_a_frequency_is_followed(run):
    text = f"f{MIDDLE:.0f}/fm"
    run.ask(text)
    run.emission("new", id=1)
    run.emission("new", id=7, freq_lower=MIDDLE + 80e3, freq_upper=MIDDLE + 90e3)
    run.look()
    run.emission("end", id=1)
    run.look()
    run.emission("new", id=9)
    run.look()
    assert run.states(text) == ["waiting", "on", "waiting", "on"]
    assert run.heard_ids == [[], [1], [], [9]]


def test_a_sideband_of_another_is_not_followed(run):
    run.emission("new", flags=["sideband"], sideband_of=7)
    run.ask(f"f{MIDDLE:.0f}/fm")
    assert run.states(f"f{MIDDLE:.0f}/fm") == ["waiting"]


def test_more_than_may_are_refused_until_there_is_room():
    run = Run(max_demodulators=1)
    run.emission("new", id=1)
    run.emission("new", id=2)
    run.ask("e1/fm")
    run.ask("e2/fm")
    for _ in range(3):
        run.look()
    assert run.states("e2/fm") == ["full"] and run.block.counts["refused"] == 1
    run.ask("e1/fm", wanted=False)
    assert run.states("e2/fm") == ["full", "on"] and run.heard_ids[-1] == [2]
    run.close()


def test_what_is_too_wide_is_not_demodulated(run):
    run.emission("new", freq_lower=MIDDLE - 1e6, freq_upper=MIDDLE + 1e6)
    run.ask("e1/fm")
    assert run.states("e1/fm") == ["wide"] and run.heard_ids == [[]]


def test_requests_are_bounded(run):
    for number in range(100):
        run.ask(f"f{number}/fm")
    assert len(run.block._wanted) == 64 and run.block.counts["refused"] == 36
    assert run.states("f99/fm") == ["full"]


def test_samples_of_a_demodulator_that_is_too_slow_are_counted(run, monkeypatch):
    monkeypatch.setattr(ChannelQueue, "put", lambda self, samples, waits: False)
    run.emission("new")
    run.ask("e1/fm")
    run.feed(*np.split(fm_tone(8000), 2))
    tuning = next(iter(run.block._runs))
    assert run.block._about("e1/fm", tuning).samples_lost == 8000
    run.close()
    assert run.block.counts["samples_lost"] == 8000


def test_listeners_are_told_that_the_flowgraph_ends(run):
    run.ask("f1/fm")
    run.block.stop()
    assert run.states("f1/fm") == ["waiting", "ended"]
    run.emission("new")  # which comes too late
    assert not run.block._live


@pytest.mark.parametrize(
    ("port", "message", "text"),
    [
        ("samples", pmt.PMT_T, "samples: must be a pair of a dictionary and a vector of complex64"),
        ("emissions", pmt.PMT_T, "emissions: not a dictionary: #t"),
        ("requests", pmt.PMT_T, "not a dictionary: #t"),
        ("requests", to_message(Request("e1/iq", True)), "requests: request must be eID/MODE or"),
    ],
)
def test_a_wrong_message_is_counted(port, message, text):
    block = rfattn.emission_demodulator()
    announce(block, [(port, message)])
    assert str(block.failures.first).startswith(text) and block.failures.count == 1


def test_samples_that_come_again_are_not_heard_again(run):
    """As when the extractor looks back."""
    run.emission("new")
    run.ask("e1/fm")
    parts = np.split(fm_tone(20_000), 50)
    run.feed(*parts[:10])
    for _ in range(3):
        run.feed(*parts[:10])
    run.feed(*parts[10:], start=4000)
    sound, pieces = run.sound("e1/fm")
    assert len(sound) == pytest.approx(AUDIO_RATE, abs=600)
    ends = [place + len(part) for place, part in pieces]
    assert [place for place, _ in pieces] == [0, *ends[:-1]]


def test_samples_that_are_later_than_silence_are_heard_behind_it(run):
    run.emission("new")
    run.ask("e1/fm")
    run.feed(fm_tone(8000))
    run.emission(sample_now=5 * SECOND)
    run.look()  # 60 ms of silence
    run.feed(fm_tone(8000), start=8000)
    run.feed(fm_tone(8000), start=80_000)
    sound, pieces = run.sound("e1/fm")
    assert len(sound) / AUDIO_RATE == pytest.approx(1.2 + 2 * 0.06, abs=0.03)
    ends = [place + len(part) for place, part in pieces]
    assert all(end <= place for end, (place, _) in zip(ends, pieces[1:], strict=False))
    assert ends[-1] / AUDIO_RATE == pytest.approx(4.4, abs=0.03)


@pytest.mark.parametrize("fault", ["write", "make"])
def test_a_demodulator_that_fails_ends_alone(run, monkeypatch, fault):
    def fail(*arguments):
        raise RuntimeError("broken")

    where = (audio_run._Sound, "take") if fault == "write" else (audio_run, "AudioDemodulator")
    monkeypatch.setattr(*where, fail)
    run.emission("new")
    run.ask("e1/fm")
    run.feed(fm_tone(20_000))
    (broken,) = run.block._runs.values()
    assert fault == "make" or not broken._thread.join(30)
    for _ in range(2):
        run.block._receive("requests", pmt.PMT_NIL)
    assert run.states("e1/fm")[-1] == "ended" and not run.block._runs
    counts = run.block.all_counts()
    assert (counts["started"], counts["failed"]) == (1, 1)
    assert run.block.error is None and str(run.block.failures.first) == "broken"
    monkeypatch.undo()
    for wanted in (False, True):
        run.block._receive("requests", Request("e1/fm", wanted))
    assert run.states("e1/fm")[-1] == "on"


def test_a_demodulator_that_does_not_end_is_left(monkeypatch):
    monkeypatch.setattr(emission_demodulator, "FINISH_S", 0.01)
    stuck, free = threading.Event(), threading.Event()
    monkeypatch.setattr(audio_run._Sound, "take", lambda *_: stuck.set() or free.wait(30))
    run = Run()
    run.emission("new")
    run.ask("e1/fm")
    run.feed(fm_tone(20_000))
    assert stuck.wait(30)
    run.block._left_s = 0.0
    run.close()
    assert str(run.block.failures.first) == "1 demodulators did not end in time"
    free.set()


@pytest.mark.parametrize("mode", ["fm", "am", "usb"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_one_bad_sample_is_not_heard_for_ever(run, mode, bad):
    run.emission("new")
    run.ask(f"e1/{mode}")
    samples = fm_tone(20_000)
    samples[4000] = bad
    run.feed(*np.split(samples, 50))
    spoilt, _ = run.sound(f"e1/{mode}")
    other = Run()
    other.emission("new")
    other.ask(f"e1/{mode}")
    samples[4000] = 0
    other.feed(*np.split(samples, 50))
    whole = other.sound(f"e1/{mode}")[0]
    n = min(len(spoilt), len(whole)) - 600
    np.testing.assert_allclose(spoilt[:n], whole[:n], atol=1e-3)
    other.close()


@pytest.mark.parametrize("rate", [6e3, 8e3, 9e3, 12e3])
@pytest.mark.parametrize("mode", ["fm", "am", "usb", "lsb"])
@pytest.mark.parametrize("place", [-0.4, 0.0, 0.4])
def test_what_is_heard_lies_in_the_band(rate, mode, place):
    """What is wider than the band, or lies at its edge."""
    middle = MIDDLE + place * rate
    about = {
        "rx_rate": rate,
        "rx_freq": MIDDLE,
        "freq_lower": middle - 300,
        "freq_upper": middle + 300,
    }
    run = Run()
    run.emission("new", **about)
    run.ask(f"e1/{mode}")
    ((low, high),) = run.block._heard.values()
    assert MIDDLE - rate / 2 <= low < high <= MIDDLE + rate / 2
    run.close()


def test_a_wrong_number_is_refused():
    with pytest.raises(ValueError, match="max_demodulators must be >= 1, got 0"):
        rfattn.emission_demodulator(0)
