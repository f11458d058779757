# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model block against the bare adapter: logits, tags, messages, segments, swaps, refusals."""

import dataclasses
import gc
import sys
import threading
import weakref

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.benchmark.memory import process_bytes
from gnuradio.rfattn.inference import (
    AttentionModelAdapter,
    ModelFileError,
)
from gnuradio.rfattn.inference.graph_runner import GraphRunner
from gnuradio.rfattn.messages.detection import from_logits
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.rfattn_python import tags

from attention_models import DEVICES, TOLERANCE
from step_streams import (
    FRONT_END,
    RUN_LIMIT_S,
    random_spectra,
    run,
    save_family,
    save_model,
    step_tag,
    steps_of,
    vectors,
)

BLOCK_SIZE, N_CLASSES = 4, 3
ROUNDING = 1e-6  # of logits around 1


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "tiny.pt")


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    return save_family(tmp_path_factory.mktemp("models") / "tiny")


def cpu_transformer(model, **arguments):
    return rfattn.transformer(model, **({"device": "cpu", "threads": 1} | arguments))


@pytest.fixture(scope="module")
def idle(model):
    """A block that never runs."""
    return cpu_transformer(model)


class Outcome:
    """What a run of ``source`` through ``block`` gave."""

    def __init__(self, source, block, max_items=100_000_000):
        sink, self._messages = blocks.vector_sink_f(N_CLASSES), blocks.message_debug()
        tb = gr.top_block()
        tb.connect(source, block, sink)
        tb.msg_connect(block, "detections", self._messages, "store")
        tb.msg_connect(block, "model", self._messages, "store")
        run(tb, max_items)
        self.logits = np.array(sink.data(), np.float32).reshape(-1, N_CLASSES)
        self.tags = [
            (t.offset, pmt.symbol_to_string(t.key), pmt.to_python(t.value)) for t in sink.tags()
        ]
        self.steps = [value for _, _, value in self.tags]
        stored = [self._messages.get_message(i) for i in range(self._messages.num_messages())]
        self.models = [pmt.to_python(m) for m in stored if pmt.dict_has_key(m, pmt.intern("after"))]
        self.detections = [m for m in stored if pmt.dict_has_key(m, pmt.intern("label"))]


def adapter_logits(model, tokens, **arguments):
    """The same tokens through the bare adapter, as one segment."""
    adapter = AttentionModelAdapter.load(model, **({"device": "cpu"} | arguments))
    blocks_of = tokens.reshape(-1, 1, BLOCK_SIZE, tokens.shape[1])
    return np.concatenate([adapter.step(block) for block in blocks_of])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("max_items", [100_000_000, 1])
def test_logits_are_those_of_the_adapter(model, device, max_items):
    tokens = random_spectra(48)
    block = cpu_transformer(model, device=device, dtype="float32")
    found = Outcome(steps_of(tokens, BLOCK_SIZE), block, max_items)
    assert block.error is None
    expected = adapter_logits(model, tokens)
    np.testing.assert_allclose(found.logits, expected, atol=TOLERANCE[device])


def test_one_step_tag_per_item_with_what_it_cost(model):
    block = cpu_transformer(model)
    source = steps_of(random_spectra(40), BLOCK_SIZE, arrival_ns=7, dropped_tokens=8, rx_freq=9.0)
    found = Outcome(source, block)
    assert [(offset, key) for offset, key, _ in found.tags] == [
        (i, rfattn.tags.STEP) for i in range(10)
    ]
    for i, step in enumerate(found.steps):
        assert step["segment"] == 0 and step["sample_start"] == i * BLOCK_SIZE
        assert (step["arrival_ns"], step["dropped_tokens"], step["rx_freq"]) == (7, 8, 9.0)
        assert step["kv_bytes"] == block.adapter.kv_bytes
        assert (step[tags.KEY_ATTENTION], step[tags.KEY_NORM]) == ("flash", "layernorm")
        assert "device_bytes" not in step
    calls = {(step["start_ns"], step["end_ns"]): None for step in found.steps}
    clock = [ns for call in calls for ns in call]
    assert clock == sorted(clock)


