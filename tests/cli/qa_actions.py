# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label` and `live` with --when, --exec, --mqtt and --record: what is done for which emission."""

import json
import sys
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.attached.actions import Actions
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.record import EmissionRecord, EmissionRecords
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.decoded import Decoded
from gnuradio.rfattn.recordings.formats import open_recording

from command_line import write_recording
from emission_messages import emission_message
from emission_recording import ON_AIR, write_emission
from fake_labeller import fake_labeller
from mqtt_broker import LIMIT_S, broker, free_port, needs_broker, subscribed
from page_messages import emission

RATE = 1e6
KNOWN = {"rx_rate": RATE, "rx_freq": 433.92e6}
WRITE = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + ' ')"


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A recording of 20 ms with a strong emission, a weak one, and a part of the strong one."""
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    messages = []
    for number, snr, bursts in ((1, 30.0, [1000, 5000]), (2, 5.0, [2000, 5000]), (3, 40.0, [])):
        known = {**KNOWN, "sample_start": 1000, "sample_count": 9000, "sample_now": 9000}
        known["snr_db"] = snr
        messages += [
            (3000, emission_message(number, "new", **known)),
            (
                9000,
                emission_message(number, "end", **known, bursts=bursts, burst_count=bool(bursts)),
            ),
        ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    return str(tmp_path / "r.sigmf-meta")


ASKED = "--when must be for an action that is asked for, and on events for exec and mqtt alone"


def each(when):
    return dict.fromkeys(("exec", "mqtt"), Condition.parse(when))


def command(tmp_path):
    return f'{sys.executable} -c "{WRITE}" {tmp_path}/out {{id}}'


@pytest.mark.parametrize("when, ids", [("", "1 2 "), ("snr_db>=20", "1 "), ("label!=x", "1 2 ")])
def test_label_runs_a_command_for_each_emission(recording, tmp_path, capsys, when, ids):
    words = ["--when", when] if when else []
    words += ["--exec", command(tmp_path), "--quiet", "--json", str(tmp_path / "x.json")]
    assert (
        main(["label", recording, *words, *(["--model", "none"] if "l" not in when else [])]) == 0
    )
    assert sorted((tmp_path / "out").read_text().split()) == ids.split()
    count = len(ids.split())
    assert f"  commands:  {count} run, 0 failed, 0 not run" in capsys.readouterr().out
    written = json.loads((tmp_path / "x.json").read_text())
    assert written["actions"] == {
        "commands_run": count,
        "commands_failed": 0,
        "commands_not_run": 0,
    }


def test_a_failing_command_is_one_line_and_does_not_end_anything(recording, capsys):
    words = ["--exec", f'{sys.executable} -c "raise SystemExit(7)"', "--quiet", "--json", "-"]
    assert main(["live", "--source", f"file={recording}", "--model", "none", *words]) == 0
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if "--exec" in line]
    assert len(lines) == 1 and lines[0].startswith("gr-rfattn: --exec: ")
    assert "ended with status 7" in lines[0]
    summary = json.loads(captured.out.splitlines()[-1])
    assert summary["actions"] == {"commands_run": 2, "commands_failed": 2, "commands_not_run": 0}


@needs_broker
def test_live_publishes_over_mqtt(recording, tmp_path, capsys):
    port = free_port()
    with broker(tmp_path, port), subscribed(port, "box/emissions") as found:
        words = ["--mqtt", f"127.0.0.1:{port}", "--mqtt-topic", "box", "--when", "snr_db<20"]
        assert main(["live", "--source", f"file={recording}", "--model", "none", *words]) == 0
        topic, message = found.get(timeout=LIMIT_S)
        assert found.empty()
    assert (topic, message["state"], message["id"]) == ("box/emissions", "end", 2)
    assert message["frequency"] == 446.0005e6 and message["label"] is None
    captured = capsys.readouterr()
    assert f"gr-rfattn: mqtt: connected to 127.0.0.1:{port}" in captured.err
    assert "  mqtt:      1 messages sent, 0 lost" in captured.out


def test_an_emission_that_has_been_there_for_a_moment_is_published_too():
    sent = []
    publisher = SimpleNamespace(send=lambda topic, value: sent.append((topic, value["state"])))
    actions, records = Actions(each(""), None, publisher), EmissionRecords()
    message = emission(1, "update", label="nfm", confidence=0.9, guess="nfm")
    actions.settle(records.add(schema.read("emissions", message)))
    assert sent == [("emissions", "on")]


def test_what_is_published_is_rounded_and_what_a_condition_compares_is_not():
    sent = []
    publisher = SimpleNamespace(send=lambda topic, value: sent.append(value))
    records = EmissionRecords()
    message = emission(1, "update", freq_upper=446.0009999e6, snr_db=12.04)
    record = records.add(schema.read("emissions", message))
    for when in ("snr_db>12.03", "snr_db>12.05"):
        Actions(each(when), None, publisher).settle(record)
    (facts,) = sent
    assert (facts["frequency"], facts["width"], facts["snr_db"]) == (446_000_500, 1000, 12.0)


def test_what_fails_is_counted_and_ends_nothing(capsys):
    def fail(*_):
        raise RuntimeError("broken")

    actions = Actions(each(""), None, SimpleNamespace(send=fail))
    labeller = SimpleNamespace(labels=SimpleNamespace(contract={}))
    flowgraph = SimpleNamespace(guests={}, attachments=[], labeller=labeller)
    actions.announce(flowgraph)
    record = EmissionRecords().add(schema.read("emissions", emission(1, "end", burst_count=1)))
    for act in (actions.settle, actions.end, actions.end):
        act(record)
    actions.poll()
    assert flowgraph.guests["actions"].to_dict() == {"count": 3, "reason": "RuntimeError: broken"}
    assert capsys.readouterr().err.count("broken") == 1


SIDEBAND = {"flags": ["sideband"], "sideband_of": 1}
AT_LABEL = {"at_label": True}


class Acted:
    """Actions, and what they did: states that were published, and ids that had a command."""

    def __init__(self, **options):
        self.sent, self.run = [], []
        publisher = SimpleNamespace(send=lambda topic, value: self.sent.append(value))
        command = SimpleNamespace(add=self._add_command, poll=lambda: None)
        self._actions = Actions(each(""), command, publisher, **options)
        self._records = EmissionRecords()

    def _add_command(self, facts, decoded="", find_recording=str):
        self.run.append(facts["id"])

    def look(self, **fields):
        self._actions.look(self._add("update", **fields))
        self._actions.poll()

    def settle(self, **fields):
        self._actions.settle(self._add("update", **fields))

    def end(self, **fields):
        self._actions.end(self._add("end", **fields))

    def _add(self, state, **fields):
        return self._records.add(schema.read("emissions", emission(2, state, **fields)))

    def states(self):
        return [(message["state"], message["sideband_of"]) for message in self.sent]


@pytest.mark.parametrize(("when", "is_sent"), [("", True), ("label=ais", False)])
def test_what_was_decoded_is_published_where_the_condition_holds(when, is_sent):
    sent = []
    publisher = SimpleNamespace(send=lambda topic, payload: sent.append((topic, payload)))
    actions = Actions(each(when), None, publisher)
    record = EmissionRecord(schema.read("emissions", emission(7, label="dmr", confidence=0.9)))
    actions.decoded(record, Decoded(7, "dsdccx", "a call", is_private=True))
    known = {"id": 7, "source": "dsdccx", "text": "a call", "is_private": True, "label": "dmr"}
    assert sent == ([("decoded", known)] if is_sent else [])


SURE = {"label": "ais", "guess": "ais", "confidence": 1.0}
UNSURE = {"label": "unknown", "guess": "ais", "confidence": 0.4}
PART = {"burst_count": 0}
ON, END, OF_ONE = ("on", None), ("end", None), ("end", 1)


@pytest.mark.parametrize(
    ("options", "steps", "states", "run"),
    [
        # A sideband, also one that was published before it turned out to be one.
        ({}, [("end", SIDEBAND)], [], []),
        ({}, [("settle", {}), ("end", SIDEBAND)], [ON, OF_ONE], []),
        ({}, [("look", SIDEBAND), ("settle", {}), ("end", {})], [ON, END], [2]),
        ({}, [("end", {}), ("look", SIDEBAND)], [END], [2]),
        (
            {"has_sidebands": True},
            [("settle", SIDEBAND), ("end", SIDEBAND)],
            [("on", 1), OF_ONE],
            [2],
        ),
        # A part of another.
        ({}, [("end", PART)], [], []),
        ({}, [("settle", {}), ("end", PART)], [ON, END], []),
        # At the label once, also where it comes at the end; at the end not at the label.
        ({}, [("look", SURE)], [], []),
        (AT_LABEL, [("look", {}), ("look", UNSURE), ("look", {**SURE, **SIDEBAND})], [], []),
        (AT_LABEL, [("look", SURE), ("look", SURE), ("end", SURE)], [END], [2]),
        (AT_LABEL, [("end", SURE)], [END], [2]),
        (AT_LABEL, [("end", UNSURE)], [END], []),
    ],
)
def test_what_is_published_and_has_a_command(options, steps, states, run):
    acted = Acted(**options)
    for step, fields in steps:
        getattr(acted, step)(**fields)
    assert (acted.states(), acted.run) == (states, run)
    if PART in steps[-1]:
        assert not any(message["burst_count"] for message in acted.sent)


@pytest.mark.parametrize("words, ids", [([], "1 2"), (["--sidebands"], "1 2 4")])
def test_commands_run_for_sidebands_where_they_are_asked_for(
    recording, tmp_path, monkeypatch, capsys, words, ids
):
    make = emissions.make_labeller
    about = {**KNOWN, **SIDEBAND, "sample_start": 1000, "sample_now": 9000}
    last = emission_message(4, "end", **about, bursts=[1000, 500], burst_count=1)

    def make_labeller(*_, **__):
        labeller = make()
        labeller.detector._messages.append((9001, last))
        return labeller

    monkeypatch.setattr(emissions, "make_labeller", make_labeller)
    options = ["--exec", command(tmp_path), "--quiet", "--model", "none", *words]
    assert main(["label", recording, *options]) == 0
    assert sorted((tmp_path / "out").read_text().split()) == ids.split()
    left_out = "1 sideband of another signal" in capsys.readouterr().out
    assert left_out == (not words)


def test_time_before_and_after_is_recorded(tmp_path):
    path = write_emission(tmp_path / "one")
    lengths = []
    for margin in ("0", "0.15"):
        folder = tmp_path / margin
        words = ["--record", str(folder), "--margin", margin, "--model", "none", "--quiet"]
        assert main(["label", str(path), *words]) == 0
        recordings = [open_recording(meta) for meta in folder.glob("*.sigmf-meta")]
        lengths.append(max(one.n_samples / one.sample_rate for one in recordings))
    on_air = ON_AIR[1] - ON_AIR[0]
    assert on_air < lengths[0] < on_air + 0.11
    assert lengths[1] == pytest.approx(on_air + 0.3, abs=0.02)


@pytest.mark.parametrize("margin", ["0", "0.15"])
@pytest.mark.parametrize("name", ["label", "live"])
def test_a_command_gets_the_recording_of_its_emission(tmp_path, name, margin):
    path = write_emission(tmp_path / "one")
    script = tmp_path / "script.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "path = os.environ['RFATTN_RECORDING']\n"
        "whole = all(map(os.path.exists, (path, path.replace('meta', 'data'))))\n"
        f"pathlib.Path({str(tmp_path / 'out')!r} + sys.argv[1]).write_text(f'{{path}} {{whole}}')\n"
    )
    words = ["--record", str(tmp_path / "cut"), "--margin", margin, "--model", "none", "--quiet"]
    words += ["--exec", f"{sys.executable} {script} {{id}}"]
    start = ["label", str(path)] if name == "label" else ["live", "--source", f"file={path}"]
    assert main([*start, *words]) == 0
    found = [out.read_text().split() for out in tmp_path.glob("out*")]
    assert found
    for recording, whole in found:
        assert recording.startswith(f"{tmp_path}/cut/") and recording.endswith(".sigmf-meta")
        assert whole == "True"


def test_each_action_has_its_own_condition(recording, tmp_path, capsys):
    words = ["--exec", command(tmp_path), "--when", "exec:snr_db<20", "--when", "snr_db>99"]
    words += ["--record", str(tmp_path / "cut"), "--model", "none", "--quiet", "--steps"]
    assert main(["label", recording, *words]) == 0
    assert (tmp_path / "out").read_text() == "2 "
    assert "recorded:  0 recordings" in capsys.readouterr().out


def test_only_what_is_wanted_is_recorded(tmp_path, capsys):
    path = write_emission(tmp_path / "one")
    for when, count in (("width>3k", 2), ("width<1k", 0)):
        folder = tmp_path / f"cut{count}"
        words = ["--record", str(folder), "--when", when, "--model", "none", "--quiet", "--steps"]
        assert main(["label", str(path), *words]) == 0
        assert len(list(folder.glob("one_*"))) >= count if count else not list(folder.iterdir())
    assert "recorded:  0 recordings; 0 emissions left out, " in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [
        (["--when", "lable=x", "--exec", "true"], "--when: unknown name 'lable'; did you mean"),
        (["--when", "", "--exec", "true"], "--when must have a term, such as label=mode_s, got ''"),
        (
            ["--when", "confidence>0.5", "--exec", "true", "--model", "none"],
            "--when: confidence needs a model, got --model none",
        ),
        (["--margin", "-1", "--record", "x"], "--margin: must be from 0 to 10 s, got -1"),
        (["--when", "exce:width>1", "--exec", "true"], f"{ASKED}, got exce:width>1"),
        (["--when", "mqtt:width>1", "--exec", "true"], f"{ASKED}, got mqtt:width>1"),
        (["--when", "exec:event=new", "--exec", "true"], "events are those of live --station"),
        (
            ["--when", "width>1", "--when", "exec:width>2", "--exec", "true"],
            "--when width>1: each action has a condition of its own",
        ),
    ],
)
def test_wrong_usage(recording, capsys, words, message):
    for start in (["label", recording], ["live", "--source", f"file={recording}"]):
        with pytest.raises(SystemExit) as ended:
            main([*start, *words])
        assert ended.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, message",
    [
        (["--exec", "no-such-program"], "--exec: no program 'no-such-program'"),
        (
            ["--mqtt", "192.0.2.1"],
            "--mqtt: 192.0.2.1 is another machine: give mqtt-login and mqtt-ca",
        ),
        (["--mqtt", "localhost", "--mqtt-topic", "#"], "--mqtt-topic must be a name without"),
    ],
)
def test_what_cannot_be_opened_ends_the_command_at_once(recording, capsys, words, message):
    assert main(["label", recording, "--model", "none", *words]) == 1
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


def test_a_label_that_the_model_does_not_have():
    contract = {"classes": ["nfm"], "families": {"nfm": "voice"}, "taught": [{"name": "gate"}]}
    for when in ("label=nfm,family=voice", "label=gate"):
        Actions(each(when)).check(contract)
    Actions(each("label=nfn")).check({})  # of a model that gives none
    with pytest.raises(
        ValueError, match="--when: the model gives no label 'nfn'; did you mean nfm"
    ):
        Actions(each("label=nfn")).check(contract)
