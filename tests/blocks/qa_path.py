# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording to labels through the whole path: the same every time, and never across a gap."""

import json
import threading

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.inference import AttentionModelAdapter
from gnuradio.rfattn.messages.detection import Detection
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.front_end import FrontEnd

from step_streams import RUN_LIMIT_S, run, save_family

BLOCK_SIZE, N_CLASSES = 4, 3
FRONT_END = FrontEnd(64, 64, 8)
STEP_SAMPLES = BLOCK_SIZE * 64
RATE = 1e6
TIMING = ("arrival_ns", "start_ns", "end_ns", "queued_steps", "tokens_in")


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    return save_family(tmp_path_factory.mktemp("models") / "tiny")


def write_recording(folder, n_samples, gaps=()):
    """Noise with a tone, ci16; ``gaps``: samples at which a later capture starts."""
    random = np.random.default_rng(11)
    samples = random.normal(0, 1500, (n_samples, 2))
    samples[:, 0] += 9000 * np.cos(np.arange(n_samples) ** 1.4)
    samples.astype("<i2").tofile(folder / "r.sigmf-data")
    captures = [{"core:sample_start": start, "core:frequency": 1e8 + start} for start in (0, *gaps)]
    about = {"core:datatype": "ci16_le", "core:sample_rate": RATE}
    meta = folder / "r.sigmf-meta"
    meta.write_text(json.dumps({"global": about, "captures": captures}))
    return meta


class Path:
    """source → power_spectrum → token_buffer → transformer → latency_probe → sinks"""

    def __init__(self, source, model, policy="block", on_detection=None):
        self.tb, self.source = gr.top_block(), source
        self.transformer = rfattn.transformer(model, device="cpu", threads=1)
        self.buffer = rfattn.token_buffer(8, BLOCK_SIZE, policy=policy)
        self.probe = rfattn.latency_probe(N_CLASSES)
        self.sink = rfattn.detection_sink(self.transformer.classes, on_detection)
        self._logits, self._messages = blocks.vector_sink_f(N_CLASSES), blocks.message_debug()
        spectrum = rfattn.power_spectrum(64, 64, 8)
        self.tb.connect(source, spectrum, self.buffer, self.transformer, self.probe, self.sink)
        self.tb.connect(self.probe, self._logits)
        self.tb.msg_connect(self.transformer, "detections", self._messages, "store")

    def run(self, max_items=100_000_000):
        run(self.tb, max_items)
        return self

    @property
    def logits(self):
        return np.array(self._logits.data(), np.float32).reshape(-1, N_CLASSES)

    @property
    def steps(self):
        """The step tags: (offset, dictionary)."""
        return [
            (tag.offset, pmt.to_python(tag.value))
            for tag in self._logits.tags()
            if pmt.symbol_to_string(tag.key) == rfattn.tags.STEP
        ]

    @property
    def messages(self):
        stored = range(self._messages.num_messages())
        return [Detection(**pmt.to_python(self._messages.get_message(i))) for i in stored]


def expected_logits(family, samples, attention="model"):
    """One segment through the numpy front end and the bare adapter."""
    adapter = AttentionModelAdapter.load(family, attention, device="cpu")
    tokens = FRONT_END.tokens(samples)
    count = len(tokens) // BLOCK_SIZE
    steps = tokens[: count * BLOCK_SIZE].reshape(count, 1, BLOCK_SIZE, 8)
    return np.concatenate([adapter.step(step) for step in steps])


ROUNDING = 2e-5  # of logits around 1: the spectra differ by float32 rounding, some 1e-5 dB


def test_labels_are_those_of_the_parts(tmp_path, family):
    meta = write_recording(tmp_path, 50 * STEP_SAMPLES + 100)
    path = Path(rfattn.sigmf_source(meta), family).run()
    assert path.transformer.error is None and path.sink.error is None
    expected = expected_logits(family, open_recording(meta).samples())
    assert path.logits.shape == expected.shape == (50, N_CLASSES)
    np.testing.assert_allclose(path.logits, expected, atol=ROUNDING)
    assert path.sink.detections == path.messages  # stream and messages say the same
    for i, found in enumerate(path.sink.detections):
        assert (found.sample_start, found.sample_count) == (i * STEP_SAMPLES, STEP_SAMPLES)
        assert found.label == path.transformer.classes[np.argmax(expected[i])]
        assert (found.frequency, found.segment) == (1e8, 0)
        assert found.time == pytest.approx(i * STEP_SAMPLES / RATE)
    stats = pmt.to_python(path.probe.stats())
    assert stats["steps"] == 50 and stats["dropped_tokens"] == 0
    assert stats["kv_bytes"] == path.transformer.adapter.kv_bytes


def test_five_runs_are_byte_identical(tmp_path, family):
    meta = write_recording(tmp_path, 60 * STEP_SAMPLES, gaps=(17 * STEP_SAMPLES + 5,))
    runs = [Path(rfattn.sigmf_source(meta), family).run() for _ in range(5)]
    for again in runs[1:]:
        assert again.logits.tobytes() == runs[0].logits.tobytes()
        assert again.sink.detections == runs[0].sink.detections
        assert again.messages == runs[0].messages


