# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawn receivers of the detection benchmark, and what is found in their noise."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import detection
from gnuradio.rfattn_workshop.judges.finding import detection_receivers, detection_report
from gnuradio.rfattn_workshop.judges.finding.detection_flowgraph import (
    Found,
    find_emissions,
    find_in_parts,
)

RATE = 200e3
COUNT = int(2 * RATE)
SECOND = int(RATE)


def density(samples: np.ndarray, pieces: int = 20) -> np.ndarray:
    """Mean power of equal parts of the band, from the lowest frequency."""
    power = np.abs(np.fft.fftshift(np.fft.fft(samples))) ** 2
    return power.reshape(pieces, -1).mean(1) / len(samples)


def test_drawn_receivers_have_one_of_the_rates_in_turn():
    drawn = [detection_receivers.draw_receiver(seed) for seed in range(40)]
    assert [one.rate for one in drawn[:7]] == [
        *detection_receivers.RATES,
        detection_receivers.RATES[0],
    ]
    assert {one.bits for one in drawn} == {8, 12}
    assert {len(one.lines) for one in drawn} == {0, 1, 2, 3, 4}
    assert min(one.slope_db for one in drawn) < -6 and max(one.slope_db for one in drawn) > 6
    starts = {(line.start_s > 0, line.end_s < np.inf) for one in drawn for line in one.lines}
    assert starts == {(False, False), (True, False), (False, True)}
    assert drawn[3] == detection_receivers.draw_receiver(3)


def drawn_receiver(**about) -> detection_receivers.DrawnReceiver:
    line = detection_receivers.Line(0.2, 30.0, 0.5, 1.5)
    plain = {
        "seed": 0,
        "slope_db": 0.0,
        "ripple_db": 0.0,
        "roll_off_db": 0.0,
        "lines": (line,),
        "bits": 12,
    }
    rest = {"periods": 4.0, "phase": 0.0, "roll_off_from": 0.45, "dc": 1 + 0.5j, "image_db": 30.0}
    return detection_receivers.DrawnReceiver(rate=RATE, **{**plain, **rest, **about})


def heard(**about) -> np.ndarray:
    return np.concatenate([*drawn_receiver(**about).samples(2.0)])


def test_a_drawn_receiver_gives_its_noise_in_steps_of_its_converter():
    for bits, steps in detection_receivers.NOISE_STEPS.items():
        samples = heard(lines=(), dc=0j, bits=bits)
        assert samples.dtype == np.complex64 and len(samples) == 2 * RATE
        most = 2 ** (bits - 1) - 0.5
        assert np.mean(np.abs(samples) ** 2) == pytest.approx((steps / most) ** 2, rel=0.05)
        parts = samples.view(np.float32) * most
        assert np.allclose(parts - 0.5, np.round(parts - 0.5), atol=1e-3)


def test_a_drawn_receiver_has_slope_ripple_and_roll_off():
    db = 10 * np.log10(density(heard(lines=(), dc=0j, slope_db=6.0), 50))
    assert np.polyfit(np.linspace(-0.49, 0.49, 50)[3:-3], db[3:-3], 1)[0] == pytest.approx(
        6, abs=0.3
    )
    db = 10 * np.log10(density(heard(lines=(), dc=0j, ripple_db=1.5), 50))
    assert np.ptp(db[3:-3]) == pytest.approx(1.5, abs=0.3)
    db = 10 * np.log10(density(heard(lines=(), dc=0j, roll_off_db=9.0), 50))
    assert np.ptp(db[4:-4]) < 0.5 and db[25] - db[1] == pytest.approx(3.6, abs=0.4)  # 0.02 of 0.05


def test_a_line_of_a_drawn_receiver_comes_and_goes_and_has_an_image():
    samples = heard()
    assert samples.mean() == pytest.approx((1 + 0.5j) / 2047.5, rel=0.05)
    time = np.arange(len(samples))
    for frequency, db in ((0.2, 30.0), (-0.2, 0.0)):
        turned = samples * np.exp(-2j * np.pi * frequency * time)
        second = [np.abs(turned[a : a + SECOND // 2].mean()) ** 2 for a in (0, SECOND // 2, SECOND)]
        expected = (12 / 2047.5) ** 2 * 1e3 / RATE * 10 ** (db / 10)
        assert second[1:] == [pytest.approx(expected, rel=0.25)] * 2
        assert second[0] < expected / 20
    assert drawn_receiver().is_line(39e3, 41e3) and not drawn_receiver().is_line(45e3, 50e3)


def test_what_is_found_beside_the_lines_of_a_receiver_is_false(monkeypatch):
    monkeypatch.setattr(
        detection_receivers, "draw_receiver", lambda seed: drawn_receiver(seed=seed)
    )
    monkeypatch.setattr(detection_receivers, "RECEIVER_S", 0.5)

    def find(parts, rate):
        assert (sum(map(len, parts)), rate) == (RATE / 2, RATE)
        line, away = Box(0, 9, 39e3, 41e3, 0), Box(0, 9, 5e3, 6e3, 0)
        own = Found([away], {"dc"})
        found = Found([line], set()), Found([line, away], set()), Found([], set())
        return dict(enumerate((*found, own)))

    monkeypatch.setattr(detection_receivers, "find_in_parts", find)
    options = detection.parse(["--quiet", "--scenes", "0", "--receivers", "2"])
    report = detection.run(options)
    rows = report["receivers"]
    assert rows[1] == {
        "seed": 1,
        "rate": RATE,
        "bits": 12,
        "slope, dB": 0.0,
        "ripple, dB": 0.0,
        "roll-off, dB": 0.0,
        "lines": 1,
        "false": 1,
        "false /s/MHz": 10.0,
    }
    text = detection_report.to_markdown(report)
    assert "| 1 | 200 kHz | 12 | 0.000 | 0.000 | 0.000 | 1 | 1 | 10.000 |" in text
    assert "\nMean 10.000, most 10.000 per second and MHz.\n" in text


def test_samples_in_parts_are_found_as_a_whole():
    rng = np.random.default_rng(3)
    parts = rng.standard_normal((2, COUNT)).astype(np.float32)
    samples = (parts[0] + 1j * parts[1]).astype(np.complex64) * np.float32(0.01)
    samples += np.float32(0.01) * np.exp(2j * np.pi * 0.1 * np.arange(COUNT)).astype(np.complex64)
    whole = find_emissions(samples, RATE)
    assert len(whole) == 1
    assert find_in_parts(np.array_split(samples, 50), RATE) == whole
