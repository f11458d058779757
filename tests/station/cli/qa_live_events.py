# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to transmitters reaches each place where people see it."""

import json
import shlex
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.blocks.parts.attachment import Attachment
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.attached.actions import Actions
from gnuradio.rfattn.cli.attached.emission_command import EmissionCommand
from gnuradio.rfattn.cli.live_emissions import Printer
from gnuradio.rfattn.cli.output.json_output import JsonDocument, JsonLines
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.frequency_text import FrequencyColumn
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.blocks.logbook_keeper import LogbookKeeper
from gnuradio.rfattn_station.cli import keeping

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller
from mqtt_broker import LIMIT_S, broker, free_port, needs_broker, subscribed
from page_messages import EVENT, emission
from pages import PAGES, indented_commands

WRITE = "import os; open({path!r}, 'a').write(' '.join(os.environ['RFATTN_' + n] for n in {names}))"


def each(when):
    return dict.fromkeys(("exec", "mqtt"), Condition.parse(when))


class Noticing(Attachment):
    """Notices an event once."""

    def __init__(self):
        self.left, self.shown = [EVENT], []

    def take_events(self):
        left, self.left = self.left, []
        return left

    def show_event(self, event):
        self.shown.append(event)


class Broken(Attachment):
    def show_event(self, event):
        raise OSError("no room")


def printer_of(output, actions):
    arguments = SimpleNamespace(steps=False, sidebands=False, quiet=True)
    column = FrequencyColumn.of_band(433.92e6, 1e6)
    return Printer(arguments, 1e6, column, output, actions, clock=lambda: 0.0)


def test_an_event_is_printed_written_published_and_shown(tmp_path, capsys):
    sent, shown = [], Noticing()
    publisher = SimpleNamespace(send=lambda topic, value: sent.append((topic, value)))
    with open(tmp_path / "x.jsonl", "w") as file:
        output = JsonLines(file)
        output.begin({"source": "s"})
        actions = Actions(each(""), publisher=publisher)
        printer = printer_of(output, actions)
        for _ in range(2):
            printer.add_events([Broken(), shown])
        printer.end()
    assert sent == [("events", EVENT)] and shown.shown == [EVENT]
    head, line = map(json.loads, (tmp_path / "x.jsonl").read_text().splitlines())
    assert (head["type"], head["source"]) == ("begin", "s")
    assert line == {"type": "event", "source": "s", **EVENT}
    assert (
        "missing: gate at 433.92 MHz, ook_srd: missing since 2026-09-22 00:00:00"
        in capsys.readouterr().out
    )
    assert actions.failures.to_dict() == {"count": 1, "reason": "no room"}


def test_events_are_a_list_of_their_own_in_one_object(tmp_path):
    with open(tmp_path / "x.json", "w") as file:
        output = JsonDocument(file, in_list=False)
        output.begin({"source": "s"})
        output.add("event", EVENT)
        output.add("emission", {"id": 1})
        output.end({"samples": 3})
        output.close()
    found = json.loads((tmp_path / "x.json").read_text())
    assert (found["emissions"], found["events"], found["samples"]) == ([{"id": 1}], [EVENT], 3)


@pytest.mark.parametrize(
    ("when", "runs"),
    [
        ("event=missing", True),
        ("event=new|missing,label=ook_srd,frequency<434M", True),
        ("transmitter=7,name=gate", True),
        ("event=new", False),
        ("name!=gate", False),
        ("label=ook_srd", False),
        ("", False),
    ],
)
def test_a_command_runs_for_events_that_the_condition_names(tmp_path, when, runs):
    names = ["EVENT", "TRANSMITTER", "NAME", "TIME", "FREQUENCY", "FREQUENCY_MHZ", "TEXT", "WIDTH"]
    code = WRITE.format(path=str(tmp_path / "out"), names=names).replace('"', "'")
    command = EmissionCommand(f'{sys.executable} -c "{code}"', print)
    actions = Actions(each(when), command)
    actions.act_on_event({**EVENT, "frequency": 433920000.03045})
    counts = actions.finish()
    assert counts == {"commands_run": int(runs), "commands_failed": 0, "commands_not_run": 0}
    if runs:
        when, where = "2026-09-22T00:01:00.000Z", "433920000 433.9200"
        text = f"missing 7 gate {when} {where} missing since 2026-09-22 00:00:00 "
        assert (tmp_path / "out").read_text() == text


