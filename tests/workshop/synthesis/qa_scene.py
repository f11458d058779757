# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenes: the same signals at every rate, exact truth, levels as stated."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.signals.waveform import resample
from gnuradio.rfattn_station.learning.boxes import edges, shared_areas
from gnuradio.rfattn_workshop.judges.air.transmitters import TRANSMITTERS
from gnuradio.rfattn_workshop.synthesis import scene_recordings, scene_signal
from gnuradio.rfattn_workshop.synthesis.scene import (
    BAND_HZ,
    Emission,
    Scene,
    draw_scene,
    render,
    truth,
)
from gnuradio.rfattn_workshop.synthesis.scene_files import write_scene
from gnuradio.rfattn_workshop.synthesis.scene_noise import (
    Receiver,
    add_receiver,
    draw_noise,
    read_noise,
)
from gnuradio.rfattn_workshop.synthesis.scene_signal import (
    Prepared,
    add_kinds,
    is_kind,
    prepared_signal,
    visible_band,
)
from gnuradio.rfattn_workshop.synthesis.services import SERVICES
from gnuradio.rfattn_workshop.synthesis.waves.keying import Signal, keyed_spans

from signal_parts import in_band, power

SHORT_S = 0.3
KINDS = tuple(TRANSMITTERS)


@pytest.mark.parametrize("snr_db", [0.0, 10.0])
def test_an_emission_has_its_snr_in_the_occupied_band(snr_db):
    rate = 2.4e6
    scene = Scene(1.0, 1, (Emission("qpsk", 3, 2e5, snr_db),))
    samples, (burst,) = render(scene, rate)
    width = prepared_signal("qpsk", 3, 1.0, "").width_hz
    both = in_band(samples, rate, 2e5 - width / 2, 2e5 + width / 2)
    noise = in_band(samples, rate, 4e5, 9e5) / 5e5 * width
    # The power of the noise in the band is known to some per cent.
    assert 10 * np.log10(both / noise - 1) == pytest.approx(snr_db, abs=0.3)


def test_a_scene_is_the_same_at_every_rate():
    scene = draw_scene(4, SHORT_S, emissions=4, kinds=KINDS, receiver=False)
    low, bursts = render(scene, 2.4e6)
    for rate in (4e6, 10e6):
        high, same = render(scene, rate)
        assert same == bursts
        back = resample(high, 2.4e6 / rate)
        n = len(low)
        spectra = [np.fft.fft(x * np.hanning(n)) for x in (low, back)]
        f = np.abs(np.fft.fftfreq(n, 1 / 2.4e6)) < BAND_HZ / 2
        a, b = (s[f] / np.linalg.norm(s[f]) for s in spectra)
        # Signals and noise: what differs are the ends of the cut.
        assert abs(np.vdot(a, b)) > 0.999


@pytest.mark.parametrize("seed", range(4))
def test_no_bursts_overlap_and_all_lie_in_the_band(seed):
    scene = draw_scene(seed, SHORT_S, emissions=6, kinds=KINDS)
    assert len(scene.emissions) + scene.left_out == 6
    bursts = truth(scene)
    assert max(abs(f) for b in bursts for f in (b.freq_lower, b.freq_upper)) <= BAND_HZ / 2
    boxes = edges([b.box(1.0) for b in bursts])
    ids = np.array([b.emission for b in bursts])
    assert not np.any((shared_areas(boxes, boxes) > 0) & (ids[:, None] != ids))
    assert all(0 <= b.start_s and b.start_s + b.duration_s <= SHORT_S + 1e-9 for b in bursts)
    assert all(b.freq_upper - b.freq_lower >= 499.9 for b in bursts)


def test_the_same_seed_draws_the_same_scene():
    first, again, other = (draw_scene(seed, SHORT_S, 3, kinds=KINDS) for seed in (7, 7, 8))
    assert first == again != other
    np.testing.assert_array_equal(render(first, 1e6)[0], render(again, 1e6)[0])


def test_one_emission_can_be_40_db_stronger():
    scene = draw_scene(2, SHORT_S, 4, snr_db=10, kinds=KINDS, strong=True)
    snr = sorted(e.snr_db for e in scene.emissions)
    assert snr == [10.0, 10.0, 10.0, 50.0]


