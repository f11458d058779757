# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of labels: what is right, the shares, the scenes, the path, the report."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.catalogue.band_plan import NO_PLAN, BandPlan
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.flowgraph.emissions import RecordingEmissionFlowgraph
from gnuradio.rfattn.flowgraph.options import EmissionOptions, ModelOptions
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.sigmf import Annotation
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import labels
from gnuradio.rfattn_workshop.judges.air.transmitters import TRANSMITTERS
from gnuradio.rfattn_workshop.judges.naming import (
    labels_everyday,
    labels_kinds,
    labels_noise,
    labels_recordings,
    labels_report,
    labels_scenes,
    labels_score,
    labels_strangers,
    labels_takes,
)
from gnuradio.rfattn_workshop.judges.naming.labels_path import Labeller, boxes_of
from gnuradio.rfattn_workshop.judges.naming.labels_score import Answer
from gnuradio.rfattn_workshop.judges.naming.labels_takes import AS_IT_IS, Take
from gnuradio.rfattn_workshop.synthesis.scene import Emission, Receiver, Scene, render
from gnuradio.rfattn_workshop.synthesis.scene_truth import bursts_of
from gnuradio.rfattn_workshop.synthesis.services import OTHERS, SERVICES

from emission_recording import write_emission

_OWN = {k.kind: k for k in (*labels_kinds.own_kinds(), *labels_kinds.own_strangers())}
CARRIER, WFM, HOPPER, QPSK = (_OWN[name] for name in ("carrier", "wfm", "hopper", "qpsk"))


@pytest.fixture(scope="module")
def labeller():
    return Labeller()


def answer(label, family=None, guess="dmr", confidence=0.5, right=("dmr",), families=("FSK",)):
    verdict = Verdict(label, family, guess, confidence) if label else None
    return Answer("dmr", frozenset(right), frozenset(families), verdict)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer("dmr"), "right"),
        (answer("p25"), "wrong"),
        (answer("unknown", "FSK"), "family"),
        (answer("unknown", "OOK"), "wrong family"),
        (answer("unknown"), "unknown"),
        (answer(None), "missed"),
        (answer("unknown", right=()), "right"),
        (answer("unknown", "FSK", right=()), "family"),
        (answer("p25", right=()), "wrong"),
    ],
)
def test_outcomes(given, outcome):
    assert given.outcome == outcome


def test_the_shares_of_all_outcomes_add_up():
    given = [answer("dmr"), answer("p25", guess="p25"), answer("unknown"), answer(None)]
    found = labels_score.figures(given)
    assert sum(found[name] for name in labels_score.OUTCOMES) == pytest.approx(1.0)
    assert (found["count"], found["found"], found["guess"]) == (4, 0.75, 0.5)
    assert labels_score.mistaken(given) == {"p25": 1}
    assert labels_score.figures([])["found"] == 0.0


def test_the_report_has_intervals_behind_right_and_wrong():
    row = {name: 0.0 for name in labels_report.SHARES} | {
        "count": 51,
        "found": 1.0,
        "right": 47 / 51,
    }
    assert labels_report.shares(row) == [
        "1.00",
        "0.92 (0.82 to 0.97)",
        *("0.00",) * 3,
        "0.00 (0.00 to 0.07)",
        "0.00",
    ]
    nothing = {name: 0.0 for name in labels_report.SHARES} | {"count": 0}
    assert set(labels_report.shares(nothing)) == {"0.00"}


def test_the_calibration_error_is_the_distance_from_the_confidence():
    # Of ten answers at 0.82 eight are right, of two at 0.31 none.
    sure = [0.82] * 10 + [0.31] * 2
    right = [True] * 8 + [False] * 4
    expected = (10 * abs(0.8 - 0.82) + 2 * 0.31) / 12
    assert labels_score.calibration_error(sure, right) == pytest.approx(expected)
    assert labels_score.calibration_error([1.0], [True]) == 0.0
    assert labels_score.calibration_error([], []) is None


def test_few_calibrated_answers_have_an_error_by_chance():
    assert labels_score.chance_error([0.5]) == 0.5
    assert labels_score.chance_error([1.0, 1.0]) == 0.0
    expected = 0.7979 * np.sqrt(0.6 * 0.4 / 400)  # mean distance of a normal variable from 0
    assert labels_score.chance_error([0.6] * 400) == pytest.approx(expected, rel=0.05)
    assert labels_score.chance_error([]) is None


def test_calibration_leaves_out_what_is_of_no_class():
    found = labels_score.calibration(
        [answer("dmr", confidence=0.75), answer("unknown", confidence=0.25), answer("x", right=())]
    )
    assert (found["guesses"], found["labels"]) == (2, 1)
    assert found["guess_error"] == pytest.approx((0.25 + 0.75) / 2)
    assert found["label_error"] == pytest.approx(0.25)


