# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""power_spectrum against the numpy front end, physics, gaps, tags, chunking and refusals."""

import time

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.inference import AttentionModelAdapter
from gnuradio.rfattn.recordings.front_end import WINDOWS, FrontEnd

from attention_models import contract_of, random_model, tiny_config
from step_streams import tag

tags = rfattn.tags

DEFAULT_CHUNK = 100_000
RATE, FREQUENCY = 1000.0, 433e6
SMALL = {"fft_size": 64, "hop": 64, "n_bins": 64}


def noise(n, seed=1):
    parts = np.random.default_rng(seed).standard_normal((n, 2)) / np.sqrt(2)
    return parts.view(np.complex128).ravel().astype(np.complex64)


def rate(offset, hz=RATE):
    return tag(offset, "rx_rate", pmt.from_double(hz))


def frequency(offset, hz=FREQUENCY):
    return tag(offset, "rx_freq", pmt.from_double(hz))


def rx_time(offset, seconds, fraction):
    value = pmt.make_tuple(pmt.from_uint64(seconds), pmt.from_double(fraction))
    return tag(offset, "rx_time", value)


def run(samples, stream_tags=(), chunk=DEFAULT_CHUNK, items_per_call=None, **parameters):
    """Tokens [T, n_bins] and tags of a run; `chunk` limits the items of any work call."""
    block = rfattn.power_spectrum(**{**SMALL, **parameters})
    if items_per_call:
        block.set_max_noutput_items(items_per_call)
    source = blocks.vector_source_c(samples.tolist(), False, 1, list(stream_tags))
    n_bins = block.output_signature().sizeof_stream_item(0) // 4
    sink = blocks.vector_sink_f(n_bins)
    top = gr.top_block()
    top.connect(source, block, sink)
    top.run(chunk)
    return np.array(sink.data(), np.float32).reshape(-1, n_bins), sink.tags()


def values_of(found, key):
    return {t.offset: pmt.to_python(t.value) for t in found if pmt.to_python(t.key) == key}


def assert_same_tokens(tokens, expected, scale="db"):
    """5e-3 dB or 0.1 %: single-precision FFT and window, worst where a bin nearly cancels."""
    assert tokens.shape == expected.shape
    if scale == "db":
        np.testing.assert_allclose(tokens, expected, rtol=0, atol=5e-3)
    else:
        np.testing.assert_allclose(tokens, expected, rtol=1e-3, atol=1e-9)


# Values


@pytest.mark.parametrize("sides", ["two", "one"])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("hop", [1, 24, 64, 100])
@pytest.mark.parametrize("averaging", [1, 3])
def test_tokens_are_those_of_the_front_end(sides, window, hop, averaging):
    front_end = FrontEnd(64, hop, 32, window, averaging, "db", "keep", sides)
    samples = noise(700)
    tokens, _ = run(samples, **front_end.to_dict())
    assert len(tokens) == front_end.token_count(len(samples)) > 0
    assert_same_tokens(tokens, front_end.tokens(samples))


@pytest.mark.parametrize("fft_size", [8, 256, 4096])
@pytest.mark.parametrize("n_bins", [1, 4])
@pytest.mark.parametrize("scale", ["db", "linear"])
@pytest.mark.parametrize("dc", ["keep", "remove"])
@pytest.mark.parametrize("sides", ["two", "one"])
def test_sizes_pooling_scale_and_dc(fft_size, n_bins, scale, dc, sides):
    front_end = FrontEnd(
        fft_size, fft_size // 2, n_bins, scale=scale, dc=dc, sides=sides, averaging=2
    )
    samples = noise(5 * fft_size) + 0.5
    tokens, _ = run(samples, **front_end.to_dict())
    assert_same_tokens(tokens, front_end.tokens(samples), scale)


def test_no_token_from_fewer_samples_than_one_needs():
    tokens, found = run(noise(127), averaging=2)
    assert len(tokens) == 0 and not found


def test_largest_frame_and_longest_token_fit_the_input_buffer():
    samples = noise(65536 + 5)
    tokens, _ = run(samples, fft_size=65536, hop=1, averaging=2)
    front_end = FrontEnd(65536, 1, 64, averaging=2)
    assert_same_tokens(tokens, front_end.tokens(samples))
    tokens, _ = run(noise(64 * 5000), averaging=2500)  # more than any buffer holds
    assert len(tokens) == 2


# Gaps and tags


