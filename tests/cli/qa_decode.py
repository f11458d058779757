# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--decode`: an emission is handed to a program at its label, and its lines are shown."""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn_workshop.synthesis.services import BY_FORMAT
from gnuradio.rfattn_workshop.synthesis.services.analogue_radio.afsk_packets import afsk1200
from scipy.signal import resample_poly

FAKE = Path(__file__).resolve().parents[1] / "support" / "fake_decoder.py"
RATE = 100_000


def write_air(path, kind, seed):
    """A made-up signal, 20 kHz beside the middle of a band with noise, a second around it."""
    rng = np.random.default_rng(seed)
    signal = kind(rng, 4.0)
    factor = int(np.gcd(RATE, round(signal.rate)))
    samples = resample_poly(signal.samples, RATE // factor, round(signal.rate) // factor)
    samples = np.concatenate([np.zeros(RATE), 0.3 * samples, np.zeros(RATE)])
    samples = samples * np.exp(0.4j * np.pi * np.arange(len(samples)))
    noise = rng.normal(size=(2, len(samples)))
    (samples + 3e-3 * (noise[0] + 1j * noise[1])).astype("<c8").tofile(path)
    return str(path)


@pytest.fixture(scope="module")
def air(tmp_path_factory):
    folder = tmp_path_factory.mktemp("air")
    return {
        "afsk1200": write_air(folder / "aprs_144.8M_100k.cf32", afsk1200, 2),
        "pocsag": write_air(folder / "pager_466.075M_100k.cf32", BY_FORMAT["POCSAG"], 4),
    }


def write_table(tmp_path, label="afsk1200"):
    command = repr([sys.executable, str(FAKE), "copy"])
    path = tmp_path / "my.toml"
    path.write_text(
        f'[my]\nlabels = ["{label}"]\ndemodulation = "fm"\nsample_rate = 24000\n'
        f'sample_format = "s16"\ncommand = {command}\n'
    )
    return str(path)


def test_lines_are_below_the_row_and_in_the_json(air, tmp_path, capsys):
    out = tmp_path / "found.json"
    words = ["--decode", "--decoders", write_table(tmp_path), "--json", str(out), "--quiet"]
    words += ["--annotate", str(tmp_path / "found.sigmf-meta")]
    assert main(["label", air["afsk1200"], *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = next(n for n, line in enumerate(lines) if " afsk1200 " in line)
    assert " x AFSK HDLC: " in lines[first + 1]  # its frames are read here
    assert lines[first + 2] == f"{'':>7}my: began copy"
    assert lines[first + 3].startswith(f"{'':>7}my: octets ")
    (row,) = json.loads(out.read_text())["recordings"]
    assert row["stats"]["decoders"]["started"] >= 1
    assert f"  decoded:   {row['stats']['decoders']['lines']} lines of " in "\n".join(lines)
    found = next(e for e in row["emissions"] if e["label"] == "afsk1200")
    began, ended = (entry for entry in found["decoded"] if entry["source"] == "my")
    assert began == {"source": "my", "text": "began copy"}
    seconds = int(ended["text"].removeprefix("octets ")) / 2 / 24000
    annotations = json.loads((tmp_path / "found.sigmf-meta").read_text())["annotations"]
    contents = [each["rfattn:content"] for each in annotations if "rfattn:content" in each]
    assert any(content.startswith("AFSK HDLC: ") for content in contents)
    on_air = found["sample_count"] / row["sample_rate"]
    assert on_air < seconds < on_air + 1.5


def test_live_prints_lines_with_the_number_of_their_emission(air, tmp_path, capsys):
    words = ["--decode", "--decoders", write_table(tmp_path), "--quiet"]
    assert main(["live", "--source", f"file={air['afsk1200']}", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith(" my: began copy") and line.split()[0].isdigit() for line in lines)
    assert any(line.startswith("  decoded:   ") for line in lines)


@pytest.mark.parametrize(
    ("label", "program", "start"),
    [
        ("afsk1200", "direwolf", "QQ7QNL-14>APRS-9:T#617,"),
        ("afsk1200", "multimon-ng", "QQ7QNL-14>APRS-9:T#617,"),
        ("pocsag", "multimon-ng", "POCSAG2400: Address: "),
    ],
)
def test_the_shipped_table_with_the_real_programs(air, label, program, start, tmp_path, capsys):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    from gnuradio.rfattn.decoding.decoder import SHIPPED

    tables = SHIPPED.read_text().split("\n\n")
    (entry,) = [text for text in tables if f'"{program}"' in text and f'["{label}"]' in text]
    table = tmp_path / "one.toml"
    table.write_text(entry.replace("{folder}", str(SHIPPED.parent)))
    words = ["--decode", "--content", "--decoders", str(table), "--quiet"]
    assert main(["label", air[label], *words]) == 0
    assert f": {start}" in capsys.readouterr().out


STAND_IN = """#!{python}
import json, struct, sys

words, data = sys.argv[1:], sys.stdin.buffer.read()
pairs = struct.iter_unpack("<hh", data)
peak = max(max(abs(i), abs(q)) for i, q in pairs)
print("a banner, which is no line of JSON")
print(json.dumps(dict(words=words, seconds=len(data) / 4 / 48000, peak=peak)))
"""


def test_a_radiosonde_goes_to_the_program_of_its_kind(tmp_path, capsys, monkeypatch):
    """The shipped table, with a program of the same name in the place of `rs41mod`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("rs41mod", "dfm09mod"):
        (programs / name).write_text(STAND_IN.format(python=sys.executable))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    path = write_air(tmp_path / "sonde_402.7M_100k.cf32", BY_FORMAT["RS41"], 3)
    out = tmp_path / "found.json"
    assert main(["label", path, "--decode", "--json", str(out), "--quiet"]) == 0
    found = json.loads(out.read_text())["recordings"][0]["emissions"]
    (emission,) = (one for one in found if one["label"] == "radiosonde")
    assert emission["sync"] == "RS41"
    (line,) = (entry for entry in emission["decoded"] if "bits" not in entry)
    assert line["source"] == "rs41mod"
    got = json.loads(line["text"])
    frequency = int(got["words"][got["words"].index("--jsn_cfq") + 1])
    assert abs(frequency - 402.72e6) < 1500
    assert got["words"][-3:] == ["-", "48000", "16"]
    assert 3.0 < got["seconds"] < 6.5 and 8000 < got["peak"] <= 32767
    assert f"{'':>7}rs41mod: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--decoders", "no.toml"], "gr-rfattn: --decoders: no.toml: No such file or directory"),
        (["--max-decoders", "0"], "gr-rfattn: --max-decoders must be >= 1, got 0"),
    ],
)
def test_what_the_block_refuses_is_one_line(air, words, text, capsys):
    assert main(["label", air["afsk1200"], "--decode", *words, "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1] == text


def test_a_label_that_the_model_lacks_is_refused(air, tmp_path, capsys):
    table = write_table(tmp_path, "afsk120")
    assert main(["label", air["afsk1200"], "--decode", "--decoders", table, "--quiet"]) == 1
    text = "decoders: my: labels: the model has no class afsk120; did you mean afsk1200?"
    assert text in capsys.readouterr().err
