# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections that arrive as messages are in the file when the flowgraph has ended, all of them."""

import json

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.detection import Detection

from announcer import announce
from emission_messages import emission_message


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


def emissions(*messages):
    return [("emissions", emission_message(*known, **more)) for known, more in messages]


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


def test_annotations_of_others_in_the_file_are_kept_beside_those_of_the_recording(tmp_path):
    others = [{"core:sample_start": 50, "core:sample_count": 9, "core:label": "by hand"}]
    meta, path = recording(tmp_path, annotations=others), tmp_path / "out.sigmf-meta"
    announce(rfattn.sigmf_annotation_sink(path, meta), messages(1, "old"))
    written = json.loads(path.read_text())
    written["annotations"].append({"core:sample_start": 60, "core:label": "later"})
    path.write_text(json.dumps(written))
    announce(rfattn.sigmf_annotation_sink(path, meta), messages(1, "new"))
    assert [a["core:label"] for a in annotations(path)] == ["new", "by hand", "later"]


def test_what_is_no_metadata_is_not_replaced(tmp_path):
    meta, path = recording(tmp_path), tmp_path / "out.sigmf-meta"
    path.write_text("precious")
    with pytest.raises(ValueError, match="sigmf_annotation_sink: .*out.sigmf-meta: not JSON"):
        rfattn.sigmf_annotation_sink(path, meta)
    assert path.read_text() == "precious"


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


