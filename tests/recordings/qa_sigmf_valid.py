# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official validator accepts every SigMF file that this module writes."""

import json

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from gnuradio import rfattn
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.detection import Detection
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.sigmf import VERSION
from gnuradio.rfattn_workshop.synthesis.rf14 import folder as synthesis

from announcer import announce
from emission_messages import emission_message
from sigmf_validator import missing, problems
from step_streams import save_model

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
LABELS = ("ft8", "lte_tdd", "sat_fsk", "wifi_ofdm")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path)


def checked(path):
    """Returns the metadata, once the validator has accepted it."""
    assert problems(path) == ""
    meta = json.loads(path.read_text())
    assert meta["global"]["core:version"] == VERSION
    return meta


def ours(meta):
    found = [a for a in meta["annotations"] if a.get("core:generator") == "gr-rfattn"]
    assert found
    return found


def assert_within(recording, annotations, frequency):
    """What inspectrum draws: boxes in the recording, from edge to edge of its band."""
    top = recording.sample_rate / 2
    bottom = 0.0 if recording.is_real else -top
    for annotation in annotations:
        end = annotation["core:sample_start"] + annotation["core:sample_count"]
        assert end <= recording.n_samples
        assert annotation["core:freq_lower_edge"] == frequency + bottom
        assert annotation["core:freq_upper_edge"] == frequency + top


def test_a_live_source_that_was_retuned(tmp_path):
    """Each frequency is a capture."""

    def at(start, segment, frequency):
        known = {"segment": segment, "frequency": frequency, "sample_rate": 2e6}
        return "detections", to_message(Detection("ft8", 0.9, {}, start, 100, **known))

    out = tmp_path / "live.sigmf-meta"
    sent = [at(0, 0, 100e6), at(100, 0, 100e6), at(250, 1, 200e6), at(400, 2, 100e6)]
    announce(rfattn.sigmf_annotation_sink(out), sent)
    meta = checked(out)
    assert meta["captures"] == [
        {"core:sample_start": 0, "core:frequency": 100e6},
        {"core:sample_start": 250, "core:frequency": 200e6},
        {"core:sample_start": 400, "core:frequency": 100e6},
    ]
    edges = [(a["core:freq_lower_edge"], a["core:freq_upper_edge"]) for a in ours(meta)]
    assert edges == [(99e6, 101e6), (199e6, 201e6), (99e6, 101e6)]


def test_emissions_of_a_live_source(tmp_path):
    """With all fields of the extension, in a second segment too."""
    nearest = [{"name": "AIS", "score": 0.5}]
    known = {"label": "ais", "confidence": 0.75, "family": "marine", "period_s": 2.0}
    labelled = {**known, "flags": ["dc", "edge"], "nearest": nearest, "burst_count": 2}
    out = tmp_path / "live.sigmf-meta"
    sent = [
        emission_message(1, bursts=[1000, 50], **labelled),
        emission_message(2, segment=1, sample_start=9000, rx_freq=90e6, burst_start=9000),
        emission_message(1, "end", bursts=[20_000, 50], **labelled),  # late, and not in order
    ]
    announce(rfattn.sigmf_annotation_sink(out), [("emissions", message) for message in sent])
    meta = checked(out)
    assert [a["core:sample_start"] for a in ours(meta)] == [1000, 9000, 20_000]
    (extension,) = meta["global"]["core:extensions"]
    assert extension["name"] == "rfattn"


def test_a_second_run_states_its_own_captures(tmp_path):
    out = tmp_path / "live.sigmf-meta"
    for frequency in (100e6, 200e6):
        known = {"segment": 0, "frequency": frequency, "sample_rate": 2e6}
        detection = Detection("ft8", 0.9, {}, 0, 100, **known)
        announce(rfattn.sigmf_annotation_sink(out), [("detections", to_message(detection))])
    meta = checked(out)
    assert meta["captures"] == [{"core:sample_start": 0, "core:frequency": 200e6}]
    assert len(ours(meta)) == 1


def test_nothing_labelled_is_still_metadata(tmp_path):
    out = tmp_path / "live.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(out), [("detections", "text")])
    assert checked(out)["annotations"] == []


def test_synthetic_recordings_of_every_class(tmp_path):
    written = synthesis.synthesize(tmp_path, 1, 3)
    assert len(written) == len(synthesis.CLASSES)
    assert problems(*written) == ""
    for path in written:
        assert_within(open_recording(path), ours(json.loads(path.read_text())), 0.0)


@pytest.mark.parametrize(
    "break_it, message",
    [
        (lambda m: m["global"].pop("core:datatype"), "'core:datatype' is a required property"),
        (lambda m: m["annotations"][0].pop("core:sample_start"), "'core:sample_start' is a"),
        (lambda m: m["annotations"][0].update({"core:label": 1}), "1 is not of type 'string'"),
        (lambda m: m["annotations"][0].update({"core:freq_upper_edge": "1"}), "'1' is not"),
        (lambda m: m["annotations"].reverse(), "annotations has incorrect sample start ordering"),
    ],
)
def test_the_validator_refuses_what_is_wrong(break_it, message, made, tmp_path):
    meta = json.loads(made.meta("wifi_ofdm").read_text())
    break_it(meta)
    path = tmp_path / "wrong.sigmf-meta"
    path.write_text(json.dumps(meta))
    assert message in problems(path)