def test_the_true_band_grows_with_the_snr_up_to_99_percent():
    widths = []
    for snr_db in (-3, 10, 30, 60):
        burst = truth(Scene(1.0, 1, (Emission("ook", 3, 0.0, snr_db),)))[0]
        widths.append(burst.freq_upper - burst.freq_lower)
    assert widths == sorted(widths)
    assert widths[0] < widths[2] <= widths[3] <= prepared_signal("ook", 3, 1.0, "").width_hz
    assert widths[2] == pytest.approx(widths[3], rel=0.05)


def test_a_weak_line_far_from_its_signal_does_not_widen_the_true_band():
    density = np.zeros(4001, np.float32)  # 10 Hz a bin
    density[1500:2501] = 1e-4
    density[3500] = 0.2e-4
    signal = Signal(np.ones(1, np.complex64), 40e3, ((0, 1),))
    prepared = Prepared(signal, density, 10.0, -5e3, 15e3, ())
    low, high = visible_band(prepared, 10.0)
    # 99 % of a flat band of 10 kHz; the line holds 0.02 %.
    assert low == pytest.approx(-4950, abs=20)
    assert high == pytest.approx(4950, abs=20)


def test_pauses_of_a_telegram_do_not_end_it():
    level = np.zeros(10000)
    for place in (1000, 1100, 1200, 4000, 4100):
        level[place : place + 50] = 1
    # At 10 kS/s: pauses of 5 ms, and one of 275 ms.
    assert keyed_spans(level, 10e3, 0.0) == ((1000, 1250), (4000, 4150))
    # Ten times the pulse of 5 ms.
    assert keyed_spans(level[:1250], 10e3) == ((1000, 1250),)


def test_noise_has_its_density_and_is_common_to_all_rates():
    low, high = (
        draw_noise(np.random.default_rng(1), round(0.1 * rate), 0.1) for rate in (1e6, 4e6)
    )
    # 1 per Hz: the power is the rate.
    assert np.sum(np.abs(high) ** 2) == pytest.approx(4e6, rel=0.01)
    np.testing.assert_array_equal(high[150000:250000], low)


def test_the_receiver_has_an_image_a_spike_and_soft_edges():
    spectrum = np.zeros(1000, np.complex64)
    spectrum[700] = 1
    add_receiver(spectrum, Receiver(image_db=-40.0, dc_db=0.0), 1000.0)
    assert abs(spectrum[300]) == pytest.approx(0.01)
    assert abs(spectrum[500]) == pytest.approx(np.sqrt(1000))
    spectrum = np.ones(1000, np.complex64)
    add_receiver(spectrum, Receiver(edge_db=20.0), 1000.0)
    assert abs(spectrum[0]) == pytest.approx(0.1)
    assert abs(spectrum[100]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kinds": ("morse",)}, "kinds must be of acars, .*, got morse"),
        ({"kinds": ("dmrr",)}, r"kinds must be of acars, .*, got dmrr; did you mean dmr\?"),
        ({"kinds": ()}, "kinds must be of acars, .*, got none"),
        ({"duration_s": 0.0}, "duration must be > 0 s, got 0"),
        ({"emissions": -1}, "emissions must be >= 0, got -1"),
        ({"snr_db": (5, 0)}, "the lowest SNR must come first, got 5 0"),
    ],
)
def test_bad_scenes_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^scene: {message}$"):
        draw_scene(1, **wrong)


def test_bad_rates_are_refused():
    scene = Scene(0.1, 1, ())
    with pytest.raises(
        ValueError, match=r"^scene: sample_rate must be a multiple of 25, got 26.0$"
    ):
        render(scene, 26.0)
    with pytest.raises(ValueError, match=r"^scene: duration times sample_rate must be at most"):
        render(Scene(1000.0, 1, ()), 20e6)


def test_the_command_writes_a_scene_at_several_rates(tmp_path, capsys):
    out = tmp_path / "made"
    options = ["--duration", "0.2", "--rate", "2.4e6", "3e6", "--emissions", "2", "--snr", "20"]
    assert (
        main(["synthesize", "--scene", "--out", str(out), "--kinds", "nfm_voice,ais", *options])
        == 0
    )
    assert capsys.readouterr().out == f"{out}: 2 recordings of 2 emissions\n"
    low, high = (open_recording(out / f"scene_1_{rate}k") for rate in (2400, 3000))
    assert (low.n_samples, high.n_samples) == (480000, 600000)
    assert len(low.annotations) == len(high.annotations) > 0
    for a, b in zip(low.annotations, high.annotations, strict=True):
        assert (a.label, a.freq_lower_edge, a.comment) == (b.label, b.freq_lower_edge, b.comment)
        assert a.start / 2.4e6 == pytest.approx(b.start / 3e6, abs=1e-6)
        assert a.comment.endswith("SNR 20.0 dB")
    with pytest.raises(FileExistsError, match="must be empty or new"):
        write_scene(Scene(0.1, 1, ()), out, [1e6])


