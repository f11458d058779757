# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading SigMF at full scale, refusing what cannot be read, and merging annotations."""

import json
import os

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.recordings.sigmf import Annotation, SigMFError, write_annotations


def write(folder, datatype, raw, name="r", annotations=(), captures=None, **about):
    """A recording from raw values; returns the path of its metadata."""
    np.asarray(raw).tofile(folder / f"{name}.sigmf-data")
    meta = {
        "global": {"core:datatype": datatype, "core:version": "1.2.6", **about},
        "captures": captures if captures is not None else [{"core:sample_start": 0}],
        "annotations": list(annotations),
    }
    path = folder / f"{name}.sigmf-meta"
    path.write_text(json.dumps(meta))
    return path


@pytest.mark.parametrize(
    "datatype, raw, expected",
    [
        ("cf32_le", np.array([0.5, -1, 0, 2], "<f4"), [0.5 - 1j, 2j]),
        ("cf64_be", np.array([0.5, -1], ">f8"), [0.5 - 1j]),
        ("ci16_le", np.array([-32768, 16384, 0, 1], "<i2"), [-1 + 0.5j, 1j / 32768]),
        ("ci16_be", np.array([-32768, 16384], ">i2"), [-1 + 0.5j]),
        ("ci8", np.array([-128, 64], "i1"), [-1 + 0.5j]),
        ("cu8", np.array([0, 255, 127, 128], "u1"), [-1 + 1j, (-0.5 + 0.5j) / 127.5]),
        ("cu16_le", np.array([0, 65535], "<u2"), [-1 + 1j]),
        ("ci32_le", np.array([-(2**31), 2**30], "<i4"), [-1 + 0.5j]),
        ("ri16_le", np.array([-32768, 16384], "<i2"), [-1, 0.5]),
        ("rf32_le", np.array([0.25], "<f4"), [0.25]),
        ("ru8", np.array([0, 255], "u1"), [-1, 1]),
        ("ri8", np.array([-128, 64], "i1"), [-1, 0.5]),
    ],
)
def test_samples_at_full_scale(tmp_path, datatype, raw, expected):
    recording = open_recording(write(tmp_path, datatype, raw))
    samples = recording.samples()
    assert samples.dtype == np.complex64 and recording.n_samples == len(expected)
    assert recording.is_real == datatype.startswith("r")
    np.testing.assert_allclose(samples, np.array(expected, np.complex64), atol=1e-7)


def test_ranges_of_samples(tmp_path):
    recording = open_recording(write(tmp_path, "ri16_le", np.arange(100, dtype="<i2")))
    np.testing.assert_array_equal(recording.samples(10, 5).real * 32768, np.arange(10, 15))
    assert len(recording.samples(98)) == 2 and len(recording.samples(100)) == 0
    with pytest.raises(ValueError, match="samples 98 to 101 do not lie in its 100"):
        recording.samples(98, 3)


def test_a_file_that_becomes_shorter_while_it_is_read(tmp_path):
    recording = open_recording(write(tmp_path, "ci16_le", np.arange(200, dtype="<i2")))
    for size in (399, 200, 0):
        os.truncate(recording.data_path, size)
        with pytest.raises(RecordingError, match="it became shorter while it was read: samples 90"):
            recording.samples(90)


def test_opens_by_meta_data_or_stem_and_reads_the_metadata(tmp_path):
    captures = [
        {"core:sample_start": 0, "core:frequency": 1e9, "core:datetime": "2026-01-01T00:00:00Z"},
        {"core:sample_start": 40},
    ]
    annotations = [
        {"core:sample_start": 10, "core:sample_count": 20, "core:label": "a"},
        {"core:sample_start": 50, "core:label": "b"},
    ]
    raw = np.zeros(200, "<i2")
    meta = write(
        tmp_path, "ci16_le", raw, "r.x", annotations, captures, **{"core:sample_rate": 8000}
    )
    for path in (meta, tmp_path / "r.x.sigmf-data", tmp_path / "r.x", str(meta)):
        recording = open_recording(path)
        assert (recording.sample_rate, recording.frequency, recording.n_samples) == (
            8000.0,
            1e9,
            100,
        )
        assert recording.captures[0].datetime == "2026-01-01T00:00:00Z"
        assert recording.captures[1].frequency is None
        assert recording.annotations == (Annotation(10, 20, "a"), Annotation(50, 50, "b"))
        assert recording.label == "b"


def test_rate_and_frequency_may_be_unknown(tmp_path):
    recording = open_recording(write(tmp_path, "ci8", np.zeros(4, "i1"), captures=[]))
    assert recording.sample_rate is None and recording.frequency is None and recording.label == ""


