# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""frame_contents reads frames, and labels come with what they state."""

import json
import shlex
import sys

import numpy as np
import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.frame import Frame

import sent_frames
from command_line import run_forked

ALL_CALL = "5d3c6586000000"


def frame(bits=ALL_CALL, format="Mode S"):
    return to_message(Frame(id=7, format=format, sample_start=5, bits=bits))


class Kept(MessageSink):
    """Keeps what comes as sinks get it."""

    TOPICS = ("decoded",)

    def __init__(self):
        MessageSink.__init__(self)
        self.got = []

    def _receive(self, topic, message):
        self.got.append(message)


def test_a_frame_becomes_a_message_for_sinks():
    block, kept = rfattn.frame_contents(), Kept()
    sent = []
    block.message_port_pub = lambda *message: sent.append(message)
    block._take("frames", frame())
    ((port, message),) = sent
    assert pmt.symbol_to_string(port) == "decoded"
    kept._take("decoded", message)
    assert kept.error is None and kept.got == [
        {
            "id": 7,
            "source": "Mode S",
            "text": "3C6586 all-call reply",
            "sample_start": 5,
            "is_right": True,
            "bits": ALL_CALL,
            "fields": {"address": "3C6586", "downlink_format": 11, "kind": "all-call reply"},
        }
    ]
    assert json.dumps(kept.got[0]) and schema.read("decoded", kept.got[0])


def test_a_frame_that_is_none_is_counted():
    block = rfattn.frame_contents()
    block._take("frames", pmt.to_pmt({"id": 1}))
    assert str(block.failures.first) == "frames: format is missing"


def test_a_text_may_be_shorter():
    block, sent = rfattn.frame_contents(most_text=20), []
    block.message_port_pub = lambda _, message: sent.append(message)
    block._take("frames", frame())
    text = pmt.dict_ref(sent[0], pmt.intern("text"), pmt.PMT_NIL)
    assert bytes(pmt.u8vector_elements(text)).decode() == "3C6586 all-call rep…"
    with pytest.raises(ValueError, match="most_text must be from 20 to 500, got 19$"):
        rfattn.frame_contents(most_text=19)


def test_what_is_behind_the_end_of_a_recording_is_left_out():
    """A tail, which may repeat the recording, is played behind it."""
    block, sent = rfattn.frame_contents(), []
    block.message_port_pub = lambda _, message: sent.append(message)
    for n_samples, count in ((5, 0), (6, 1)):
        block.end_at(n_samples, 1e6)
        block._take("frames", frame())
        assert len(sent) == count


def test_the_policy_is_one_of_two():
    with pytest.raises(ValueError, match="policy must be one of block, drop, got 'x'$"):
        rfattn.frame_contents(policy="x")


@pytest.fixture(scope="module")
def ships(tmp_path_factory):
    """A recording of ships, and the frames in it."""
    patch = pytest.MonkeyPatch()
    signal, sent = sent_frames.ais(patch)
    patch.undo()
    rng = np.random.default_rng(1)
    padded = np.pad(signal.samples, round(0.5 * signal.rate))
    noise = 0.02 * rng.standard_normal((len(padded), 2)).view(complex).ravel()
    path = tmp_path_factory.mktemp("ships") / "ships.cf32"
    (0.1 * (padded + noise)).astype(np.complex64).tofile(path)
    return path, signal.rate, sent


def test_a_label_comes_with_what_frames_state(ships):
    path, rate, sent = ships
    found = rfattn.label(str(path), rate=rate)
    (ship,) = (emission for emission in found if emission.sync == "AIS")
    assert len(ship.decoded) == len(sent)
    assert all(text.startswith("type ") and "MMSI" in text for text in ship.decoded)


def test_the_command_shows_the_newest_line_and_the_json_all(ships, tmp_path):
    path, rate, sent = ships
    file = tmp_path / "found.json"
    done = run_forked("label", str(path), "--rate", str(rate), "--json", str(file))
    (emission,) = (
        e for e in json.loads(file.read_text())["recordings"][0]["emissions"] if e["decoded_count"]
    )
    assert emission["decoded_count"] == len(sent)
    assert [decoded["bits"] for decoded in emission["decoded"]] == sent
    newest = emission["decoded"][-1]["text"]
    assert f"\n       {len(sent)} x AIS: {newest}"[:120] in done.stdout


def test_without_a_model_frames_give_the_label(ships):
    path, rate, sent = ships
    found = rfattn.label(str(path), rate=rate, model="none")
    (ship,) = (emission for emission in found if emission.label is not None)
    assert (ship.label, ship.family, ship.basis, ship.sync) == (
        *("ais", "FSK packets"),
        *("proved", "AIS"),
    )
    assert (ship.guess, ship.confidence, ship.probabilities) == (None, None, None)
    assert len(ship.decoded) == len(sent) and ": ais (proved)" in str(ship)


def test_the_command_acts_on_the_label_by_frames(ships, tmp_path):
    path, rate, sent = ships
    file, words = tmp_path / "found.json", [sys.executable, "-c", "print('{label} {confidence}')"]
    done = run_forked(
        *("label", path, "--rate", rate, "--model", "none", "--json", file, "--when", "label=ais"),
        *("--exec-at", "label", "--exec", shlex.join(words)),
    )
    assert done.returncode == 0 and "ais \n" in done.stderr
    assert f"  {len(sent)} x AIS: type " in done.stdout and "  ais (proved)" in done.stdout
    (row,) = json.loads(file.read_text())["recordings"]
    (ship,) = (e for e in row["emissions"] if e["label"])
    assert (ship["label"], ship["basis"], ship["confidence"]) == ("ais", "proved", None)
    assert ship["decoded_count"] == len(sent)
    assert (row["model"], row["tokens"], row["stats"]["emissions_cut"] > 0) == (None, None, True)


def test_live_without_a_model_labels_by_frames(ships, tmp_path):
    path, rate, sent = ships
    file = tmp_path / "found.jsonl"
    done = run_forked(
        *("live", "--source", f"file={path}", "--rate", rate, "--model", "none", "--json", file)
    )
    assert done.returncode == 0 and "  ais (proved)" in done.stdout
    lines = map(json.loads, file.read_text().splitlines())
    (ship,) = (line for line in lines if line.get("label"))
    assert (ship["label"], ship["decoded_count"]) == ("ais", len(sent))