def test_all_emissions_lie_in_the_band_of_the_lowest_rate(tmp_path, capsys):
    options = ["--duration", "0.2", "--rate", "3e6", "250e3", "--emissions", "5"]
    out = tmp_path / "made"
    assert main(["synthesize", "--scene", "--out", str(out), "--kinds", "dmr,ais", *options]) == 0
    assert capsys.readouterr().out == f"{out}: 2 recordings of 5 emissions\n"
    for path in out.glob("*.sigmf-meta"):
        marks = open_recording(path).annotations
        assert len(marks) >= 5
        assert min(mark.freq_lower_edge for mark in marks) >= -0.45 * 250e3
        assert max(mark.freq_upper_edge for mark in marks) <= 0.45 * 250e3


def test_kinds_may_be_classes_of_emissions(tmp_path):
    """A class goes before a kind of the same name; "service:" names it without doubt."""
    options = ["--scene", "--duration", "0.2", "--emissions", "1", "--snr", "20"]
    assert main(["synthesize", *options, "--out", str(tmp_path / "a"), "--kinds", "dmr"]) == 0
    (meta,) = (tmp_path / "a").glob("*.sigmf-meta")
    marks = open_recording(meta).annotations
    assert marks and {mark.label for mark in marks} == {"dmr"}
    scene = draw_scene(1, 0.2, 1, snr_db=20.0, kinds=("service:dmr",))
    assert [e.kind for e in scene.emissions] == ["service:dmr"]
    lower = min(burst.freq_lower for burst in truth(scene))
    assert lower == pytest.approx(min(mark.freq_lower_edge for mark in marks))
    assert draw_scene(1, 0.2, 1, kinds=("dmr",)).emissions[0].kind == "dmr"


def test_without_kinds_a_scene_is_of_classes_that_fit_into_the_band():
    drawn = {e.kind for seed in range(8) for e in draw_scene(seed, 0.1, 6).emissions}
    assert len(drawn) > 20
    assert {kind.removeprefix("service:") for kind in drawn} <= set(SERVICES)


def test_kinds_can_be_added_once(monkeypatch):
    monkeypatch.setattr(scene_signal, "_ADDED", {})

    def beep(rng, seconds):
        n = round(seconds * 25e3)
        return Signal(np.ones(n, np.complex64), 25e3, ((0, n),))

    assert not is_kind("beep")
    add_kinds({"beep": beep})
    add_kinds({"beep": beep})
    assert is_kind("beep")
    assert [e.kind for e in draw_scene(1, 0.1, 1, kinds=("beep",)).emissions] == ["beep"]
    for kind in ("beep", "service:dmr"):
        with pytest.raises(ValueError, match=f"^scene: a kind must be added once, got {kind} ag"):
            add_kinds({kind: lambda rng, seconds: None})


def test_a_signal_of_an_unknown_kind_is_refused():
    for kind in ("morse", "service:morse"):
        with pytest.raises(ValueError, match=f"of a class or added by add_kinds, got {kind}$"):
            prepared_signal(kind, 1, 0.1, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scene", "--kinds", "dmr,morse"], "zwave, got morse"),
        (["--scene", "--snr", "1", "2", "3"], "--snr must have one or two values, got 3"),
    ],
)
def test_options_of_a_scene_that_are_wrong(options, message, tmp_path, capsys):
    assert main(["synthesize", "--out", str(tmp_path / "made"), *options]) == 1
    assert message in capsys.readouterr().err