@pytest.mark.parametrize(
    "datatype, size, message",
    [
        ("ci24_le", 4, "r.sigmf-meta: unknown core:datatype 'ci24_le'"),
        ("ci16", 4, "r.sigmf-meta: unknown core:datatype 'ci16'"),
        ("x" * 5000, 4, f"r.sigmf-meta: unknown core:datatype '{'x' * 78}…"),
        ("ci16_le", 7, "r.sigmf-data is truncated: 7 bytes are no whole number of 4-byte samples"),
    ],
)
def test_refuses_datatypes_and_truncated_data(tmp_path, datatype, size, message):
    with pytest.raises(SigMFError, match=message):
        open_recording(write(tmp_path, datatype, np.zeros(size, "u1")))


def test_refuses_files_that_are_missing_or_no_metadata(tmp_path):
    meta = write(tmp_path, "ci8", np.zeros(4, "i1"))
    with pytest.raises(RecordingError, match="none.sigmf-meta: No such file"):
        open_recording(tmp_path / "none")
    (tmp_path / "r.sigmf-data").unlink()
    with pytest.raises(SigMFError, match="r.sigmf-meta: r.sigmf-data is missing"):
        open_recording(meta)
    for text, message in [
        ("{", "not JSON: "),
        ("[]", "no global object"),
        ('{"global": {}}', "core:datatype is missing"),
        (
            '{"global": {"core:datatype": "ci8"}, "captures": [{}]}',
            r"captures\[0\]: core:sample_start is missing",
        ),
    ]:
        meta.write_text(text)
        with pytest.raises(SigMFError, match=f"r.sigmf-meta: {message}") as refusal:
            open_recording(meta)
        assert "\n" not in str(refusal.value)


def test_refuses_channels_and_headers(tmp_path):
    raw = np.zeros(4, "i1")
    with pytest.raises(SigMFError, match="core:num_channels must be 1, got 2"):
        open_recording(write(tmp_path, "ci8", raw, **{"core:num_channels": 2}))
    header = [{"core:sample_start": 0}, {"core:sample_start": 1, "core:header_bytes": 32}]
    with pytest.raises(
        SigMFError, match="core:header_bytes is not supported behind the first capture"
    ):
        open_recording(write(tmp_path, "ci8", raw, captures=header))


def test_annotations_are_merged_and_replaced_only_where_ours(tmp_path):
    theirs = {"core:sample_start": 5, "core:sample_count": 1, "core:label": "t", "other:key": 1}
    meta = write(tmp_path, "ci8", np.zeros(40, "i1"), annotations=[theirs])
    write_annotations(meta, [Annotation(9, 2, "old")])
    write_annotations(meta, [Annotation(7, 2, "b", 1.0, 2.0, "0.9"), Annotation(0, 5, "a")])
    written = json.loads(meta.read_text())["annotations"]
    assert [a["core:label"] for a in written] == ["a", "t", "b"] and written[1] == theirs
    assert written[2] == {
        "core:sample_start": 7,
        "core:sample_count": 2,
        "core:freq_lower_edge": 1.0,
        "core:freq_upper_edge": 2.0,
        "core:label": "b",
        "core:comment": "0.9",
        "core:generator": "gr-rfattn",
    }
    assert open_recording(meta).annotations[2] == Annotation(7, 2, "b", 1.0, 2.0, "0.9")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.sigmf-data", "r.sigmf-meta"]


def test_annotations_of_version_0_1_are_read_and_replaced(tmp_path):
    """As gr-rfattn 0.1.0 wrote them, with the fields of its namespace."""
    ours = {
        "core:sample_start": 3,
        "core:sample_count": 20,
        "core:freq_lower_edge": 161.97e6,
        "core:freq_upper_edge": 161.98e6,
        "core:label": "ais",
        "core:generator": "gr-rfattn",
        "rfattn:emission": 1,
        "rfattn:snr_db": 24.5,
        "rfattn:flags": ["dc"],
        "rfattn:basis": "proved",
        "rfattn:nearest": [{"name": "AIS", "score": 0.75}],
    }
    extension = {"name": "rfattn", "version": "1.0.0", "optional": True}
    about = {"core:extensions": [extension]}
    meta = write(tmp_path, "ci8", np.zeros(80, "i1"), annotations=[ours], **about)
    (found,) = open_recording(meta).annotations
    assert found == Annotation(3, 20, "ais", 161.97e6, 161.98e6)
    write_annotations(meta, [Annotation(0, 5, "dmr", details={"emission": 2})])
    written = json.loads(meta.read_text())
    assert [a["core:label"] for a in written["annotations"]] == ["dmr"]
    assert written["global"]["core:extensions"] == [extension]


def test_annotations_from_another_file(tmp_path):
    meta = write(tmp_path, "ci8", np.zeros(40, "i1"))
    before = meta.read_text()
    write_annotations(tmp_path / "out.sigmf-meta", [Annotation(0, 5, "a")], base=meta)
    assert meta.read_text() == before
    assert json.loads((tmp_path / "out.sigmf-meta").read_text())["global"]["core:datatype"] == "ci8"
