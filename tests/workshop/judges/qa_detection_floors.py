# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The receivers of the detection benchmark whose noise is not level, with detectors that find what
a test wants."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import detection
from gnuradio.rfattn_workshop.judges.finding import detection_floors, detection_report
from gnuradio.rfattn_workshop.judges.finding.detection_flowgraph import Found
from gnuradio.rfattn_workshop.synthesis.scene import Burst

RATE = 200e3
COUNT = int(detection_floors.DURATION_S * RATE)
STEP = int(detection_floors.STEP_S * RATE)
HALF_A_STEP = 0.5 / 127.5
"""The least that an 8-bit converter gives, of its full scale."""
KINDS = detection_floors.floors()
SHAPED = [name for name in KINDS if name.startswith(("slope", "roll-off")) or "humps" in name]


@pytest.fixture(scope="module")
def noise():
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((2, COUNT)).astype(np.float32)
    return (parts[0] + 1j * parts[1]) * np.float32(0.01)


def density(samples: np.ndarray, pieces: int = 20) -> np.ndarray:
    """Mean power of equal parts of the band, from the lowest frequency."""
    power = np.abs(np.fft.fftshift(np.fft.fft(samples))) ** 2
    return power.reshape(pieces, -1).mean(1) / len(samples)


def test_every_receiver_has_a_name():
    assert [*KINDS][:5] == [
        "level",
        "slope, 3 dB",
        "roll-off, 3 dB",
        "slope, 6 dB",
        "roll-off, 6 dB",
    ]
    assert sum("humps" in name for name in KINDS) == 5 * 4
    assert {"0.7 humps, 2 dB", "6 humps, 6 dB"} <= {*KINDS}
    assert [*KINDS][25:29] == [
        "filter, 40 dB",
        "filter, noise of half a step",
        "filter off the middle, 6 dB",
        "muted for a second",
    ]
    assert [*KINDS][29:] == [
        f"gain changes by {sign}{db} dB" for db in (1, 2, 3, 6, 10) for sign in "+-"
    ]


def test_shapes_keep_the_level_of_the_noise(noise):
    for name in ("level", "slope, 6 dB", "roll-off, 6 dB", "2 humps, 6 dB"):
        received = KINDS[name].receive(noise, RATE)
        assert received.dtype == np.complex64 and received.shape == noise.shape
        steps = np.sqrt(np.mean(np.abs(received) ** 2) / 2) * 127.5
        # The converter adds a twelfth of a squared step to the power, 0.5 % of it.
        assert steps == pytest.approx(detection_floors.NOISE_LSB, rel=0.02)


@pytest.mark.parametrize("name", SHAPED)
def test_the_noise_has_the_shape_of_its_name(name, noise):
    db = 10 * np.log10(density(KINDS[name].receive(noise, RATE), 400))
    named = float(name.split(", ")[1].removesuffix(" dB"))
    # Each of 400 parts scatters by 0.14 dB. Of 0.7 periods the highest or lowest may be missing.
    least = named / 2 if "0.7" in name else named - 0.4
    assert least < np.ptp(db) < named + 1.0
    if name.startswith("slope"):
        assert np.polyfit(np.linspace(-0.5, 0.5, 400), db, 1)[0] == pytest.approx(named, abs=0.2)


def test_a_converter_of_eight_bits_has_its_steps(noise):
    for name, lsb in (("level", 3.0), ("filter, noise of half a step", 0.5)):
        received = KINDS[name].receive(noise, RATE)
        parts = np.concatenate([received.real, received.imag])
        odd = parts / HALF_A_STEP  # ±1, ±3, ... halves of a step
        assert np.allclose(odd, np.round(odd), atol=1e-3)
        assert (np.round(odd).astype(int) % 2 == 1).all()
        assert np.abs(odd).max() <= 255
        within = np.mean(np.abs(np.round(odd)) == 1)
        # Of a normal distribution, within one step of its middle.
        assert within == pytest.approx({3.0: 0.261, 0.5: 0.954}[lsb], abs=0.01)


def test_a_converter_clips_what_is_strong(noise):
    strong = noise.copy()
    strong[:10] = 100 + 100j
    received = KINDS["level"].receive(strong, RATE)
    assert received[:10].tolist() == [1 + 1j] * 10
    assert np.abs(received[10:]).max() < 0.2  # the noise has its level without it


