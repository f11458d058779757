# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block with a value of every type in every tag and message that it reads.

The flowgraph ends with an error that names the tag, or the value is one that the block takes and
all items come out.
"""

import inspect

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks import detection_sink as detection_module
from gnuradio.rfattn.blocks import sigmf_source
from gnuradio.rfattn.blocks.parts import message_sink, step_block
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.blocks.parts.work_errors import keep_error

from announcer import announcer
from emission_messages import emission_message
from emission_tags import emission_dict
from hostile_tags import COUNTS, NUMBERS, error_of, run_all, values, with_entry
from step_streams import FRONT_END, save_model, segment_tag, step_dict, tag

tags = rfattn.tags

RATE = 48_000.0
N_SAMPLES = 8192
N_BINS, BLOCK_SIZE, N_CLASSES = 8, 4, 3
N_TOKENS = 400
CLASSES = [f"class{i}" for i in range(N_CLASSES)]

SEGMENT_COUNTS = ("segment", "sample_start", "samples_per_token", "token_samples", "retunes")
SEGMENT_RULES = {
    **dict.fromkeys((*SEGMENT_COUNTS, "overflows", "rested_tokens"), COUNTS),
    "stream": COUNTS | {"nil"},
    "front_end": {"dictionary", "nil"},
    "features": {"vector", "nil"},
    "rx_rate": COUNTS | {"double", "nil"},
    "rx_freq": NUMBERS | {"nil"},
    "rx_time": {"tuple", "nil"},
}
"""Types that each entry of a segment takes; nil is an entry that is absent."""

EMISSION_SAMPLES = ("sample_start", "sample_count", "sample_now")
EMISSION_RULES = {
    **dict.fromkeys(("id", "segment", "burst_count"), COUNTS),
    **dict.fromkeys(EMISSION_SAMPLES, {"long"}),  # the uint64 is above 2**62
    **dict.fromkeys(("snr_db", "power_db", "duty"), NUMBERS),
    "state": set(),
    "freq_lower": {"negative", "long", "double"},
    "freq_upper": NUMBERS,
    "bursts": set(),
    "burst_start": {"long", "nil"},
    "period_s": NUMBERS | {"nil"},
    "flags": {"vector"},
}

STEP_RULES = {
    **dict.fromkeys(("arrival_ns", "start_ns", "end_ns"), COUNTS),
    **dict.fromkeys(("tokens_in", "dropped_tokens", "queued_steps"), COUNTS),
    **dict.fromkeys(("retunes", "overflows", "kv_bytes"), COUNTS),
}
READ_STEP_RULES = {
    **dict.fromkeys(("segment", "sample_start", "sample_count"), COUNTS),
    "stream": COUNTS | {"nil"},
    "rx_rate": NUMBERS | {"nil"},
    "rx_freq": NUMBERS | {"nil"},
    "rx_time": {"tuple", "nil"},
}


def samples_with(found):
    """Samples with tags, and the same again."""
    rng = np.random.default_rng(1)
    noise = 0.01 * rng.standard_normal((N_SAMPLES // 4, 2)) @ [1, 1j]
    return blocks.vector_source_c(noise.tolist(), True, 1, found), N_SAMPLES


def tokens_with(found):
    rows = np.random.default_rng(2).normal(-60, 10, (N_TOKENS // 4, N_BINS))
    return blocks.vector_source_f(rows.ravel().tolist(), True, N_BINS, found), N_TOKENS


def logits_with(found):
    rows = np.random.default_rng(3).normal(0, 1, (N_TOKENS // 4, N_CLASSES))
    return blocks.vector_source_f(rows.ravel().tolist(), True, N_CLASSES, found), N_TOKENS


def flowgraph(source, count, block):
    """The first ``count`` items of a source through a block."""
    top, item_bytes = gr.top_block(), source.output_signature().sizeof_stream_item(0)
    top.connect(source, blocks.head(item_bytes, count), block)
    if block.output_signature().max_streams() != 0:
        out = block.output_signature().sizeof_stream_item(0)
        top.connect(block, blocks.null_sink(out))
    return top


def check(make_block, feed, cases, accepted, name):
    """Runs a flowgraph for each case, a tag value by name, several at a time."""
    runs = []
    for what, found in cases.items():
        source, count = feed(found)
        block = make_block()
        runs.append((what, block, flowgraph(source, count, block)))
    for first in range(0, len(runs), 8):
        run_all(top for _, _, top in runs[first : first + 8])
    for what, block, _ in runs:
        error = error_of(block)
        if what in accepted:
            assert error == "", what
        else:
            assert name in error and "\n" not in error, (what, error)


def whole_values(key, first=()):
    return {what: [*first, tag(5, key, value)] for what, value in values().items()}


def entry_values(key, dictionary, entry, first=()):
    return {
        what: [*first, tag(5, key, with_entry(dictionary, entry, value))]
        for what, value in values().items()
    }


SAMPLE_BLOCKS = {
    "power_spectrum": lambda: rfattn.power_spectrum(64, 64, 8),
    "band_tagger": lambda: rfattn.band_tagger(3, 1),
    "emission_detector": lambda: rfattn.emission_detector(RATE),
    "emission_extractor": lambda: rfattn.emission_extractor(RATE, 64, 64, 8),
}
ENDED_BY_RATE = ("emission_detector", "emission_extractor")


@pytest.mark.parametrize("key", ["rx_rate", "rx_freq", "rx_time"])
@pytest.mark.parametrize("name", SAMPLE_BLOCKS)
def test_tags_of_other_blocks_are_taken_or_ignored(name, key):
    """Those of a receiver never end the flowgraph, unless they state another rate."""
    other_rates = {"long", "uint64", "double"}
    refused = other_rates if key == "rx_rate" and name in ENDED_BY_RATE else set()
    accepted = set(values()) - refused
    check(SAMPLE_BLOCKS[name], samples_with, whole_values(key), accepted, "rx_rate")


@pytest.mark.parametrize("entry", [None, *EMISSION_RULES])
def test_emissions_of_a_wrong_type(entry):
    make, key = SAMPLE_BLOCKS["emission_extractor"], tags.EMISSION
    if entry is None:
        check(make, samples_with, whole_values(key), set(), key)
        return
    dictionary = emission_dict(id=1, sample_now=5, freq_lower=-1e3, freq_upper=1e3)
    cases = entry_values(key, dictionary, entry)
    check(make, samples_with, cases, EMISSION_RULES[entry], key)


TOKEN_BLOCKS = {
    "token_buffer": lambda: rfattn.token_buffer(N_BINS, BLOCK_SIZE),
    "token_scheduler": lambda: rfattn.token_scheduler(N_BINS, 8, first_rest_s=0.0),
    "spectrum_probe": lambda: rfattn.spectrum_probe(N_BINS),
}


@pytest.mark.parametrize("entry", [None, *SEGMENT_RULES])
@pytest.mark.parametrize("name", TOKEN_BLOCKS)
def test_segments_of_a_wrong_type(name, entry):
    make, key = TOKEN_BLOCKS[name], tags.SEGMENT
    if entry is None:
        check(make, tokens_with, whole_values(key), {"dictionary"}, key)
        return
    cases = entry_values(key, segment_tag(0, 0, 0).value, entry)
    # An entry whose value is nil is there, so it is no count.
    check(make, tokens_with, cases, SEGMENT_RULES[entry], key)


@pytest.mark.parametrize("key", [tags.END, tags.ARRIVAL])
@pytest.mark.parametrize("name", ["token_buffer", "token_scheduler"])
def test_other_tags_of_tokens_of_a_wrong_type(name, key):
    check(TOKEN_BLOCKS[name], tokens_with, whole_values(key), COUNTS, key)


@pytest.mark.parametrize("entry", [None, *STEP_RULES])
def test_steps_of_a_wrong_type_at_the_probe(entry):
    def make():
        return rfattn.latency_probe(N_CLASSES)

    stamps = pmt.to_pmt({})
    for name in ("arrival_ns", "start_ns", "end_ns"):
        stamps = with_entry(stamps, name, pmt.from_uint64(7))
    if entry is None:
        check(make, logits_with, whole_values(tags.STEP), {"dictionary"}, tags.STEP)
        return
    cases = entry_values(tags.STEP, stamps, entry)
    check(make, logits_with, cases, STEP_RULES[entry], tags.STEP)


def whole_step():
    return step_dict(stream=0, segment=0, sample_start=0, sample_count=4)


@pytest.mark.parametrize("entry", [None, *READ_STEP_RULES])
def test_steps_of_a_wrong_type_at_the_detection_sink(entry):
    def feed(found):
        (wrong,) = found
        step = whole_step()
        every = [tag(i, tags.STEP, step) for i in range(N_TOKENS // 4)]
        every[5] = wrong
        return logits_with(every)

    def make():
        return rfattn.detection_sink(CLASSES)

    if entry is None:
        check(make, feed, whole_values(tags.STEP), set(), tags.STEP)
        return
    cases = entry_values(tags.STEP, whole_step(), entry)
    check(make, feed, cases, READ_STEP_RULES[entry], "")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = save_model(tmp_path_factory.mktemp("model") / "tiny.pt", n_bins=N_BINS)
    return rfattn.transformer(path, threads=1), blocks.message_debug()


MODEL_RULES = READ_STEP_RULES | {
    "stream": COUNTS,
    "front_end": set(),
    "features": {"nil"},
    "ended": {"nil"},
}


@pytest.mark.parametrize("entry", [None, *MODEL_RULES])
def test_steps_of_a_wrong_type_at_the_model(model, entry):
    """One block for all, since making it takes long: it is used again after an error."""
    block, detections = model
    cases = (
        whole_values(tags.STEP) if entry is None else entry_values(tags.STEP, whole_step(), entry)
    )
    accepted = set() if entry is None else MODEL_RULES[entry]
    for what, (wrong,) in cases.items():
        step = whole_step()
        every = [tag(4 * i, tags.STEP, step) for i in range(8)]
        wrong.offset = 8
        every[2] = wrong
        rows = np.full((32, N_BINS), -60.0)
        source = blocks.vector_source_f(rows.ravel().tolist(), False, N_BINS, every)
        top = flowgraph(source, 32, block)
        top.msg_connect(block, "detections", detections, "store")
        run_all([top])
        error = error_of(block)
        assert (error == "") == (what in accepted), (what, error)
        assert "\n" not in error


# Messages


def sinks(tmp_path):
    return {
        "emission_labels": lambda: rfattn.emission_labels(),
        "emission_recorder": lambda: rfattn.emission_recorder(str(tmp_path / "rec")),
        "emission_decoder": lambda: rfattn.emission_decoder(),
        "emission_demodulator": lambda: rfattn.emission_demodulator(),
        "sigmf_annotation_sink": lambda: rfattn.sigmf_annotation_sink(
            str(tmp_path / "a.sigmf-meta")
        ),
        "zmq_stats_sink": lambda: rfattn.zmq_stats_sink("tcp://127.0.0.1:*"),
        "prometheus_sink": lambda: rfattn.prometheus_sink("127.0.0.1:0"),
        "token_scheduler": TOKEN_BLOCKS["token_scheduler"],
    }


TOPICS = {
    "emission_labels": ("emissions", "logits"),
    "emission_recorder": ("samples", "emissions"),
    "emission_decoder": ("samples", "emissions"),
    "emission_demodulator": ("samples", "emissions"),
    "sigmf_annotation_sink": ("emissions", "detections", "decoded"),
    "zmq_stats_sink": (
        "stats",
        "detections",
        "emissions",
        "model",
        "decoded",
        "spectra",
        "edges",
        "audio",
    ),
    "prometheus_sink": ("stats", "detections", "emissions", "model"),
    "token_scheduler": ("detections",),
}
ANY_DICTIONARY = ("zmq_stats_sink",)


def post(sink, topic, value):
    """Posts a message in a flowgraph; one with a block of the path has no end of its own."""
    is_path = getattr(sink, "failures", None) is None
    poster, top = announcer([(topic, value)], endless=is_path), gr.top_block()
    top.msg_connect(poster, topic, sink, topic)
    if isinstance(sink, MessageSink):
        top.connect(poster, blocks.null_sink(gr.sizeof_float))
    else:
        size = sink.input_signature().sizeof_stream_item(0) // gr.sizeof_float
        top.connect(poster, blocks.stream_to_vector(gr.sizeof_float, size), sink)
        top.connect(sink, blocks.null_sink(size * gr.sizeof_float))
    run_all([top])


@pytest.mark.parametrize(("name", "topic"), [(n, t) for n in TOPICS for t in TOPICS[n]])
def test_a_message_of_a_wrong_type_ends_the_path_and_is_counted_by_a_guest(tmp_path, name, topic):
    sink = sinks(tmp_path)[name]()
    for what, value in values().items():
        if name in ANY_DICTIONARY and what in ("dictionary", "nil"):
            continue
        if isinstance(sink, MessageSink):
            sink.error = None
        is_guest = getattr(sink, "failures", None) is not None
        before = sink.failures.count if is_guest else 0
        post(sink, topic, value)
        assert error_of(sink) and "\n" not in error_of(sink), what
        assert not is_guest or sink.failures.count == before + 1, what
    if isinstance(sink, MessageSink):
        getattr(sink, "close", sink.drain)()


@pytest.mark.parametrize("name", ["emission_labels", "sigmf_annotation_sink", "prometheus_sink"])
def test_an_entry_of_a_message_of_a_wrong_type(tmp_path, name):
    """Entries that stay as they were are refused by name."""
    for what in ("negative", "nan", "symbol", "pair", "dictionary", "c32vector"):
        sink = sinks(tmp_path)[name]()
        post(sink, "emissions", with_entry(emission_message(), "sample_start", values()[what]))
        assert error_of(sink).startswith("emissions: sample_start"), what


# Endless flowgraphs, and the guard itself

ENDLESS = {
    "emission_extractor": (SAMPLE_BLOCKS, samples_with, tags.EMISSION),
    "token_buffer": (TOKEN_BLOCKS, tokens_with, tags.SEGMENT),
    "token_scheduler": (TOKEN_BLOCKS, tokens_with, tags.SEGMENT),
    "spectrum_probe": (TOKEN_BLOCKS, tokens_with, tags.SEGMENT),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_error_ends_an_endless_flowgraph_and_its_other_branches(name):
    makers, feed, key = ENDLESS[name]
    source, _ = feed([tag(5, key, pmt.intern("text"))])
    block = makers[name]()
    size, top = source.output_signature().sizeof_stream_item(0), gr.top_block()
    top.connect(source, block)
    if block.output_signature().max_streams() != 0:
        out = block.output_signature().sizeof_stream_item(0)
        top.connect(block, blocks.null_sink(out))
    top.connect(source, blocks.null_sink(size))
    run_all([top])
    assert error_of(block).endswith("the value must be a dictionary, got text")


def test_an_error_at_the_start_and_at_the_stop_is_kept():
    class fails(rfattn.detection_sink):
        when = "start"

        @keep_error
        def start(self):
            if self.when == "start":
                raise ValueError("no start")
            return detection_module.detection_sink.start(self)

        @keep_error
        def stop(self):
            raise ValueError("no stop")

    sink = fails(CLASSES)
    for sink.when, text in (("start", "no start"), ("stop", "no stop")):
        sink.error = None
        source, _ = logits_with([tag(i, tags.STEP, whole_step()) for i in range(N_TOKENS // 4)])
        run_all([flowgraph(source, N_TOKENS, sink)])
        assert str(sink.error) == text


@pytest.mark.parametrize("module", [detection_module, message_sink, sigmf_source, step_block])
@pytest.mark.parametrize("method", ["start", "stop", "work"])
def test_what_the_scheduler_calls_is_guarded(module, method):
    for _, kind in inspect.getmembers(module, inspect.isclass):
        found = vars(kind).get(method)
        if found is not None and kind.__module__ == module.__name__:
            assert hasattr(found, "__wrapped__"), f"{kind.__name__}.{method}"


def test_a_front_end_of_a_wrong_type_is_named():
    segment = segment_tag(0, 0, 0, front_end=FRONT_END.to_dict()).value
    found = [tag(0, tags.SEGMENT, with_entry(segment, "front_end", pmt.from_long(3)))]
    block = TOKEN_BLOCKS["token_buffer"]()
    run_all([flowgraph(*tokens_with(found), block)])
    assert error_of(block) == (
        "token_buffer: rfattn:segment: entry front_end must be a dictionary, got 3"
    )
