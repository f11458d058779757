# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`station`: what the files of a receiver prove of the labels."""

import io
import json
import tracemalloc
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.output import emission_lines
from gnuradio.rfattn.cli.output.emission_summary import EmissionSummary
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.frequency_text import FrequencyColumn
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.wilson import wilson
from gnuradio.rfattn_station.cli import station

from page_messages import EMISSION

MIDNIGHT = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC


def found(label, sync=None, without=None, when=None, **more):
    return {
        "type": "emission",
        "source": "soapy=driver=rtlsdr",
        "label": label,
        "sync": sync,
        "label_without_frames": without,
        "time_unix_s": when,
        "burst_count": 1,
        "sideband_of": None,
        "flags": [],
        **more,
    }


AIR = [
    *(found("mode_s", "Mode S", "mode_s", MIDNIGHT + 60 * i) for i in range(8)),
    found("mode_s", "Mode S", "unknown", MIDNIGHT - 3600),
    found("mode_s", "Mode S", "ook_srd", MIDNIGHT),
    found("mode_s", None, None, MIDNIGHT + 7200),
    found("ook_srd", None, None, MIDNIGHT),
    found("dmr", "DMR", None, MIDNIGHT),  # whose frames have no checksum that is computed
    found("unknown", None, None, MIDNIGHT),
    found(None, "AIS", None, MIDNIGHT),  # no model looked
    found("mode_s", "Mode S", "mode_s", MIDNIGHT, sideband_of=4),
    *[found("mode_s", "Mode S", "mode_s", MIDNIGHT, flags=["edge", "ignored"])] * 2,
    found("mode_s", "Mode S", "mode_s", MIDNIGHT, burst_count=0),  # a part of another
]


def write(path, emissions, end=True):
    lines = [{"type": "settings", "schema": 2}, *emissions]
    lines += [{"type": "summary", "schema": 2, "samples": 7}, {"type": "actions"}] if end else []
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path / "a.jsonl", AIR[:5]), write(tmp_path / "b.jsonl", AIR[5:], end=False)]


