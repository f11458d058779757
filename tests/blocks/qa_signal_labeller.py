# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""signal_labeller: emissions measured, labelled by a tiny model, recorded; and what it refuses."""

import functools
import gc
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn import inference
from gnuradio.rfattn.blocks import signal_labeller
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.inference import AttentionModelAdapter, load_eager
from gnuradio.rfattn.recordings.emission_features import FEATURES

from attention_models import save_model
from message_keeper import MessageKeeper
from step_streams import run

RATE = 2.4e6
ON_AIR = (0.2, 0.5)  # s, of RECORDING_S
RECORDING_S = 0.7
BAND = (20e3, 36e3)  # Hz from the centre
CENTRE = 100e6
FRONT_END = {"fft_size": 64, "hop": 32}
ON_CPU = rfattn.LabellerOptions(device="cpu", threads=1)
REAL_TIME, NO_SHARE = replace(ON_CPU, real_time=True), replace(ON_CPU, min_confidence=-0.1)


@functools.cache
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

    TOPICS = ("emissions", "detections", "stats", "model")

    def __init__(self):
        self.found = {topic: [] for topic in self.TOPICS}
        MessageSink.__init__(self)

    def _receive(self, topic, message):
        self.found[topic].append(message)

    def of_the_signal(self):
        """The messages of the strongest emission."""
        emissions = self.found["emissions"]
        strongest = max(emissions, key=lambda e: e["snr_db"])["id"]
        return [e for e in emissions if e["id"] == strongest]


def id_rate_and_count(pair):
    """Of a message of port samples."""

    def entry(name):
        return pmt.to_python(pmt.dict_ref(pmt.car(pair), pmt.intern(name), pmt.PMT_NIL))

    return entry("id"), entry("rx_rate"), pmt.length(pmt.cdr(pair))


def tag(key, value):
    made = gr.tag_t()
    made.offset, made.key, made.value = 0, pmt.intern(key), pmt.from_double(value)
    return made


def label(rate=RATE, samples_to=None, times=1, band=None, **parameters):
    """Runs a labeller on what was received, or on ``band``, so many times in a row; returns it, and
    a collector of its messages."""
    labeller, collector = rfattn.signal_labeller(RATE, **parameters), Collector()
    tags = [tag("rx_rate", rate), tag("rx_freq", CENTRE)]
    tb = gr.top_block()
    samples = np.tile(received() if band is None else band, times)
    tb.connect(blocks.vector_source_c(samples, False, 1, tags), labeller)
    for topic in collector.TOPICS:
        tb.msg_connect(labeller, topic, collector, topic)
    if samples_to is not None:
        tb.msg_connect(labeller, "samples", samples_to, "in")
    run(tb)
    labeller.drain()
    collector.drain()
    return labeller, collector


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path, FRONT_END, takes="emission")


@pytest.fixture(scope="module")
def measured():
    return label(model="none")


def test_an_emission_is_measured_without_a_model(measured):
    labeller, collector = measured
    assert labeller.error is None
    emissions = collector.of_the_signal()
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


def test_the_shipped_family_labels_where_there_is_one(model, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "DEFAULT_EMISSION_MODEL", "a family that is not there")
    assert rfattn.signal_labeller(RATE).transformer is None
    (tmp_path / "flash_layernorm.pt").write_bytes(Path(model).read_bytes())
    monkeypatch.setattr(inference, "DEFAULT_EMISSION_MODEL", str(tmp_path))
    labeller = rfattn.signal_labeller(RATE, options=ON_CPU)
    assert labeller.transformer.classes == ["class0", "class1", "class2"]
    assert rfattn.signal_labeller(RATE, model="none").transformer is None


