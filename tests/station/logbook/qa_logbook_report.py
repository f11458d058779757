# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live --station` and `station DIR`, as a user runs them."""

import csv
import io
import json
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn_station.logbook import writer
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.logbook.logbook import Logbook
from gnuradio.rfattn_station.logbook.questions import Filter, emissions

from command_line import COMMAND, write_recording

NIGHT = 1_790_035_200.0


@pytest.fixture
def station(tmp_path, heard):
    logbook = Logbook(tmp_path / "station")
    rows = [heard(60 * number, 6.0, sender="mmsi 211000000") for number in range(60)]
    rows += [heard(7000, 2.5, 868.3, label=None, receiver="x\x1b[2J", content="a\nb")]
    logbook.write(rows, [Listened("r", NIGHT, NIGHT + 3600, 433e6, 435e6, "gain 20 dB")])
    logbook.close()
    return str(tmp_path / "station")


def run(capsys, *words):
    assert main(["station", *words]) == 0
    return capsys.readouterr().out


def test_what_was_on_last_night(station, capsys):
    assert run(capsys, station).splitlines() == [
        f"{station}/logbook.sqlite: 61 emissions",
        "listened: r, 433.0000 to 435.0000 MHz: 3600 s",
        "",
        "| label | emissions | first (UTC) | last | from MHz | to MHz |",
        "| --- | --- | --- | --- | --- | --- |",
        "| ais | 60 | 2026-09-22 00:00:00 | 2026-09-22 00:59:06 | 433.9125 | 433.9250 |",
        "| - | 1 | 2026-09-22 01:56:40 | 2026-09-22 01:56:42 | 868.2875 | 868.3125 |",
    ]
    words = ("--since", "2026-09-22T00:30", "--until", "2026-09-22T03:00+02:00", "--band")
    text = run(capsys, station, *words, "433M-434M")
    assert "| ais | 30 | 2026-09-22 00:30:00 |" in text and "868" not in text
    assert "0 emissions" in run(capsys, station, "--since", "1h", "--label", "ais")


def test_single_emissions_and_control_characters(station, capsys):
    text = run(capsys, station, "--list", "1")
    assert (
        "| 2026-09-22 01:56:40 | 2.5 s | 868.3000 | 10 kHz | 20 dB | - | - | a\\nb | x\\x1b[2J |"
        in text
    )
    assert len(run(capsys, station, "--list", "--sender", "mmsi 211000000").splitlines()) == 55


def test_occupancy(station, capsys):
    text = run(capsys, station, "--occupancy", "--band", "433M-434M")
    assert "occupancy of the band: 0.12%" in text
    assert "| 433.9125 | 433.9250 | 10.00% [7." in text and "| 60 | 360 s | 3600 s | 3600 |" in text
    assert "| 868.2875 | 868.3125 | not listened |" in run(capsys, station, "--occupancy")


def test_csv_and_json(station, capsys):
    rows = list(csv.DictReader(io.StringIO(run(capsys, station, "--list", "2", "--csv"))))
    assert [row["frequency_hz"] for row in rows] == ["433920000", "868300000"]
    assert rows[1]["start_s"] == "2026-09-22 01:56:40" and rows[1]["content"] == "a\nb"
    (row,) = csv.DictReader(
        io.StringIO(run(capsys, station, "--occupancy", "--csv", "--band", "433M-434M"))
    )
    assert (row["share"], row["looks"], row["air_s"]) == ("0.1", "3600", "360.0")
    found = json.loads(run(capsys, station, "--json", "--list", "1"))
    assert found["emissions"][0]["receiver"] == "x\x1b[2J"
    assert found["labels"][0] == {
        "label": "ais",
        "emissions": 60,
        "first_s": NIGHT,
        "last_s": NIGHT + 59 * 60 + 6,
        "low_hz": 433_912_500,
        "high_hz": 433_925_000,
    }
    assert found["listened"][0]["listened_s"] == 3600


