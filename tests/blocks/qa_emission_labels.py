# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is added to the messages of emissions, when they leave, and what is averaged."""

import json

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.looks import Looks
from gnuradio.rfattn.catalogue.frames_found import SNRS_DB, TIMES_S, FramesFound
from gnuradio.rfattn.emissions import evidence
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message, to_python
from gnuradio.rfattn.messages.emission import Emission

from announcer import announcer
from attention_models import save_model
from emission_messages import Collector, emission_message, findings_message

CLASSES = ("ais", "dmr")
CONTRACT = {
    "families": {"ais": "packets", "dmr": "voice"},
    "decision": {
        "weights": {"other_rate": -3.0, "frames": 7.0, "outside_band": -3.0},
        "threshold": 0.7,
        "family_threshold": 0.66,
    },
}


def labelled(*messages, block=None):
    """What leaves the block, in its order, for messages that are (port, value)."""
    tb = gr.top_block()
    block, sink = block or rfattn.emission_labels(), Collector()
    tb.msg_connect(block, "emissions", sink, "emissions")
    tb.start()
    tb.stop()
    tb.wait()
    for topic, message in messages:
        block.publish(topic, block._read(topic, message))
    block.drain()
    sink.drain()
    return sink.got


TAUGHT = {
    "name": "beacon",
    "parents": ["ais"],
    "weights": {"ais": 3.0, "dmr": 0.0},
    "near": {},
    "bias": 3.0,
    "evidence": ["other_rate", "outside_band"],
}
"""A class in the place of what is probably ais."""


def emission(id=1, state="new", **more):
    return "emissions", emission_message(id, state, **more)


def findings(frames, id=1):
    return "findings", findings_message(id, frames)


def detection(
    label, confidence=0.75, stream=1, start=0, sample_rate=0.0, attention="mha", symbol_rate=np.nan
):
    """The logits of a step in which ``label`` has this probability."""
    logits = float(np.float32(np.log(max(confidence, 1e-30) / max(1 - confidence, 1e-30))))
    row = [logits, 0.0] if label == "ais" else [0.0, logits]
    looks = Looks(
        [stream],
        [start],
        [100],
        [sample_rate],
        [symbol_rate],
        np.float32([row]),
        attention,
        "",
        CLASSES,
    )
    return "logits", looks.to_message()


def test_the_share_of_its_time_that_the_model_looked_at():
    """Of 2000 samples, half of them on the air, steps of 100 samples each cover 300."""
    place = {"rx_rate": 1e6, "sample_count": 2000, "duty": 0.5}
    steps = [detection("dmr", start=100 * i, sample_rate=1e6) for i in range(3)]
    found = labelled(emission(state="new", **place), *steps, emission(state="end", **place))
    assert [message.looked_at for message in found[::2]] == [None, pytest.approx(0.3)]
    unknown = detection("dmr", start=300)  # without a rate it counts nothing
    assert labelled(emission(**place), unknown)[-1].looked_at == 0.0
    assert labelled(emission(**place | {"rx_rate": None}), unknown)[-1].looked_at is None


def test_the_symbol_rate_that_most_steps_show():
    steps = [detection("dmr", start=100 * i, symbol_rate=r) for i, r in enumerate((4799, 4801, 0))]
    found = labelled(emission(), *steps, detection("dmr", start=300), emission(state="end"))
    assert found[-1].symbol_rate is None  # two of three; the fourth measured nothing
    more = [detection("dmr", start=100 * i, symbol_rate=4800.0) for i in range(4, 6)]
    assert labelled(emission(), *steps, *more, emission(state="end"))[-1].symbol_rate == 4800.0


def test_the_symbol_rate_counts_in_the_label():
    steps = [detection("dmr", 0.8, start=100 * i, symbol_rate=9600.0) for i in range(3)]
    block = rfattn.emission_labels(model=CONTRACT)
    last = labelled(emission(), *steps, emission(state="end"), block=block)[-1]
    odds = 0.2 / 0.8 * np.exp(3.0)  # 9600 Bd is none of DMR
    assert (last.label, last.basis) == ("ais", "rate")
    assert last.confidence == pytest.approx(odds / (1 + odds))
    assert last.probabilities["dmr"] == pytest.approx(1 / (1 + odds))