def test_without_a_model_nothing_else_runs(measured):
    labeller, found = measured[0], measured[1].found
    assert labeller.TOPICS == ("emissions", "detections", "stats", "model")
    assert labeller.extractor is None and labeller.labels.contract == {}
    assert not found["detections"] and not found["stats"] and not found["model"]
    assert labeller.extractor is None and labeller.transformer is None
    assert labeller.tokens() == {} and labeller.stats() is None
    assert labeller.samples() == RECORDING_S * RATE


def test_a_model_labels_the_emission(model):
    labeller, collector = label(model=model, options=ON_CPU)
    assert labeller.error is None
    last, found = collector.of_the_signal()[-1], collector.found
    assert last["state"] == "end" and last["label"] in ("class0", "class1", "class2")
    assert sum(last["probabilities"].values()) == pytest.approx(1.0, abs=1e-6)
    detections = [d for d in found["detections"] if d["stream"] == last["id"]]
    # A window of 16 tokens; then the stream rests for 1 s, longer than the emission lasts.
    assert [d["segment"] for d in detections] == [0] * 4
    assert [m["after"]["window"] for m in found["model"]] == [16]
    tokens = labeller.tokens()
    assert tokens["in"] == sum(tokens[name] for name in tokens if name != "in")
    assert tokens["in"] == labeller.extractor.tokens_out() and tokens["rested"] > 100
    assert labeller.stats()["steps"] == len(found["detections"]) == tokens["processed"] / 4


def test_an_own_model_is_swapped_in(model, tmp_path):
    taught = {"name": "gate", "parents": [], "near": {}, "bias": 5.0, "evidence": []}
    taught["weights"] = dict.fromkeys(("class0", "class1", "class2"), 0.0)
    module, contract = load_eager(model)
    own = str(tmp_path / "own.pt")
    AttentionModelAdapter(module, contract | {"taught": [taught]}, device="cpu").save(own)
    labeller = rfattn.signal_labeller(RATE, model=model, options=ON_CPU)
    labeller.set_model(own)
    assert labeller.transformer.model == own
    _, collector = label(model=own, options=ON_CPU)
    assert collector.of_the_signal()[-1]["label"] == "gate"
    with pytest.raises(ValueError, match="signal_labeller: model 'none' cannot be swapped"):
        rfattn.signal_labeller(RATE, model="none").set_model(own)
    with pytest.raises(ValueError, match="model 'nowhere': no such file or folder"):
        labeller.set_model("nowhere")
    assert labeller.transformer.model == own


def test_the_thresholds_of_the_model_and_those_of_the_user(tmp_path):
    sure = {"threshold": 1.0}
    path = save_model(tmp_path / "m.pt", FRONT_END, takes="emission", decision=sure)
    for least, is_named in ((None, False), (0.0, True)):
        options = replace(ON_CPU, min_confidence=least)
        labeller, collector = label(model=path, options=options)
        assert labeller.error is None
        last = collector.of_the_signal()[-1]
        assert last["label"] == (last["guess"] if is_named else "unknown")
        assert last["confidence"] == max(last["probabilities"].values())


def test_a_model_of_features_gets_them(tmp_path):
    path = save_model(tmp_path / "m.pt", FRONT_END, n_features=len(FEATURES))
    labeller, collector = label(model=path, options=ON_CPU)
    assert labeller.error is None
    assert collector.of_the_signal()[-1]["label"] in ("class0", "class1", "class2")
    item_bytes = labeller.extractor.output_signature().sizeof_stream_item(0)
    assert item_bytes == 4 * (8 + len(FEATURES))


def test_features_that_are_not_made_are_refused(tmp_path):
    path = save_model(tmp_path / "m.pt", FRONT_END, n_features=2, features=["width", "colour"])
    with pytest.raises(
        ValueError, match="signal_labeller: model .* needs the feature colour; emission_extractor "
    ):
        rfattn.signal_labeller(RATE, model=path)


@pytest.mark.parametrize("takes", [None, "band"])
def test_a_model_of_a_whole_band_is_refused(tmp_path, takes):
    path = save_model(tmp_path / "band.pt", takes=takes)
    with pytest.raises(
        ValueError, match=f"signal_labeller: model {path} takes the spectra of a whole band; "
    ):
        rfattn.signal_labeller(RATE, model=path)


