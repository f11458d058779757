# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this module writes as SigMF holds to the official schema of SigMF 1.2.6."""

import copy
import json
from pathlib import Path

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from gnuradio import rfattn
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.sigmf import VERSION, Recording
from gnuradio.rfattn.synthesis import folder as synthesis
from gnuradio.rfattn.telemetry.detection import Detection
from gnuradio.rfattn.telemetry.messages import to_message

from announcer import announce
from command_line import run
from step_streams import save_model

jsonschema = pytest.importorskip("jsonschema", reason="no python3-jsonschema")

TESTS = Path(__file__).resolve().parents[1]
EXAMPLES = TESTS.parent / "examples" / "recordings"
SCHEMA = json.loads((TESTS / f"sigmf-schema-{VERSION}.json").read_text())
RECORDINGS = sorted(path.stem for path in EXAMPLES.glob("*.sigmf-meta"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path)


def checked(path):
    """The metadata, once it agrees with the schema and with itself."""
    meta = json.loads(path.read_text())
    jsonschema.validate(meta, SCHEMA)
    assert meta["global"]["core:version"] == VERSION
    for part in ("captures", "annotations"):
        starts = [entry["core:sample_start"] for entry in meta[part]]
        assert starts == sorted(starts)
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


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_examples(name):
    checked(EXAMPLES / f"{name}.sigmf-meta")


@pytest.mark.parametrize("name", RECORDINGS)
def test_labels_of_a_recording(model, name, tmp_path):
    path, out = EXAMPLES / f"{name}.sigmf-meta", tmp_path / "labels.sigmf-meta"
    assert main(["label", str(path), "--model", model, "--quiet", "--annotate", str(out)]) == 0
    recording = Recording.open(path)
    assert_within(recording, ours(checked(out)), recording.frequency or 0.0)


def test_labels_of_a_live_source(model, tmp_path):
    path, out = EXAMPLES / "wifi_cond_11n_13m.sigmf-meta", tmp_path / "live.sigmf-meta"
    done = run("live", "--source", f"file={path}", "--model", model, "--annotate", out)
    assert done.returncode == 0, done.stderr
    meta = checked(out)
    assert_within(Recording.open(path), ours(meta), 0.0)
    assert meta["global"]["core:sample_rate"] == 20e6
    assert meta["global"]["core:metadata_only"] is True


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


def test_synthetic_recordings(tmp_path, monkeypatch):
    monkeypatch.setattr(synthesis, "SAMPLES", 8192)
    written = synthesis.synthesize(tmp_path, 1, 3, ["ft8", "ook_srd", "sat_fsk"])
    assert len(written) == 3
    for path in written:
        assert_within(Recording.open(path), ours(checked(path)), 0.0)


@pytest.mark.parametrize(
    "break_it, message",
    [
        (lambda m: m["global"].pop("core:datatype"), "'core:datatype' is a required property"),
        (lambda m: m["annotations"][0].pop("core:sample_start"), "'core:sample_start' is a"),
        (lambda m: m["annotations"][0].update({"core:label": 1}), "1 is not of type 'string'"),
        (lambda m: m["annotations"][0].update({"core:freq_upper_edge": "1"}), "'1' is not"),
    ],
)
def test_the_schema_refuses_what_is_wrong(break_it, message):
    meta = copy.deepcopy(checked(EXAMPLES / f"{RECORDINGS[0]}.sigmf-meta"))
    break_it(meta)
    with pytest.raises(jsonschema.ValidationError, match=message):
        jsonschema.validate(meta, SCHEMA)
