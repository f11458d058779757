# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label`: rows of emissions, JSON, what it refuses. The detector is a fake."""

import json
import os

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.label import MOST_ROWS
from gnuradio.rfattn.cli.output.emission_table import EmissionTable, print_looked_at
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.frequency_text import FrequencyColumn

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller

RATE, SAMPLES = 1e6, 20_000
KNOWN = {"rx_rate": RATE, "rx_freq": 433.92e6}
PACKETS = {
    **KNOWN,
    "sample_start": 1000,
    "sample_now": 3000,
    "freq_lower": 433.9131e6,
    "freq_upper": 433.9256e6,
}
CARRIER = {**KNOWN, "freq_lower": 434.4e6, "freq_upper": 434.4002e6, "flags": ["edge"]}
MESSAGES = [
    (3000, emission_message(1, "new", **PACKETS)),
    (9000, emission_message(2, "new", **CARRIER, sample_start=8000, sample_now=9000)),
    (
        15_000,
        emission_message(
            1,
            "end",
            **PACKETS,
            sample_count=9000,
            bursts=[1000, 500, 4000, 500, 9500, 500],
            burst_count=3,
            period_s=3e-3,
            duty=0.167,
        ),
    ),
    (
        SAMPLES,
        emission_message(
            2,
            "end",
            **CARRIER,
            sample_start=8000,
            sample_count=12_000,
            bursts=[8000, 12_000],
            burst_count=1,
            duty=1.0,
            snr_db=7.26,
        ),
    ),
]


@pytest.fixture(autouse=True)
def two_emissions(monkeypatch):
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(MESSAGES))


@pytest.fixture
def recording(tmp_path):
    write_recording(tmp_path / "r", 1, "x", n_samples=SAMPLES)
    return str(tmp_path / "r.sigmf-meta")


def refusal(capsys, status, *words):
    """The last line of stderr of a command that is refused."""
    try:
        found = main([str(word) for word in words])
    except SystemExit as ended:
        found = ended.code
    out, err = capsys.readouterr()
    assert (found, out) == (status, "")
    return err.splitlines()[-1]


