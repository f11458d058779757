# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of what other projects send: the senders, the receiver, what is missing, the report."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.emissions.decision import Verdict
from gnuradio.rfattn_workshop.judges import labels_foreign
from gnuradio.rfattn_workshop.judges.foreign import (
    foreign_torchsig,
    labels_foreign_python,
    labels_foreign_receiver,
    labels_foreign_report,
    labels_foreign_scenes,
)
from gnuradio.rfattn_workshop.judges.foreign.labels_foreign_scenes import Received, Take
from gnuradio.rfattn_workshop.judges.foreign.labels_foreign_sender import Sender
from gnuradio.rfattn_workshop.judges.naming.labels_rows import Row

FSK = "FSK packets"


def keyed(rng):
    """BPSK of 2 kBd at 20 kS/s, in two bursts."""
    wave = np.repeat(rng.choice([-1, 1], 400), 10).astype(complex)
    wave[1500:2500] = 0
    return wave, 20e3


def absent(rng):
    raise FileNotFoundError("no-such-program")


KNOWN = Sender("known", "ours", keyed, ("sat_bpsk",), (), (145e6, 146e6))
STRANGER = Sender("stranger", "ours", keyed, (), (FSK,), (10e6, 11e6))


@pytest.fixture
def senders(monkeypatch):
    """Few senders in place of the others."""

    def use(*found):
        monkeypatch.setattr(labels_foreign_scenes, "SENDERS", found)

    return use


def parse(tmp_path, *more):
    return labels_foreign.parse(["--cache", str(tmp_path / "cache"), "--quiet", *more])


def test_a_sender_has_a_name_of_its_own_and_right_names_that_exist():
    names = [sender.name for sender in labels_foreign_scenes.SENDERS]
    assert len(set(names)) == len(names) and len(names) > 90
    for sender in labels_foreign_scenes.SENDERS:
        assert set(sender.right) <= set(known_of("family")), sender
        assert sender.families <= set(known_of("family").values()), sender
        assert sender.right or sender.where, sender  # the band plan has no strangers


def test_every_source_is_named_in_the_documentation():
    page = Path(__file__).parents[3] / "docs/benchmark.md"
    text = page.read_text()
    assert [s.source for s in labels_foreign_scenes.SENDERS if s.source not in text] == []


def test_labels_that_are_right_and_wrong_are_counted(tmp_path, senders):
    senders(KNOWN, STRANGER)

    def find(received):
        true = received.true[0]
        label = "sat_bpsk" if true.right or len(received.true) == 1 else "unknown"
        return [Row(Verdict(label, None, label, 0.9), true.boxes)]

    options = parse(tmp_path, "--takes", "6", "--snr", "10", "20")
    report = labels_foreign.run(options, find)
    known, strangers = (report[part]["all"]["all"] for part in ("classes", "strangers"))
    assert (known["count"], known["right"], known["false"]) == (6, 1.0, 0)
    alone = [take for take in report["takes"] if len(take["true"]) == 1]
    false = sum(take["sender"] == "stranger" for take in alone)
    assert 0 < false < 6
    assert (strangers["false"], strangers["wrong"]) == (false, pytest.approx(false / 6))
    assert report["classes"]["SNR"]["20 dB"]["count"] == 3
    assert report["classes"]["class"].keys() == {"sat_bpsk"}
    assert report["confusions"]["strangers"] == [("stranger", "sat_bpsk", false)]
    text = labels_foreign_report.to_markdown(report)
    assert "## Strangers: what was called what" in text
    assert f"| stranger | sat_bpsk | {false} |" in text
    assert "Set of seeds: work." in text


def test_the_same_seeds_give_the_same_samples_and_the_final_set_gives_others(tmp_path, senders):
    senders(KNOWN)
    seen = []

    def find(received):
        seen.append(received.samples)
        return []

    for more in ([], [], ["--final"]):
        labels_foreign.run(parse(tmp_path, "--takes", "1", *more), find)
    first, again, final = seen
    assert np.array_equal(first, again)
    assert not np.array_equal(first[: len(final)], final[: len(first)])
    names = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert names == ["ours_known_1_0.npz", "ours_known_2_0.npz"]