def test_every_kind_of_the_benchmark_has_its_place():
    assert labels_kinds.OWN_KINDS.keys() | labels_kinds.OWN_STRANGERS.keys() == set(TRANSMITTERS)
    assert set(labels_kinds.ROWS) <= set(SERVICES)
    for kind in labels_kinds.own_kinds():
        assert kind.right <= set(SERVICES)
    kinds = [*labels_kinds.own_strangers(), *labels_kinds.service_strangers()]
    for kind in kinds:
        assert kind.families <= set(known_of("family").values())
    named = " ".join(labels_kinds._FAMILIES_OF_OTHERS.values()).split()
    assert set(named) <= set(OTHERS)
    assert labels_kinds.families_of_other("drm") == {"OFDM"}
    assert labels_kinds.families_of_other("unframed_dmr") == {"digital voice"}


def test_two_emissions_lie_beside_each_other_in_the_band_of_the_narrowest_rate():
    for seed in range(8):
        drawn = labels_scenes.draw([CARRIER, WFM], seed, [1e6, 2e6], 0.2, 20.0)
        bands = sorted(
            (b.freq_lower, b.freq_upper)
            for k, emission in enumerate(drawn.scene.emissions)
            for b in bursts_of(emission, k, 0.2)
        )
        assert -0.45e6 <= bands[0][0] < bands[0][1] < bands[1][0] < bands[1][1] <= 0.45e6
    assert drawn.rates == (1e6, 2e6)
    again = labels_scenes.draw([CARRIER, WFM], seed, [1e6, 2e6], 0.2, 20.0)
    assert again.scene == drawn.scene


def test_rates_that_are_too_narrow_are_left_out():
    assert labels_scenes.draw([WFM], 1, [1e5, 1e6], 0.2, 20.0).rates == (1e6,)
    assert labels_scenes.draw([WFM], 1, [1e5], 0.2, 20.0) is None


def test_the_path_labels_every_run_anew(labeller):
    tone = Scene(0.3, 2, (Emission("carrier", 3, 1e5, 30.0),), Receiver())
    samples, _ = render(tone, 5e5)
    first = labeller.label(samples, 5e5)
    quiet = labeller.label(samples[:0:-1] * np.float32(0) + samples[:-1] * 0, 5e5)
    second = labeller.label(samples, 5e5)
    assert len(first) == len(second) == 1
    assert quiet == []
    assert first[0].latest.probabilities == pytest.approx(second[0].latest.probabilities, abs=1e-5)
    (box,) = boxes_of(second[0], len(samples))
    assert box.freq_lower < 1e5 < box.freq_upper
    assert 0 <= box.sample_start and box.sample_start + box.sample_count <= len(samples)


def test_the_labels_are_those_of_the_command(labeller, tmp_path):
    path = write_emission(tmp_path / "one")
    model = ModelOptions(model="emissions", device="cpu", threads=1)
    recording = open_recording(path)
    options = EmissionOptions(band_plan=NO_PLAN)
    flowgraph = RecordingEmissionFlowgraph(recording, options=options, model=model)
    flowgraph.run_to_end()
    found = labeller.label(recording.samples(), recording.sample_rate)
    for record, expected in zip(found, flowgraph.records.all(), strict=True):
        # How many steps go through the model in one call differs, and so does the rounding.
        probabilities = pytest.approx(expected.latest.probabilities, abs=1e-5)
        assert record.latest.probabilities == probabilities
        assert record.latest.label == expected.latest.label
        assert record.all_bursts() == expected.all_bursts()


def test_everyday_signals(labeller):
    part, answers = labels_everyday.measure(
        labeller, [CARRIER, WFM], 1, 1, lambda text: None, rates=(1e6,), seconds=0.4
    )
    assert part["all"]["count"] == len(answers) == 4
    assert [row["name"] for row in part["classes"]] == ["carrier", "wfm"]
    assert part["company"]["alone"]["count"] == part["company"]["two at once"]["count"] == 2
    assert part["all"]["found"] == 1.0
    rows = part["rows"]["1 MS/s"]
    assert (rows["scenes"], rows["count"], rows["found"]) == (3, 4, 1.0)
    assert rows["rows"] >= rows["named"] + 2  # a carrier is no name


def tone(hertz: float, is_real: bool) -> Take:
    """A tone between edges 100 Hz to either side."""
    wave = np.exp(2j * np.pi * hertz / 12e3 * np.arange(36864)).astype(np.complex64)
    samples = wave.real.astype(np.complex64) if is_real else wave
    box = Annotation(0, 36864, "a", hertz - 100, hertz + 100)
    return Take(samples, 12e3, (box,), 0.0, is_real)


