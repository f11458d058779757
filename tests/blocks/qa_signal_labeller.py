# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""signal_labeller: emissions measured, labelled by a tiny model, recorded; and what it refuses."""

import gc
import json
from collections import Counter

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.message_sink import MessageSink

from attention_models import save_model
from step_streams import run

RATE = 250e3
ON_AIR = (0.3, 0.9)  # s, of RECORDING_S
RECORDING_S = 1.2
BAND = (20e3, 36e3)  # Hz from the centre
CENTRE = 100e6
FRONT_END = {"fft_size": 64, "hop": 32}


def received():
    """Noise with an emission: noise of its own, 20 dB above the other between its edges."""
    rng = np.random.default_rng(4)
    count = int(RECORDING_S * RATE)
    signal = rng.standard_normal(count) + 1j * rng.standard_normal(count)
    frequencies = np.fft.fftfreq(count, 1 / RATE)
    inside = (frequencies > BAND[0]) & (frequencies < BAND[1])
    seconds = np.arange(count) / RATE
    on = (seconds >= ON_AIR[0]) & (seconds < ON_AIR[1])
    signal = np.fft.ifft(np.fft.fft(signal) * inside) * on
    noise = rng.standard_normal(count) + 1j * rng.standard_normal(count)
    return (0.01 * (10 * signal + noise)).astype(np.complex64)


class Collector(MessageSink):
    """Keeps all messages, by topic."""

    TOPICS = ("emissions", "detections", "stats", "model", "samples")

    def __init__(self):
        self.found = {topic: [] for topic in self.TOPICS}
        MessageSink.__init__(self)
        self.set_msg_handler(pmt.intern("samples"), self.found["samples"].append)

    def _receive(self, topic, message):
        self.found[topic].append(message)


def tag(key, value):
    made = gr.tag_t()
    made.offset, made.key, made.value = 0, pmt.intern(key), pmt.from_double(value)
    return made


def label(rate=RATE, **parameters):
    """Runs a labeller on what was received; returns it, and the messages by topic."""
    labeller, collector = rfattn.signal_labeller(RATE, **parameters), Collector()
    tags = [tag("rx_rate", rate), tag("rx_freq", CENTRE)]
    tb = gr.top_block()
    tb.connect(blocks.vector_source_c(received(), False, 1, tags), labeller)
    for topic in labeller.TOPICS:
        tb.msg_connect(labeller, topic, collector, topic)
    run(tb)
    labeller.drain()
    collector.drain()
    return labeller, collector.found


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path, FRONT_END, takes="emission")


@pytest.fixture(scope="module")
def measured():
    return label()


def test_an_emission_is_measured_without_a_model(measured):
    labeller, found = measured
    assert labeller.error is None
    emissions = found["emissions"]
    assert {e["id"] for e in emissions} == {1}
    states = [e["state"] for e in emissions]
    assert states[0] == "new" and states[-1] == "end" and set(states[1:-1]) <= {"update"}
    last = emissions[-1]
    # A sixteenth of the width of the signal at each edge, and 10 ms.
    assert last["freq_lower"] == pytest.approx(CENTRE + BAND[0], abs=1e3)
    assert last["freq_upper"] == pytest.approx(CENTRE + BAND[1], abs=1e3)
    assert last["sample_start"] / RATE == pytest.approx(ON_AIR[0], abs=0.01)
    ended = (last["sample_start"] + last["sample_count"]) / RATE
    assert ended == pytest.approx(ON_AIR[1], abs=0.01)
    assert last["nearest"] and {"name", "score"} <= last["nearest"][0].keys()
    assert "label" not in last


def test_without_a_model_nothing_else_runs(measured):
    labeller, found = measured
    assert labeller.TOPICS == ("emissions", "detections", "stats", "model")
    assert not found["detections"] and not found["stats"] and not found["model"]
    assert labeller.extractor is None and labeller.transformer is None
    assert labeller.tokens() == {} and labeller.stats() is None
    assert labeller.samples() == RECORDING_S * RATE


