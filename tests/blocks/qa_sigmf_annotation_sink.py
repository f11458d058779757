# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections that arrive as messages are in the file when the flowgraph has ended, all of them."""

import json

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.telemetry.detection import Detection
from gnuradio.rfattn.telemetry.messages import to_message

from announcer import announce


def messages(n_steps, label="ft8", **fields):
    """Alternating labels, so that each is an annotation."""
    known = {"segment": 0, "frequency": 1e6, "sample_rate": 1e5} | fields
    labels = (label, "noise")
    return [
        ("detections", to_message(Detection(labels[i % 2], 0.75, {}, 100 * i, 100, **known)))
        for i in range(n_steps)
    ]


def annotations(path):
    return json.loads(path.read_text())["annotations"]


def recording(folder, datatype="ci16_le", annotations=()):
    meta = {
        "global": {"core:datatype": datatype, "core:author": "somebody"},
        "captures": [{"core:sample_start": 0, "core:frequency": 5.0}],
        "annotations": list(annotations),
    }
    path = folder / "r.sigmf-meta"
    path.write_text(json.dumps(meta))
    return path


@pytest.mark.parametrize("run", range(10))
def test_the_last_message_of_a_sender_is_in_the_file(tmp_path, run):
    """They are posted in the very call of work() that ends the flowgraph."""
    path = tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path), messages(50))
    found = annotations(path)
    assert [a["core:sample_start"] for a in found] == [100 * i for i in range(50)]
    assert [a["core:label"] for a in found] == ["ft8", "noise"] * 25
    assert found[0] == {
        "core:sample_start": 0,
        "core:sample_count": 100,
        "core:freq_lower_edge": 950e3,
        "core:freq_upper_edge": 1050e3,
        "core:label": "ft8",
        "core:comment": "confidence 0.75, mean of 1 steps",
        "core:generator": "gr-rfattn",
    }


def test_messages_left_at_the_port_are_written(tmp_path):
    """Those of a sender that ended later than the first one."""
    path = tmp_path / "out.sigmf-meta"
    sink = rfattn.sigmf_annotation_sink(path)
    announce(sink, messages(2))
    sink._post(pmt.intern("detections"), to_message(Detection("late", 1.0, {}, 900, 10, 0)))
    sink.write()
    assert [a["core:label"] for a in annotations(path)] == ["ft8", "noise", "late"]


def test_without_a_recording_the_metadata_says_so(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path), messages(1))
    assert json.loads(path.read_text())["global"]["core:metadata_only"] is True


def test_bands_of_a_receiver_are_counted_in_its_samples(tmp_path):
    """Two bands around 1.0 MHz, the upper one at the receiver's middle; then a retune."""
    path = tmp_path / "out.sigmf-meta"
    lower, upper = ({"stream": i, "frequency": 0.9e6 + i * 1e5} for i in range(2))
    retuned = to_message(Detection("lte", 0.5, {}, 200, 100, 1, None, 5e6, 1e5, stream=1))
    announce(
        rfattn.sigmf_annotation_sink(path, n_bands=2),
        [*messages(2, **lower), *messages(2, **upper), ("detections", retuned)],
    )
    meta = json.loads(path.read_text())
    assert meta["global"]["core:sample_rate"] == 2e5
    assert meta["captures"] == [
        {"core:sample_start": 0, "core:frequency": 1e6},
        {"core:sample_start": 400, "core:frequency": 5e6},
    ]
    spans = [
        (a["core:sample_start"], a["core:sample_count"], a["core:freq_lower_edge"])
        for a in meta["annotations"]
    ]
    assert sorted(spans) == [
        (0, 200, 0.85e6),
        (0, 200, 0.95e6),
        (200, 200, 0.85e6),
        (200, 200, 0.95e6),
        (400, 200, 4.95e6),
    ]


def test_the_recording_states_the_rate_that_samples_are_counted_at(tmp_path):
    meta = recording(tmp_path)
    known = json.loads(meta.read_text())
    known["global"]["core:sample_rate"] = 4e5
    meta.write_text(json.dumps(known))
    quarter = Detection("ft8", 0.75, {}, 100, 50, 0, None, 1e6, 1e5, stream=9)
    half = Detection("lte", 0.75, {}, 100, 50, 0, None, 2e6, 2e5, stream=2)
    path = tmp_path / "out.sigmf-meta"
    announce(
        rfattn.sigmf_annotation_sink(path, meta),
        [("detections", to_message(detection)) for detection in (quarter, half)],
    )
    spans = [(a["core:sample_start"], a["core:sample_count"]) for a in annotations(path)]
    assert sorted(spans) == [(200, 100), (400, 200)]


def test_the_recordings_metadata_is_taken_over(tmp_path):
    others = [{"core:sample_start": 50, "core:sample_count": 9, "core:label": "by hand"}]
    meta = recording(tmp_path, annotations=others)
    before, path = meta.read_text(), tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path, meta), messages(2))
    written = json.loads(path.read_text())
    assert written["global"]["core:author"] == "somebody"
    assert written["captures"] == json.loads(before)["captures"]
    assert [a["core:label"] for a in written["annotations"]] == ["ft8", "by hand", "noise"]
    assert meta.read_text() == before


def test_in_place_twice_replaces_its_own(tmp_path):
    path = recording(tmp_path)
    announce(rfattn.sigmf_annotation_sink(path), messages(3, "old"))
    announce(rfattn.sigmf_annotation_sink(path), messages(1, "new"))
    assert [a["core:label"] for a in annotations(path)] == ["new"]
    assert json.loads(path.read_text())["global"]["core:author"] == "somebody"


def test_band_of_a_real_recording_lies_above_its_frequency(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path, recording(tmp_path, "ri16_le")), messages(1))
    (found,) = annotations(path)
    assert (found["core:freq_lower_edge"], found["core:freq_upper_edge"]) == (1e6, 1.05e6)


def test_min_confidence(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path, min_confidence=0.8), messages(3))
    assert annotations(path) == []


def test_other_messages_are_left_out(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path), [("detections", "text"), *messages(1)])
    assert len(annotations(path)) == 1


def test_a_folder_that_is_gone_is_an_error_at_the_end(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    sink = rfattn.sigmf_annotation_sink(folder / "out.sigmf-meta")
    folder.rmdir()
    announce(sink, messages(1))
    assert isinstance(sink.error, OSError)
    with pytest.raises(OSError):
        sink.write()


@pytest.mark.parametrize(
    "filename, arguments, message",
    [
        ("out.json", {}, "filename must end in .sigmf-meta, got .*out.json"),
        ("no/out.sigmf-meta", {}, "no folder .*no for filename"),
        ("out.sigmf-meta", {"n_bands": 0}, "n_bands must be >= 1, got 0"),
        ("out.sigmf-meta", {"min_confidence": 1.5}, "min_confidence must be from 0 to 1, got 1.5"),
        ("out.sigmf-meta", {"meta": "/nowhere.sigmf-meta"}, "/nowhere.sigmf-meta: No such file"),
        ("out.sigmf-meta", {"meta": __file__}, ".*: no SigMF metadata with a core:datatype"),
    ],
)
def test_refusals(tmp_path, filename, arguments, message):
    with pytest.raises(ValueError, match=f"sigmf_annotation_sink: {message}"):
        rfattn.sigmf_annotation_sink(tmp_path / filename, **arguments)