def test_frames_count_in_the_label_also_behind_the_end():
    step = detection("dmr", 0.8)
    frames = findings("AIS")
    block = rfattn.emission_labels(model=CONTRACT)
    found = labelled(emission(sample_count=5000), step, frames, emission(state="end"), block=block)
    odds = 0.2 / 0.8 * 2.0**20
    assert [message.sync for message in found] == [None, None, "AIS", "AIS"]
    assert (found[2].state, found[2].sample_count) == ("update", 5000)
    assert (found[-1].label, found[-1].basis) == ("ais", "proved")
    assert found[-1].confidence == pytest.approx(odds / (1 + odds))
    block = rfattn.emission_labels(model=CONTRACT)
    late = labelled(emission(), step, emission(state="end"), frames, block=block)
    assert [message.label for message in late] == [None, "dmr", "dmr", "ais"]
    assert late[-1].state == "end"


def test_the_label_without_frames_is_there_where_a_checksum_is_right():
    """Frames turn "dmr" into "ais"; those of DMR have no checksum that is computed."""
    step = detection("dmr", 0.8)
    for frames, label, without in (
        ("AIS", "ais", "dmr"),
        ("DMR", "dmr", None),
        (None, "dmr", None),
    ):
        block = rfattn.emission_labels(model=CONTRACT)
        last = labelled(emission(), step, findings(frames), emission(state="end"), block=block)[-1]
        assert (last.label, last.label_without_frames) == (label, without)


def test_a_label_in_doubt_without_frames():
    block = rfattn.emission_labels(model=CONTRACT)
    step = detection("dmr", 0.6)
    last = labelled(emission(), step, findings("AIS"), emission(state="end"), block=block)[-1]
    assert (last.label, last.label_without_frames) == ("ais", "unknown")


@pytest.mark.parametrize("is_looked_for, label", [(True, "dmr"), (False, "ais")])
def test_missing_frames_count_where_they_are_looked_for(is_looked_for, label, monkeypatch):
    """Nothing but frames that are missed turns "ais" into "dmr", and nothing in the label without
    them."""
    rows = np.zeros((len(SNRS_DB), len(TIMES_S), 2), int)
    rows[0, 0] = 90, 100
    counts = FramesFound({"ais": rows}, {})
    monkeypatch.setattr(evidence, "frames_found", lambda: counts)
    decision = {"weights": {"frames": 7.0, "no_frames": 1.0}}
    block = rfattn.emission_labels(model={"decision": decision})
    step, strong = detection("ais", 0.8), {"snr_db": 20.0, "rx_rate": 1e6, "bursts": [0, 900]}
    begin = [emission(**strong), findings(None)] if is_looked_for else [emission(**strong)]
    found = labelled(*begin, step, findings("AIS"), emission(state="end", **strong), block=block)
    assert [message.label for message in found] == [None, label, "ais", "ais"]
    assert found[-1].label_without_frames == "ais"


def test_without_a_step_there_is_no_label_without_frames():
    last = labelled(emission(), findings("AIS"), emission(state="end"))[-1]
    assert (last.sync, last.label_without_frames) == ("AIS", None)


def test_without_a_model_frames_alone_give_the_label():
    """With a checksum or without one, while they are found."""
    sent = emission(), findings("AIS"), findings("DMR"), findings(None), emission(state="end")
    found = labelled(*sent, block=rfattn.emission_labels(model="none"))
    assert [(e.label, e.family, e.basis) for e in found] == [
        (None, None, None),
        ("ais", "FSK packets", "proved"),
        ("dmr", "digital voice", "proved"),
        (None, None, None),
        (None, None, None),
    ]
    given = {(e.guess, e.confidence, e.probabilities, e.label_without_frames) for e in found}
    assert given == {(None, None, None, None)}