def test_a_model_labels_the_emission(model):
    labeller, found = label(model=model, device="cpu", threads=1)
    assert labeller.error is None
    last = found["emissions"][-1]
    assert last["state"] == "end" and last["label"] in ("class0", "class1", "class2")
    assert sum(last["probabilities"].values()) == pytest.approx(1.0, abs=1e-6)
    detections = found["detections"]
    assert {d["stream"] for d in detections} == {last["id"]}
    assert [m["after"]["window"] for m in found["model"]] == [16]
    tokens = labeller.tokens()
    # A window of 16 tokens; then the stream rests for 1 s, longer than the emission lasts.
    assert tokens["processed"] == 16 and len(detections) == 4
    assert tokens["in"] == sum(tokens[name] for name in tokens if name != "in")
    assert tokens["in"] == labeller.extractor.tokens_out() and tokens["rested"] > 100
    assert labeller.stats()["steps"] == 4


@pytest.mark.parametrize("takes", [None, "band"])
def test_a_model_of_a_whole_band_is_refused(tmp_path, takes):
    path = save_model(tmp_path / "band.pt", takes=takes)
    with pytest.raises(
        ValueError, match=f"signal_labeller: model {path} takes the spectra of a whole band; "
    ):
        rfattn.signal_labeller(RATE, model=path, device="cpu")


def test_samples_of_the_emission_leave_by_a_port():
    labeller, found = label(samples=True)
    assert labeller.error is None and labeller.TOPICS[-1] == "samples"
    parts = [
        (pmt.to_python(pmt.car(p)), pmt.c32vector_elements(pmt.cdr(p))) for p in found["samples"]
    ]
    assert {about["id"] for about, _ in parts} == {1}
    seconds = sum(len(samples) / about["rx_rate"] for about, samples in parts)
    # The burst, with an eighth of it before and behind, at most 0.1 s each.
    assert ON_AIR[1] - ON_AIR[0] < seconds < ON_AIR[1] - ON_AIR[0] + 0.22


def test_an_emission_is_recorded(tmp_path):
    labeller, _ = label(record=str(tmp_path))
    assert labeller.error is None
    (meta,) = tmp_path.glob("*.sigmf-meta")
    assert meta.with_suffix(".sigmf-data").stat().st_size > 0
    (annotation,) = json.loads(meta.read_text())["annotations"]
    assert annotation["core:freq_lower_edge"] == pytest.approx(CENTRE + BAND[0], abs=1e3)


def test_it_finds_the_same_in_every_run(measured):
    def boxes(found):
        return [(e["state"], e["sample_start"], e["freq_lower"]) for e in found["emissions"]]

    assert boxes(label()[1]) == boxes(measured[1])


def test_another_rate_than_the_stated_one_is_an_error():
    labeller, found = label(rate=1e6)
    assert "250000" in str(labeller.error) and "1e+06" in str(labeller.error).replace(
        "1000000", "1e+06"
    )
    assert found["emissions"] == []


def test_it_lives_as_long_as_its_flowgraph(model):
    """Nothing else refers to the block, nor to the Python blocks within."""

    def build():
        tb, collector = gr.top_block(), Collector()
        labeller = rfattn.signal_labeller(RATE, model=model, device="cpu", threads=1)
        tb.connect(blocks.vector_source_c(received()), labeller)
        tb.msg_connect(labeller, "emissions", collector, "emissions")
        return tb, collector

    tb, collector = build()
    gc.collect()
    run(tb)
    counts = Counter(e["state"] for e in collector.found["emissions"])
    assert counts["new"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_rate": 0.0}, "sample_rate must be "),
        ({"sensitivity": 0.0}, "sensitivity must be "),
        ({"sides": "three"}, "sides must be one of two, one, got 'three'"),
        ({"model": "nowhere"}, "model 'nowhere': no such file or folder"),
        ({"policy": "wait"}, "policy must be one of block, drop, got 'wait'"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        rfattn.signal_labeller(**({"sample_rate": RATE} | arguments))