def test_a_folder_that_is_gone_is_counted_at_the_end(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    sink = rfattn.sigmf_annotation_sink(folder / "out.sigmf-meta")
    folder.rmdir()
    announce(sink, messages(1))
    assert isinstance(sink.failures.first, OSError)
    with pytest.raises(OSError):
        sink.write()


def test_each_burst_of_an_emission_is_an_annotation(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    edges = {"freq_lower": 433.9e6, "freq_upper": 433.9125e6}
    nearest = [{"name": "OOK sensor", "score": 0.87654}]
    sent = emissions(
        ((3, "new"), {**edges, "bursts": [1000, 50]}),
        ((3, "update"), {**edges, "bursts": [3000, 60, 5000, 70]}),
        (
            (3, "end"),
            {
                **edges,
                "bursts": [7000, 80],
                "burst_count": 4,
                "period_s": 0.002,
                "snr_db": 15.1234,
                "flags": ["edge"],
                "nearest": nearest,
            },
        ),
    )
    announce(rfattn.sigmf_annotation_sink(path), sent)
    found = annotations(path)
    spans = [(a["core:sample_start"], a["core:sample_count"]) for a in found]
    assert spans == [(1000, 50), (3000, 60), (5000, 70), (7000, 80)]
    assert found[2] == {
        "core:sample_start": 5000,
        "core:sample_count": 70,
        "core:freq_lower_edge": 433.9e6,
        "core:freq_upper_edge": 433.9125e6,
        "core:label": "unknown, 12.5 kHz",
        "core:comment": "emission 3: 12.5 kHz wide, SNR 15.1 dB, duty 0.5, every 0.002 s, edge; "
        "compatible with OOK sensor (0.88)",
        "core:generator": "gr-rfattn",
        "rfattn:emission": 3,
        "rfattn:snr_db": 15.12,
        "rfattn:power_db": -40.0,
        "rfattn:duty": 0.5,
        "rfattn:period_s": 0.002,
        "rfattn:burst_count": 4,
        "rfattn:flags": ["edge"],
        "rfattn:nearest": [{"name": "OOK sensor", "score": 0.877}],
    }
    meta = json.loads(path.read_text())
    assert meta["global"]["core:extensions"] == [
        {"name": "rfattn", "version": "1.0.0", "optional": True}
    ]
    assert meta["global"]["core:sample_rate"] == 1e6
    assert meta["captures"] == [{"core:sample_start": 0, "core:frequency": 446.1e6}]


def test_sidebands_are_written_only_where_they_are_asked_for(tmp_path):
    """By what they were at the end: 2 turns out to be one, and 3 to be none."""
    path, sideband = tmp_path / "out.sigmf-meta", {"flags": ["dc", "sideband"], "sideband_of": 1}
    sent = emissions(
        ((1, "new"), {"bursts": [0, 10]}),
        ((2, "new"), {"bursts": [0, 10]}),
        ((3, "new"), {"bursts": [0, 10], **sideband}),
        ((2, "update"), sideband),
        ((3, "end"), {}),
        ((4, "new"), {"bursts": [0, 10], "flags": ["ignored"]}),
    )
    for sidebands, ids in ((False, [1, 3]), (True, [1, 2, 3])):
        announce(rfattn.sigmf_annotation_sink(path, sidebands=sidebands), sent)
        assert [entry["rfattn:emission"] for entry in annotations(path)] == ids
    found = annotations(path)[1]
    assert found["rfattn:flags"] == ["dc", "sideband"] and found["rfattn:sideband_of"] == 1
    assert found["core:comment"].endswith(", dc, sideband of 1")
    assert "rfattn:sideband_of" not in annotations(path)[2]


def test_the_content_of_a_burst_is_in_its_comment(tmp_path):
    """Of a frame it is that in which it begins, or before which its first bit was found."""
    path, bursts = tmp_path / "out.sigmf-meta", [1000, 50, 3000, 60, 5000, 70]
    sent = emissions(((1, "new"), {"bursts": bursts}), ((2, "end"), {"bursts": [0, 10]}))
    lines = [(1000, "first"), (1010, "second"), (2990, "a\x1b[31m"), (9000, "behind all")]
    decoded = [{"id": 1, "source": "AIS", "text": b, "sample_start": a} for a, b in lines]
    announce(rfattn.sigmf_annotation_sink(path), sent + [("decoded", each) for each in decoded])
    expected = ["AIS: second", r"AIS: a\x1b[31m", None]
    assert [each.get("rfattn:content") for each in annotations(path)[1:]] == expected
    for found, content in zip(annotations(path)[1:], expected, strict=True):
        assert found["core:comment"].endswith(f"; {content}" if content else "duty 0.5")
    decoded.append({"id": 1, "source": "direwolf", "text": "one"})  # nobody knows when
    announce(rfattn.sigmf_annotation_sink(path), sent + [("decoded", each) for each in decoded])
    found = [each.get("rfattn:content") for each in annotations(path)]
    assert found == [None, *expected[:2], "direwolf: one"]


def test_the_label_is_that_of_the_model_where_it_is_sure(tmp_path):
    nearest, like = [{"name": "NXDN", "score": 0.5}], "; compatible with NXDN (0.50)"
    for label, family, expected, text in (
        ("ais", "packets", "ais", "ais 0.75"),
        ("unknown", "packets", "packets", f"family packets (ais? 0.75){like}"),
        ("unknown", None, "unknown, 1 kHz", f"unknown (ais? 0.75){like}"),
    ):
        path = tmp_path / "out.sigmf-meta"
        known = {"bursts": [0, 10], "label": label, "family": family}
        known |= {"guess": "ais", "confidence": 0.75, "nearest": nearest}
        sink = rfattn.sigmf_annotation_sink(path, min_confidence=0.8)  # of detections
        announce(sink, emissions(((1, "new"), known), ((1, "end"), known | {"bursts": []})))
        (found,) = annotations(path)
        assert found["core:label"] == expected
        assert (found["rfattn:confidence"], found["rfattn:guess"]) == (0.75, "ais")
        assert found.get("rfattn:family") == family and found["rfattn:nearest"] == nearest
        assert found["core:comment"].endswith(f"; {text}")


def test_a_burst_on_the_air_is_written_up_to_its_last_sample(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    announce(
        rfattn.sigmf_annotation_sink(path),
        emissions(((1, "new"), {"burst_start": 1000, "sample_count": 500})),
    )
    (found,) = annotations(path)
    assert (found["core:sample_start"], found["core:sample_count"]) == (1000, 500)


def test_bursts_are_counted_in_samples_of_the_recording(tmp_path):
    meta = recording(tmp_path)
    known = json.loads(meta.read_text())
    known["global"]["core:sample_rate"] = 4e6
    meta.write_text(json.dumps(known))
    announce(rfattn.sigmf_annotation_sink(meta), emissions(((1, "new"), {"bursts": [100, 50]})))
    (found,) = annotations(meta)
    assert (found["core:sample_start"], found["core:sample_count"]) == (400, 200)


def test_edges_of_audio_are_counted_from_zero(tmp_path):
    path = recording(tmp_path, "ri16_le")
    sent = {"freq_lower": 600.0, "freq_upper": 900.0, "rx_freq": None, "bursts": [0, 10]}
    announce(rfattn.sigmf_annotation_sink(path), emissions(((1, "new"), sent)))
    (found,) = annotations(path)
    assert (found["core:freq_lower_edge"], found["core:freq_upper_edge"]) == (600.0, 900.0)
    assert found["core:label"] == "unknown, 300 Hz"


def test_a_retune_begins_a_capture(tmp_path):
    path = tmp_path / "out.sigmf-meta"
    sent = emissions(
        ((1, "new"), {"rx_freq": 100e6, "bursts": [0, 9]}),
        ((2, "new"), {"rx_freq": 200e6, "segment": 1, "sample_start": 5000, "bursts": [5000, 9]}),
        ((1, "end"), {"rx_freq": 100e6}),
    )
    announce(rfattn.sigmf_annotation_sink(path), sent)
    meta = json.loads(path.read_text())
    assert meta["captures"] == [
        {"core:sample_start": 0, "core:frequency": 100e6},
        {"core:sample_start": 5000, "core:frequency": 200e6},
    ]


def test_the_extension_is_listed_only_where_it_is_used(tmp_path):
    path = recording(tmp_path)
    meta = json.loads(path.read_text())
    other = {"name": "antenna", "version": "1.0.0", "optional": True}
    meta["global"]["core:extensions"] = [other]
    path.write_text(json.dumps(meta))
    for sent, names in (
        (emissions(((1, "new"), {"bursts": [0, 9]})), ["antenna", "rfattn"]),
        (emissions(((1, "new"), {"bursts": [0, 9]})), ["antenna", "rfattn"]),
        (messages(1), ["antenna"]),
    ):
        announce(rfattn.sigmf_annotation_sink(path), sent)
        stated = json.loads(path.read_text())["global"]["core:extensions"]
        assert [entry["name"] for entry in stated] == names and stated[0] == other


@pytest.mark.parametrize(
    "filename, arguments, message",
    [
        ("out.json", {}, "filename must end in .sigmf-meta, got .*out.json"),
        ("no/out.sigmf-meta", {}, "no folder .*no for filename"),
        ("out.sigmf-meta", {"n_bands": 0}, "n_bands must be >= 1, got 0"),
        ("out.sigmf-meta", {"min_confidence": 1.5}, "min_confidence must be from 0 to 1, got 1.5"),
        ("out.sigmf-meta", {"meta": "/nowhere.sigmf-meta"}, "/nowhere.sigmf-meta: No such file"),
        ("out.sigmf-meta", {"meta": __file__}, ".*: not JSON: Expecting value"),
    ],
)
def test_refusals(tmp_path, filename, arguments, message):
    with pytest.raises(ValueError, match=f"sigmf_annotation_sink: {message}"):
        rfattn.sigmf_annotation_sink(tmp_path / filename, **arguments)