def test_frames_give_no_label_where_a_model_decides():
    for model in (CONTRACT, ""):
        block = rfattn.emission_labels(model=model)
        assert [e.label for e in labelled(emission(), findings("AIS"), block=block)] == [None, None]


def test_a_class_by_frames_is_ignored(tmp_path):
    block = rfattn.emission_labels(model="none", ignore=ignore(tmp_path, {"class": "ais"}))
    found = labelled(emission(), findings("AIS"), block=block)
    assert [e.is_ignored for e in found] == [False, True]
    with pytest.raises(ValueError, match="class must be one that a frame alone gives, got 'ssb'"):
        rfattn.emission_labels(model="none", ignore=ignore(tmp_path, {"class": "ssb"}))


def test_a_tone_of_an_analogue_signal_is_no_symbol_rate():
    steps = [detection("dmr", start=100 * i, symbol_rate=38e3) for i in range(3)]
    for sync, rate in (("FM stereo", None), ("AX100", 38e3)):
        frames = findings(sync)
        last = labelled(emission(), *steps, frames, emission(state="end"))[-1]
        assert (last.sync, last.symbol_rate) == (sync, rate)


def test_findings_replace_those_before_them():
    found = labelled(emission(), findings("AIS"), findings(None), emission(2))
    assert [message.sync for message in found] == [None, "AIS", None, None]


def test_formats_that_nobody_knows_end_the_flowgraph():
    block = rfattn.emission_labels()
    block._post(pmt.intern("findings"), pmt.to_pmt({"id": 1, "frames": "XYZ"}))
    block.drain()
    assert str(block.error).startswith("findings: frames must be of ")


def test_frames_that_come_first_wait_for_the_emission():
    found = labelled(findings("AIS"), emission(), emission(state="end"))
    sent = [(m.state, m.sync, m.label) for m in found]
    assert sent == [("new", "AIS", None), ("end", "AIS", None)]


def test_the_nearest_signals_are_added_and_all_else_stays():
    sent = emission(
        5,
        freq_lower=161.969e6,
        freq_upper=161.982e6,
        bursts=[0, 26_700],
        flags=["dc"],
        period_s=2.0,
        rx_time=(7, 0.5),
        burst_start=900_000,
        duty=0.01,
    )
    (found,) = labelled(sent)
    given = schema.read("emissions", to_python(sent[1]))
    for name in Emission.__dataclass_fields__:
        if name != "nearest":
            assert getattr(found, name) == getattr(given, name), name
    assert found.nearest[0].name == "AIS"
    assert 0 < found.nearest[-1].score <= found.nearest[0].score <= 1
    assert found.label is None and found.probabilities is None


def test_messages_have_the_types_of_the_detector():
    """But for bursts, whose vector was one that pmt.to_python does not take."""
    sent = emission(bursts=[1, 2], flags=["dc"], rx_time=(7, 0.5), burst_start=5, period_s=1.0)[1]
    again = to_message(schema.read("emissions", to_python(sent)))
    assert pmt.to_python(again) == to_python(again) == to_python(sent)
    for name in to_python(sent).keys() - {"bursts"}:
        key = pmt.intern(name)
        before, after = (pmt.dict_ref(m, key, pmt.PMT_NIL) for m in (sent, again))
        assert pmt.equal(before, after), name


def averaged(*ais):
    """The probability of the first of two classes after steps; step k has the weight k."""
    odds = np.log(np.array(ais) / (1 - np.array(ais)))
    weights = np.arange(1, len(ais) + 1)
    return 1 / (1 + np.exp(-(odds @ weights) / weights.sum()))


def test_probabilities_are_averaged_and_a_new_label_leaves_at_once():
    got = labelled(
        emission(bursts=[1, 2]),
        detection("ais", 0.8),
        detection("ais", 0.6),
        detection("dmr", 0.9),
        detection("dmr", 0.9),
        emission(state="update"),
    )
    assert [(e.state, e.label) for e in got] == [
        ("new", None),
        ("update", "ais"),
        ("update", "dmr"),
        ("update", "dmr"),
    ]
    assert got[1].bursts == [] and got[1].confidence == pytest.approx(0.8)
    assert got[2].confidence == pytest.approx(1 - averaged(0.8, 0.6, 0.1))
    ais = averaged(0.8, 0.6, 0.1, 0.1)
    assert got[3].probabilities == pytest.approx({"ais": ais, "dmr": 1 - ais})
    assert got[3].family is None