def test_one_detection_message_per_step(model):
    source = steps_of(random_spectra(40), BLOCK_SIZE, rx_freq=1e8, rx_rate=2e6, rx_time=(5, 0.5))
    block = cpu_transformer(model)
    found = Outcome(source, block)
    assert len(found.detections) == 10
    for i, message in enumerate(found.detections):
        step = {**found.steps[i], "rx_time": (5, 0.5)}
        expected = from_logits(found.logits[i], step, block.classes).to_dict()
        assert pmt.to_python(message) == expected
        assert (expected["time"], expected["frequency"], expected["sample_rate"]) == (5.5, 1e8, 2e6)
        start = pmt.dict_ref(message, pmt.intern("sample_start"), pmt.PMT_NIL)
        assert pmt.is_uint64(start) and pmt.to_uint64(start) == i * BLOCK_SIZE


def test_a_new_segment_starts_with_an_empty_cache(model):
    tokens = random_spectra(40)
    segments = [0] * 3 + [1] * 4 + [7] * 3
    found = Outcome(steps_of(tokens, BLOCK_SIZE, segments), cpu_transformer(model))
    parts = np.split(tokens, [3 * BLOCK_SIZE, 7 * BLOCK_SIZE])
    expected = np.concatenate([adapter_logits(model, part) for part in parts])
    np.testing.assert_allclose(found.logits, expected, atol=ROUNDING)
    assert [step["segment"] for step in found.steps] == segments
    assert np.abs(expected[3] - adapter_logits(model, tokens)[3]).max() > 1e-3  # a cache would show


def test_a_second_run_starts_with_an_empty_cache(model):
    tokens, block = random_spectra(40), cpu_transformer(model)
    first = Outcome(steps_of(tokens, BLOCK_SIZE), block)
    second = Outcome(steps_of(tokens, BLOCK_SIZE), block)
    np.testing.assert_array_equal(first.logits, second.logits)


def test_model_message_at_the_start(model):
    block = cpu_transformer(model)
    found = Outcome(steps_of(random_spectra(4), BLOCK_SIZE), block)
    (message,) = found.models
    assert message["before"] in ({}, None)
    assert message["requested"] == {"model": model, "attention": "model", "norm": "model"}
    # Before the first step no cache is held.
    assert message["after"] == block.adapter.describe() | {"threads": 1, "kv_bytes": 0}


@pytest.mark.parametrize(
    "swap, expected",
    [
        (lambda block: block.set_attention("mha"), {"attention": "mha"}),
        (lambda block: block.set_norm("rmsnorm"), {"norm": "rmsnorm"}),
        (lambda block: block.set_attention("gqa"), {"attention": "gqa"}),
    ],
)
def test_swap_before_a_run(family, swap, expected):
    tokens, block = random_spectra(40), cpu_transformer(family)
    swap(block)
    found = Outcome(steps_of(tokens, BLOCK_SIZE), block)
    np.testing.assert_allclose(
        found.logits, adapter_logits(family, tokens, **expected), atol=ROUNDING
    )
    assert expected.items() <= found.models[-1]["after"].items()
    assert expected.items() <= found.models[-1]["requested"].items()
    runs = {"attention": block.attention, "norm": block.norm}
    assert runs == {"attention": "flash", "norm": "layernorm"} | expected


def test_a_swap_frees_the_old_model_and_gives_its_memory_back(family, monkeypatch):
    block = cpu_transformer(family)
    alive = []
    old = weakref.ref(block.adapter)
    module = sys.modules[rfattn.transformer.__module__]
    monkeypatch.setattr(module, "_give_back_memory", lambda: alive.append(old() is not None))
    gc.disable()  # it is freed at once, not when the collector comes
    try:
        block.set_attention("gqa")
    finally:
        gc.enable()
    assert alive == [False]