@pytest.mark.parametrize(
    "words, text",
    [
        (["DIR", "--since", "yesterday"], "--since: must be such as 2026-11-30"),
        (["DIR", "--band", "435M-433M"], "--band: must be LOW-HIGH"),
        (["DIR", "--list", "0"], "--list must be >= 1, got 0"),
        (["DIR", "--list", "--occupancy"], "--list does not go with --occupancy"),
        (["DIR", "--csv", "--json"], "--csv does not go with --json"),
        (["DIR", "x.jsonl"], "a logbook stands alone"),
        (["x.jsonl", "--sender", "a"], "--sender needs the folder or the server of a logbook"),
    ],
)
def test_words_that_are_refused(words, text, station, capsys):
    with pytest.raises(SystemExit):
        main(["station", *(station if word == "DIR" else word for word in words)])
    assert text in capsys.readouterr().err


def test_a_folder_without_a_logbook(tmp_path, capsys):
    assert main(["station", str(tmp_path)]) == 1
    assert (
        "no logbook.sqlite in it; gr-rfattn live writes it with --station"
        in capsys.readouterr().err
    )


def line(**more):
    return {
        "type": "emission", "source": "s", "label": "ais", "sync": None, "burst_count": 1,
        "label_without_frames": None, "time_unix_s": NIGHT, "sideband_of": None, "flags": [],
        "freq_lower": 433.9e6, "freq_upper": 433.94e6, "sample_count": 5e5, "duty": 0.5,
        "snr_db": 9.5, "power_db": -20.0, "period_s": None, "symbol_rate": None, "confidence": 0.5,
        "family": None, "basis": "model", "decoded": [{"is_right": True, "fields": {"mmsi": 7}}],
        **more,
    }  # fmt: skip


def write(path, *lines, end=({"type": "summary", "source": "s", "sample_rate": 1e6},)):
    path.write_text("".join(json.dumps(one) + "\n" for one in (*lines, *end)))
    return str(path)


def test_lines_are_imported_once(tmp_path, capsys):
    path, folder = tmp_path / "a.jsonl", str(tmp_path / "station")
    others = [line(flags=["ignored"]), line(burst_count=0), line(time_unix_s=None)]
    write(path, line(), line(time_unix_s=NIGHT + 9), *others)
    for _ in range(2):
        assert main(["station", folder, "--import", str(path), "--list", "--json"]) == 0
        printed = capsys.readouterr()
        first, second = json.loads(printed.out)["emissions"]
        assert (first["start_s"], first["end_s"], first["air_s"]) == (NIGHT, NIGHT + 0.5, 0.25)
        assert (first["sender"], first["receiver"], first["width_hz"]) == (
            "mmsi 000000007",
            "s",
            40_000,
        )
        assert second["start_s"] == NIGHT + 9
        assert printed.err == (
            f"gr-rfattn: {path}: 5 emissions, left out: 2 no emissions of their own, "
            "1 without a time\n"
        )


BEGIN = {"type": "begin", "version": "1", "source": "s", "sample_rate": 1e6}


def listened(start, end):
    times = {"start_unix_s": NIGHT + start, "end_unix_s": NIGHT + end}
    return {"type": "listened", "source": "s", **times, "freq_lower": 433e6, "freq_upper": 435e6}


@pytest.mark.parametrize("cut", ['{"type": "emis', '{"type": "summary", "source": "s", "sam', ""])
def test_what_a_kill_leaves_is_read(cut, tmp_path, capsys):
    """With the times of listening, in which something can be missing."""
    path, folder = tmp_path / "a.jsonl", str(tmp_path / "station")
    ships = [line(time_unix_s=NIGHT + 60 * n) for n in range(5)]
    spans = [listened(60 * n, 60 * n + 60) for n in range(6)]
    write(path, BEGIN, *ships, *spans, end=())
    with open(path, "a") as file:
        file.write(cut)
    for _ in range(2):
        assert main(["station", folder, "--import", str(path), "--json"]) == 0
        printed = capsys.readouterr()
        assert ("cut off, and left out" in printed.err) == bool(cut)
        (row,) = json.loads(printed.out)["listened"]
        assert (row["receiver"], row["listened_s"], row["low_hz"]) == ("s", 360.0, 433e6)
    out = tmp_path / "out.jsonl"
    assert main(["station", str(path), "--assign", str(out)]) == 0
    rows = list(map(json.loads, out.read_text().splitlines()))
    assert [row.get("transmitter") for row in rows] == [None, *[0] * 5, *[None] * 6]