def write_recording(folder, noise: float, marks: list[tuple[int, int, float, float]]):
    """A tone of 2 kHz width at 20 kHz, and one outside the marks, at 200 kS/s with noise."""
    rng = np.random.default_rng(5)
    n, rate = 40000, 200e3
    hold = np.repeat(2.0 * rng.integers(0, 2, n // 200 + 1) - 1, 200)[:n]
    time = np.arange(n) / rate
    wave = np.exp(2j * np.pi * (20e3 * time + np.cumsum(hold) * 500 / rate))
    wave = 0.2 * wave + 0.2 * np.exp(-2j * np.pi * 60e3 * time)
    wave = wave + noise * rng.standard_normal((n, 2)) @ (1, 1j)
    (folder / "one").mkdir(parents=True)
    data = np.round(wave.astype(np.complex64).view(np.float32) * 32767).astype("<i2")
    (folder / "one" / "a.sigmf-data").write_bytes(data.tobytes())
    annotations = [
        {
            "core:sample_start": start,
            "core:sample_count": count,
            "core:label": "beacon",
            "core:freq_lower_edge": low,
            "core:freq_upper_edge": high,
        }
        for start, count, low, high in marks
    ]
    meta = {
        "global": {"core:datatype": "ci16_le", "core:sample_rate": rate, "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0}],
        "annotations": annotations,
    }
    (folder / "one" / "a.sigmf-meta").write_text(json.dumps(meta), encoding="utf-8")
    return folder


def test_an_emission_is_cut_from_a_recording_with_its_own_band_alone(tmp_path):
    folder = write_recording(tmp_path, 0.001, [(4000, 30000, 15e3, 25e3)])
    (path,) = scene_recordings.usable([folder])
    cut = scene_recordings.read_cut(path)
    assert (cut.label, cut.rate, len(cut.samples)) == ("beacon", 200e3, 30000)
    assert cut.own_snr_db > 30
    # The tone at -60 kHz is gone.
    assert in_band(cut.samples, 200e3, -70e3, -50e3) < 1e-6 * power(cut.samples)
    scene = draw_scene(1, SHORT_S, 8, snr_db=10, kinds=("nfm",), recordings=(path,))
    real = [number for number, e in enumerate(scene.emissions) if e.recording]
    assert 0 < len(real) < len(scene.emissions)
    bursts = [b for b in truth(scene) if b.emission == real[0]]
    assert {b.kind for b in bursts} == {"beacon"}
    # 30000 samples at 200 kS/s; 2 kHz wide.
    assert bursts[0].duration_s <= 0.1501
    assert bursts[0].freq_upper - bursts[0].freq_lower < 6e3


def test_a_recording_that_is_too_noisy_is_not_used(tmp_path):
    path = scene_recordings.usable([write_recording(tmp_path, 0.1, [(0, 40000, 15e3, 25e3)])])
    rng = np.random.default_rng(1)
    own = scene_recordings.read_cut(path[0]).own_snr_db
    assert scene_recordings.draw(rng, path, own - 9.9) is None
    assert scene_recordings.draw(rng, path, own - 10.1) == path[0]


def test_recordings_of_several_signals_at_a_time_are_not_used(tmp_path):
    marks = [(0, 20000, 15e3, 25e3), (10000, 20000, -65e3, -55e3)]
    assert scene_recordings.usable([write_recording(tmp_path, 0.001, marks)]) == ()


def test_noise_of_a_recording_has_the_density_of_made_noise(tmp_path):
    folder = write_recording(tmp_path, 0.1, [(0, 40000, 15e3, 25e3)])
    path = folder / "one" / "a.sigmf-meta"
    path.write_text(path.read_text().replace("beacon", "noise"))
    (found,) = scene_recordings.usable_noise([folder])
    assert scene_recordings.usable([folder]) == ()
    scene = draw_scene(1, 0.2, 0, noise=(found,))
    assert scene == Scene(0.2, 1, (), Receiver(), found)
    samples, bursts = render(scene, 1e6)
    assert len(samples) == 200000 and bursts == []
    spectrum = read_noise(found, np.random.default_rng(1), 100000, 0.1)
    # 1 per Hz where no tone is, known to some per cent.
    assert power(spectrum[70000:90000]) * 0.1 == pytest.approx(1.0, rel=0.05)
    # The tones of the recording, at -60 and about 20 of 200 kS/s.
    assert np.abs(spectrum).argmax() / 100000 - 0.5 in (
        pytest.approx(-0.3, abs=0.001),
        pytest.approx(0.1, abs=0.005),
    )


def test_a_draw_that_sends_nothing_is_followed_by_another():
    # The radio of this seed pauses throughout the rendered 80 ms.
    prepared_signal.cache_clear()
    assert prepared_signal("service:ysf", 2049197846, 0.05, "").bursts_s