@pytest.mark.parametrize(
    ("when", "topics"),
    [
        ("", ["emissions", "events"]),
        ("event=missing", ["emissions", "events"]),
        ("event=new", ["emissions"]),
        ("name=gate,label=ook_srd", ["emissions", "events"]),
        ("label=ais", ["emissions"]),
        ("label=ook_srd", ["events"]),
        ("snr_db>3", ["emissions", "events"]),
        ("snr_db>99", ["events"]),
    ],
)
def test_a_condition_on_events_silences_no_emission(when, topics):
    sent = []
    publisher = SimpleNamespace(send=lambda topic, value: sent.append(topic))
    actions = Actions(each(when), publisher=publisher)
    fields = {"label": "ais", "guess": "ais", "confidence": 0.9, "burst_count": 1}
    actions.end(EmissionRecord(schema.read("emissions", emission(1, "end", **fields))))
    actions.act_on_event(EVENT)
    assert sent == topics


@needs_broker
def test_the_three_conditions_of_the_page(tmp_path, monkeypatch):
    lines = indented_commands(PAGES["docs/station.md"])
    line = next(line for line in lines if "--record-sound" in line)
    words, port = shlex.split(line)[1:], free_port()
    message = {"rx_rate": 1e6, "rx_freq": 433.92e6, "sample_count": 9000, "burst_count": 1}
    end = emission_message(1, "end", **message, snr_db=30.0, bursts=[1000, 5000])
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller([(9000, end)]))
    monkeypatch.setattr(LogbookKeeper, "take_events", Noticing().take_events)
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    changed = {"--source": f"file={tmp_path}/r.sigmf-meta", "--mqtt": f"127.0.0.1:{port}"}
    changed |= {"--station": str(tmp_path / "s"), "--record-sound": str(tmp_path / "heard")}
    changed["--exec"] = f"touch {tmp_path}/{{event}}"
    for name, value in changed.items():
        words[words.index(name) + 1] = value
    for name in ("--rate", "--freq"):
        del words[words.index(name) : words.index(name) + 2]
    with broker(tmp_path, port), subscribed(port, "rfattn/#") as found:
        assert main([*words, "--quiet"]) == 0
        topics = set()
        while not topics >= {"rfattn/emissions", "rfattn/events", "rfattn/status"}:
            topics.add(found.get(timeout=LIMIT_S)[0])
    assert (tmp_path / "missing").exists() and not list((tmp_path / "heard").iterdir())


def test_a_command_runs_for_an_event_of_the_receiver(tmp_path):
    code = WRITE.format(path=str(tmp_path / "out"), names=["EVENT", "FREQUENCY_MHZ", "TEXT"])
    code = code.replace('"', "'")
    command = EmissionCommand(f'{sys.executable} -c "{code}"', print)
    actions = Actions(each("event=receiver"), command)
    nowhere = dict.fromkeys(("transmitter", "name", "frequency", "label"))
    for event in (EVENT, {**EVENT, **nowhere, "event": "receiver", "text": "silent"}):
        actions.act_on_event(event)
    assert actions.finish()["commands_run"] == 1 and actions.failures.count == 0
    assert (tmp_path / "out").read_text() == "receiver  silent"


def test_a_condition_on_events_holds_for_no_emission():
    facts = {"label": "ais", "frequency": 162e6}
    assert not Condition.parse("event!=new").holds(facts)
    assert Condition.parse("label=ais").holds(facts)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--when", "event=nwe"],
            "--when: event must be of new, back, missing, changed, receiver, got",
        ),
        (["--when", "event=new,snr_db>3"], "--when: events have no snr_db"),
        (["--when", "event=new"], "--when: events are those of live --station, got event=new"),
        (
            ["--station", "{}/s", "--record", "{}/c", "--when", "record:event=new"],
            "and on events for exec and mqtt alone, got record:event=new",
        ),
        (["--station", "{}/s", "--alarms", "0"], "--alarms must be > 0, got 0"),
        (["--alarms", "2"], "--alarms"),
    ],
)
def test_refusals(tmp_path, capsys, words, message):
    write_recording(tmp_path / "r", 1, "x", n_samples=2000)
    start = ["live", "--source", f"file={tmp_path}/r.sigmf-meta", "--model", "none"]
    words = [word.format(tmp_path) for word in words]
    with suppress(SystemExit):
        assert main([*start, "--exec", "true", *words]) == 1
    assert message in capsys.readouterr().err


def test_alarms_are_those_of_the_station():
    assert keeping.joined(None, alarms=4.0)._watch._alarms_per_week == 4.0
    state = keeping.joined(None).to_state()
    assert keeping.joined(state, alarms=0.5)._watch._alarms_per_week == 0.5