@pytest.mark.parametrize(
    ("hertz", "is_real"), [(1500, False), (1500, True), (4900, False), (300, True)]
)
def test_the_truth_follows_the_signal_through_every_receiver(hertz, is_real):
    for name, taken in labels_takes.variants(tone(hertz, is_real), 1):
        spectrum = np.abs(np.fft.fft(taken.samples))
        frequency = np.fft.fftfreq(len(spectrum), 1 / taken.rate)
        at = abs(frequency[spectrum.argmax()]) if is_real else frequency[spectrum.argmax()]
        (annotation,) = taken.annotations
        low, high = annotation.freq_lower_edge, annotation.freq_upper_edge
        assert low - taken.frequency < at < high - taken.frequency, name
        assert annotation.count == pytest.approx(len(taken.samples), rel=0.01), name
        assert taken.is_real is is_real


def test_receivers_change_what_they_should():
    rng = np.random.default_rng(1)
    white = Take(labels_takes.white_noise(rng, 65536).astype(np.complex64), 1e6, ())
    found = {name: taken.samples for name, taken in labels_takes.variants(white, 1)}
    power = {name: np.abs(np.fft.fft(samples)) ** 2 for name, samples in found.items()}
    outside = np.abs(np.fft.fftfreq(65536)) > 0.36
    assert power["filter of 0.6 fs"][outside].mean() < 1e-5 * power[AS_IT_IS].mean()
    assert len(np.unique(found["8 bits"].real)) <= 256
    gain = power["tilt of 3 dB"] / power[AS_IT_IS]
    assert 10 * np.log10(gain[32767] / gain[32768]) == pytest.approx(3.0, abs=0.01)
    assert np.mean(np.abs(found["SNR of 10 dB"]) ** 2) > 1.05


def test_a_receiver_too_slow_for_the_detector_is_left_out_and_listed(
    labeller, tmp_path, monkeypatch
):
    write_emission(tmp_path / "one")
    entries = labels_recordings.entries_of([str(tmp_path)], [""])
    first = labels_recordings.take(entries[0], 1)
    slow = "resampled by 0.7"
    monkeypatch.setattr(labels_takes, "LEAST_RATE", 0.8 * first.rate)
    assert [name for name, taken in labels_takes.variants(first, 1) if taken is None] == [slow]
    variants = [(AS_IT_IS, first), (slow, None)]
    monkeypatch.setattr(labels_recordings, "variants", lambda first, seed: variants)
    part, _ = labels_recordings.measure(labeller, entries, 1, lambda text: None)
    assert part["too_slow"] == [f"{entries[0].path.name}, {slow}"]
    assert slow not in [row["name"] for row in part["variants"]]


def test_a_recording_is_labelled_as_it_is_and_disturbed(labeller, tmp_path, monkeypatch):
    tilt = "tilt of 3 dB"
    monkeypatch.setattr(labels_takes, "DISTURBANCES", {tilt: labels_takes.DISTURBANCES[tilt]})
    write_emission(tmp_path / "one")
    entries = labels_recordings.entries_of([str(tmp_path)], [""])
    part, answers = labels_recordings.measure(labeller, entries, 1, lambda text: None)
    names = [AS_IT_IS, labels_recordings.WITH_PLAN, tilt]
    assert [row["name"] for row in part["variants"]] == names
    # Its label is no class, so that it belongs to no share.
    assert {row["others"] for row in part["variants"]} == {1}
    assert {row["count"] for row in part["variants"]} == {0}
    rows = part["rows"][AS_IT_IS]
    assert (rows["scenes"], rows["count"]) == (1, 0) and rows["rows"] >= 1
    assert rows["false"] == sum(rows["called"].values()) <= rows["named"]
    assert [row["variant"] for row in part["answers"]] == names
    assert "missed" not in {row["outcome"] for row in part["answers"]}
    assert len(answers["recordings"]) == 1


def test_the_band_plan_counts_where_the_frequency_is_known(monkeypatch):
    monkeypatch.setattr(labels_score, "boxes_of", lambda record, count: [Box(0, 10, 1e3, 3e3)])
    latest = SimpleNamespace(
        probabilities={"dmr": 0.55, "ais": 0.45},
        freq_lower=1e3,
        freq_upper=3e3,
        **{"label": "dmr", "guess": "dmr", "confidence": 0.55},
    )
    decision = Decision(weights={"outside_band": np.log(0.05)})
    plan = BandPlan({"dmr": ((446.1e6, 446.2e6),), "ais": ((161.95e6, 162.05e6),)})

    def guess(frequency):
        seen = [SimpleNamespace(latest=latest)]
        found = labels_score.decide(seen, 100, decision, plan, frequency)
        return found.guess, found.confidence

    assert guess(None) == ("dmr", 0.55)
    assert guess(161.973e6) == ("ais", pytest.approx(0.45 / (0.45 + 0.05 * 0.55)))
    assert guess(100e6) == ("dmr", pytest.approx(0.55))