def test_filters_pass_their_part_of_the_band(noise):
    for name in ("filter, 40 dB", "filter off the middle, 6 dB"):
        floor = KINDS[name]
        middles = (np.arange(20) + 0.5) / 20 - 0.5
        inside = (middles > floor.band[0] + 0.03) & (middles < floor.band[1] - 0.03)
        outside = (middles < floor.band[0] - 0.05) | (middles > floor.band[1] + 0.05)
        db = 10 * np.log10(density(KINDS[name].receive(noise, RATE)))
        assert np.ptp(db[inside]) < 0.3
        fall = np.median(db[inside]) - db[outside].max()
        # The converter's own noise is some 20 dB below that of the receiver.
        assert fall == pytest.approx(6.0, abs=0.3) if "6 dB" in name else fall > 15


def test_a_muted_receiver_repeats_a_sample_for_a_second(noise):
    received = KINDS["muted for a second"].receive(noise, RATE)
    level = KINDS["level"].receive(noise, RATE)
    assert (received[:STEP] == received[0]).all()
    assert np.array_equal(received[STEP:], level[STEP:])


@pytest.mark.parametrize("db", [1, -2, 6, -10])
def test_the_gain_changes_once(db, noise):
    received = KINDS[f"gain changes by {db:+d} dB"].receive(noise, RATE)
    power = [np.mean(np.abs(part) ** 2) for part in (received[:STEP], received[STEP:])]
    # The converter's own noise adds to what is weak.
    assert 10 * np.log10(power[1] / power[0]) == pytest.approx(db, abs=0.4)


def burst(start_s: float, centre_hz: float) -> Burst:
    return Burst(0, "nfm", 10.0, start_s, 0.1, centre_hz - 5e3, centre_hz + 5e3)


def test_only_what_a_receiver_can_hear_counts():
    low, edge, middle = burst(0.1, -90e3), burst(0.1, 72e3), burst(0.1, 0.0)
    hears = {name: [f.hears(b, RATE) for b in (low, edge, middle)] for name, f in KINDS.items()}
    assert hears["level"] == hears["gain changes by +6 dB"] == [True] * 3
    assert hears["filter, 40 dB"] == [False, False, True]
    assert hears["filter off the middle, 6 dB"] == [False, True, True]
    muted = KINDS["muted for a second"]
    assert not muted.hears(middle, RATE) and muted.hears(burst(1.0, 0.0), RATE)


class Detector:
    """Finds the boxes of what was last drawn, and three emissions of which the receiver's own DC
    offset is one."""

    def __init__(self, monkeypatch):
        self.seen = []
        self._bursts = [Burst(i, "nfm", 10.0, 0.2 + i, 0.2, 0.0, 10e3) for i in range(2)]
        scene = detection_floors.Scene(detection_floors.DURATION_S, 5, ())
        monkeypatch.setattr(detection_floors, "draw_scene", lambda *_, **__: scene)
        render = detection_floors.render

        def with_bursts(drawn, rate):
            return render(drawn, rate)[0], self._bursts if drawn is scene else []

        monkeypatch.setattr(detection_floors, "render", with_bursts)

    def find(self, samples, sample_rate):
        self.seen.append(samples)
        own = Found([], {"dc"}, 0)
        return {1: own, 2: Found([self._bursts[0].box(sample_rate)], set(), 0)} | {
            3: Found([Box(0, 10, 5e4, 6e4, 3)], set(), 0)
        }


def test_a_row_has_false_emissions_of_noise_and_recall_of_scenes(monkeypatch):
    shown = []
    names = ["level", "muted for a second"]
    kinds = {name: KINDS[name] for name in names}
    monkeypatch.setattr(detection_floors, "floors", lambda: kinds)
    detector = Detector(monkeypatch)
    rows = detection_floors.measure_floors(
        range(2), RATE, lambda name, done: shown.append((name, done)), detector.find
    )
    assert shown == [("level", 0), ("muted for a second", 1)]
    # Two in each of two pieces of 2 s and 0.2 MHz; one is the receiver's own.
    false = {"false": 4, "false /s/MHz": pytest.approx(5.0)}
    # One of two bursts is found; the muted receiver hears the other alone.
    assert rows == [
        {"floor": "level", **false, "recall 0.3": 0.5},
        {"floor": "muted for a second", **false, "recall 0.3": 0.0},
    ]
    assert len(detector.seen) == 2 * (2 + 2)