@pytest.mark.parametrize("max_items", [1, 7])
def test_small_work_calls_change_nothing(tmp_path, family, max_items):
    meta = write_recording(tmp_path, 20 * STEP_SAMPLES, gaps=(9 * STEP_SAMPLES + 31,))
    default = Path(rfattn.sigmf_source(meta), family).run()
    small = Path(rfattn.sigmf_source(meta), family).run(max_items)
    assert small.logits.tobytes() == default.logits.tobytes()
    assert small.sink.detections == default.sink.detections
    assert without_timing(small.steps) == without_timing(default.steps)


def without_timing(steps):
    return [(at, {k: v for k, v in step.items() if k not in TIMING}) for at, step in steps]


def test_no_label_spans_a_gap_and_the_cache_is_emptied(tmp_path, family):
    gap = 12 * STEP_SAMPLES + 77
    meta = write_recording(tmp_path, 30 * STEP_SAMPLES, gaps=(gap,))
    path = Path(rfattn.sigmf_source(meta), family).run()
    samples = open_recording(meta).samples()
    parts = [expected_logits(family, part) for part in (samples[:gap], samples[gap:])]
    np.testing.assert_allclose(path.logits, np.concatenate(parts), atol=ROUNDING)
    without_gap = expected_logits(family, samples[gap % 64 :])
    assert np.abs(parts[1][0] - without_gap[12]).max() > 1e-3  # a full cache would show

    before = [d for d in path.sink.detections if d.segment == 0]
    after = [d for d in path.sink.detections if d.segment == 1]
    assert len(before) == 12 and len(after) == 17
    assert before[-1].sample_start + before[-1].sample_count <= gap == after[0].sample_start
    assert (before[-1].frequency, after[0].frequency) == (1e8, 1e8 + gap)
    assert path.buffer.tokens_incomplete() == path.buffer.tokens_in() - 29 * BLOCK_SIZE


def test_swap_while_running_loses_no_token(tmp_path, family):
    """An endless recording; the model is swapped by name while samples keep coming."""
    source = rfattn.sigmf_source(write_recording(tmp_path, 20 * STEP_SAMPLES), repeat=True)
    seen, enough = [], threading.Event()

    def watch(detection):
        seen.append(detection)
        if len(seen) == 5:
            path.transformer.set_attention("gqa")
        if detection.attention == "gqa" and seen[-20:][0].attention == "gqa":
            enough.set()

    path = Path(source, family, on_detection=watch)
    path.tb.start()
    assert enough.wait(RUN_LIMIT_S)
    path.tb.stop()
    path.tb.wait()
    assert path.transformer.error is None and path.sink.error is None
    assert [d.sample_start for d in seen] == [i * STEP_SAMPLES for i in range(len(seen))]
    assert [d.segment for d in seen] == [i // 20 for i in range(len(seen))]  # a wrap is a gap
    names = [d.attention for d in seen]
    assert names == sorted(names) and set(names) == {"flash", "gqa"}
    assert path.buffer.tokens_dropped() == 0


def test_an_error_in_the_model_ends_an_endless_flowgraph(tmp_path, family):
    source = rfattn.sigmf_source(write_recording(tmp_path, 20 * STEP_SAMPLES), repeat=True)
    path = Path(source, family)
    good, calls = path.transformer.adapter.step_held, []

    def fail(tokens, *states):
        calls.append(tokens)
        if len(calls) == 8:
            raise RuntimeError("out of memory")
        return good(tokens, *states)

    path.transformer.adapter.step_held = fail
    path.run()
    assert str(path.transformer.error) == "out of memory"
    done = sum(len(tokens) for tokens in calls[:7])
    assert len(path.logits) == done == len(path.sink.detections)


def test_a_front_end_that_the_model_was_not_trained_with_is_refused(tmp_path, family):
    source = rfattn.sigmf_source(write_recording(tmp_path, 20 * STEP_SAMPLES), repeat=True)
    model, tb = rfattn.transformer(family, device="cpu", threads=1), gr.top_block()
    tb.connect(
        source,
        rfattn.power_spectrum(64, 32, 8),
        rfattn.token_buffer(8, BLOCK_SIZE),
        model,
        blocks.null_sink(4 * N_CLASSES),
    )
    run(tb)
    assert "the front end of stream 0 is not the model's" in str(model.error)
    assert "hop 32, the model needs 64" in str(model.error)


def test_a_slow_model_loses_whole_steps_and_no_label_spans_the_loss(tmp_path, family):
    """Policy drop behind a source as fast as it goes: what is left is whole and accounted for."""
    n_steps = 400
    source = rfattn.sigmf_source(write_recording(tmp_path, n_steps * STEP_SAMPLES))
    path = Path(source, family, policy="drop").run()
    found, dropped = path.sink.detections, path.buffer.tokens_dropped()
    assert dropped % BLOCK_SIZE == 0
    assert len(found) * BLOCK_SIZE + dropped == n_steps * BLOCK_SIZE == path.buffer.tokens_in()
    for last, following in zip(found, found[1:], strict=False):
        lost = following.sample_start != last.sample_start + STEP_SAMPLES
        assert (following.segment > last.segment) == lost
