# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples of a recording as `Recording` reads them, and its captures as tags."""

import json

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.recordings.sigmf import SigMFError

FORMATS = {
    "cf32_le": "<f4",
    "cf32_be": ">f4",
    "ci16_le": "<i2",
    "ci16_be": ">i2",
    "ci8": "i1",
    "cu8": "u1",
    "cu16_le": "<u2",
    "rf32_le": "<f4",
    "ri16_le": "<i2",
    "ri8": "i1",
    "ru8": "u1",
}


def write(folder, datatype="ci16_le", n_samples=100, captures=({"core:sample_start": 0},), **about):
    """A recording of random values; returns the path of its metadata."""
    dtype = np.dtype(FORMATS[datatype])
    n_values = n_samples * (1 if datatype.startswith("r") else 2)
    values = (
        np.random.uniform(-1, 1, n_values)
        if dtype.kind == "f"
        else np.random.bytes(n_values * dtype.itemsize)
    )
    raw = values.astype(dtype) if dtype.kind == "f" else np.frombuffer(values, dtype)
    raw.tofile(folder / "r.sigmf-data")
    meta = {"global": {"core:datatype": datatype, **about}, "captures": list(captures)}
    path = folder / "r.sigmf-meta"
    path.write_text(json.dumps(meta))
    return path


def play(source, n_samples=None, max_items=0):
    """Runs ``source``, or its first ``n_samples``; returns samples and (offset, key, value)."""
    sink = blocks.vector_sink_c()
    tb = gr.top_block()
    if n_samples is None:
        tb.connect(source, sink)
    else:
        tb.connect(source, blocks.head(gr.sizeof_gr_complex, n_samples), sink)
    tb.run(max_items) if max_items else tb.run()
    tags = [(t.offset, pmt.symbol_to_string(t.key), pmt.to_python(t.value)) for t in sink.tags()]
    return np.array(sink.data(), np.complex64), sorted(tags)


@pytest.mark.parametrize("datatype", FORMATS)
def test_samples_equal_those_of_the_recording(tmp_path, datatype):
    path = write(tmp_path, datatype, n_samples=10_001)
    source = rfattn.sigmf_source(path)
    samples, tags = play(source)
    np.testing.assert_array_equal(samples, open_recording(path).samples())
    assert source.is_real == datatype.startswith("r")
    assert source.sample_rate is None and source.error is None and tags == []


def test_a_recording_with_its_rate(made):
    path = made.meta("ft8")
    samples, tags = play(rfattn.sigmf_source(path))
    np.testing.assert_array_equal(samples, open_recording(path).samples())
    assert tags[0] == (0, "rx_rate", 12e3)


CAPTURES = (
    {
        "core:sample_start": 0,
        "core:frequency": 433.92e6,
        "core:datetime": "2024-02-03T04:05:06.25Z",
    },
    {"core:sample_start": 30, "core:datetime": "2024-02-03T04:05:07Z"},
    {"core:sample_start": 31, "core:frequency": 868e6},
)
TIME = 1706933106  # 2024-02-03T04:05:06Z
EXPECTED = [
    (0, "rx_freq", 433.92e6),
    (0, "rx_rate", 1e6),
    (0, "rx_time", (TIME, 0.25)),
    (30, "rx_rate", 1e6),
    (30, "rx_time", (TIME + 1, 0.0)),
    (31, "rx_freq", 868e6),
    (31, "rx_rate", 1e6),
]


@pytest.mark.parametrize("max_items", [0, 1, 7])
def test_tags_at_capture_starts(tmp_path, max_items):
    path = write(tmp_path, captures=CAPTURES, **{"core:sample_rate": 1e6})
    samples, tags = play(rfattn.sigmf_source(path), max_items=max_items)
    assert tags == EXPECTED
    np.testing.assert_array_equal(samples, open_recording(path).samples())


@pytest.mark.parametrize("max_items", [0, 7])
def test_repeat_states_the_tags_again(tmp_path, max_items):
    path = write(tmp_path, captures=CAPTURES, **{"core:sample_rate": 1e6})
    samples, tags = play(rfattn.sigmf_source(path, repeat=True), 250, max_items)
    np.testing.assert_array_equal(samples, np.tile(open_recording(path).samples(), 3)[:250])
    again = [(offset + n, key, value) for n in (0, 100, 200) for offset, key, value in EXPECTED]
    assert tags == again


def test_second_run_starts_at_the_first_sample(tmp_path):
    source, sink, tb = rfattn.sigmf_source(write(tmp_path)), blocks.vector_sink_c(), gr.top_block()
    tb.connect(source, sink)
    tb.run()
    tb.run()
    np.testing.assert_array_equal(sink.data(), np.tile(source.recording.samples(), 2))


def test_throttle_keeps_samples_and_tags(tmp_path):
    path = write(tmp_path, captures=CAPTURES, **{"core:sample_rate": 10e3})
    samples, tags = play(rfattn.sigmf_source(path, throttle=True))
    np.testing.assert_array_equal(samples, open_recording(path).samples())
    assert [(offset, key) for offset, key, _ in tags] == [(o, key) for o, key, _ in EXPECTED]


def test_a_file_that_shrinks_ends_the_flowgraph_with_an_error(tmp_path):
    path = write(tmp_path)
    source = rfattn.sigmf_source(path)
    (tmp_path / "r.sigmf-data").write_bytes(b"")
    samples, _ = play(source)
    assert len(samples) == 0 and isinstance(source.error, ValueError)


@pytest.mark.parametrize(
    "about, arguments, message",
    [
        (
            {},
            {"throttle": True},
            "states no sample rate, without which it cannot be played in real time",
        ),
        ({}, {"repeat": True}, "the gap at sample 0 cannot be marked without core:sample_rate"),
        ({"n_samples": 0}, {}, "no samples to play"),
        (
            {"captures": ({"core:sample_start": 0}, {"core:sample_start": 9})},
            {},
            "the gap at sample 9 cannot be marked",
        ),
        (
            {"captures": ({"core:sample_start": 0, "core:datetime": "noon"},)},
            {},
            "core:datetime must be ISO-8601, got 'noon'",
        ),
    ],
)
def test_refusals(tmp_path, about, arguments, message):
    with pytest.raises(RecordingError, match=message):
        rfattn.sigmf_source(write(tmp_path, **about), **arguments)


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(SigMFError, match=r"nowhere\.sigmf-meta: No such file"):
        rfattn.sigmf_source(tmp_path / "nowhere")


def test_a_tail_is_played_behind_the_recording(tmp_path):
    source = rfattn.sigmf_source(write(tmp_path, **{"core:sample_rate": 1e6}))
    tail = np.arange(20_000).astype(np.complex64)
    source.play_behind(tail)
    samples, tags = play(source, max_items=777)
    np.testing.assert_array_equal(samples, [*source.recording.samples(), *tail])
    assert [offset for offset, _, _ in tags] == [0]


def test_a_repeated_recording_has_no_tail(tmp_path):
    source = rfattn.sigmf_source(write(tmp_path, **{"core:sample_rate": 1e6}), repeat=True)
    with pytest.raises(RecordingError, match="r.sigmf-meta: it is repeated, so it has no end"):
        source.play_behind(np.zeros(1, np.complex64))
