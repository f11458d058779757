# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live`: when an emission is printed, and that nothing is flooded."""

import contextlib
import json
import signal
from types import SimpleNamespace

import pytest
from gnuradio.rfattn._version import __version__
from gnuradio.rfattn.cli import live_emissions, main
from gnuradio.rfattn.cli.attached.actions import Actions
from gnuradio.rfattn.cli.live_emissions import LINES_PER_SECOND, Printer
from gnuradio.rfattn.cli.output.emission_summary import EmissionSummary
from gnuradio.rfattn.cli.output.json_output import JsonLines, NoJson, open_json
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.record import EmissionRecords
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.flowgraph.emission_list import EmissionList
from gnuradio.rfattn.flowgraph.emissions import EmissionFlowgraph
from gnuradio.rfattn.flowgraph.listening import Listening
from gnuradio.rfattn.frequency_text import FrequencyColumn
from gnuradio.rfattn.messages import schema

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller
from full_disk import files_end_after
from page_messages import emission

RATE = 1e6
KNOWN = {"rx_rate": RATE, "rx_freq": 433.92e6}


class Band:
    """A printer with a clock of its own, and what is sent to it."""

    def __init__(self, output=None, steps=False, sidebands=False):
        self.now = 0.0
        arguments = SimpleNamespace(quiet=True, model="none", steps=steps, sidebands=sidebands)
        actions = Actions(dict.fromkeys(("exec", "mqtt"), Condition()))
        self.printer = Printer(
            arguments, RATE, FrequencyColumn(), output or NoJson(), actions, lambda: self.now
        )
        self.records, self.final = EmissionRecords(), []

    def send(self, id, state, **fields):
        bursts = int(state == "end")
        values = {"sample_start": 0, "sample_now": 0, "burst_count": bursts, **fields}
        message = schema.read("emissions", emission(id, state, **values))
        self.printer.add(self.records.add(message))

    def come_and_go(self, id):
        self.send(id, "new")
        self.send(id, "end")

    def look(self):
        self.printer.show_progress(
            SimpleNamespace(records=self.records, take_final=lambda: self.final, attachments=())
        )


def rows(capsys):
    """State and id of each row that was printed."""
    lines = capsys.readouterr().out.splitlines()
    return [tuple(line.split()[:2]) for line in lines if not line.lstrip().startswith("id ")]


def test_a_long_emission_has_two_rows_and_a_short_one(capsys):
    band = Band()
    band.send(1, "new", sample_now=5000)
    band.send(2, "new", sample_now=5000)
    band.send(1, "update", sample_now=999_999)
    band.send(2, "end", sample_now=500_000)
    band.look()
    assert rows(capsys) == [("end", "2")]
    band.send(1, "update", sample_now=1_000_000)
    band.send(1, "update", sample_now=2_000_000)
    band.look()
    assert rows(capsys) == [("on", "1")]
    band.send(1, "end", sample_now=3_000_000)
    band.printer.end()
    assert rows(capsys) == [("end", "1")]
    assert band.printer.emissions == 2


def test_more_than_can_be_read_is_counted(capsys):
    band = Band()
    for number in range(LINES_PER_SECOND + 5):
        band.come_and_go(number)
    band.look()
    assert len(rows(capsys)) == LINES_PER_SECOND
    band.come_and_go(99)
    band.look()
    assert rows(capsys) == []
    band.now = 1.0
    band.come_and_go(100)
    band.look()
    assert rows(capsys) == [("…", "6"), ("end", "100")]


def test_steps_prints_all_rows(capsys):
    band = Band(steps=True)
    for number in range(LINES_PER_SECOND + 5):
        band.come_and_go(number)
    band.look()
    assert len(rows(capsys)) == LINES_PER_SECOND + 5


@pytest.mark.parametrize("steps", [False, True])
def test_rows_for_a_reader_that_stands_still_are_bounded(capsys, monkeypatch, steps):
    """Nobody prints while seven come and go; the first three are kept, and the others counted."""
    monkeypatch.setattr(live_emissions, "_MOST_ROWS", 3)
    band = Band(steps=steps)
    for number in range(7):
        band.come_and_go(number)
    band.look()
    band.printer.end()
    assert rows(capsys) == [("end", "0"), ("end", "1"), ("end", "2"), ("…", "4")]


