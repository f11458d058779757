# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of a station that learns: its receiver, its examples, and what is counted."""

import os
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.example_store import CHECKSUM, PERSON
from gnuradio.rfattn.inference.files import SHIPPED
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import Network
from gnuradio.rfattn_workshop.judges import labels_station
from gnuradio.rfattn_workshop.judges.foreign import labels_foreign_scenes
from gnuradio.rfattn_workshop.judges.foreign.labels_foreign_scenes import Take
from gnuradio.rfattn_workshop.judges.foreign.labels_foreign_sender import Sender
from gnuradio.rfattn_workshop.judges.station import (
    labels_station_air,
    labels_station_days,
    labels_station_report,
)
from gnuradio.rfattn_workshop.judges.station.labels_station_air import Station
from gnuradio.rfattn_workshop.judges.station.labels_station_days import (
    CONFIRMED,
    LABELLED,
    NEITHER,
    STRANGERS,
    ObservedTake,
)
from gnuradio.rfattn_workshop.judges.station.labels_station_judge import (
    ALL,
    REHEARSAL,
    WITH_EXAMPLES,
    WITHOUT_FRAMES,
    Judge,
)

needs_family = pytest.mark.skipif(
    not (SHIPPED / "emissions" / "flash_layernorm_rehearsal.npz").is_file(),
    reason="no shipped family of emissions with a rehearsal",
)
CACHE_TEXT = "must not be made again"


def keyed(rng):
    """BPSK of 2 kBd at 20 kS/s for 0.4 s."""
    return np.repeat(rng.choice([-1, 1], 800), 10).astype(complex), 20e3


PAGER = Sender("pager", "ours", keyed, ("ais",), (), (162e6, 162.1e6))
MORSE = Sender("morse", "ours", keyed, ("cw",), (), (7e6, 7.1e6))
VOICE = Sender("voice", "ours", keyed, ("nfm_voice",), (), (145e6, 146e6))
STRANGER = Sender("stranger", "ours", keyed, (), (), (10e6, 11e6))
SENDERS = PAGER, MORSE, VOICE, STRANGER


@pytest.fixture
def senders(monkeypatch):
    for module in (labels_foreign_scenes, labels_station_days):
        monkeypatch.setattr(module, "SENDERS", SENDERS)


def parse(tmp_path, *more):
    return labels_station.parse(["--cache", str(tmp_path / "cache"), "--quiet", *more])


def seen(network, label, share=0.9, frames=None, width_hz=12e3):
    """What a network that is so sure of a class makes of an emission."""
    rest = (1.0 - share) / (len(network.names) - 1)
    logs = np.log([share if name == label else rest for name in network.names])
    return Observed("unknown", logs, Facts(width_hz, snr_db=20.0, frames=frames))


def received(station, take, cache):
    labels_foreign_scenes.prepare([take], cache, "python", lambda line: None)
    return station.receive(take, cache)


def test_a_station_has_the_same_lines_in_every_take_and_states_a_frequency_that_is_off(
    tmp_path, senders
):
    station = Station.draw(4)
    assert 3 <= len(station.chain.lines) <= 6
    lines = ((0.3, 0.2 + 0j), (-0.4, 0.1j))
    station = replace(station, chain=replace(station.chain, lines=lines, spike=0.0))
    for number in range(2):
        found = received(station, Take("pager", 11, number), tmp_path)
        power = np.abs(np.fft.fft(found.samples * np.hanning(len(found.samples)))) ** 2
        away = 1.02 * np.median(power)
        for place, _ in lines:
            bin_number = round(place * len(power)) % len(power)
            assert power[bin_number - 1 : bin_number + 2].max() > 30 * away
        (box,) = found.true[0].boxes
        carrier = found.frequency * (1 + 1e-6 * station.ppm)
        middle = carrier + (box.freq_lower + box.freq_upper) / 2
        assert 162e6 < middle < 162.1e6
        again = received(station, Take("pager", 11, number), tmp_path)
        assert np.array_equal(found.samples, again.samples)


def test_a_station_is_drawn_from_its_seed():
    first, again, other = Station.draw(1), Station.draw(1), Station.draw(2)
    assert first.chain.lines == again.chain.lines and first.ppm == again.ppm
    assert first.chain.lines != other.chain.lines
    assert 5.0 <= abs(first.ppm) <= 40.0


@needs_family
def test_what_the_network_makes_of_a_take_is_kept(tmp_path, senders, monkeypatch):
    station, network = Station.draw(4), Network.load("emissions")
    take = Take("pager", 11, 0)
    labels_foreign_scenes.prepare([take], tmp_path, "python", lambda line: None)
    found = labels_station_air.observed_of(take, station, network, tmp_path)
    assert len(found.logs) == len(network.names)
    assert found.facts.frequency_hz == pytest.approx(162.05e6, abs=0.06e6)
    assert 2e3 < found.facts.width_hz < 30e3

    def make(*arguments):
        raise AssertionError(CACHE_TEXT)

    monkeypatch.setattr(labels_station_air, "_observe", make)
    again = labels_station_air.observed_of(take, station, network, tmp_path)
    assert np.array_equal(again.logs, found.logs) and again.facts == found.facts
    with pytest.raises(AssertionError, match=CACHE_TEXT):
        labels_station_air.observed_of(take, Station.draw(5), network, tmp_path)