def test_free_memory_is_given_back():
    held = [b"x" * 2000 + bytes([i % 256]) for i in range(30_000)]
    last = held[-1]  # above what is freed, which so stays with the process
    del held
    before = process_bytes("VmRSS")
    sys.modules[rfattn.transformer.__module__]._give_back_memory()
    assert last and before - process_bytes("VmRSS") > 30e6


def test_swap_while_running_loses_no_token(family):
    """An endless stream is swapped from another thread: each step comes out once, in order."""
    tokens, block = random_spectra(40), cpu_transformer(family)
    n_steps, enough = len(tokens) // BLOCK_SIZE, threading.Event()
    seen, named = [], []

    def watch(detection):
        seen.append(detection)
        if len(seen) == 5:
            named.append((block.attention, block.model))
            block.set_attention("gqa")  # in the sink's thread, while the model's continues
            named.append((block.attention, block.model))
        if sum(d.attention == "gqa" for d in seen[-2 * n_steps :]) == 2 * n_steps:
            enough.set()

    sink, logits, messages = (
        rfattn.detection_sink(block.classes, watch),
        blocks.vector_sink_f(N_CLASSES),
        blocks.message_debug(),
    )
    tb = gr.top_block()
    tb.connect(steps_of(tokens, BLOCK_SIZE, repeat=True), block, sink)
    tb.connect(block, logits)
    tb.msg_connect(block, "model", messages, "store")
    tb.start()
    assert enough.wait(RUN_LIMIT_S)
    tb.stop()
    tb.wait()
    assert block.error is None and sink.error is None
    assert named == [("flash", family), ("gqa", family)]
    assert [d.sample_start // BLOCK_SIZE for d in seen] == [i % n_steps for i in range(len(seen))]

    names = [d.attention for d in seen]
    swapped = names.index("gqa")
    assert set(names[:swapped]) == {"flash"} and set(names[swapped:]) == {"gqa"} and swapped >= 5
    given = np.array(logits.data(), np.float32).reshape(-1, N_CLASSES)
    assert len(given) > swapped + n_steps
    stream = np.tile(tokens, (-(-len(given) // n_steps), 1))
    after = stream[swapped * BLOCK_SIZE : len(given) * BLOCK_SIZE]
    np.testing.assert_allclose(
        given[:swapped], adapter_logits(family, stream[: swapped * BLOCK_SIZE]), atol=ROUNDING
    )
    np.testing.assert_allclose(
        given[swapped:], adapter_logits(family, after, attention="gqa"), atol=ROUNDING
    )
    message = pmt.to_python(messages.get_message(1))
    assert message["before"]["attention"] == "flash" and message["after"]["attention"] == "gqa"
    assert message["requested"]["attention"] == "gqa"


def test_steps_of_the_old_model_continue_while_the_new_one_is_recorded(family, monkeypatch):
    """Recording waits here until twenty steps have come, as on a device that takes its time."""
    prepared, meanwhile, came = [], [], threading.Event()

    def record(runner, streams):
        prepared.append(streams)
        assert len(prepared) == 1 or came.wait(RUN_LIMIT_S)

    def watch(detection):
        if len(prepared) == 2:
            meanwhile.append(detection.attention)
        if len(meanwhile) == 20:
            came.set()

    monkeypatch.setattr(GraphRunner, "prepare", record)
    block = cpu_transformer(family, runner="graph", max_batch=3, max_streams=2)
    sink = rfattn.detection_sink(block.classes, watch)
    tb = gr.top_block()
    tb.connect(steps_of(random_spectra(40), BLOCK_SIZE, repeat=True), block, sink)
    tb.start()
    block.set_attention("gqa")
    tb.stop()
    tb.wait()
    assert prepared == [2, 2]  # streams of a call: max_streams, where max_batch is more
    assert meanwhile[:20] == ["flash"] * 20 and block.attention == "gqa"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"block_size": 8}, "the new model has block_size 8, the running one 4"),
        ({"n_bins": 4}, "the new model has n_bins 4, the running one 8"),
        ({"n_classes": 2}, "the new model has n_classes 2, the running one 3"),
        ({"classes": ["a", "b", "c"]}, r"the new model has classes \['a', 'b', 'c'\]"),
        (
            {"n_features": 2},
            r"the new model has features \['width', 'channel'\], the running one \[\]",
        ),
        ({"front_end": {"hop": 32}}, "front end {.*'hop': 32, .*, the running one {.*'hop': 64, "),
    ],
)
def test_a_swap_that_does_not_fit_is_refused(tmp_path, idle, changes, message):
    before = idle.adapter
    other = save_model(tmp_path / "other.pt", **changes)
    with pytest.raises(ValueError, match=f"transformer: .*{message}"):
        idle.set_model(other)
    assert idle.adapter is before