def test_a_label_after_the_end_is_no_other_emission(capsys):
    band = Band()
    band.come_and_go(1)
    band.send(1, "end", label="nfm", confidence=0.9)
    band.printer.end()
    assert rows(capsys) == [("end", "1")] and band.printer.emissions == 1


def test_what_was_a_part_of_another_has_no_row(capsys):
    band = Band()
    band.send(1, "new")
    band.send(1, "end", burst_count=0)
    band.printer.end()
    assert rows(capsys) == [] and band.printer.emissions == 0


def test_what_turns_out_to_be_a_part_of_another_ends_as_one_where_it_had_a_row(capsys):
    band = Band()
    band.send(1, "new")
    band.send(1, "update", sample_now=1_000_000)
    band.send(1, "end", burst_count=0)
    band.printer.end()
    assert rows(capsys) == [("on", "1"), ("part", "1")] and band.printer.emissions == 0
    band.final = list(band.records.ended.values())
    band.look()
    assert band.printer.summary.totals() == ["  emissions: 0 with 0 bursts"]


SIDEBAND = {"flags": ["sideband"], "sideband_of": 1}


def test_a_sideband_has_no_row_and_is_counted(capsys):
    band = Band()
    for number, about in ((1, {}), (2, SIDEBAND), (3, SIDEBAND)):
        band.send(number, "new", sample_now=5000)
        band.send(number, "update", sample_now=2_000_000, **about)
    band.send(2, "end", **SIDEBAND)
    band.send(3, "update", sample_now=2_100_000)  # which turns out to be none
    band.send(4, "new", sample_now=2_200_000, **SIDEBAND)
    band.send(4, "end")  # and so does a short one
    band.look()
    assert rows(capsys) == [("on", "1"), ("on", "3"), ("end", "4")]
    assert band.printer.emissions == 1
    band.final = list(band.records.ended.values())
    band.look()
    assert band.printer.summary.totals() == [
        "  emissions: 1 with 1 burst",
        "  left out:  1 sideband of another signal (--sidebands shows them)",
    ]


def test_what_is_ignored_has_no_row_and_is_counted(capsys):
    band = Band(sidebands=True)
    for number, flags in ((1, []), (2, ["ignored"]), (3, ["weak", "ignored"])):
        band.send(number, "new", flags=flags)
        band.send(number, "update", sample_now=2_000_000, flags=flags)
        band.send(number, "end", flags=flags)
    band.final = list(band.records.ended.values())
    band.look()
    assert rows(capsys) == [("on", "1"), ("end", "1")] and band.printer.emissions == 1
    assert band.printer.summary.totals() == [
        "  emissions: 1 with 1 burst",
        "  left out:  1 emission that is ignored (--ignore)",
        "  left out:  1 emission without a name, below 0 dB (--ignore none shows them)",
    ]


def test_what_turns_out_to_be_a_sideband_ends_as_one_where_it_had_a_row(capsys):
    band = Band()
    band.send(2, "new")
    band.send(2, "update", sample_now=1_000_000)
    band.send(2, "end", sample_now=3_000_000, **SIDEBAND)
    band.printer.end()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["on", "2"], ["end", "2"]]
    assert lines[1].endswith("  -") and lines[2].endswith("  sideband of 1")
    assert band.printer.emissions == 0


def test_sidebands_that_are_asked_for_have_rows(capsys):
    band = Band(sidebands=True)
    band.send(2, "new", **SIDEBAND)
    band.send(2, "update", sample_now=1_000_000, **SIDEBAND)
    band.send(2, "end", sample_now=3_000_000, **SIDEBAND)
    band.printer.end()
    assert rows(capsys) == [("on", "2"), ("end", "2")] and band.printer.emissions == 1
    band.final = list(band.records.ended.values())
    band.look()
    assert band.printer.summary.totals() == ["  emissions: 1 with 1 burst"]