def of_segments(samples, starts, front_end):
    bounds = [0, *starts, len(samples)]
    parts = [samples[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    return [front_end.tokens(part) for part in parts]


@pytest.mark.parametrize("hop", [16, 64, 200])
@pytest.mark.parametrize("averaging", [1, 2])
@pytest.mark.parametrize("key", ["rx_time", "rx_rate", "rx_freq"])
def test_frames_never_span_a_gap(hop, averaging, key):
    samples, starts = noise(1500), [300, 331, 900]  # a segment too short for a token
    value = {"rx_time": pmt.to_pmt((1, 0.5))}.get(key, pmt.from_double(5.0))
    found_tags = [tag(start, key, value) for start in starts]
    front_end = FrontEnd(64, hop, 64, averaging=averaging)
    tokens, found = run(samples, found_tags, hop=hop, averaging=averaging)
    expected = of_segments(samples, starts, front_end)
    assert_same_tokens(tokens, np.concatenate(expected))

    segments = values_of(found, tags.SEGMENT)
    firsts = np.cumsum([0] + [len(part) for part in expected[:-1]])
    assert segments.keys() == {
        int(first) for first, part in zip(firsts, expected, strict=True) if len(part)
    }
    by_number = {s[tags.KEY_SEGMENT]: s for s in segments.values()}
    for number, start in enumerate([0, *starts]):
        if len(expected[number]):
            assert by_number[number][tags.KEY_SAMPLE_START] == start
            assert by_number[number][tags.KEY_SAMPLES_PER_TOKEN] == front_end.samples_per_token
            assert by_number[number][tags.KEY_TOKEN_SAMPLES] == front_end.token_samples


def test_other_tags_are_no_gap_and_are_not_passed_on():
    samples = noise(640)
    tokens, found = run(samples, [tag(100, "burst", pmt.PMT_T)])
    assert_same_tokens(tokens, FrontEnd(**SMALL).tokens(samples))
    assert {pmt.to_python(t.key) for t in found} == {tags.SEGMENT, tags.ARRIVAL}


def test_tags_at_the_first_sample_describe_segment_0():
    _, found = run(noise(640), [rate(0), frequency(0), rx_time(0, 7, 0.25)])
    assert values_of(found, tags.SEGMENT) == {
        0: {
            "segment": 0,
            "retunes": 0,
            "overflows": 0,
            "sample_start": 0,
            "samples_per_token": 64,
            "token_samples": 64,
            "rx_rate": RATE,
            "rx_freq": FREQUENCY,
            "rx_time": (7, 0.25),
            "front_end": {
                "fft_size": 64,
                "hop": 64,
                "n_bins": 64,
                "window": "hann",
                "averaging": 1,
                "scale": "db",
                "dc": "keep",
                "sides": "two",
            },
        }
    }


def test_every_segment_states_the_whole_front_end():
    stated = {
        "fft_size": 32,
        "hop": 20,
        "n_bins": 8,
        "window": "flattop",
        "averaging": 3,
        "scale": "linear",
        "dc": "remove",
        "sides": "one",
    }
    _, found = run(noise(640), [frequency(300)], **stated)
    segments = values_of(found, tags.SEGMENT)
    assert [segment["front_end"] for segment in segments.values()] == [stated] * 2
    assert stated.keys() == FrontEnd().to_dict().keys()


def test_unknown_rate_frequency_and_time_are_absent():
    _, found = run(noise(640))
    (segment,) = values_of(found, tags.SEGMENT).values()
    assert not {"rx_rate", "rx_freq", "rx_time"} & segment.keys()


def test_gaps_are_counted_by_kind():
    """A change of frequency is a retune; the same frequency again, or a time, is an overflow."""
    gaps = [frequency(0), rx_time(640, 7, 0.25), frequency(1280, 1e9), rx_time(1920, 8, 0.0)]
    _, found = run(noise(2560), gaps)
    segments = values_of(found, tags.SEGMENT).values()
    assert [(s["retunes"], s["overflows"]) for s in segments] == [(0, 0), (0, 1), (1, 1), (1, 2)]


def test_several_tags_on_one_sample_are_one_gap():
    stream_tags = [rate(0), rate(300, 2000.0), frequency(300), rx_time(300, 9, 0.5)]
    _, found = run(noise(640), stream_tags)
    first, second = values_of(found, tags.SEGMENT).values()
    assert "rx_freq" not in first and "rx_time" not in first
    assert second["segment"] == 1 and second["sample_start"] == 300
    assert (second["rx_rate"], second["rx_freq"]) == (2000.0, FREQUENCY)
    assert second["rx_time"] == (9, 0.5)


def test_time_goes_on_by_sample_count_where_a_gap_does_not_restate_it():
    stream_tags = [rate(0, 100.0), rx_time(0, 7, 0.75)]
    stream_tags += [frequency(130), rate(300, 10.0), frequency(405)]
    _, found = run(noise(600), stream_tags)
    times = [s["rx_time"] for s in values_of(found, tags.SEGMENT).values()]
    # 130 samples at 100 Hz, 170 more, then 105 at 10 Hz
    expected = [7.75, 9.05, 10.75, 21.25]
    # 1e-9 s: rounding of a few additions
    np.testing.assert_allclose([s + f for s, f in times], expected, rtol=0, atol=1e-9)
    assert all(0 <= f < 1 for _, f in times)


def test_a_new_time_keeps_the_old_frequency_and_rate():
    _, found = run(noise(640), [rate(0), frequency(0), rx_time(320, 3, 0.0)])
    _, second = values_of(found, tags.SEGMENT).values()
    assert (second["rx_rate"], second["rx_freq"], second["rx_time"]) == (RATE, FREQUENCY, (3, 0.0))


def test_time_without_a_rate_is_not_guessed():
    _, found = run(noise(640), [rx_time(0, 3, 0.0), frequency(320)])
    first, second = values_of(found, tags.SEGMENT).values()
    assert first["rx_time"] == (3, 0.0) and "rx_time" not in second


def test_a_value_of_the_wrong_kind_is_a_gap_but_tells_nothing():
    stream_tags = [rate(0), tag(128, "rx_rate", pmt.intern("fast")), rate(256, 0.0)]
    _, found = run(noise(640), stream_tags)
    segments = values_of(found, tags.SEGMENT)
    assert [s["rx_rate"] for s in segments.values()] == [RATE] * 3
    assert [s["sample_start"] for s in segments.values()] == [0, 128, 256]


def test_arrival_is_the_start_of_the_work_call():
    before = time.monotonic_ns()
    tokens, found = run(noise(640), items_per_call=2)
    after = time.monotonic_ns()
    arrivals = values_of(found, tags.ARRIVAL)
    assert min(arrivals) == 0 and len(tokens) == 10
    times = list(arrivals.values())
    assert len(times) >= 5  # two tokens a call at most
    assert times == sorted(times) and before < times[0] and times[-1] < after


# Scheduling


@pytest.mark.parametrize("hop", [16, 64, 200])
@pytest.mark.parametrize("averaging", [1, 3])
@pytest.mark.parametrize("limits", [{"chunk": 1}, {"items_per_call": 1}, {"chunk": 37}])
def test_chunking_changes_nothing(hop, averaging, limits):
    stream_tags = [rate(0), frequency(0), rx_time(400, 1, 0.5), frequency(777)]
    parameters = {"hop": hop, "averaging": averaging}
    samples = noise(2000)
    whole, whole_tags = run(samples, stream_tags, **parameters)
    pieces, piece_tags = run(samples, stream_tags, **limits, **parameters)
    np.testing.assert_array_equal(pieces, whole)
    assert values_of(piece_tags, tags.SEGMENT) == values_of(whole_tags, tags.SEGMENT)


def test_a_second_run_begins_anew():
    samples = noise(640)
    source = blocks.vector_source_c(samples.tolist(), False, 1, [frequency(200)])
    block, sink = rfattn.power_spectrum(**SMALL, averaging=2), blocks.vector_sink_f(64)
    top = gr.top_block()
    top.connect(source, block, sink)
    top.run()
    first, first_tags = sink.data(), values_of(sink.tags(), tags.SEGMENT)
    source.rewind()
    sink.reset()
    top.run()
    assert sink.data() == first
    assert values_of(sink.tags(), tags.SEGMENT) == first_tags


def test_the_output_buffer_has_room_for_two_work_calls():
    """131072 samples, as tokens; at most 2048 of them, at least a page and four."""
    assert rfattn.power_spectrum(**SMALL).min_output_buffer(0) == 2048
    assert rfattn.power_spectrum(64, 8, 64).min_output_buffer(0) == 2048
    assert rfattn.power_spectrum(**SMALL, averaging=1000).max_output_buffer(0) == 16  # a page
    assert rfattn.power_spectrum(64, 64, 1).max_output_buffer(0) == 2048
    assert rfattn.power_spectrum(1024, 1024, 1024).min_output_buffer(0) == 128
    assert rfattn.power_spectrum(65536, 65536, 65536).min_output_buffer(0) == 4


def test_lengths():
    block = rfattn.power_spectrum(64, 100, 64, averaging=3)
    assert (block.samples_per_token(), block.token_samples()) == (300, 264)


# Refusals

SIZES = "fft_size must be a power of two from 8 to 65536, got {}"
NAMES = "blackman, blackmanharris, flattop, hamming, hann, rectangular"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"fft_size": 4}, SIZES.format(4)),
        ({"fft_size": 96}, SIZES.format(96)),
        ({"fft_size": 131072}, SIZES.format(131072)),
        ({"hop": 0}, "hop must be >= 1, got 0"),
        ({"n_bins": 0}, "n_bins must be a power of two from 1 to 64, got 0"),
        ({"n_bins": 48}, "n_bins must be a power of two from 1 to 64, got 48"),
        ({"n_bins": 128}, "n_bins must be a power of two from 1 to 64, got 128"),
        ({"sides": "one"}, "n_bins must be a power of two from 1 to 32, got 64"),
        ({"window": "kaiser"}, f"window must be one of {NAMES}, got 'kaiser'"),
        ({"averaging": 0}, "averaging must be >= 1, got 0"),
        ({"scale": "log"}, "scale must be one of db, linear, got 'log'"),
        ({"dc": "drop"}, "dc must be one of keep, remove, got 'drop'"),
        ({"sides": "left"}, "sides must be one of two, one, got 'left'"),
    ],
)
def test_refusals_name_parameter_rule_and_value(parameters, message):
    with pytest.raises(ValueError) as refused:
        rfattn.power_spectrum(**{**SMALL, **parameters})
    assert str(refused.value) == f"power_spectrum: {message}"