def test_lines_get_their_transmitters(tmp_path, capsys):
    """Of several files and in any order, as a logbook would join them."""
    moved = {"freq_lower": 434.9e6, "freq_upper": 434.94e6, "decoded": []}
    ships = [line(time_unix_s=NIGHT + 60 * n) for n in range(5)]
    bells = [line(time_unix_s=NIGHT + 60 * n + 9, label="x", **moved) for n in range(5)]
    others = [line(flags=["ignored"]), line(time_unix_s=None)]
    names = [
        write(tmp_path / "a.jsonl", *ships[::-1], *others, bells[0]),
        write(tmp_path / "b.jsonl", *bells[1:], {"type": "event"}),
    ]
    with open(names[1], "a") as file:
        file.write('{"type": "emis')
    out = tmp_path / "out.jsonl"
    assert main(["station", *names, "--assign", str(out), "--json"]) == 0
    printed = capsys.readouterr()
    assert f"{out}: 10 emissions of 2 transmitters\n" in printed.err
    rows = list(map(json.loads, out.read_text().splitlines()))
    assert [row.get("transmitter", "-") for row in rows] == (
        [0] * 5 + [None, None, 1, "-"] + [1] * 4 + ["-", "-"]
    )
    assert {**rows[0], "transmitter": 0} == {**ships[-1], "transmitter": 0}
    found = json.loads(printed.out)
    assert [one["sender"] for one in found["transmitters"]] == ["mmsi 000000007", None]
    assert found["transmitters"][1]["labels"] == {"x": 1.0} and found["events"] == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-"], "station: --assign reads files twice, so none may be -"),
        (["{}"], "--assign is for files of lines; a logbook has its transmitters"),
    ],
)
def test_what_gets_no_transmitters(words, text, station, tmp_path, capsys):
    words = [word.format(station) for word in words]
    with suppress(SystemExit):
        assert main(["station", *words, "--assign", str(tmp_path / "out")]) == 1
    assert text in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "lines, end, text",
    [
        ([line()], (), "no line states the sample rate of s: gr-rfattn 0.2 and before wrote it at"),
        ([line(duty="x")], None, "line 1: duty must be a number, got 'x'"),
        ([line(decoded=[1])], None, "line 1: decoded must be a list"),
    ],
)
def test_lines_that_are_refused(lines, end, text, tmp_path, capsys):
    settings = {} if end is None else {"end": end}
    path = write(tmp_path / "a.jsonl", *lines, **settings)
    assert main(["station", str(tmp_path / "station"), "--import", path]) == 1
    assert text in capsys.readouterr().err


def test_a_receiver_keeps_what_it_writes_as_json(made, tmp_path, capsys, monkeypatch):
    """The same emissions, with the time of listening, and nothing is imported twice."""
    monkeypatch.setattr(writer, "END_S", 60.0)  # a machine that does other things may need it
    folder, lines = str(tmp_path / "station"), str(tmp_path / "live.jsonl")
    source = f"file={made.meta('mode_s')}"
    words = ["--source", source, "--station", folder, "--json", lines, "--quiet", "--model", "none"]
    assert main(["live", *words]) == 0
    printed = [json.loads(one) for one in open(lines)]
    written = [one for one in printed if one["type"] == "emission"]
    kept = printed[-1]["stats"]["logbook"]
    assert f"logbook:   {len(written)} emission" in capsys.readouterr().out
    shown = [one for one in written if not one["flags"] or "sideband" not in one["flags"]]
    found = json.loads(run(capsys, folder, "--list", "1000", "--json"))
    assert kept == {"kept": len(shown), "lost": 0, "left_out": 0} and kept["kept"] > 0
    key = [(one["label"], one["snr_db"], one["burst_count"]) for one in found["emissions"]]
    assert sorted(key, key=str) == sorted(
        ((one["label"], one["snr_db"], one["burst_count"]) for one in shown), key=str
    )
    (listened,) = found["listened"]
    assert listened["receiver"] == source and listened["looks"] >= 1