def test_a_receiver_that_hears_nothing_of_the_scenes_has_no_recall(monkeypatch):
    kinds = {"deaf": detection_floors.Floor(lambda samples, rate: samples, band=(0.49, 0.5))}
    monkeypatch.setattr(detection_floors, "floors", lambda: kinds)
    rows = detection_floors.measure_floors([1], RATE, lambda *_: None, Detector(monkeypatch).find)
    assert rows[0]["recall 0.3"] is None


def test_the_report_has_a_row_for_each_receiver(monkeypatch):
    monkeypatch.setattr(detection_floors, "floors", lambda: {"level": KINDS["level"]})
    options = detection.parse(["--quiet", "--scenes", "0", "--floors", "3", "--rate", "200e3"])
    detector = Detector(monkeypatch)
    report = detection.run(options, detector.find)
    assert len(detector.seen) == 2 * 3
    text = detection_report.to_markdown(report)
    assert "| floor | false | false /s/MHz | recall 0.3 |" in text
    assert "| level | 6.00 | 5.00 | 0.50 |" in text


def test_drawn_receivers_have_one_of_the_rates_in_turn():
    drawn = [detection_floors.draw_receiver(seed) for seed in range(40)]
    assert [one.rate for one in drawn[:7]] == [*detection_floors.RATES, detection_floors.RATES[0]]
    assert {one.bits for one in drawn} == {8, 12}
    assert {len(one.lines) for one in drawn} == {0, 1, 2, 3, 4}
    assert min(one.slope_db for one in drawn) < -6 and max(one.slope_db for one in drawn) > 6
    starts = {(line.start_s > 0, line.end_s < np.inf) for one in drawn for line in one.lines}
    assert starts == {(False, False), (True, False), (False, True)}
    assert drawn[3] == detection_floors.draw_receiver(3)


def drawn_receiver(**about) -> detection_floors.DrawnReceiver:
    line = detection_floors.Line(0.2, 30.0, 0.5, 1.5)
    plain = {
        "seed": 0,
        "slope_db": 0.0,
        "ripple_db": 0.0,
        "roll_off_db": 0.0,
        "lines": (line,),
        "bits": 12,
    }
    rest = {"periods": 4.0, "phase": 0.0, "roll_off_from": 0.45, "dc": 1 + 0.5j, "image_db": 30.0}
    return detection_floors.DrawnReceiver(rate=RATE, **{**plain, **rest, **about})


def heard(**about) -> np.ndarray:
    return np.concatenate([*drawn_receiver(**about).samples(2.0)])


def test_a_drawn_receiver_gives_its_noise_in_steps_of_its_converter():
    for bits, steps in detection_floors.NOISE_STEPS.items():
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
        second = [np.abs(turned[a : a + STEP // 2].mean()) ** 2 for a in (0, STEP // 2, STEP)]
        expected = (12 / 2047.5) ** 2 * 1e3 / RATE * 10 ** (db / 10)
        assert second[1:] == [pytest.approx(expected, rel=0.25)] * 2
        assert second[0] < expected / 20
    assert drawn_receiver().is_line(39e3, 41e3) and not drawn_receiver().is_line(45e3, 50e3)


def test_what_is_found_beside_the_lines_of_a_receiver_is_false(monkeypatch):
    monkeypatch.setattr(detection_floors, "draw_receiver", lambda seed: drawn_receiver(seed=seed))
    monkeypatch.setattr(detection_floors, "RECEIVER_S", 0.5)

    def find(parts, rate):
        assert (sum(map(len, parts)), rate) == (RATE / 2, RATE)
        line, away = Box(0, 9, 39e3, 41e3, 0), Box(0, 9, 5e3, 6e3, 0)
        own = Found([away], {"dc"}, 0)
        found = Found([line], set(), 0), Found([line, away], set(), 0), Found([], set(), 0)
        return dict(enumerate((*found, own)))

    monkeypatch.setattr(detection_floors, "find_in_parts", find)
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
    whole = detection_floors.find_emissions(samples, RATE)
    assert len(whole) == 1
    assert detection_floors.find_in_parts(np.array_split(samples, 50), RATE) == whole