def test_samples_of_the_emission_leave_by_a_port():
    sink = MessageKeeper(id_rate_and_count)
    labeller, collector = label(samples_to=sink, samples=True)
    assert labeller.error is None and labeller.TOPICS[-1] == "samples"
    number = collector.of_the_signal()[0]["id"]
    seconds = sum(count / rate for id, rate, count in sink.found if id == number)
    # The burst, with an eighth of it before and behind, at most 0.1 s each.
    assert ON_AIR[1] - ON_AIR[0] < seconds < ON_AIR[1] - ON_AIR[0] + 0.22


@pytest.mark.parametrize("policy, cut", [("block", 2), ("drop", 1)])
def test_a_recording_has_room_for_more_emissions_than_a_receiver(monkeypatch, policy, cut):
    monkeypatch.setattr(signal_labeller, "MAX_EMISSIONS", {"block": 2, "drop": 1})
    turns = 400e3 / RATE * np.arange(len(received()))
    band = received() + received() * np.exp(2j * np.pi * turns).astype(np.complex64)
    extractor = label(model="none", samples=True, policy=policy, band=band)[0].extractor
    assert (extractor.emissions_cut(), extractor.emissions_dropped()) == (cut, 2 - cut)


def test_an_emission_is_recorded(tmp_path):
    labeller, top = rfattn.signal_labeller(RATE, model="none", samples=True), gr.top_block()
    recorder = rfattn.emission_recorder(tmp_path, policy="block")
    tags = [tag("rx_rate", RATE), tag("rx_freq", CENTRE)]
    top.connect(blocks.vector_source_c(received(), False, 1, tags), labeller)
    for topic in ("samples", "emissions"):
        top.msg_connect(labeller, topic, recorder, topic)
    run(top)
    labeller.drain()
    recorder.close()
    assert labeller.error is None
    meta = max(
        tmp_path.glob("*.sigmf-meta"), key=lambda p: p.with_suffix(".sigmf-data").stat().st_size
    )
    assert meta.with_suffix(".sigmf-data").stat().st_size > 0
    (annotation,) = json.loads(meta.read_text())["annotations"]
    assert annotation["core:freq_lower_edge"] == pytest.approx(CENTRE + BAND[0], abs=1e3)


def test_a_margin_of_the_samples_changes_no_label(model):
    sink, settings = MessageKeeper(id_rate_and_count), {"model": model, "options": ON_CPU}
    labeller, collector = label(samples_to=sink, samples=True, margin_s=0.15, **settings)
    assert labeller.error is None and labeller.cutter is not labeller.extractor
    last = collector.of_the_signal()[-1]
    seconds = sum(count / rate for id, rate, count in sink.found if id == last["id"])
    assert seconds == pytest.approx(ON_AIR[1] - ON_AIR[0] + 0.3, abs=0.02)
    plain = label(**settings)[1].of_the_signal()[-1]
    assert last["probabilities"] == pytest.approx(plain["probabilities"], abs=1e-6)


def test_a_margin_of_the_samples_holds_up_no_label_by_frames():
    """Frames are looked for by another extractor than the one that waits for the margin."""
    labeller = rfattn.signal_labeller(RATE, model="none", contents=True, samples=True, margin_s=3.0)
    assert labeller.transformer is None and labeller.cutter is not labeller.extractor
    assert {"ais", "mode_s"} < {*labeller.labels.contract["classes"]}


def test_it_finds_the_same_in_every_run(measured):
    def boxes(collector):
        emissions = collector.found["emissions"]
        return [(e["state"], e["sample_start"], e["freq_lower"]) for e in emissions]

    assert boxes(label(model="none")[1]) == boxes(measured[1])