def test_an_emission_that_becomes_another_is_labelled_anew():
    steps = [detection("ais", 1.0)] * 1000 + [detection("dmr", 1.0)] * 45
    got = labelled(emission(), *steps, emission(state="update"))
    assert [e.label for e in got] == [None, "ais", "dmr", "dmr"]


def test_another_model_starts_the_mean_again():
    got = labelled(
        emission(),
        *[detection("ais", 1.0)] * 10,
        detection("dmr", 0.75, attention="flash"),
    )
    assert [e.label for e in got] == [None, "ais", "dmr"]
    assert got[-1].confidence == pytest.approx(0.75)


def test_in_doubt_the_label_is_unknown_and_the_guess_is_kept():
    block = rfattn.emission_labels(model=CONTRACT)
    got = labelled(emission(), detection("ais", 0.65), detection("dmr", 0.8), block=block)
    steps = [(e.label, e.family, e.guess, e.confidence) for e in got]
    assert steps == [
        (None, None, None, None),
        ("unknown", None, "ais", pytest.approx(0.65)),
        ("unknown", "voice", "dmr", pytest.approx(1 - averaged(0.65, 0.2))),
    ]
    assert [e.label_text for e in got] == [None, "unknown (ais? 0.65)", "family voice (dmr? 0.67)"]
    last = labelled(emission(), detection("dmr", 0.9), block=rfattn.emission_labels(model=CONTRACT))
    assert (last[-1].label, last[-1].family, last[-1].guess) == ("dmr", "voice", "dmr")


@pytest.mark.parametrize(("least", "label"), [(0.0, "ais"), (0.65, "ais"), (0.66, "unknown")])
def test_the_user_replaces_the_thresholds(least, label):
    block = rfattn.emission_labels(model=CONTRACT, min_confidence=least)
    assert labelled(emission(), detection("ais", 0.65), block=block)[-1].label == label


def test_the_thresholds_of_a_model_file(tmp_path):
    path = save_model(
        tmp_path / "m.pt",
        classes=["ais", "dmr", "ysf"],
        takes="emission",
        decision={"threshold": 0.7},
    )
    block = rfattn.emission_labels(model=path)
    assert labelled(emission(), detection("ais", 0.65), block=block)[-1].label == "unknown"


def plan(tmp_path, **bands):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(bands))
    return str(path)


def test_a_band_plan_counts(tmp_path):
    bands = plan(tmp_path, ais=[[161e6, 163e6]], dmr=[[430e6, 440e6]])
    block = rfattn.emission_labels(model=CONTRACT, band_plan=bands)
    at = {"freq_lower": 435.000e6, "freq_upper": 435.010e6, "rx_freq": 435e6}
    got = labelled(detection("ais", 0.6), emission(**at), emission(state="end", **at), block=block)
    odds = 0.4 / 0.6 * np.exp(3.0)
    assert (got[-1].label, got[-1].confidence) == ("dmr", pytest.approx(odds / (1 + odds)))
    assert got[-1].probabilities == pytest.approx({"ais": 1 / (1 + odds), "dmr": odds / (1 + odds)})
    assert got[-1].label_text == "dmr 0.93 (shape)"


def test_without_a_frequency_a_band_plan_changes_nothing(tmp_path):
    bands = plan(tmp_path, ais=[[1e6, 2e6]])
    block = rfattn.emission_labels(model=CONTRACT, band_plan=bands)
    got = labelled(emission(rx_freq=None), detection("ais", 0.9), block=block)
    assert (got[-1].label, got[-1].confidence) == ("ais", pytest.approx(0.9))


def ignore(tmp_path, *lines):
    path = tmp_path / "ignore.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