def test_the_report_of_several_files_as_json(files, capsys):
    assert main(["station", *files, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    low, high = wilson(8, 10)
    assert list(report["classes"]) == ["mode_s", "ook_srd", "dmr", "unknown"]
    assert report["classes"]["mode_s"] == {
        "emissions": 11,
        "first_unix_s": MIDNIGHT - 3600,
        "last_unix_s": MIDNIGHT + 7200,
        "checked": 10,
        "confirmed": 8,
        "unnamed": 1,
        "refuted": 0,
        "share": 0.8,
        "interval": [low, high],
    }
    refuted = report["classes"]["ook_srd"]
    assert (refuted["emissions"], refuted["refuted"], refuted["share"]) == (1, 1, None)
    assert report["classes"]["dmr"]["checked"] == 0
    rest = {name: value for name, value in report.items() if name != "classes"}
    assert rest == {
        "schema": 2,
        "files": files,
        "emissions": 15,
        "first_unix_s": MIDNIGHT - 3600,
        "last_unix_s": MIDNIGHT + 7200,
        "sidebands": 1,
        "ignored": 2,
        "without_label": 1,
    }


def test_the_report_as_a_table(files, capsys):
    assert main(["station", *files]) == 0
    head, empty, columns, *rows = capsys.readouterr().out.splitlines()
    span = "2026-09-21 13:13 to 2026-09-21 16:13 UTC"
    assert head == f"{files[0]}, {files[1]}: 15 emissions, without 1 sideband, 2 ignored, {span}"
    assert (empty, columns.split()[:4]) == ("", ["class", "emissions", "checked", "confirmed"])
    dates = "2026-09-21 14:13  2026-09-21 14:13"
    assert [" ".join(row.split()) for row in rows] == [
        "mode_s 11 10 8: 0.800 [0.490, 0.943] 1 1 - 2026-09-21 13:13 2026-09-21 16:13",
        *(f"{name} 1 - - - - {n} {' '.join(dates.split())}" for name, n in (("ook_srd", 1),)),
        *(f"{name} 1 - - - - - {' '.join(dates.split())}" for name in ("dmr", "unknown")),
        f"no model 1 - - - - - {' '.join(dates.split())}",
    ]


def test_models_shows_what_is_on_air(files, tmp_path, capsys):
    assert main(["station", *files, "--json"]) == 0
    report = tmp_path / "station.json"
    report.write_text(capsys.readouterr().out)
    assert main(["models", "--station", str(report)]) == 0
    printed = capsys.readouterr().out
    assert "\nemissions, on air (1): mode_s 8 of 10\n" in printed
    assert "rf14, on air" not in printed  # which labels bands
    assert main(["models", "emissions", "--station", str(report), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["on_air"] == {"mode_s": "8 of 10"}
    assert main(["models"]) == 0
    assert "emissions, on air" not in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[]", '{"classes": []}', '{"classes": {"ais": {"checked": 1}}}'])
def test_models_refuses_what_is_no_report(tmp_path, capsys, text):
    path = tmp_path / "station.json"
    path.write_text(text)
    assert main(["models", "--station", str(path)]) == 1
    refusal = f"gr-rfattn: --station: {path}: no report of gr-rfattn station --json\n"
    assert capsys.readouterr().err == refusal


def test_standard_input_is_a_file(files, monkeypatch, capsys):
    text = open(files[0], "rb").read()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert main(["station", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"]["mode_s"]["confirmed"] == 5


def test_recordings_without_a_time_have_no_date(tmp_path, capsys):
    path = write(tmp_path / "a.jsonl", [found("mode_s")])
    assert main(["station", path]) == 0
    head, *_, row = capsys.readouterr().out.splitlines()
    assert head == f"{path}: 1 emission"
    assert row.split() == ["mode_s", "1", *"-------"]


def test_nothing_found_is_a_report_too(tmp_path, capsys):
    path = write(tmp_path / "a.jsonl", [])
    assert main(["station", path]) == 0
    assert capsys.readouterr().out == f"{path}: 0 emissions\n"


def test_the_line_that_live_still_writes_is_left_out(files, capsys):
    with open(files[1], "a") as file:
        file.write('{"type": "emission", "label": "mo')
    assert main(["station", *files, "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["emissions"] == 15
    number = len(AIR[5:]) + 2
    assert printed.err == f"gr-rfattn: {files[1]}: line {number} is cut off, and left out\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{", "line 2 is no line that label or live writes with --json FILE.jsonl"),
        ("[]", "line 2 is no line that"),
        ('{"topic": "emissions"}', "line 2 is no line that"),
        ('{"type": "emission"}', "line 2: burst_count is missing: an earlier gr-rfattn wrote it"),
        (
            json.dumps({k: v for k, v in AIR[0].items() if k != "label_without_frames"}),
            "line 2: label_without_frames is missing",
        ),
        (json.dumps(found("mode_s", burst_count=1.5)), "burst_count must be a whole number, got"),
        (json.dumps(found(7)), "label must be text or null, got 7"),
        (json.dumps(found("dmr", ["x"])), r"sync must be text or null, got ['x']"),
        (json.dumps(found("dmr", when=1e300)), "time_unix_s must be seconds since 1970 or null"),
        (json.dumps(found("dmr", sideband_of="x")), "sideband_of must be a whole number or null"),
    ],
)
def test_lines_that_are_refused(tmp_path, capsys, line, text):
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"type": "settings"}}\n{line}\n')
    assert main(["station", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith(f"gr-rfattn: {path}: ")
    assert text in printed.err and printed.err.count("\n") == 1


def test_files_that_are_refused(files, tmp_path, capsys):
    for names, text in (
        ([files[0], files[0]], f"station: FILE must be another one each time, got {files[0]}"),
        ([str(tmp_path / "none")], "No such file or directory"),
    ):
        assert main(["station", *names]) == 1
        assert text in capsys.readouterr().err


def test_a_line_without_end_is_refused(files, monkeypatch, capsys):
    monkeypatch.setattr(emission_lines, "MOST_BYTES", 100)
    assert main(["station", files[0]]) == 1
    assert "a line must have less than 100 bytes" in capsys.readouterr().err


def test_labels_without_end_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(station, "_MOST_LABELS", 3)
    path = write(tmp_path / "a.jsonl", [found(f"class {i}") for i in range(4)])
    assert main(["station", path]) == 1
    assert "station: there must be at most 3 labels" in capsys.readouterr().err


def test_memory_does_not_grow_with_the_number_of_emissions(tmp_path):
    def peak(count):
        path = write(tmp_path / "a.jsonl", AIR * count)
        report = station.Station()
        tracemalloc.start()
        for emission in emission_lines.read_emissions(path, print):
            report.add(emission)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.emissions == 15 * count
        return most

    peak(1)  # what is made once
    assert peak(1000) < peak(10) + 20_000  # bytes


def test_a_label_by_frames_has_no_mean_probability():
    summary = EmissionSummary(1e6, FrequencyColumn())
    for about, sure in (({"confidence": None, "guess": None}, "-"), ({"confidence": 0.5}, "0.50")):
        message = schema.read("emissions", {**EMISSION, "label": "ais", **about})
        summary.add(EmissionRecord(message).to_dict())
        (row,) = (line for line in summary.lines() if line.startswith("  ais "))
        assert row.split()[-1] == sure


def test_the_summary_of_a_run_names_what_is_proved():
    summary = EmissionSummary(1e6, FrequencyColumn())
    for without, sideband in (("mode_s", {}), ("ook_srd", {}), ("mode_s", {"flags": ["sideband"]})):
        about = {"sync": "Mode S", "label_without_frames": without, **sideband}
        about |= {"sideband_of": 4} if sideband else {}
        message = schema.read("emissions", {**EMISSION, **about})
        summary.add(EmissionRecord(message).to_dict())
    assert summary.totals() == [
        "  emissions: 2 with 2 bursts",
        "  by checksums: mode_s 1 of 2 confirmed; ook_srd 1 refuted",
        "  left out:  1 sideband of another signal (--sidebands shows them)",
    ]