def test_a_class_whose_frames_are_missing_is_no_answer(monkeypatch):
    monkeypatch.setattr(labels_score, "boxes_of", lambda record, count: [Box(0, 10, 1e3, 3e3)])
    shown = {"label": "unknown", "guess": "dmr", "confidence": 0.75}
    latest = SimpleNamespace(probabilities={"dmr": 0.75, "ais": 0.25}, **shown)
    decision = Decision({"dmr": "voice"}, threshold=0.5)
    found = labels_score.decide([SimpleNamespace(latest=latest)], 100, decision)
    assert found == Verdict("unknown", "voice", "dmr", 0.75)


def test_noise_is_counted_by_shape(labeller, monkeypatch):
    shapes = {name: labels_noise.SHAPES[name] for name in ("steep filter, 8 bits", "gain control")}
    monkeypatch.setattr(labels_noise, "SHAPES", shapes)
    rows = labels_noise.measure(labeller, 0.4 / 60, 1, [], lambda text: None)
    assert [row["name"] for row in rows] == [*shapes, "all"]
    assert rows[-1]["seconds"] == pytest.approx(0.4)
    assert rows[-1]["boxes"] == rows[0]["boxes"] + rows[1]["boxes"]


def test_noise_of_8_bits_has_few_values():
    rng = np.random.default_rng(1)
    samples = labels_noise.SHAPES["8 bits"].make(rng, 1, 0.04)
    assert len(samples) == 96_000
    assert 3 <= len(np.unique(samples.real)) <= 16
    assert labels_noise.measure(None, 0, 1, [], lambda text: None) == []


def test_strangers_are_told_from_classes(labeller, monkeypatch):
    monkeypatch.setattr(labels_strangers, "RECEIVERS", ((25e3, 0.4), (250e3, 0.4)))
    groups = {labels_strangers.KNOWN: [CARRIER], labels_strangers.OWN: [QPSK]}
    part, answers = labels_strangers.measure(labeller, 1, 1, lambda text: None, groups)
    assert [a.name for a in answers] == ["carrier"]
    for rows in (part["groups"], part["rows"]):
        assert {name: row["count"] for name, row in rows.items()} == dict.fromkeys(groups, 1)
    assert part["groups"][labels_strangers.KNOWN]["auroc"] is None
    assert part["groups"][labels_strangers.OWN]["auroc"] in (0.0, 0.5, 1.0, None)


def test_a_hopper_gets_a_receiver_of_its_whole_band(monkeypatch):
    monkeypatch.setattr(labels_strangers, "RECEIVERS", ((96e3, 0.3), (2.4e6, 0.3)))
    drawn = labels_strangers.draw_one(HOPPER, 1)
    bursts = bursts_of(drawn.scene.emissions[0], 0, drawn.scene.duration_s)
    (rate,) = drawn.rates
    assert max(b.freq_upper for b in bursts) <= 0.45 * rate
    assert min(b.freq_lower for b in bursts) >= -0.45 * rate


def test_the_report(tmp_path, monkeypatch, capsys):
    out = tmp_path / "r"
    parts = ["--everyday", "1", "--kinds", "carrier", "--noise", "0", "--strangers", "0"]
    arguments = [*parts, "--rates", "1e6", "--seconds", "0.3", "--quiet", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["labels.py", *arguments])
    assert labels.main() == 0
    assert str(out) in capsys.readouterr().out
    report = json.loads(out.with_suffix(".json").read_text())
    assert report["everyday"]["all"]["count"] == 3
    assert report["calibration"]["made-up bands"]["guesses"] == 3
    text = out.with_suffix(".md").read_text()
    assert labels_report.to_markdown(report) == text
    assert "| carrier | 3 | 1.00 |" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "-1"], "--seed must be >= 0, got -1"),
        (["--kinds", "dmr", "fax"], "--kinds must be of afsk1200"),
        (
            ["--out", "nowhere/labels"],
            "--out must name a file in a folder that exists, got nowhere",
        ),
    ],
)
def test_refusals(arguments, message, capsys):
    with pytest.raises(SystemExit):
        labels.parse(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "rf15"], "rf15"),
        (["--everyday", "0", "--recordings", "nowhere"], "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["labels.py", *arguments, "--quiet"])
    assert labels.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("labels.py: ")
    assert message in line