def test_many_gaps_in_one_call_take_no_longer_each():
    """Looking at all gaps for each took 16 s of 65536."""
    found = [frequency(i, 1e6 + i) for i in range(65_536)]
    block = rfattn.power_spectrum(**SMALL)
    top = gr.top_block()
    top.connect(blocks.vector_source_c([0j] * 65_536, False, 1, found), block)
    top.connect(block, blocks.null_sink(64 * gr.sizeof_float))
    began = time.process_time()
    top.run()
    assert block.segments() == 65_536
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("scale", ["db", "linear"])
def test_what_is_not_finite_leaves_nothing_in_the_tokens_and_the_level_of_a_model(scale):
    samples = noise(64 * 32)
    samples[[130, 700, 1100]] = [np.nan, np.inf, 1e30]
    tokens, _ = run(samples, scale=scale)
    silence, _ = run(np.zeros(64, np.complex64), scale=scale)
    assert len(tokens) == 32 and np.isfinite(tokens).all()
    assert (tokens[2] == silence).all()
    own = FrontEnd(**SMALL, scale=scale).tokens(samples[:640])
    np.testing.assert_allclose(tokens[:10], own, rtol=1e-4, atol=1e-4)
    config = tiny_config(n_bins=64)
    model = AttentionModelAdapter(random_model(config), contract_of(config), "cpu", "float32")
    steps = [model.step(tokens[None, i : i + 4]) for i in range(0, 32, 4)]
    assert np.isfinite(steps).all()


def test_samples_that_are_not_finite_are_counted_once_and_their_tokens_marked():
    samples = noise(1000)
    samples *= 0.1
    samples[[130, 131, 500]] = [np.nan, np.inf, 1e13]
    samples[700:710] = 1.0
    block = rfattn.power_spectrum(**SMALL | {"hop": 32, "averaging": 2})
    block.set_max_noutput_items(3)
    sink, top = blocks.vector_sink_f(64), gr.top_block()
    top.connect(blocks.vector_source_c(samples.tolist()), block, sink)
    top.run(100)
    assert (block.samples_non_finite(), block.samples_saturated()) == (3, 10)
    # A token looks at 96 samples and starts 64 after the last one.
    marked = [t.offset for t in sink.tags() if pmt.to_python(t.key) == tags.NON_FINITE]
    assert sorted(marked) == [1, 2, 7]