def test_the_line_of_progress_counts_no_sidebands():
    shown = []
    band = Band()
    band.printer._progress = SimpleNamespace(show=shown.append)
    for number, about in ((1, {}), (2, SIDEBAND)):
        band.send(number, "new", **about)
    band.look()
    assert shown == ["1 emission on, 0 ended; Ctrl-C ends"]


def test_json_on_stdout_prints_no_rows(capsys):
    band = Band(JsonLines())
    band.come_and_go(1)
    band.printer.end()
    assert capsys.readouterr().out == ""


def test_json_has_what_is_final(capsys):
    band = Band(JsonLines())
    band.printer.begin({"source": "x"})
    for number in range(2):
        band.come_and_go(number)
    band.final = list(band.records.ended.values())
    band.look()
    head, *lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert head == {"type": "begin", "schema": 2, "version": __version__, "source": "x"}
    assert [(line["source"], line["id"]) for line in lines] == [("x", 0), ("x", 1)]
    assert band.printer.summary.emissions == 2


def test_lines_state_when_a_receiver_listened(capsys):
    """Each minute, and where its frequency, its clock or its samples change; none twice."""
    clock, timer, output, sample = 1000.0, 5.0, JsonLines(), 0
    output.begin({"source": "x"})
    listening = Listening(output.add_listened, 60.0, clock=lambda: clock, timer=lambda: timer)

    def run(seconds, samples=1e6):
        nonlocal clock, timer, sample
        for _ in range(seconds):
            clock, timer, sample = clock + 1.0, timer + 1.0, sample + samples
            listening.look(sample, 1e6)

    listening.tuned(100e6)
    run(90)
    listening.tuned(200e6)
    run(10)
    clock += 7200.0
    run(10)
    run(30, samples=0)
    run(5)
    listening.complete()
    _, *lines = map(json.loads, capsys.readouterr().out.splitlines())
    spans = [(one["start_unix_s"], one["end_unix_s"], one["freq_lower"]) for one in lines]
    assert spans == [
        *[(1001.0, 1061.0, 99.5e6), (1061.0, 1090.0, 99.5e6), (1091.0, 1100.0, 199.5e6)],
        *[(8301.0, 8312.0, 199.5e6), (8341.0, 8345.0, 199.5e6)],
    ]
    assert {(one["type"], one["source"]) for one in lines} == {("listened", "x")}


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A recording of 20 ms with one emission."""
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    known = {**KNOWN, "sample_start": 1000, "sample_count": 9000}
    messages = [
        (3000, emission_message(1, "new", **known, sample_now=3000)),
        (19_000, emission_message(1, "end", **known, bursts=[1000, 9000], burst_count=1)),
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    return f"file={tmp_path}/r.sigmf-meta"


def test_lines_of_json(source, tmp_path, capsys):
    out = tmp_path / "live.jsonl"
    assert main(["live", "--source", source, "--quiet", "--json", str(out)]) == 0
    text = capsys.readouterr().out
    assert "end     1  0.001            9 ms  " in text and "how sure" in text
    assert "emissions: 1 with 1 burst" in text
    *found, summary = map(json.loads, out.read_text().splitlines())
    assert [line["type"] for line in found] == ["begin", "emission"]
    assert (summary["type"], summary["source"], summary["samples"]) == ("summary", source, 20_000)


@pytest.mark.parametrize(
    "owner, step",
    [
        (EmissionFlowgraph, "take_final"),
        (EmissionList, "take_final"),
        (EmissionFlowgraph, "_collect"),
        (Actions, "end"),
        (Actions, "finish"),
        (EmissionSummary, "add"),
        (JsonLines, "add"),
        (JsonLines, "end"),
    ],
)
@pytest.mark.parametrize("is_before", [True, False])
def test_a_signal_at_any_step_loses_no_emission(
    owner, step, is_before, source, tmp_path, monkeypatch
):
    """It comes where the emission is handed on, before or after the step."""
    whole, sent = getattr(owner, step), []

    def interrupted(*values, **named):
        result = None if is_before else whole(*values, **named)
        is_time = step != "take_final" or result or values[0].records.ended
        if is_time and not sent:
            sent.append(signal.raise_signal(signal.SIGTERM))
        return whole(*values, **named) if is_before else result

    monkeypatch.setattr(owner, step, interrupted)
    lines, rows = tmp_path / "found.jsonl", tmp_path / "found.csv"
    options = ["--quiet", "--json", str(lines), "--csv", str(rows)]
    assert main(["live", "--source", source, *options]) == 130 and sent
    kinds = [json.loads(line)["type"] for line in lines.read_text().splitlines()]
    assert kinds == ["begin", "emission", "summary"]
    assert len(rows.read_text().splitlines()) == 2


def test_a_recording_in_real_time(source, tmp_path, capsys):
    out = tmp_path / "live.json"
    assert main(["live", "--source", source, "--quiet", "--json", str(out)]) == 0
    text = capsys.readouterr().out
    assert "end     1  0.001            9 ms  " in text
    assert f"{source}: 1 MHz at 433.92 MHz" in text and "emissions: 1 with 1 burst" in text
    assert "what " in text and "how sure" in text and "  searched:  20 ms, in " in text
    row = json.loads(out.read_text())
    assert (row["schema"], row["source"], row["samples"]) == (2, source, 20_000)
    assert [found["id"] for found in row["emissions"]] == [1]
    assert (row["tokens"], row["model"]) == (None, None)


def test_a_recording_again_and_again(source, capsys):
    words = (
        "live",
        "--source",
        f"{source},repeat=1",
        "--duration",
        "0.5",
        "--quiet",
        "--json",
        "-",
    )
    assert main(list(words)) == 0
    *_, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert summary["samples"] > 20_000  # of the recording


@pytest.mark.parametrize(
    ("where", "words", "refusal"),
    [
        ("r,repeat=2", (), "repeat must be 0 or 1, got '2'"),
        ("-,repeat=1", ("--rate", "1M", "--datatype", "ci16"), "a pipe cannot be repeated"),
    ],
)
def test_what_cannot_be_repeated(tmp_path, capsys, monkeypatch, where, words, refusal):
    (tmp_path / "empty").touch()
    with open(tmp_path / "empty", "rb") as file:
        monkeypatch.setattr("sys.stdin", file)
        with contextlib.suppress(SystemExit):
            assert main(["live", "--source", f"file={where}", *words]) == 1
    assert refusal in capsys.readouterr().err


def test_standard_input_as_it_comes(source, tmp_path, capsys, monkeypatch):
    words = ("live", "--source", "file=-", "--rate", "1M", "--freq", "433.92M", "--quiet")
    with open(tmp_path / "r.sigmf-data", "rb") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main([*words, "--datatype", "ci16", "--json", "-"]) == 0
    head, found, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (head["source"], head["sample_rate"], head["frequency"]) == ("file=-", 1e6, 433.92e6)
    assert (found["type"], found["source"], found["id"]) == ("emission", "file=-", 1)
    assert (summary["samples"], summary["frequency"]) == (20_000, 433.92e6)


def test_a_rate_that_contradicts_the_recording(source, capsys):
    assert main(["live", "--source", source, "--rate", "2M"]) == 1
    assert "its sample rate is 1e+06 Hz, got --rate 2e+06" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_a_full_disk_ends_nothing_and_leaves_whole_lines(tmp_path, capsys, name):
    path = tmp_path / name
    problem = f"--json: 3 times, first: .*File too large: '{path}'"
    with pytest.raises(ValueError, match=problem), open_json(str(path), False) as output:
        output.begin({"source": "s"})
        with files_end_after(220):
            for number in range(4):
                output.add("emission", {"id": number, "text": "x" * 70})
        output.add("emission", {"id": 9})
        if not output.is_lines:
            output.end({})
    assert capsys.readouterr().err.count(str(path)) == 1
    assert path.exists() == output.is_lines  # half an object is of no use
    lines = path.read_text().splitlines()[1:] if output.is_lines else ()
    assert [json.loads(line)["id"] for line in lines] == ([0, 9] if output.is_lines else [])