def write_tones(stem, rate=250e3, count=10):
    """A tone of 0.2 s each half second, each at another frequency, in noise."""
    noise = np.random.default_rng(6).standard_normal((2, int(rate * count / 2)))
    samples, times = 0.01 * (noise[0] + 1j * noise[1]), np.arange(int(rate / 5)) / rate
    for number in range(count):
        begin = int(number * rate / 2)
        hz = (number - count / 2) * 8e3 + 2e3
        samples[begin : begin + len(times)] += 0.3 * np.exp(2j * np.pi * hz * times)
    samples.astype("<c8").tofile(f"{stem}.sigmf-data")
    about = {"core:datatype": "cf32_le", "core:sample_rate": rate, "core:version": "1.2.6"}
    meta = {"global": about, "captures": [{"core:sample_start": 0, "core:frequency": 100e6}]}
    Path(f"{stem}.sigmf-meta").write_text(json.dumps({**meta, "annotations": []}))
    return f"file={stem}.sigmf-meta"


def test_a_receiver_that_is_killed_has_kept_what_it_wrote(tmp_path):
    """All that is a line of JSON, once; two runs of which the first is killed."""
    source, folder = write_tones(tmp_path / "tones"), tmp_path / "station"
    written = []
    for number, is_killed in enumerate((True, False)):
        lines = tmp_path / f"{number}.jsonl"
        words = ["live", "--source", source, "--station", str(folder), "--json", str(lines)]
        with subprocess.Popen(
            [*COMMAND, *words, "--model", "none"], stdout=subprocess.PIPE, text=True
        ) as live:
            for _ in live.stdout:
                found = [one for one in lines.read_text().splitlines() if '"emission"' in one]
                if is_killed and len(found) >= 3:
                    live.kill()
        assert live.returncode == (-signal.SIGKILL if is_killed else 0)
        rows = [json.loads(one) for one in lines.read_text().split("\n")[:-1]]
        written += [one for one in rows if one["type"] == "emission" and not one["flags"]]
    logbook = Logbook(folder, is_new=False)
    with logbook.reading() as data:
        kept = Counter(
            (round(one.frequency_hz), one.snr_db) for one in emissions(data, Filter(), 999)
        )
    logbook.close()
    keys = Counter(
        (round((one["freq_lower"] + one["freq_upper"]) / 2), one["snr_db"]) for one in written
    )
    near = [
        (hz, snr)
        for hz, snr in keys.elements()
        if not any(abs(hz - other) <= 1 and abs(snr - level) <= 0.06 for other, level in kept)
    ]
    assert near == [] and len(written) >= 10
    assert sum(kept.values()) <= len(written) + 8, "some ended after the last line that was written"


def test_a_server_needs_a_name(tmp_path, capsys):
    write_recording(tmp_path / "r", 1, "ft8")
    words = ["live", "--source", f"file={tmp_path}/r.sigmf-meta", "--model", "none"]
    assert main([*words, "--station", "postgresql://x@/y"]) == 1
    assert "this one needs --station-name" in capsys.readouterr().err
    assert main([*words, "--station", str(tmp_path / "s"), "--keep", "90"]) == 1
    assert (
        "--keep must be days, a size or both, such as 90d,2G, got '90'" in capsys.readouterr().err
    )


def test_receivers_of_a_server(server, made, tmp_path, capsys):
    where = server()
    for name in ("north", "south"):
        words = ["live", "--source", f"file={made.meta('mode_s')}", "--model", "none", "--quiet"]
        assert main([*words, "--station", where, "--station-name", name]) == 0
    capsys.readouterr()
    found = json.loads(run(capsys, where, "--list", "--json"))
    assert {one["receiver"] for one in found["emissions"]} == {"north", "south"}
    assert {one["receiver"] for one in found["listened"]} == {"north", "south"}


def test_a_package_that_is_missing_is_named(station, made, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert main(["station", station]) == 1
    text = "needs SQLAlchemy: apt-get install python3-sqlalchemy\n"
    assert capsys.readouterr().err == f"gr-rfattn: station DIR {text}"
    assert main(["live", "--source", f"file={made.meta('mode_s')}", "--station", station]) == 1
    assert f"gr-rfattn: --station {text}" in capsys.readouterr().err
