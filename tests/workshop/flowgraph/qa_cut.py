# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions cut out of samples for training: their bursts, their tokens and their labels."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn_station.cutting import cut_recording as recordings
from gnuradio.rfattn_station.cutting.cut import boxes_within, cut
from gnuradio.rfattn_station.cutting.cut_recording import LEAST_TOKENS, MOST_TOKENS, cut_recording
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_station.learning.cut_set import DIRECT, MADE, RECORDED
from gnuradio.rfattn_workshop.flowgraph import cut_training
from gnuradio.rfattn_workshop.flowgraph.cut_training import (
    cut_band,
    cut_noise_band,
    cut_sent_again,
)
from gnuradio.rfattn_workshop.synthesis.scene_truth import Burst
from gnuradio.rfattn_workshop.synthesis.training_bands import Band

RATE, SECONDS = 250e3, 0.5
FIRST, SECOND = (-60e3, -40e3), (30e3, 45e3)  # Hz from the centre
FIRST_S, SECOND_S = (0.0, 0.5), (0.2, 0.4)  # one is on the air all the time


def emission(rng, band, times):
    """Noise in a band, 20 dB above that of the receiver, between two times."""
    count = int(RATE * SECONDS)
    samples = rng.standard_normal(count) + 1j * rng.standard_normal(count)
    frequencies = np.fft.fftfreq(count, 1 / RATE)
    seconds = np.arange(count) / RATE
    inside = (frequencies > band[0]) & (frequencies < band[1])
    on = (seconds >= times[0]) & (seconds < times[1])
    return np.fft.ifft(np.fft.fft(samples) * inside) * on


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(4)
    noise = emission(rng, (-RATE, RATE), (0.0, SECONDS))
    signal = emission(rng, FIRST, FIRST_S) + emission(rng, SECOND, SECOND_S)
    return (0.01 * (10 * signal + noise)).astype(np.complex64)


@pytest.fixture(scope="module")
def found(samples):
    return cut(samples, RATE, CHANNEL_FRONT_END)


def of_band(found, band):
    middle = sum(band) / 2
    return [e for e in found if e.boxes()[0].freq_lower < middle < e.boxes()[0].freq_upper]


def test_bursts_count_from_the_first_sample(found):
    for band, times in ((FIRST, FIRST_S), (SECOND, SECOND_S)):
        (one,) = of_band(found, band)
        boxes = one.boxes()
        assert boxes[0].sample_start / RATE == pytest.approx(times[0], abs=0.01)
        end = boxes[-1].sample_start + boxes[-1].sample_count
        assert end / RATE == pytest.approx(times[1], abs=0.01)
        assert end <= round(RATE * SECONDS)
        # A detector measures an edge to a fifth of the width.
        edges = boxes[0].freq_lower, boxes[0].freq_upper
        assert edges == pytest.approx(band, abs=(band[1] - band[0]) / 5)


def test_tokens_are_those_of_the_samples_alone(found):
    width = CHANNEL_FRONT_END.n_bins + len(FEATURES)
    for band, times in ((FIRST, FIRST_S), (SECOND, SECOND_S)):
        (one,) = of_band(found, band)
        assert one.segments and all(s.shape[1] == width for s in one.segments)
        channel_rate = RATE / round(RATE / (2 * (band[1] - band[0])))
        tokens = (times[1] - times[0]) * channel_rate / CHANNEL_FRONT_END.samples_per_token
        # The rate of the channel is between this and twice as much.
        assert 0.5 * tokens < sum(map(len, one.segments)) < 2.5 * tokens