def test_an_emission_is_ignored_while_its_label_is_one_of_the_file(tmp_path):
    path = ignore(tmp_path, {"class": "dmr"})
    block = rfattn.emission_labels(model=CONTRACT, ignore=path)
    sent = emission(flags=["edge"]), detection("dmr", 0.9), detection("ais", 0.999, start=100)
    found = [(e.label, e.flags) for e in labelled(*sent, block=block)]
    assert found == [(None, ["edge"]), ("dmr", ["edge", "ignored"]), ("ais", ["edge"])]


def test_a_class_may_be_ignored_in_a_band_alone(tmp_path):
    path = ignore(tmp_path, {"low": 435e6, "high": 436e6, "class": "dmr"})
    for low, is_ignored in ((435.1e6, True), (437.1e6, False)):
        at = {"freq_lower": low, "freq_upper": low + 10e3}
        block = rfattn.emission_labels(model=CONTRACT, ignore=path)
        *_, last = labelled(emission(**at), detection("dmr", 0.9), block=block)
        assert (last.label, last.is_ignored) == ("dmr", is_ignored)


def test_bands_are_ignored_without_a_model_and_once(tmp_path):
    """Also where the detector was not asked to flag them, as behind an edge."""
    block = rfattn.emission_labels(ignore=ignore(tmp_path, {"low": 435e6, "high": 436e6}))
    at = {"freq_lower": 435.1e6, "freq_upper": 435.2e6}
    for flags in ([], ["ignored"]):
        (found,) = labelled(emission(**at, flags=flags), block=block)
        assert found.flags == ["ignored"]


@pytest.mark.parametrize(
    ("about", "flags"),
    [
        ({"snr_db": -0.1}, ["weak", "ignored"]),
        ({"snr_db": 0.0}, []),
        ({"snr_db": -0.1, "flags": ["sideband"], "sideband_of": 2}, ["sideband"]),
        ({"snr_db": -0.1, "flags": ["edge", "ignored"]}, ["edge", "ignored"]),
    ],
)
def test_what_is_weak_and_has_no_name_is_ignored(about, flags):
    (found,) = labelled(emission(**about))
    assert found.flags == flags
    (found,) = labelled(emission(**about), block=rfattn.emission_labels(ignore="none"))
    assert found.flags == about.get("flags", [])


def test_what_is_weak_is_ignored_until_it_has_a_name():
    sent = emission(snr_db=-3.0), detection("dmr", 0.9)
    found = labelled(*sent, block=rfattn.emission_labels(model=CONTRACT))
    assert [(e.label, e.is_ignored) for e in found] == [(None, True), ("dmr", False)]


def test_classes_that_the_model_does_not_have_are_refused(tmp_path):
    model, path = CONTRACT | {"classes": list(CLASSES)}, ignore(tmp_path, {"class": "dmrr"})
    rfattn.emission_labels(model=model, ignore=ignore(tmp_path, {"class": "unknown"}))
    with pytest.raises(ValueError, match="got 'dmrr'; did you mean dmr"):
        rfattn.emission_labels(model=model, ignore=ignore(tmp_path, {"class": "dmrr"}))
    assert rfattn.emission_labels(ignore=path)  # another block chooses the model


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ignore": "nowhere.jsonl"}, "ignore: nowhere.jsonl: No such file"),
        ({"band_plan": "nowhere.json"}, "band plan: nowhere.json: No such file"),
        ({"min_confidence": 1.5}, "emission_labels: min_confidence must be None or from 0 to 1, "),
        ({"model": "nowhere"}, "model 'nowhere': no such file or folder"),
    ],
)
def test_refusals(parameters, message):
    with pytest.raises(ValueError, match=message):
        rfattn.emission_labels(**parameters)


def test_emissions_do_not_mix():
    got = labelled(
        emission(1),
        emission(2),
        detection("ais", stream=1),
        detection("dmr", stream=2),
        emission(1, "end"),
        emission(2, "end"),
    )
    assert [(e.id, e.label) for e in got[-2:]] == [(1, "ais"), (2, "dmr")]