def test_the_old_model_goes_on_after_a_refusal(tmp_path, model):
    block, tokens = cpu_transformer(model), random_spectra(8)
    with pytest.raises(ValueError, match="block_size 8"):
        block.set_model(save_model(tmp_path / "other.pt", block_size=8))
    assert block.model == model
    found = Outcome(steps_of(tokens, BLOCK_SIZE), block)
    np.testing.assert_allclose(found.logits, adapter_logits(model, tokens), atol=ROUNDING)
    assert found.models[-1]["requested"]["model"] == model


def test_a_swap_to_what_is_not_there_is_refused(idle):
    with pytest.raises(ModelFileError, match="holds flash"):
        idle.set_attention("mla")
    with pytest.raises(ModelFileError, match="trained with norm layernorm"):
        idle.set_norm("rmsnorm")
    assert idle.adapter.attention == "flash"


@pytest.mark.parametrize("stated", [FRONT_END, FRONT_END.for_real()])
def test_tokens_of_the_models_front_end_are_taken(model, stated):
    """Its own, and its form for real-valued samples."""
    block = cpu_transformer(model)
    found = Outcome(steps_of(random_spectra(8), BLOCK_SIZE, front_end=stated), block)
    assert block.error is None and len(found.logits) == 2


@pytest.mark.parametrize(
    "change, message",
    [
        ({"fft_size": 128}, "fft_size 128, the model needs 64"),
        ({"hop": 32}, "hop 32, the model needs 64"),
        ({"window": "hamming"}, "window hamming, the model needs hann"),
        ({"averaging": 2}, "averaging 2, the model needs 1"),
        ({"scale": "linear"}, "scale linear, the model needs db"),
        ({"dc": "remove"}, "dc remove, the model needs keep"),
        ({"sides": "one"}, "sides one, the model needs two"),
    ],
)
def test_another_front_end_ends_the_flowgraph(model, change, message):
    block = cpu_transformer(model)
    stated = dataclasses.replace(FRONT_END, **change)
    found = Outcome(steps_of(random_spectra(8), BLOCK_SIZE, repeat=True, front_end=stated), block)
    assert len(found.logits) == 0
    assert "the front end of stream 0 is not the model's" in str(block.error)
    assert message in str(block.error)


def test_tokens_without_a_front_end_end_the_flowgraph(model):
    block = cpu_transformer(model)
    Outcome(steps_of(random_spectra(8), BLOCK_SIZE, repeat=True, front_end=None), block)
    assert "the tokens of stream 0 state no front end" in str(block.error)


def test_the_front_end_of_each_stream_is_compared(model):
    """Of three streams; the second states an equal one in a dictionary of its own."""
    block, other = cpu_transformer(model), dataclasses.replace(FRONT_END, hop=32)
    sent = [
        step_tag(BLOCK_SIZE * i, stream=i, segment=0, sample_start=0, sample_count=4, **stated)
        for i, stated in enumerate(({"batch": 1}, {"batch": 1}, {"batch": 2, "front_end": other}))
    ]
    found = Outcome(vectors(random_spectra(12), sent), block)
    assert len(found.logits) == 2
    assert "the front end of stream 2 is not the model's: hop 32" in str(block.error)