def test_a_row_for_each_emission_and_a_summary(recording, capsys):
    assert main(["label", recording, "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{recording}: 20 ms at 1 MS/s, centre 433.92 MHz"
    assert lines[1].split() == "id time (s) lasts frequency width SNR bursts label".split()
    first, second = (" ".join(line.split()) for line in lines[2:4])
    assert first.startswith("1 0.001 9 ms 433.9194 MHz 12.5 kHz 12 dB 3 x 500 us -")
    assert second == "2 0.008 12 ms 434.4001 MHz 200 Hz 7 dB 1 x 12 ms -"
    assert lines[5].split() == "what emissions where on the air how sure".split()
    summary = " ".join(lines[6].split())
    assert summary == "no known signal 2 433.9131-434.4002 MHz 13.5 ms -"
    rest = "\n".join(lines[7:])
    assert "emissions: 2 with 4 bursts" in rest
    assert "searched:  20 ms, 100.0% of the recording, in " in rest
    assert "found:" not in rest and "memory:" not in rest
    assert max(map(len, lines[1:])) <= 120


def test_steps_prints_everything(recording, capsys):
    assert main(["label", recording, "--quiet", "--steps"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["id", "time", "(s)"]
    first, second = lines[1].split(), lines[2].split()
    assert " ".join(first[:14]) == ("1 0.001-0.010 433.9194 MHz 12.5 kHz 12.5 dB 3 500 us 3 ms 17%")
    assert " ".join(second[:15]) == "2 0.008-0.020 434.4001 MHz 200 Hz 7.3 dB 1 12 ms - 100% edge -"
    rest = "\n".join(lines[3:])
    assert "found:     p50 1.50 ms, p95 1.95 ms after the first sample" in rest
    assert "memory:    peak resident " in rest
    assert "tokens" not in rest and "model" not in rest


def test_of_many_emissions_those_with_the_most_energy_have_rows(recording, capsys, monkeypatch):
    """The JSON has all but a part of another. An emission that began later was found earlier."""
    numbers = range(1, MOST_ROWS + 5)
    weak = {
        2: {"power_db": -90.0},
        7: {"sample_count": 1},
        9: {"duty": 1e-4},
        11: {"burst_count": 0},
    }
    messages = [
        (
            SAMPLES,
            emission_message(
                number,
                "end",
                **{
                    **PACKETS,
                    "sample_start": 10_000 - 10 * number,
                    "sample_count": 1000,
                    "burst_count": 1,
                    "duty": 0.5,
                    "power_db": -40.0,
                    **weak.get(number, {}),
                },
            ),
        )
        for number in numbers
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    assert main(["label", recording, "--quiet"]) == 0
    out = capsys.readouterr().out
    rows = out.splitlines()[2:]
    shown = [number for number in reversed(numbers) if number not in weak]
    assert [int(row.split()[0]) for row in rows[:MOST_ROWS]] == shown
    assert rows[MOST_ROWS] == "  … and 3 of less energy (--steps and --json have all)"
    assert rows[MOST_ROWS + 1] == "  … and 1 that turned out to be a part of another"
    assert "  emissions: 43 with " in out
    assert main(["label", recording, "--quiet", "--json", "-"]) == 0
    _, *found, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [emission["id"] for emission in found] == [n for n in numbers if n != 11]
    assert summary["stats"]["emissions_joined"] == 1


def test_json(recording, tmp_path, capsys):
    out = tmp_path / "found.json"
    assert main(["label", recording, "--quiet", "--json", str(out)]) == 0
    report = json.loads(out.read_text())
    assert list(report) == ["schema", "recordings", "versions"] and report["schema"] == 2
    (row,) = report["recordings"]
    assert list(row) == [
        "file",
        "samples",
        "sample_rate",
        "frequency",
        "emissions",
        "tokens",
        "stats",
        "model",
        "proofs",
    ]
    assert (row["samples"], row["sample_rate"], row["frequency"]) == (SAMPLES, RATE, 433.92e6)
    assert (row["tokens"], row["model"]) == (None, None)
    assert [found["id"] for found in row["emissions"]] == [1, 2]
    first = row["emissions"][0]
    assert first["bursts"][1] == {"sample_start": 4000, "sample_count": 500}
    edges = first["freq_lower"], first["freq_upper"]
    assert edges == (433_913_100, 433_925_600) and set(map(type, edges)) == {int}
    assert (first["label"], first["period_s"], first["flags"]) == (None, 3e-3, [])
    assert all(set(entry) == {"name", "score"} for entry in first["nearest"])
    assert "emissions: 2 with 4 bursts" in capsys.readouterr().out


def test_json_of_several_recordings_and_of_one_without_emissions(recording, tmp_path, monkeypatch):
    out = tmp_path / "found.json"
    assert main(["label", recording, recording, "--quiet", "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["recordings"]
    assert [[found["id"] for found in row["emissions"]] for row in rows] == [[1, 2], [1, 2]]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller([]))
    assert main(["label", recording, "--quiet", "--json", str(out)]) == 0
    (row,) = json.loads(out.read_text())["recordings"]
    assert row["emissions"] == [] and row["stats"]["samples"] == SAMPLES


def test_json_on_stdout_is_an_object_a_line(recording, capsys):
    assert main(["label", recording, "--quiet", "--json", "-"]) == 0
    head, *found, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (head["type"], head["file"], head["samples"]) == ("begin", recording, SAMPLES)
    assert [(line["type"], line["id"]) for line in found] == [("emission", 1), ("emission", 2)]
    assert found[0]["file"] == recording and found[0]["burst_count"] == 3
    assert (summary["type"], summary["schema"], summary["samples"]) == ("summary", 2, SAMPLES)
    assert summary["stats"]["samples"] == SAMPLES and "emissions" not in summary


def test_a_json_file_that_cannot_be_written_ends_it_before_the_work(recording, capsys):
    text = refusal(capsys, 1, "label", recording, "--json", "/nowhere/found.json")
    assert "--json must name a file in a folder that can be written to" in text


def test_a_failure_leaves_an_older_json_file(recording, tmp_path, capsys, monkeypatch):
    out = tmp_path / "found.json"
    out.write_text("before")

    def fail(*_, **__):
        raise ValueError("no model")

    monkeypatch.setattr(emissions, "make_labeller", fail)
    assert refusal(capsys, 1, "label", recording, "--json", out) == "gr-rfattn: no model"
    assert out.read_text() == "before" and len(list(tmp_path.iterdir())) == 3


def test_the_same_recording_gives_the_same_json(recording, tmp_path):
    texts = set()
    for number in range(3):
        out = tmp_path / f"{number}.json"
        assert main(["label", recording, "--quiet", "--json", str(out)]) == 0
        (row,) = json.loads(out.read_text())["recordings"]
        row["stats"] = row["stats"]["found_seconds"]  # the rest are timings
        texts.add(json.dumps(row))
    assert len(texts) == 1


def test_a_recording_without_emissions(recording, capsys, monkeypatch):
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller([]))
    assert main(["label", recording, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "no emission found" in out and "emissions: 0 with 0 bursts" in out


def test_how_much_the_model_looked_at_is_told_of_emissions_alone(capsys):
    """It has looked at candidates that were none."""
    tokens = {"in": 4, "processed": 3, "rested": 1, "dropped": 0}
    stats = {"samples": 10, "uptime_seconds": 1.0}
    stats |= {"samples_non_finite": 0, "samples_saturated": 0, "samples_absent": 0}
    row = {"sample_rate": 10.0, "stats": stats, "tokens": tokens, "model": {}}
    print_looked_at(row, 1, 1.0, "recording")
    found = capsys.readouterr().out.splitlines()
    print_looked_at(row, 0, 1.0, "recording")
    assert capsys.readouterr().out.splitlines() == found[:1]
    assert found[1:] == [
        "  looked at: 75.0% of the time on the air (25.0% rested, 0.0% dropped)",
    ]


def test_annotations_are_bursts(recording, tmp_path):
    out = tmp_path / "found.sigmf-meta"
    assert main(["label", recording, "--quiet", "--annotate", str(out)]) == 0
    ours = [a for a in json.loads(out.read_text())["annotations"] if "rfattn:emission" in a]
    assert [(a["rfattn:emission"], a["core:sample_start"]) for a in ours] == [
        (1, 1000),
        (1, 4000),
        (2, 8000),
        (1, 9500),
    ]


def test_the_rate_of_a_recording_that_states_none(tmp_path, capsys):
    write_recording(tmp_path / "n", 1, "x", n_samples=SAMPLES, rate=None)
    path = tmp_path / "n.sigmf-meta"
    text = refusal(capsys, 1, "label", path, "--quiet")
    assert "n.sigmf-meta: it states no sample rate" in text and "give its rate (--rate HZ)" in text
    assert main(["label", str(path), "--quiet", "--rate", "1M"]) == 0
    assert "n.sigmf-meta: 20 ms at 1 MS/s, centre 433.92 MHz" in capsys.readouterr().out


def test_raw_samples_and_what_was_taken_from_where(tmp_path, capsys):
    path = tmp_path / "g001_433.92M_1000k.cu8"
    path.write_bytes(bytes(range(256)) * (2 * SAMPLES // 256))
    out = tmp_path / "found.sigmf-meta"
    assert main(["label", str(path), "--quiet", "--annotate", str(out)]) == 0
    printed = capsys.readouterr()
    assert "g001_433.92M_1000k.cu8: cu8 (suffix); 1 MS/s, 433.92 MHz (name)" in printed.err
    assert "at 1 MS/s, centre 433.92 MHz" in printed.out
    meta = json.loads(out.read_text())
    assert meta["global"]["core:dataset"] == path.name and len(meta["annotations"]) == 4


def test_standard_input(recording, tmp_path, capsys, monkeypatch):
    """As the file, which states no datatype then; it can be read once."""
    words = ("label", "-", "--rate", "1M", "--freq", "433.92M", "--quiet")
    with open(tmp_path / "r.sigmf-data", "rb") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main([*words, "--datatype", "cs16", "--json", "-"]) == 0
        printed = capsys.readouterr()
    _, *found, summary = map(json.loads, printed.out.splitlines())
    assert [line["id"] for line in found] == [1, 2]
    assert (summary["file"], summary["samples"]) == ("stdin", SAMPLES)
    assert summary["stats"]["samples"] == SAMPLES
    origin = "gr-rfattn: stdin: ci16_le (--datatype); 1 MS/s (--rate); 433.92 MHz (--freq)\n"
    assert printed.err == origin
    with open(os.devnull, "rb") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        text = refusal(capsys, 1, *words, "--datatype", "cs16")
    assert text.endswith("stdin: no samples came")
    text = refusal(capsys, 1, "label", "-", "-", "--datatype", "cu8")
    assert text == "gr-rfattn: standard input (-) can be read once only"


def test_a_rate_that_contradicts_the_recording(recording, capsys):
    text = refusal(capsys, 1, "label", recording, "--quiet", "--rate", "2M")
    assert "its sample rate is 1e+06 Hz, got --rate 2e+06" in text


def test_a_sensitivity_that_is_none(recording, capsys):
    text = refusal(capsys, 1, "label", recording, "--sensitivity", "0")
    assert text == "gr-rfattn: sensitivity must be > 0, got 0.0"


def test_record_refuses_before_the_work(recording, tmp_path, capsys):
    text = refusal(capsys, 1, "label", recording, "--record", tmp_path / "no" / "dir")
    assert "no folder" in text
    (tmp_path / "other").mkdir()
    write_recording(tmp_path / "other" / "r", 2, "x", n_samples=SAMPLES)
    twice = ("label", recording, tmp_path / "other" / "r", "--record", tmp_path / "d")
    assert "--record takes recordings of different names, got r twice" in refusal(capsys, 1, *twice)


def label_text_of(capsys, recording, *words):
    """What `label` prints of a recording whose second emission is a sideband of the first."""
    assert main(["label", recording, "--quiet", *words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def sideband(monkeypatch):
    """The second emission gets the flag after its first message; a third one loses it."""
    third = {**CARRIER, "sample_start": 2000, "sample_count": 500, "duty": 1.0}
    late, known = {"flags": ["edge", "sideband"], "sideband_of": 1}, dict(third)
    last = {**CARRIER, "sample_start": 8000, "sample_count": 12_000, "bursts": [8000, 12_000]}
    messages = [
        *MESSAGES[:3],
        (SAMPLES, emission_message(2, "end", **{**last, **late}, burst_count=1, duty=1.0)),
        (9000, emission_message(3, "new", **{**third, **late}, sample_now=9000)),
        (SAMPLES, emission_message(3, "end", **known, bursts=[2000, 500], burst_count=1)),
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))


LEFT_OUT = "  left out:  1 sideband of another signal (--sidebands shows them)"


@pytest.mark.parametrize("words", [(), ("--steps",)])
def test_sidebands_are_counted_not_shown(recording, sideband, tmp_path, capsys, words):
    """By what they were at their end. The JSON has all, with the flag."""
    out = tmp_path / "found.json"
    text = label_text_of(capsys, recording, "--json", str(out), *words)
    assert f"\n  emissions: 2 with 4 bursts\n{LEFT_OUT}\n" in text
    assert "no known signal                           2  " in text
    head = next(i for i, line in enumerate(text.splitlines()) if line.split()[:1] == ["id"])
    ids = [line.split()[0] for line in text.splitlines()[head + 1 : head + 3]]
    assert sorted(ids) == ["1", "3"] and "sideband of 1" not in text
    (found,) = json.loads(out.read_text())["recordings"]
    assert [(e["id"], e["sideband_of"]) for e in found["emissions"]] == [
        (1, None),
        (2, 1),
        (3, None),
    ]
    assert found["emissions"][1]["flags"] == ["edge", "sideband"]


@pytest.mark.parametrize("words", [(), ("--steps",)])
def test_sidebands_that_are_asked_for_are_emissions_like_others(recording, sideband, capsys, words):
    text = label_text_of(capsys, recording, "--sidebands", *words)
    assert "\n  emissions: 3 with 5 bursts\n" in text and "left out:" not in text
    (row,) = (line for line in text.splitlines() if "sideband of 1" in line)
    assert row.split()[0] == "2" and ("edge,sideband" in row) == bool(words)


def test_annotations_leave_sidebands_out_unless_they_are_asked_for(
    recording, sideband, tmp_path, capsys
):
    for words, ids in (((), [1, 1, 1, 3]), (("--sidebands",), [1, 1, 1, 2, 3])):
        out = tmp_path / "found.sigmf-meta"
        label_text_of(capsys, recording, "--annotate", str(out), *words)
        found = json.loads(out.read_text())["annotations"]
        ours = [entry for entry in found if "rfattn:emission" in entry]
        assert sorted(entry["rfattn:emission"] for entry in ours) == ids


@pytest.fixture
def ignored(monkeypatch):
    """The second emission gets the flag after its first message, as by its label."""
    last = {**CARRIER, "sample_start": 8000, "sample_count": 12_000, "bursts": [8000, 12_000]}
    flags = {"flags": ["edge", "ignored"], "burst_count": 1, "duty": 1.0}
    messages = [*MESSAGES[:3], (SAMPLES, emission_message(2, "end", **{**last, **flags}))]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))


@pytest.mark.parametrize("words", [(), ("--steps",), ("--sidebands",)])
def test_ignored_emissions_are_counted_not_shown(recording, ignored, tmp_path, capsys, words):
    """The JSON has all, with the flag; annotations have the others."""
    out, notes = tmp_path / "found.json", tmp_path / "found.sigmf-meta"
    files = "--json", str(out), "--annotate", str(notes)
    text = label_text_of(capsys, recording, *files, *words)
    left_out = "  left out:  1 emission that is ignored (--ignore)"
    assert f"\n  emissions: 1 with 3 bursts\n{left_out}\n" in text
    (found,) = json.loads(out.read_text())["recordings"]
    assert [(e["id"], e["flags"]) for e in found["emissions"]] == [
        (1, []),
        (2, ["edge", "ignored"]),
    ]
    assert found["stats"]["emissions_ignored"] == 1
    noted = json.loads(notes.read_text())["annotations"]
    assert {n["rfattn:emission"] for n in noted if "rfattn:emission" in n} == {1}


def test_a_file_for_ignore_that_is_wrong_is_refused_before_anything_runs(
    recording, tmp_path, capsys, monkeypatch
):
    monkeypatch.undo()  # the labeller reads the file
    path, start = tmp_path / "ignore.jsonl", ("label", "--quiet", recording, "--model", "none")
    path.write_text('{"low": 2, "high": 1}\n')
    wrong = f"gr-rfattn: ignore: {path}: line 1: low must be < high, got 2 and 1"
    assert refusal(capsys, 1, *start, "--ignore", path) == wrong
    path.write_text('{"class": "am_voice"}\n')
    text = f"ignore: {path}: class must be one that a frame alone gives, got 'am_voice'"
    assert refusal(capsys, 1, *start, "--ignore", path).endswith(text)


EMISSION = {
    "id": 7,
    "sample_start": 0,
    "sample_count": 10,
    "freq_lower": 0.0,
    "freq_upper": 10e3,
    "snr_db": 1.0,
    "duty": 1.0,
    "period_s": None,
    "burst_count": 0,
    "symbol_rate": None,
    "sync": None,
    "bursts": [],
    "flags": [],
    "sideband_of": None,
    "label": "nfm",
    "family": None,
    "guess": "nfm",
    "confidence": 0.913,
    "nearest": [{"name": "PMR446", "score": 1.0}, {"name": "DMR", "score": 0.5}],
}


def test_labels_have_room():
    emission = EMISSION
    table = EmissionTable(1e6, FrequencyColumn(), is_full=True)
    doubtful = table.row(emission | {"label": "unknown"})
    assert doubtful.endswith("  unknown (nfm? 0.91)" + 19 * " " + "PMR446; DMR")
    family = table.row(emission | {"label": "unknown", "family": "FSK telemetry"})
    unlabelled = table.row(emission | {"label": None})
    for shown in (doubtful, family, unlabelled):
        assert shown.index("PMR446") == table.head().index("compatible with")
    short = EmissionTable(1e6, FrequencyColumn())
    row = short.row(emission | {"label": "unknown"})
    assert row.endswith("  unknown (nfm? 0.91), like PMR446; DMR")
    many = [{"name": "a signal of a long name", "score": 1.0}] * 3
    row = short.row(emission | {"label": "unknown", "nearest": many})
    assert len(row) == 120 and row.endswith("…")


def test_rows_without_a_name_are_grey_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for environment, has_grey in (({}, True), ({"NO_COLOR": "1"}, False)):
        monkeypatch.setattr("os.environ", environment)
        table = EmissionTable(1e6, FrequencyColumn())
        doubtful = table.row(EMISSION | {"label": "unknown"})
        assert (doubtful[:5] + doubtful[-4:] == "\x1b[90m\x1b[0m") is has_grey
        assert "\x1b" not in table.row(EMISSION)
    assert "\x1b" not in EmissionTable(1e6, FrequencyColumn(), has_grey=False).row(
        EMISSION | {"label": None}
    )


def test_a_label_that_is_certain_has_nothing_beside_it_that_contradicts_it():
    for is_full, end in ((True, "  nfm 0.91" + 30 * " " + "-"), (False, "  nfm 0.91")):
        table = EmissionTable(1e6, FrequencyColumn(), is_full=is_full)
        assert table.row(EMISSION).endswith(end)


def test_frequencies_stand_below_each_other():
    """Relative ones of a band of 2.4 MHz: on both sides of 1 MHz, and of either sign."""
    bands = ((1.0624e6, 1.0696e6), (-671e3, -670.6e3), (-120.0, 80.0))
    for is_full in (False, True):
        table = EmissionTable(2.4e6, FrequencyColumn.of_band(None, 2.4e6), is_full)
        rows = [table.row(EMISSION | {"freq_lower": a, "freq_upper": b}) for a, b in bands]
        ends = {row.index(" MHz") for row in rows}
        assert ends == {table.head().index("frequency") + len("frequency") - len(" MHz")}
        shown = [row[: row.index(" MHz")].split()[-1] for row in rows]
        assert shown == ["1.0660", "-0.6708", "0.0000"]


def test_a_time_that_is_known_is_utc():
    table = EmissionTable(1e6, FrequencyColumn())
    known = {**EMISSION, "time_unix_s": 1_700_000_000.25}
    assert table.row(known).splitlines()[0] == "  2023-11-14 (UTC)"
    (row,) = table.row(known, "end ").splitlines()  # of the same day
    assert row.startswith("end     7  22:13:20.250 ")
