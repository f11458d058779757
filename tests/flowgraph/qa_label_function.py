# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`rfattn.label`: samples or a file in one call, and what it refuses."""

import inspect
import json
from dataclasses import fields

import numpy as np
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.emissions.ignore_list import IgnoreList
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.recordings.formats import open_recording

from attention_models import save_model
from audio_files import AUDIO_RATE, keyed_audio, write_wav
from emission_messages import emission_message
from emission_recording import BAND, CENTRE, ON_AIR, RATE, write_emission
from fake_labeller import fake_labeller


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_emission(tmp_path_factory.mktemp("emission") / "one")


def assert_is_the_emission(found, centre=CENTRE):
    (emission,) = found
    edges = emission.frequency - emission.width / 2, emission.frequency + emission.width / 2
    assert edges == pytest.approx((centre + BAND[0], centre + BAND[1]), abs=1e3)  # 1/16 of it
    assert emission.start_s == pytest.approx(ON_AIR[0], abs=0.01)
    ((start, end),) = emission.bursts
    assert (start, end - start) == (emission.start_s, pytest.approx(emission.duration_s))
    assert emission.nearest and emission.time_unix_s is None


def test_samples_and_their_file_give_the_same(recording, tmp_path):
    samples = open_recording(recording).samples()
    found = rfattn.label(samples, RATE, CENTRE, model="none")
    assert_is_the_emission(found)
    assert found[0].label is None and str(found[0]).endswith(": not labelled")
    assert rfattn.label(recording, model="none") == found
    samples.tofile(tmp_path / "x.bin")
    raw = rfattn.label(tmp_path / "x.bin", RATE, CENTRE, datatype="cf32", model="none")
    assert raw == found


def test_sidebands_are_returned_where_they_are_asked_for(recording, monkeypatch):
    sideband = {"flags": ["sideband"], "sideband_of": 1, "burst_count": 1}
    sent = ((1, {"burst_count": 1}), (2, sideband))
    messages = [(0, emission_message(number, "end", **about)) for number, about in sent]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    (found,) = rfattn.label(recording, model="none")
    assert not found.is_sideband
    both = rfattn.label(recording, model="none", sidebands=True)
    assert both[0] == found and [e.is_sideband for e in both] == [False, True]


def test_ignored_emissions_are_not_returned(recording, tmp_path):
    (found,) = rfattn.label(recording, model="none")
    path = tmp_path / "ignore.jsonl"
    path.write_text(f'{{"low": {found.frequency - 1}, "high": {found.frequency + 1}}}\n')
    assert rfattn.label(recording, model="none", ignore=path) == [found]
    edges = found.frequency - found.width / 2, found.frequency + found.width / 2
    path.write_text('{{"low": {}, "high": {}}}\n'.format(*edges))
    assert rfattn.label(recording, model="none", ignore=path) == []


def test_what_is_weak_and_has_no_name_is_returned_where_it_is_asked_for(monkeypatch):
    where = {"sample_start": 1000, "sample_count": 4000, "bursts": [1000, 4000], "burst_count": 1}
    weak = emission_message(1, "end", snr_db=-1.0, **where)

    def make(rate, sides, options, *_, **others):
        labeller = fake_labeller([(9000, weak)])
        labeller.labels._ignored = IgnoreList.load(options.ignore)
        return labeller

    monkeypatch.setattr(emissions, "make_labeller", make)
    asked = np.zeros(9000, np.complex64), RATE
    assert rfattn.label(*asked, model="none") == []
    assert [one.snr_db for one in rfattn.label(*asked, model="none", ignore="none")] == [-1.0]


def test_without_a_frequency_it_counts_from_the_middle(recording):
    samples = open_recording(recording).samples()
    assert_is_the_emission(rfattn.label(samples, RATE, model="none"), 0.0)


def test_real_samples_count_from_0_hz(tmp_path):
    samples = open_recording(write_emission(tmp_path / "audio", is_real=True)).samples().real
    emission = max(rfattn.label(samples, RATE, model="none"), key=lambda e: e.snr_db)
    assert emission.frequency == pytest.approx(sum(BAND) / 2, abs=500)


def test_a_model_labels(recording, tmp_path):
    model = save_model(tmp_path / "tiny.pt", {"fft_size": 64, "hop": 32}, takes="emission")
    (emission,) = rfattn.label(recording, model=model, min_confidence=0)
    assert emission.label == emission.guess and 1 / 3 <= emission.confidence <= 1
    assert emission.probabilities[emission.label] == emission.confidence
    assert emission.basis == "shape"  # no class of the tiny model is in the catalogue
    (alone,) = rfattn.label(recording, model=model, min_confidence=0, band_plan="none")
    assert alone.confidence == emission.confidence
    assert f": {emission.label} {emission.confidence:.2f} (shape)" in str(emission)
    assert repr([emission]) == f"[<LabelledEmission {emission}>]" and len(repr(emission)) < 120
    (doubtful,) = rfattn.label(recording, model=model, min_confidence=1)
    assert (doubtful.label, doubtful.guess) == ("unknown", emission.guess)
    assert doubtful.basis is None