@needs_family
def test_a_take_without_an_emission_is_not_found(tmp_path, senders, monkeypatch):
    station, network = Station.draw(4), Network.load("emissions")
    take = Take("pager", 11, 0)
    labels_foreign_scenes.prepare([take], tmp_path, "python", lambda line: None)
    monkeypatch.setattr(labels_station_air, "cut", lambda *arguments: [])
    for _ in range(2):
        assert labels_station_air.observed_of(take, station, network, tmp_path) is None


def test_senders_are_in_groups(senders):
    groups = [labels_station_days.group_of(sender) for sender in SENDERS]
    assert groups == [CONFIRMED, LABELLED, NEITHER, STRANGERS]


@needs_family
def test_examples_are_what_a_checksum_proves_and_what_the_user_labels(senders):
    network = Network.load("emissions")
    named = {
        sender.name: [
            ObservedTake(Take(sender.name, 11, number), seen(network, "dmr")) for number in range(3)
        ]
        for sender in SENDERS
    }
    proven = ObservedTake(Take("stranger", 11, 3), seen(network, "ais", frames="AIS"))
    unproven = ObservedTake(Take("pager", 11, 3), seen(network, "dmr", frames="DMR"))
    lost = ObservedTake(Take("morse", 11, 3), None)
    day = [*(one for part in named.values() for one in part), proven, unproven, lost]
    found = labels_station_days.lesson_of_day(day, 2, np.random.default_rng(1))
    assert [(one.label, one.origin) for one in found] == [
        ("ais", CHECKSUM),
        ("cw", PERSON),
        ("cw", PERSON),
    ]
    assert found[0].observed is proven.observed
    first, second = labels_station_days.falsified([found[:1], found[1:]], 0.02, 1)
    false = first + second
    assert len(first) == 1
    assert sum(a.label != b.label for a, b in zip(found, false, strict=True)) == 1
    assert {one.label for one in false} <= {"ais", "cw"}
    only = labels_station_days.falsified([found[:1]], 0.5, 1)
    assert [[one.label for one in day] for day in only] == [["ais"]]


@needs_family
def test_outcomes_are_counted_in_groups(senders):
    network = Network.load("emissions")
    judge = Judge(
        network,
        [
            ObservedTake(Take("pager", 14, 0), seen(network, "nfm_voice", frames="AIS")),
            ObservedTake(Take("pager", 14, 1), None),
            ObservedTake(Take("morse", 14, 0), seen(network, "unknown")),
            ObservedTake(Take("voice", 14, 0), seen(network, "nfm_voice")),
            ObservedTake(Take("stranger", 14, 0), seen(network, "nfm_voice")),
        ],
    )
    found = judge.judge(judge.before)
    shown = {name: {key: n for key, n in found[name].items() if n} for name in found}
    assert shown[CONFIRMED] == {"right": 1, "not found": 1}
    assert shown[WITHOUT_FRAMES] == {"wrong": 1, "not found": 1}
    assert shown[LABELLED] == {"no label": 1}
    assert shown[NEITHER] == {"right": 1}
    assert shown[STRANGERS] == {"wrong": 1}
    assert shown[WITH_EXAMPLES] == {"right": 1, "not found": 1, "no label": 1}
    assert shown[ALL] == {"right": 2, "not found": 1, "no label": 1}
    assert shown[REHEARSAL]["right"] > 0.7 * sum(shown[REHEARSAL].values())


@needs_family
def test_a_station_learns_in_three_nights_and_reports(tmp_path, senders, monkeypatch):
    network = Network.load("emissions")

    def observe(take, options):
        if take.name == "morse":
            return seen(network, "psk31", 0.5, width_hz=200.0)
        if take.name == "pager":
            return seen(network, "ais", 0.5, frames="AIS" if take.draw != 14 else None)
        return seen(network, "dmr")

    monkeypatch.setattr(labels_station, "observe_take", observe)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    options = parse(tmp_path, "--takes", "2", "--judged", "2", "--missing", "1", "--false", "0.1")
    report = labels_station.run(options)
    assert os.environ["XDG_DATA_HOME"] == str(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    assert report["examples"] == 3 * [{CHECKSUM: 2, PERSON: 2}]
    assert list(report["days"]) == ["before", "night 1", "night 2", "night 3"]
    before, after = (report["days"][when][LABELLED] for when in ("before", "night 3"))
    assert before["right"] == 0 and after["right"] == 2
    assert [change[0] for change in report["changes"]].count("morse") == 1
    ((label, missing),) = report["missing"].items()
    assert label == "ais" and missing["before"]["no label"] == 2
    assert missing["after"]["right"] == 0 and sum(missing["after"].values()) == 2
    text = labels_station_report.to_markdown(report)
    assert f"| {LABELLED}: before | 2 | 0.000 (0.00 to 0.66) |" in text
    assert f"| {LABELLED}: night 3 | 2 | 1.000 (0.34 to 1.00) |" in text
    assert "2 by checksums and 2 by the user" in text


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--takes", "0"], "--takes must be > 0, got 0"),
        (["--judged-strangers", "0"], "--judged-strangers must be > 0, got 0"),
        (["--false", "1"], "--false must be from 0 to < 1, got 1.0"),
        (["--missing", "-1"], "--missing must be >= 0, got -1"),
        (["--senders", "nobody"], "--senders must be of "),
    ],
)
def test_options_are_checked(tmp_path, more, message, capsys):
    with pytest.raises(SystemExit):
        parse(tmp_path, *more)
    assert message in capsys.readouterr().err
