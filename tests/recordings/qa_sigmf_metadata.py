# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metadata that break a rule are refused before anything of them is used."""

import json
import os

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.sigmf import (
    Annotation,
    SigMFError,
    write_annotations,
)


def write(folder, text):
    np.zeros(40, np.complex64).tofile(folder / "r.sigmf-data")
    path = folder / "r.sigmf-meta"
    path.write_bytes(text if isinstance(text, bytes) else json.dumps(text).encode())
    return path


def metadata(about=(), capture=(), annotation=()):
    return {
        "global": {"core:datatype": "cf32_le", "core:sample_rate": 1e6, **dict(about)},
        "captures": [{"core:sample_start": 0, **dict(capture)}],
        "annotations": [{"core:sample_start": 0, "core:label": "a", **dict(annotation)}],
    }


def refusal(path) -> str:
    """The message with which every reader refuses the file, which stays as it is."""
    before = path.read_bytes()
    messages = set()
    for use in (
        lambda: open_recording(path),
        lambda: write_annotations(path, [Annotation(0, 5, "b")]),
        lambda: find_recordings(path.parent),
    ):
        with pytest.raises(SigMFError) as caught:
            use()
        messages.add(str(caught.value))
    assert path.read_bytes() == before
    (message,) = messages
    assert message.startswith(f"{path}: ") and message.isprintable()
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "about, rule",
    [
        (
            {"core:sample_rate": -1e6},
            "0 or null where it is not known, or from 0.001 to 1e12, got -1000000.0",
        ),
        (
            {"core:sample_rate": 1e-300},
            "0 or null where it is not known, or from 0.001 to 1e12, got 1e-300",
        ),
        (
            {"core:sample_rate": 1e308},
            "0 or null where it is not known, or from 0.001 to 1e12, got 1e+308",
        ),
        (
            {"core:sample_rate": "1"},
            "0 or null where it is not known, or from 0.001 to 1e12, got '1'",
        ),
        ({"core:datatype": 5}, "text, got 5"),
        ({"core:extensions": [5]}, "a list of objects with a name, got [5]"),
        ({"core:num_channels": 10**400}, "0 to 2^62, got a number of more than 20 digits"),
    ],
)
def test_global_fields(tmp_path, about, rule):
    (field,) = about
    message = refusal(write(tmp_path, metadata(about)))
    assert message.startswith(f"global: {field} must be ") and message.endswith(rule)


@pytest.mark.parametrize(
    "capture, rule",
    [
        ({"core:sample_start": -1}, "a whole number from 0 to 2^62, got -1"),
        ({"core:sample_start": 0.5}, "a whole number from 0 to 2^62, got 0.5"),
        ({"core:sample_start": "0"}, "a whole number from 0 to 2^62, got '0'"),
        ({"core:frequency": 1e300}, "a number from -1e12 to 1e12, got 1e+300"),
        ({"core:frequency": True}, "a number from -1e12 to 1e12, got True"),
        ({"core:datetime": 1970}, "text, got 1970"),
    ],
)
def test_fields_of_captures(tmp_path, capture, rule):
    (field,) = capture
    message = refusal(write(tmp_path, metadata(capture=capture)))
    assert message == f"captures[0]: {field} must be {rule}"


@pytest.mark.parametrize(
    "annotation, rule",
    [
        ({"core:sample_start": "5"}, "a whole number from 0 to 2^62, got '5'"),
        ({"core:sample_count": None}, "a whole number from 0 to 2^62, got None"),
        ({"core:label": ["a"]}, "text, got ['a']"),
        ({"core:label": {"\x1b[31m": 1}}, r"text, got {'\x1b[31m': 1}"),
        ({"core:freq_lower_edge": "1"}, "a number from -1e12 to 1e12, got '1'"),
        ({"core:generator": 5}, "text, got 5"),
    ],
)
def test_fields_of_annotations(tmp_path, annotation, rule):
    (field,) = annotation
    message = refusal(write(tmp_path, metadata(annotation=annotation)))
    assert message == f"annotations[0]: {field} must be {rule}"


@pytest.mark.parametrize(
    "text, message",
    [
        ({"global": []}, "no global object in it"),
        ({"global": {}, "captures": [5]}, "captures[0] must be an object, got 5"),
        ({"global": {}, "captures": {}}, "captures must be a list, got {}"),
        ({"global": {}, "annotations": [{}]}, "annotations[0]: core:sample_start is missing"),
        (b'{"global": {"core:sample_rate": Infinity}}', "not JSON: Infinity is no JSON number"),
        (b'{"global": {"core:sample_rate": 1e400}}', "not JSON: the number 1e400… is too large"),
        (b'{"global": {"a": "\\udc00"}}', "not JSON: 'utf-8' codec can't encode character"),
        (b"[" * 200, "not JSON: Expecting value: line 1 column 201 (char 200)"),
        (b"[" * 100 + b"]" * 100, "not JSON: it nests more than 64 levels"),
    ],
)
def test_structure(tmp_path, text, message):
    assert refusal(write(tmp_path, text)).startswith(message)


def test_what_is_not_a_regular_file(tmp_path):
    path = write(tmp_path, b"")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SigMFError, match=r"r\.sigmf-meta: not JSON: it is not a regular file"):
        open_recording(path)


def test_annotations_that_no_reader_would_take_are_not_written(tmp_path):
    path = write(tmp_path, metadata())
    before = path.read_bytes()
    wrong = Annotation(0, 5, "b", float("nan"), 1.0)
    with pytest.raises(SigMFError, match=r"annotations\[1\]: core:freq_lower_edge .* got nan"):
        write_annotations(path, [wrong])
    assert path.read_bytes() == before


def test_whole_floats_and_unknown_fields_are_read(tmp_path):
    found = metadata({"core:sample_rate": 0}, {"core:sample_start": 0.0, "other:x": {"a": [None]}})
    recording = open_recording(write(tmp_path, found))
    assert recording.sample_rate is None and recording.captures[0].start == 0