def test_audio_is_put_on_a_carrier(tmp_path):
    """Without the argument that of a detector gets no label."""
    model = save_model(tmp_path / "tiny.pt", {"fft_size": 64, "hop": 32}, takes="emission")
    audio = keyed_audio()
    with pytest.warns(UserWarning, match="^samples: it looks like the audio of an FM or AM det"):
        found = rfattn.label(audio, AUDIO_RATE, model=model, min_confidence=0)
    assert found and all(emission.label is None for emission in found)
    found = rfattn.label(audio, AUDIO_RATE, model=model, min_confidence=0, audio="fm")
    emission = max(found, key=lambda e: e.duration_s)
    assert emission.label and abs(emission.frequency) < 500 and emission.duration_s > 0.9
    path = write_wav(tmp_path / "x.wav", audio)
    wide = rfattn.label(path, model="none", audio="fm", deviation=6000.0)
    assert max(wide, key=lambda e: e.duration_s).width > 1.5 * emission.width


def test_a_band_plan_counts(recording, tmp_path):
    model = save_model(
        tmp_path / "tiny.pt",
        {"fft_size": 64, "hop": 32},
        takes="emission",
        decision={"weights": {"outside_band": -5.0}},
    )
    (without,) = rfattn.label(recording, model=model, min_confidence=0)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({without.label: [[1.0, 2.0]]}))
    (found,) = rfattn.label(recording, model=model, min_confidence=0, band_plan=str(plan))
    assert found.label != without.label
    assert found.probabilities[without.label] < 0.05 < without.probabilities[without.label]


@pytest.mark.parametrize(
    "samples, arguments, message",
    [
        ([1, 2], {"rate": 1e6}, "samples must be complex or float, of full scale 1.0, got int64"),
        (np.zeros((2, 2)), {"rate": 1e6}, r"samples must have the shape \[n\].*got \[2, 2\]"),
        (np.zeros(0), {"rate": 1e6}, r"samples must have the shape \[n\], n > 0, got \[0\]"),
        (np.zeros(2), {}, "rate must be a number > 0 in Hz, got None"),
        (np.zeros(2), {"rate": -1.0}, "rate must be a number > 0 in Hz, got -1.0"),
        (np.zeros(2), {"rate": "2.4M"}, "rate must be a number > 0 in Hz, got '2.4M'"),
        (np.zeros(2), {"rate": 1e6, "frequency": "1G"}, "frequency must be a number in Hz or None"),
        (np.zeros(2), {"rate": 1.0}, "sample_rate must be from 6e3 to 1e8 Hz, got 1"),
        (np.zeros(2), {"rate": 1e15}, "sample_rate must be from 6e3 to 1e8 Hz, got 1e"),
        (np.zeros(2), {"rate": 1e6, "datatype": "cu8"}, "datatype is for files, got 'cu8'"),
        (np.zeros(2), {"rate": 1e6, "min_confidence": 2}, "min_confidence must be from 0 to 1"),
        ("/nowhere.cu8", {}, "/nowhere.cu8: No such file"),
        (np.ones(9), {"rate": 12e3, "audio": "fmm"}, "audio must be one of fm, .* got 'fmm'"),
        (np.ones(9), {"rate": 12e3, "audio": "fm", "deviation": 0}, "deviation must be > 0 Hz"),
        (np.ones(9) * 1j, {"rate": 12e3, "audio": "fm"}, "samples: audio must be real"),
    ],
)
def test_refusals(samples, arguments, message):
    with pytest.raises(ValueError, match=message):
        rfattn.label(samples, **arguments)


def test_help_names_every_argument_and_every_field():
    text = inspect.getdoc(rfattn.label)
    for name in inspect.signature(rfattn.label).parameters:
        assert f"\n    {name}: " in text, name
    text = inspect.getdoc(rfattn.LabelledEmission)
    for field in fields(rfattn.LabelledEmission):
        assert f"\n    {field.name}: " in text, field.name
    assert "label" in dir(rfattn) and "label" in rfattn.__all__


def test_samples_that_are_not_finite_are_counted_in_a_warning(recording):
    samples = open_recording(recording).samples()
    samples[100:103] = np.nan
    with pytest.warns(UserWarning, match=f"^3 of {len(samples)} samples are not finite"):
        assert_is_the_emission(rfattn.label(samples, RATE, CENTRE, model="none"))


def test_a_moment_of_noise_is_no_emission():
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((40_000, 2)) @ [0.01, 0.01j]
    assert rfattn.label(noise, 1e6, model="none") == []