def test_a_detection_may_come_before_the_emission_and_after_its_end():
    got = labelled(detection("ais"), emission(), emission(state="end"), detection("dmr", 1.0))
    assert [(e.state, e.label) for e in got] == [("new", "ais"), ("end", "ais"), ("end", "dmr")]
    assert got[-1].confidence > 0.9


def test_what_is_sent_last_has_all_steps():
    steps = [detection("ais", 0.8), detection("ais", 0.6)]
    early = labelled(emission(), *steps, emission(state="end"))
    late = labelled(emission(), emission(state="end"), *steps)
    assert late[-1] == early[-1]
    assert late[-1].confidence == pytest.approx(averaged(0.8, 0.6))


def test_2_s_after_its_end_an_emission_is_sent_with_the_steps_since():
    known = {"rx_rate": 1e6, "sample_start": 0}
    got = labelled(
        emission(1, "new", **known, sample_now=1000),
        detection("ais", 0.8),
        emission(1, "end", **known, sample_now=5000, bursts=[0, 900]),
        detection("ais", 0.6),  # the same label, so nothing leaves
        emission(2, "new", **known, sample_now=2_005_000),
        emission(2, "update", **known, sample_now=2_005_001),
        emission(2, "update", **known, sample_now=2_005_002),
    )
    assert [(e.id, e.state) for e in got] == [
        (1, "new"),
        (1, "update"),
        (1, "end"),
        (2, "new"),
        (1, "end"),
        (2, "update"),
        (2, "update"),
    ]
    assert (got[2].confidence, got[4].confidence) == (
        pytest.approx(0.8),
        pytest.approx(averaged(0.8, 0.6)),
    )
    assert got[4].bursts == []


def test_a_number_that_is_new_again_is_another_emission():
    got = labelled(emission(), detection("ais"), emission(state="end"), emission())
    assert [e.label for e in got] == [None, "ais", "ais", None]


def test_the_last_bursts_decide_with_that_on_the_air():
    """Bursts of 26.7 ms are those of AIS; a long one that is on the air is not."""
    where = {"freq_lower": 161.969e6, "freq_upper": 161.982e6, "duty": 0.05}
    got = labelled(
        emission(bursts=[0, 26_700, 50_000, 26_700], **where),
        emission(state="update", burst_start=100_000, sample_count=110_000, **where),
        emission(state="update", burst_start=100_000, sample_count=6_099_000, **where),
    )
    score = [{entry.name: entry.score for entry in e.nearest}.get("AIS", 0) for e in got]
    assert score[0] == score[1] > 0.9 and score[2] < 0.15


def test_without_a_frequency_or_a_rate_the_width_decides():
    got = labelled(emission(rx_freq=None, rx_rate=None, freq_lower=-768e3, freq_upper=768e3))
    assert got[0].nearest[0].name == "DAB"
    assert got[0].nearest[0].score == pytest.approx(0.35)  # half, and 0.7


def test_what_fits_nothing_has_an_empty_list():
    (found,) = labelled(emission(freq_lower=300e6, freq_upper=300e6))
    assert found.nearest == []


def test_emissions_are_forgotten_at_last():
    ids = range(1, 1100)
    messages = [item for id in ids for item in (emission(id), detection("ais", stream=id))]
    got = labelled(*messages, emission(1, "update"), emission(1099, "update"))
    assert [e.label for e in got[-2:]] == [None, "ais"]


def test_a_table_of_your_own(tmp_path):
    entry = {
        "name": "Mine",
        "family": "test",
        "modulation": "FM",
        "frequency_hz": [[445e6, 447e6]],
        "width_hz": [[1e3, 1e3]],
        "continuous": True,
        "burst_s": None,
        "period_s": None,
    }
    path = tmp_path / "table.json"
    path.write_text(json.dumps([entry]))
    (found,) = labelled(emission(), block=rfattn.emission_labels(path))
    assert [nearest.name for nearest in found.nearest] == ["Mine"]
    with pytest.raises(ValueError, match="^signal table: /nowhere: No such file"):
        rfattn.emission_labels("/nowhere")