def test_policy_block_gives_the_same_labels_in_every_run(model):
    # The emission is on the air every 0.7 s, and is looked at in the first and the third burst.
    runs = [label(times=3, model=model, options=ON_CPU) for _ in range(2)]
    first, second = (collector.of_the_signal()[-1] for _, collector in runs)
    assert first["state"] == second["state"] == "end" and first["label"] == second["label"]
    # Steps of several streams may be computed together, which rounds differently.
    assert first["probabilities"] == pytest.approx(second["probabilities"], abs=1e-6)
    assert runs[0][0].tokens() == runs[1][0].tokens()
    detections = [d for d in runs[0][1].found["detections"] if d["stream"] == first["id"]]
    assert [d["segment"] for d in detections] == [0] * 4 + [1] * 4


def test_another_rate_than_the_stated_one_is_an_error():
    labeller, collector = label(rate=1e6, model="none")
    for text in ("rx_rate", "sample_rate", "2400000", "1000000"):
        assert text in str(labeller.error)
    assert collector.found["emissions"] == []


def test_it_lives_as_long_as_its_flowgraph(model):
    """Nothing else refers to the block, nor to the Python blocks within."""

    def build():
        tb, collector = gr.top_block(), Collector()
        labeller = rfattn.signal_labeller(RATE, model=model, options=ON_CPU)
        tb.connect(blocks.vector_source_c(received()), labeller)
        tb.msg_connect(labeller, "emissions", collector, "emissions")
        return tb, collector

    tb, collector = build()
    gc.collect()
    run(tb)
    states = [e["state"] for e in collector.of_the_signal()]
    assert states[0] == "new" and states[-1] == "end"


def test_emissions_that_last_to_the_end_have_ended_by_then():
    """Without drain(), which a flowgraph of the companion does not call."""
    samples = received()[: int(0.4 * RATE)]
    labeller, collector, tb = (
        rfattn.signal_labeller(RATE, model="none"),
        Collector(),
        gr.top_block(),
    )
    tb.connect(blocks.vector_source_c(samples), labeller)
    tb.msg_connect(labeller, "emissions", collector, "emissions")
    run(tb)
    last = collector.of_the_signal()[-1]
    assert last["state"] == "end" and last["burst_count"] == 1
    assert labeller.samples() == len(samples)
    ended = last["sample_start"] + last["sample_count"]
    assert ended == pytest.approx(len(samples), abs=0.005 * RATE)  # the last cell is not whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_rate": 0.0}, "sample_rate must be "),
        ({"sensitivity": 0.0}, "sensitivity must be "),
        ({"sides": "three"}, "sides must be one of two, one, got 'three'"),
        ({"model": "nowhere"}, "model 'nowhere': no such file or folder"),
        ({"options": NO_SHARE}, "min_confidence must be None or from 0 to 1, got -0.1"),
        ({"options": {"threads": 1}}, "options must be LabellerOptions, got {'threads': 1}"),
        ({"policy": "wait"}, "policy must be one of block, drop, got 'wait'"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        rfattn.signal_labeller(**({"sample_rate": RATE} | arguments))


@pytest.mark.parametrize(
    "parameters, at_front",
    [
        ({"policy": "block"}, False),
        ({"policy": "block", "options": REAL_TIME}, True),
        ({"policy": "block", "options": REAL_TIME, "samples": True}, False),
        ({"policy": "drop"}, True),
    ],
)
def test_tokens_are_made_at_the_front_in_real_time(parameters, at_front, monkeypatch):
    """Where I/Q is taken they are made lookback_s later, since I/Q ends with the burst."""
    made = []

    def make(*arguments, **settings):
        made.append((settings["lookback_s"], settings["delay_s"]))
        return rfattn.emission_extractor(*arguments, **settings)

    monkeypatch.setattr(signal_labeller, "emission_extractor", make)
    rfattn.signal_labeller(1e6, **parameters)
    assert made == [(0.1, 0.0 if at_front else 0.1)]