def test_what_is_missing_is_left_out_with_its_reason(tmp_path, senders, capsys, monkeypatch):
    senders(
        Sender("absent", "ours", absent, (), (), (1e6, 2e6)),
        Sender("LoRa", "lora-phy", ("lora",), ("lora",)),
        Sender("Olivia", "fldigi", ("OLIVIA-8/500",), (), (), (1e6, 2e6)),
        KNOWN,
    )
    monkeypatch.setattr(labels_foreign_scenes.labels_foreign_fldigi, "NEEDED", ("no-fldigi",))
    report = labels_foreign.run(
        parse(tmp_path, "--takes", "1", "--python", "/missing"), lambda received: []
    )
    assert report["left_out"] == {
        "absent": "no-such-program is not installed",
        "LoRa": "/missing: No such file or directory",
        "Olivia": "no-fldigi is not installed",
    }
    assert report["classes"]["all"]["all"]["missed"] == 1.0
    assert "Left out: absent: no-such-program is not installed.\n" in (
        labels_foreign_report.to_markdown(report)
    )
    assert "left out: absent: no-such-program is not installed" in capsys.readouterr().err


def test_torchsig_sends_the_words_of_the_standards():
    def text(bits):
        return f"{int(''.join(map(str, bits)), 2):0{len(bits) // 4}X}"

    # In the order in which formats.toml has them.
    assert text(foreign_torchsig.as_sent(foreign_torchsig.BLE_ADVERTISING)) == "556B7D9171"
    # IEEE 802.15.4, table of symbols and chips: 0, 1, 7, 8 and 15.
    chips = [text(foreign_torchsig.chips_of_symbols()[k]) for k in (0, 1, 7, 8, 15)]
    assert chips == ["D9C3522E", "ED9C3522", "9C3522ED", "8C96077B", "C96077B8"]