def test_all_messages_of_a_flowgraph_arrive_in_the_end():
    """Those that a sender posts when it ends wait at the ports, and are sent by drain()."""
    tb = gr.top_block()
    sender = announcer([emission(), detection("ais"), emission(state="end")])
    block, sink = rfattn.emission_labels(), Collector()
    for port in ("emissions", "logits"):
        tb.msg_connect(sender, port, block, port)
    tb.msg_connect(block, "emissions", sink, "emissions")
    tb.connect(sender, blocks.null_sink(gr.sizeof_float))
    tb.run()
    block._post(pmt.intern("logits"), detection("dmr", 1.0)[1])
    block.drain()
    sink.drain()
    assert [(e.state, e.label) for e in sink.got][-2:] == [("end", "ais"), ("end", "dmr")]
    tb.run()  # again: what was known is forgotten
    block.drain()
    sink.drain()
    assert sink.got[-1].confidence == pytest.approx(0.75)


def test_a_call_with_many_steps_is_as_many_calls():
    rows = np.float32([[2, 0], [1, 0], [0, 5], [-3, 0]])
    streams = [1, 2, 1, 1]

    def looks(steps):
        starts, rates = [100 * i for i in steps], [1e6] * len(steps)
        names = [streams[i] for i in steps]
        return "logits", Looks(
            names, starts, [1] * len(names), rates, rates, rows[steps], "mha", "", CLASSES
        ).to_message()

    ends = [emission(1, "end"), emission(2, "end")]
    together = labelled(emission(1), emission(2), looks([0, 1, 2, 3]), *ends)
    alone = labelled(emission(1), emission(2), *[looks([i]) for i in range(4)], *ends)
    assert together[-2:] == alone[-2:]
    assert [e.label for e in together[-2:]] == ["dmr", "ais"]
    before_end = rfattn.emission_labels()
    before_end.end_at(150, 1e6)
    early = emission(1, sample_start=100, sample_count=50, sample_now=150, rx_rate=1e6)
    first = labelled(early, looks([0, 1, 2, 3]), block=before_end)
    assert first[-1].confidence == pytest.approx(1 / (1 + np.exp(-2)))


def test_the_confidence_of_the_latest_step_goes_to_the_scheduler():
    block, listener, tb = rfattn.emission_labels(), blocks.message_debug(), gr.top_block()
    row = np.float32([[2, 0], [0, 1]])
    sender = announcer(
        [
            (
                "logits",
                Looks([7, 7], [0, 1], [1, 1], [0, 0], [0, 0], row, "", "", CLASSES).to_message(),
            )
        ]
    )
    tb.msg_connect(sender, "logits", block, "logits")
    tb.msg_connect(block, "confidences", listener, "store")
    tb.connect(sender, blocks.null_sink(gr.sizeof_float))
    tb.run()
    block.drain()
    listener_got = [to_python(listener.get_message(i)) for i in range(listener.num_messages())]
    assert listener_got == [{"stream": 7, "confidence": pytest.approx(1 / (1 + np.exp(-1)))}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"streams": [1, 2]}, "not a message of a logits port"),
        ({"sample_starts": []}, "sample_starts, .* and symbol_rates differ in length"),
        ({"symbol_rates": []}, "sample_starts, .* and symbol_rates differ in length"),
        ({"classes": ("ais",)}, "not a message of a logits port"),
        ({"logits": np.float32([[np.nan, 0]])}, "logits must be finite, got others for stream 1"),
    ],
)
def test_logits_that_are_refused(change, message):
    parts = {
        "streams": [1],
        "sample_starts": [0],
        "sample_counts": [1],
        "sample_rates": [0.0],
        "symbol_rates": [0.0],
        "logits": np.float32([[1, 0]]),
        "attention": "",
        "norm": "",
        "classes": CLASSES,
    }
    sent = "logits", Looks(**parts | change).to_message()
    with pytest.raises(ValueError, match=message):
        labelled(sent)


