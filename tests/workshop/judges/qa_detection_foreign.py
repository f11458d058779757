# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Detection of what other projects send: the scenes, their truth, the tables, what is missing."""

import dataclasses
import json
import sys

import numpy as np
import pytest
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import detection_foreign
from gnuradio.rfattn_workshop.judges.finding import detection_score
from gnuradio.rfattn_workshop.judges.finding.detection_flowgraph import Found
from gnuradio.rfattn_workshop.judges.foreign import foreign_gnuradio, foreign_scenes
from gnuradio.rfattn_workshop.judges.foreign.foreign_scenes import ForeignScene
from gnuradio.rfattn_workshop.synthesis.scene import Burst

RATE = 1e6
STUB = """#!{python}
import json, sys
import numpy as np
what = sys.argv[2]
if what == "version":
    print("9.9")
elif what == "scene":
    tone = np.zeros(200_000, np.complex64)
    tone[50_000:90_000] = 1
    truth = [dict(kind="tone", start=50_000, count=40_000, edges=[-50.0, 50.0])]
    np.savez(sys.argv[3], samples=tone, truth=json.dumps(truth))
else:
    first, count = int(sys.argv[4]), int(sys.argv[5])
    rng = np.random.default_rng(first)
    make = lambda: np.repeat(rng.choice([-1, 1], 50), 500) + 0j
    np.savez(sys.argv[3], **{{f"{{n}} bpsk": make() for n in range(first, first + count)}})
"""


@pytest.fixture
def stub(tmp_path):
    """A program in place of the Python that has TorchSig: it sends BPSK of 2 kBd."""
    path = tmp_path / "python"
    path.write_text(STUB.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)


def parse(tmp_path, *more):
    common = ["--quiet", "--rate", "1e6", "--seconds", "0.2", "--scenes", "1", "--snr", "20"]
    return detection_foreign.parse(["--cache", str(tmp_path / "cache"), *common, *more])


def find_truth(options):
    """A detector that reads the truth of the only scene in the cache."""

    def find(samples, rate):
        (path,) = options.cache.glob("*.json")
        boxes = [Burst(**row).box(rate) for row in json.loads(path.read_text())]
        return {b.emission: Found([b], set(), 0) for b in boxes}

    return find


def test_a_detector_that_finds_the_truth_gets_full_marks(tmp_path, stub):
    options = parse(tmp_path, "--generators", "torchsig-signals", "--torchsig-python", stub)
    report = detection_foreign.run(options, find_truth(options))
    (cell,) = report["cells"]
    metrics = cell["metrics"]["all"]
    assert (cell["counts"]["all"], cell["counts"]["kind bpsk"]) == (6.0, 6.0)
    assert [metrics[n][0] for n in ("touched", "recall 0.5", "precision 0.5", "ids")] == [1.0] * 4
    assert metrics["false /s/MHz"][0] == 0.0
    text = detection_foreign.to_markdown(report)
    assert "torchsig-signals 9.9; scenes of 0.2 s at 1 MS/s" in text
    assert "| torchsig-signals | 20 | 6 | 1.00 (1.00 to 1.00) |" in text
    assert "| bpsk | 1.00 / 1.00 / 1.00 | 6 |" in text


def test_a_scene_of_torchsigs_own_has_its_truth(tmp_path, stub):
    scene = ForeignScene("torchsig", 3, 10.0, RATE, 0.2, tmp_path, stub)
    samples, bursts = foreign_scenes.load(scene)
    # A box is at least 500 Hz wide.
    assert bursts == [Burst(0, "tone", 10.0, 0.05, 0.04, -250.0, 250.0)]
    assert samples.sum() == 40_000


def test_scenes_in_the_cache_are_not_made_again(tmp_path, stub):
    cache = tmp_path / "cache"
    cache.mkdir()
    scene = ForeignScene("torchsig-signals", 3, 20.0, RATE, 0.2, cache, stub)
    samples, bursts = foreign_scenes.load(scene)
    names = sorted(path.name for path in cache.iterdir())
    assert names == [f"torchsig-signals_3_20dB_1000000_0.2s.{end}" for end in ("cf32", "json")]
    again, same = foreign_scenes.load(dataclasses.replace(scene, python="/missing"))
    assert np.array_equal(again, samples) and same == bursts