def test_a_python_without_the_package_is_named():
    done = subprocess.run(
        [sys.executable, labels_foreign_python.__file__, "version", "no-such-package"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "no-such-package" in done.stderr.splitlines()[-1]


def test_the_other_python_writes_signals_and_names_what_fails(tmp_path, monkeypatch):
    def tone(rng, count):
        return np.ones(count), 1e3

    def broken(rng):
        raise OSError("no disk")

    monkeypatch.setattr(labels_foreign_python, "FUNCTIONS", {"tone": tone, "broken": broken})
    good, bad = str(tmp_path / "good.npz"), str(tmp_path / "bad.npz")
    failed = labels_foreign_python.make(
        [
            {"out": good, "arguments": ["tone", 7], "seed": 1},
            {"out": bad, "arguments": ["broken"], "seed": 1},
        ]
    )
    assert failed == [(bad, "OSError: no disk")]
    with np.load(good) as made:
        assert (len(made["wave"]), made["wave"].dtype, made["rate"]) == (7, np.complex64, 1e3)


@pytest.mark.parametrize(("own", "rate"), [(12e3, 44.1e3), (48e3, 20250.0), (375.0, 9600.0)])
def test_a_signal_keeps_its_frequency_at_a_rate_of_no_whole_ratio(own, rate):
    hertz = 0.07 * own
    wave = np.exp(2j * np.pi * hertz / own * np.arange(20000))
    found = labels_foreign_receiver.at_rate((wave, own), rate).wave[100:-100]
    turn = np.angle(np.mean(found[1:] * found[:-1].conj()))
    assert turn * rate / 2 / np.pi == pytest.approx(hertz, abs=1e-4 * own)
    assert len(found) + 200 == pytest.approx(20000 * rate / own, abs=1)


def test_bursts_are_what_is_on_the_air():
    wave, rate = keyed(np.random.default_rng(1))
    (first, second) = labels_foreign_receiver.bursts_of(wave, rate)
    assert first == (0, 1500) and second == (2500, 1500)


def test_place_and_level_of_a_signal_are_those_of_its_truth():
    rng = np.random.default_rng(3)
    rate, snr_db, middle = 50e3, 20.0, 11e3
    wave = np.exp(2j * np.pi * 2e3 / 10e3 * np.cumsum(rng.choice([-1, 1], 4000).repeat(5)))
    signal = labels_foreign_receiver.at_rate((wave, 10e3), rate)
    samples, (boxes,) = labels_foreign_receiver.receive(
        rng, [signal], [snr_db], [middle], rate, 100e6
    )
    low, high = boxes[0].freq_lower, boxes[0].freq_upper
    assert (low + high) / 2 == pytest.approx(middle)
    power = np.abs(np.fft.fft(samples)) ** 2 / len(samples)
    frequencies = np.fft.fftfreq(len(samples), 1 / rate)
    inside = (frequencies >= low) & (frequencies <= high)
    quiet = (frequencies < -5e3) & (frequencies > -9e3)
    share = sum(box.sample_count for box in boxes) / len(samples)
    found = (power[inside].mean() / power[quiet].mean() - 1) / share
    # The filter's ripple is up to 1 dB, and the image of the signal lies elsewhere.
    assert 10 * np.log10(found) == pytest.approx(snr_db, abs=1.3)


def test_a_converter_has_8_or_12_bits():
    wave = labels_foreign_receiver.at_rate(keyed(np.random.default_rng(1)), 44.1e3)
    has_8_bits = set()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        samples, _ = labels_foreign_receiver.receive(rng, [wave], [15.0], [5e3], 44.1e3, 1e8)
        parts = samples.view(np.float32)
        assert np.abs(parts).max() <= 1.0
        has_8_bits.add(bool(np.abs(127 * parts - np.round(127 * parts)).max() < 1e-3))
    assert has_8_bits == {True, False}


def test_a_signal_that_no_receiver_shows_is_named(tmp_path, senders):
    wide = Sender("wide", "ours", lambda rng: (rng.standard_normal(4000) + 0j, 1e9), (), (), (1, 2))
    senders(wide)
    report = labels_foreign.run(parse(tmp_path, "--takes", "1"), lambda received: [])
    assert report["no_receiver"] == ["wide"]
    assert "No receiver shows: wide." in labels_foreign_report.to_markdown(report)


def test_rows_are_those_of_rfattn_label():
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((48000, 2)) @ [1, 1j] * 0.01
    samples = noise + 0.2 * np.exp(2j * np.pi * 5e3 / 48e3 * np.arange(48000))
    received = Received(samples.astype(np.complex64), 48e3, 100e6, ())
    (row,) = labels_foreign.find_rows(received)
    (box,) = row.boxes
    assert box.freq_lower < 5e3 < box.freq_upper
    assert box.sample_count == pytest.approx(48000, rel=0.05)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--takes", "0"], "--takes must be > 0, got 0"),
        (["--senders", "nobody"], "--senders must be of "),
    ],
)
def test_options_are_checked(tmp_path, more, message, capsys):
    with pytest.raises(SystemExit):
        parse(tmp_path, *more)
    assert message in capsys.readouterr().err


def test_the_seed_of_a_take_is_its_own():
    seeds = {
        tuple(Take(name, draw, number).seed())
        for name in ("known", "stranger")
        for draw in (1, 2)
        for number in (0, 1)
    }
    assert len(seeds) == 8


def test_what_fills_the_band_lies_in_its_middle_and_has_no_neighbour():
    rng = np.random.default_rng(1)
    wide, narrow = (
        labels_foreign_receiver.Signal(np.zeros(0, np.complex64), width, -width / 2)
        for width in (900e3, 10e3)
    )
    assert labels_foreign_receiver.place(rng, [wide], 1e6) == [0.0]
    assert labels_foreign_receiver.place(rng, [wide, narrow], 1e6) is None
    first, second = labels_foreign_receiver.place(rng, [narrow, narrow], 1e6)
    assert 13e3 < abs(first - second) and max(abs(first), abs(second)) <= 415e3