def test_features_are_part_of_the_token(tmp_path):
    path = save_model(tmp_path / "m.pt", n_features=2)
    block, tokens = cpu_transformer(path), random_spectra(16, n_bins=10)
    assert (block.n_bins, block.n_features, block.n_values) == (8, 2, 10)
    assert block.features == ["width", "channel"]
    found = Outcome(steps_of(tokens, BLOCK_SIZE, features=FEATURES[:2]), block)
    assert block.error is None
    np.testing.assert_allclose(found.logits, adapter_logits(path, tokens), atol=ROUNDING)


@pytest.mark.parametrize(
    ("n_features", "stated", "message"),
    [
        (0, ["width"], "have features width, the model needs no features"),
        (2, None, "have no features, the model needs features width, channel"),
        (2, ["channel", "width"], "have features channel, width, the model needs features width, "),
    ],
)
def test_other_features_end_the_flowgraph(tmp_path, n_features, stated, message):
    block = cpu_transformer(save_model(tmp_path / "m.pt", n_features=n_features))
    tokens = random_spectra(8, n_bins=8 + n_features)
    found = Outcome(steps_of(tokens, BLOCK_SIZE, repeat=True, features=stated), block)
    assert len(found.logits) == 0
    assert f"transformer: the tokens of stream 0 {message}" in str(block.error)


def test_a_model_without_a_front_end_takes_any_tokens(tmp_path):
    block = cpu_transformer(save_model(tmp_path / "m.pt", front_end=None))
    found = Outcome(steps_of(random_spectra(8), BLOCK_SIZE, front_end=None), block)
    assert block.error is None and len(found.logits) == 2


def test_tokens_without_steps_end_the_flowgraph(model):
    block = cpu_transformer(model)
    Outcome(vectors(random_spectra(8), [], repeat=True), block)
    assert "no rfattn:step tag on token 0" in str(block.error)
    assert "token_buffer with block_size 4" in str(block.error)


def test_tokens_that_are_not_finite_end_the_flowgraph(model):
    tokens = random_spectra(16)
    tokens[9, 3] = np.nan
    block = cpu_transformer(model, max_batch=1)
    found = Outcome(steps_of(tokens, BLOCK_SIZE), block)
    assert len(found.logits) == 2
    assert "logits must be finite" in str(block.error) and "at sample 8" in str(block.error)


def test_an_error_is_forgotten_by_the_next_run(model):
    block = cpu_transformer(model)
    Outcome(vectors(random_spectra(8), []), block)
    assert block.error is not None
    assert len(Outcome(steps_of(random_spectra(8), BLOCK_SIZE), block).logits) == 2
    assert block.error is None


def test_what_a_program_reads(idle):
    assert (idle.n_bins, idle.block_size, idle.n_classes) == (8, BLOCK_SIZE, N_CLASSES)
    assert idle.classes == ["class0", "class1", "class2"]
    assert idle.front_end == FRONT_END.to_dict() and idle.error is None
    assert (idle.attention, idle.norm, idle.runner, idle.device) == (
        "flash",
        "layernorm",
        "native",
        "cpu",
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"threads": -1}, "transformer: threads must be >= 0, got -1"),
        ({"max_batch": 0}, "transformer: max_batch must be >= 1, got 0"),
        ({"max_streams": 0}, "transformer: max_streams must be >= 1, got 0"),
        ({"device": "gpu"}, "device must be auto, cpu, cuda or cuda:N, got 'gpu'"),
        ({"device": "cuda:99"}, "device 'cuda:99' is not there"),
        ({"dtype": "int8"}, "dtype must be auto or one of"),
        ({"attention": "fast"}, "attention can be mha or flash, not 'fast'"),
        ({"norm": "batchnorm"}, "not 'batchnorm'"),
        ({"model": "nowhere"}, "model 'nowhere': no such file or folder"),
    ],
)
def test_refusals(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        cpu_transformer(**({"model": model} | arguments))


def test_a_truncated_model_is_refused_in_one_line(tmp_path, model):
    path = tmp_path / "half.pt"
    path.write_bytes(open(model, "rb").read()[:5000])
    with pytest.raises(ModelFileError) as refused:
        cpu_transformer(str(path))
    assert "half.pt: not a complete TorchScript file" in str(refused.value)
    assert "\n" not in str(refused.value)