def test_the_same_samples_give_the_same_cuts(samples, found):
    again = cut(samples, RATE, CHANNEL_FRONT_END)
    assert [e.boxes() for e in again] == [e.boxes() for e in found]
    for one, other in zip(again, found, strict=True):
        for mine, theirs in zip(one.segments, other.segments, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_noise_has_no_emissions():
    rng = np.random.default_rng(5)
    noise = emission(rng, (-RATE, RATE), (0.0, SECONDS))
    assert len(cut((0.01 * noise).astype(np.complex64), RATE, CHANNEL_FRONT_END)) <= 1


def test_a_rate_that_no_block_takes_is_refused(samples):
    with pytest.raises(ValueError, match="sample_rate"):
        cut(samples, 1.0, CHANNEL_FRONT_END)


def burst(number, kind, band, times):
    start, end = times
    return Burst(number, kind, 20.0, start, end - start, *band)


@pytest.fixture
def band(samples, monkeypatch):
    """In place of a drawn band: that of the samples."""
    truth = [burst(0, "dmr", FIRST, FIRST_S), burst(1, "a toy", SECOND, SECOND_S)]
    drawn = Band(samples, RATE, truth, {})
    monkeypatch.setattr(cut_training, "draw_band", lambda *arguments: drawn)
    return drawn


def test_cuts_of_a_band_have_the_labels_of_its_signals(band):
    cuts = cut_band("dmr", 7, CHANNEL_FRONT_END)
    on_signals = [c for c in cuts if c.file != "spurious"]
    about = {(c.label, c.group, c.split, c.origin, c.file) for c in on_signals}
    assert about == {
        ("dmr", "dmr 7", "train", MADE, "dmr"),
        ("other", "a toy 7", "train", MADE, "a toy"),
    }
    for one in cuts:
        assert one.tokens.dtype == np.float16
        assert LEAST_TOKENS <= len(one.tokens) <= MOST_TOKENS


def test_a_recorded_signal_of_a_band_belongs_to_its_group(band):
    band.recorded[0] = "/r/a.sigmf-data"
    cuts = cut_band("dmr", 7, CHANNEL_FRONT_END, [("dmr", "radio 1", "/r/a.sigmf-data")])
    recorded = {(c.label, c.group, c.file) for c in cuts if c.origin == RECORDED}
    assert recorded == {("dmr", "radio 1", "/r/a.sigmf-data")}


def test_a_cut_has_the_facts_of_its_emission(band, found):
    cuts = [c for c in cut_band("dmr", 7, CHANNEL_FRONT_END) if c.label == "dmr"]
    (one,) = of_band(found, FIRST)
    latest = one.record.latest
    for facts in (Facts.from_dict(c.facts) for c in cuts):
        assert facts == one.facts and facts.frames is None
        assert (facts.width_hz, facts.snr_db) == (latest.width, latest.snr_db)
        assert facts.burst_s == pytest.approx(SECONDS, abs=0.02)
    assert cuts and not any(c.is_piece for c in cuts)


def test_a_piece_of_a_signal_is_marked(band):
    band.truth[0] = burst(0, "dmr", (-120e3, 20e3), FIRST_S)  # seven times as wide
    cuts = cut_band("dmr", 7, CHANNEL_FRONT_END)
    assert {(c.label, c.is_piece) for c in cuts} == {("dmr", True), ("other", False)}


def test_what_lies_on_no_signal_is_kept_once(band):
    band.truth[:] = []
    cuts = cut_band("dmr", 7, CHANNEL_FRONT_END)
    assert {(c.label, c.group, c.file) for c in cuts} == {("other", "spurious 7", "spurious")}
    assert len({c.emission for c in cuts}) == 1


def test_what_lies_on_the_spike_at_0_hz_is_not_kept(band, monkeypatch):
    band.truth[:] = []

    def flagged(*arguments):
        found = cut(*arguments)
        for emission in found:
            emission.record.latest.flags.append("dc")
        return found

    monkeypatch.setattr(cut_training, "cut", flagged)
    assert cut_band("dmr", 7, CHANNEL_FRONT_END) == []


def test_a_band_of_noise_keeps_a_few_emissions(band, monkeypatch):
    monkeypatch.setattr(cut_training, "draw_noise_band", lambda seed: band)
    kinds = {c.label for c in cut_noise_band(7, CHANNEL_FRONT_END)}
    assert kinds == {"dmr", "other"}
    band.truth[:] = []
    cuts = cut_noise_band(7, CHANNEL_FRONT_END)
    assert {(c.label, c.group) for c in cuts} == {("other", "spurious 7")}
    assert len({c.emission for c in cuts}) <= 3


def test_a_long_segment_is_cut_to_a_window():
    rng = np.random.default_rng(1)
    tokens = np.arange(MOST_TOKENS + 50)[:, None]
    firsts = [recordings._window(rng, tokens)[0, 0] for _ in range(200)]
    # Half of them begin at the first token. 200 draws: 0.12 is more than three deviations.
    assert np.mean(np.equal(firsts, 0)) == pytest.approx(0.5, abs=0.12)
    assert max(firsts) <= 50 and len(recordings._window(rng, tokens)) == MOST_TOKENS
    short = tokens[:20]
    assert recordings._window(rng, short) is short


@pytest.fixture
def recording(samples, tmp_path):
    """Both signals; the first is annotated from edge to edge."""
    samples.astype("<c8").tofile(tmp_path / "r.sigmf-data")
    annotation = {
        "core:sample_start": 0,
        "core:sample_count": len(samples),
        "core:freq_lower_edge": 100e6 + FIRST[0],
        "core:freq_upper_edge": 100e6 + FIRST[1],
        "core:label": "dmr",
    }
    meta = {
        "global": {"core:datatype": "cf32_le", "core:sample_rate": RATE, "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0, "core:frequency": 100e6}],
        "annotations": [annotation],
    }
    (tmp_path / "r.sigmf-meta").write_text(json.dumps(meta))
    return LabelledRecording(tmp_path / "r.sigmf-meta", "dmr", "val", "radio 2")


def test_cuts_of_a_recording_have_its_label_group_and_split(recording):
    cuts = list(cut_recording(recording, CHANNEL_FRONT_END, cut_sent_again))
    about = {(c.label, c.group, c.split, c.origin, c.file) for c in cuts}
    # The other signal has no annotation, and so no cut.
    assert about == {("dmr", "radio 2", "val", DIRECT, str(recording.path))}


def test_the_strongest_within_edges_that_are_too_wide_has_the_label_where_bands_are_marked(
    recording,
):
    meta = json.loads(recording.path.read_text())
    meta["annotations"][0]["core:freq_lower_edge"] = 100e6 + 4 * FIRST[0]
    recording.path.write_text(json.dumps(meta))
    assert list(cut_recording(recording, CHANNEL_FRONT_END, cut_sent_again)) == []
    (one,) = cut_recording(recording, CHANNEL_FRONT_END, cut_sent_again, are_bands=True)
    assert one.label == "dmr" and one.facts["width_hz"] == pytest.approx(20e3, rel=0.2)


def test_variants_differ_and_the_seed_repeats_them(recording):
    def lengths(seed):
        return [
            len(c.tokens)
            for c in cut_recording(recording, CHANNEL_FRONT_END, cut_sent_again, 1, seed)
        ]

    plain = [len(c.tokens) for c in cut_recording(recording, CHANNEL_FRONT_END, cut_sent_again)]
    assert lengths(1) == lengths(1) and len(lengths(1)) > len(plain)


def test_boxes_outside_of_the_samples_are_left_out(found):
    (one,) = of_band(found, SECOND)
    assert boxes_within(one.record, one.first, one.first + 1) == []
    assert all(isinstance(b, Box) for e in found for b in e.boxes())