def test_other_messages_are_left_out():
    tb = gr.top_block()
    block, sink = rfattn.emission_labels(), Collector()
    sender = announcer([("emissions", pmt.intern("text")), emission()])
    tb.msg_connect(sender, "emissions", block, "emissions")
    tb.msg_connect(block, "emissions", sink, "emissions")
    tb.connect(sender, blocks.null_sink(gr.sizeof_float))
    tb.run()
    block.drain()
    sink.drain()
    assert [e.id for e in sink.got] == [1]


def test_nothing_behind_the_end_of_a_recording_counts():
    block = rfattn.emission_labels()
    block.end_at(1000, 1e6)  # 1 ms
    about = {"sample_start": 100, "rx_rate": 1e6}
    got = labelled(
        emission(1, sample_count=1500, sample_now=1600, burst_start=100, **about),
        emission(2, **about | {"sample_start": 1000}),
        detection("ais", sample_rate=1e5),
        detection("dmr", confidence=1.0, sample_rate=1e5, start=100),
        emission(1, "end", sample_count=1500, sample_now=1700, bursts=[100, 1500], **about),
        block=block,
    )
    assert {one.id for one in got} == {1}
    assert (got[-1].state, got[-1].sample_count, got[-1].bursts) == ("end", 900, [100, 900])
    assert (got[-1].label, got[-1].confidence) == ("ais", pytest.approx(0.75))


def test_a_taught_class_takes_the_place_of_its_parent():
    block = rfattn.emission_labels(model=CONTRACT | {"taught": [TAUGHT]})
    first = (emission(), detection("ais", 0.9)), (emission(2), detection("dmr", 0.9, stream=2))
    got = labelled(*[message for pair in first for message in pair], block=block)
    assert [(one.label, one.family) for one in got if one.label] == [
        ("beacon", "packets"),
        ("dmr", "voice"),
    ]
    assert got[1].confidence == pytest.approx(1.0 / (1.0 + np.exp(-3.0) / 0.9**3))
    assert got[1].basis == "shape"


def test_the_model_is_swapped_while_it_runs():
    tb = gr.top_block()
    block, sink = rfattn.emission_labels(model=CONTRACT), Collector()
    tb.msg_connect(block, "emissions", sink, "emissions")
    tb.start()
    tb.stop()
    tb.wait()

    def label_after(*messages):
        for topic, message in messages:
            block.publish(topic, block._read(topic, message))
        block.drain()
        sink.drain()
        return sink.got[-1].label

    assert label_after(emission(), detection("ais", 0.9)) == "ais"
    block.set_model(CONTRACT | {"taught": [TAUGHT]})
    assert label_after(emission(state="update")) == "beacon"
    with pytest.raises(ValueError, match="model 'nowhere': no such file or folder"):
        block.set_model("nowhere")
    assert label_after(emission(state="update")) == "beacon"
    block.set_model(CONTRACT)
    assert label_after(emission(state="update")) == "ais"


def test_the_label_without_frames_may_be_a_taught_one():
    contract = CONTRACT | {"taught": [{**TAUGHT, "name": "dmr", "parents": ["dmr"]}]}
    block = rfattn.emission_labels(model=contract)
    steps = [detection("ais", 0.6), findings("AIS"), emission(state="end")]
    last = labelled(emission(), *steps, block=block)[-1]
    assert (last.label, last.label_without_frames) == ("ais", "dmr")


def test_what_is_known_of_a_class_counts_for_a_taught_one_of_its_name():
    """9600 Bd is none of DMR; it is one of AIS."""
    contract = CONTRACT | {"taught": [{**TAUGHT, "name": "dmr"}]}
    found = []
    for rate in (4800.0, 9600.0):
        steps = [detection("ais", 0.6, start=100 * i, symbol_rate=rate) for i in range(3)]
        block = rfattn.emission_labels(model=contract)
        found.append(labelled(emission(), *steps, emission(state="end"), block=block)[-1].label)
    assert found == ["dmr", "ais"]
    contract["taught"][0]["evidence"] = []  # its examples contradict it
    block = rfattn.emission_labels(model=contract)
    assert labelled(emission(), *steps, emission(state="end"), block=block)[-1].label == "dmr"