@pytest.mark.parametrize("python", ["/missing", sys.executable])
def test_a_missing_generator_is_left_out_with_its_reason(tmp_path, python, capsys):
    options = parse(tmp_path, "--generators", "torchsig", "--torchsig-python", python)
    report = detection_foreign.run(options, lambda *_: {})
    rule = f"torchsig: --torchsig-python must have TorchSig 2.2, got {python}: "
    assert report["left_out"]["torchsig"].startswith(rule)
    assert report["cells"] == []
    assert f"Left out: {rule}" in detection_foreign.to_markdown(report)
    assert f"left out: {rule}" in capsys.readouterr().err


def test_time_band_and_level_are_those_of_the_signal(tmp_path):
    rng = np.random.default_rng(1)
    wave = np.repeat(rng.choice([-1, 1], 1000), 50) + 0j
    quiet = np.zeros(700)
    signals = [("bpsk", [np.concatenate([quiet, wave, quiet]), wave])]
    scene = ForeignScene("gnuradio", 5, 20.0, RATE, 0.5, tmp_path, "")
    samples, bursts = foreign_scenes.compose(signals, scene)
    assert [b.duration_s for b in bursts] == [0.05, 0.05]  # without what is quiet
    assert 0.05 <= bursts[1].start_s - bursts[0].start_s - 0.05 <= 0.15
    assert np.abs(np.concatenate([samples.real, samples.imag])).max() == pytest.approx(0.7)
    first = bursts[0]
    box = first.box(RATE)
    on = samples[round(box.sample_start) :][: round(box.sample_count)]
    power = np.abs(np.fft.fft(on)) ** 2 / len(on)
    frequencies = np.fft.fftfreq(len(on), 1 / RATE)
    inside = (frequencies >= first.freq_lower) & (frequencies <= first.freq_upper)
    noise = np.mean(np.abs(samples[: round(box.sample_start)]) ** 2)
    signal = np.mean(power[inside]) / noise - 1
    # 99 % of the power, and what 50000 samples of noise and 244 lines of the spectrum leave open.
    assert 10 * np.log10(signal) == pytest.approx(20, abs=0.2)
    share = power[inside].sum() - noise * inside.sum()
    assert share / (power.sum() - noise * len(on)) == pytest.approx(0.99, abs=0.003)


@pytest.mark.parametrize("number", range(len(foreign_gnuradio.KINDS)))
def test_every_transmitter_of_gnuradio_sends_the_same_again(number):
    kind, waves = foreign_gnuradio.make(number, RATE, 0.1)
    assert kind == list(foreign_gnuradio.KINDS)[number]
    assert all(np.isfinite(wave).all() and np.abs(wave).max() > 0 for wave in waves)
    again = foreign_gnuradio.make(number, RATE, 0.1)[1]
    assert all(np.array_equal(a, b) for a, b in zip(waves, again, strict=True))


def test_emissions_found_for_each_true_one_are_counted_by_kind():
    bursts = [
        Burst(0, "chirp", 10.0, 0.0, 0.1, 0.0, 10e3),
        Burst(1, "tone", 10.0, 0.0, 0.1, 50e3, 60e3),
    ]
    found = [Box(0, 5e4, 0.0, 10e3, 7), Box(5e4, 5e4, 0.0, 10e3, 8), bursts[1].box(RATE)]
    metrics = detection_score.add_up([detection_score.score_scene(bursts, RATE, found)])["metrics"]
    assert metrics["kind chirp"]["ids"][0] == 2.0
    assert metrics["kind tone"]["ids"][0] == 1.0
    assert metrics["all"]["ids"][0] == 1.5


def test_a_length_of_nothing_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        parse(tmp_path, "--seconds", "0")
    assert "--seconds must be > 0, got 0" in capsys.readouterr().err
