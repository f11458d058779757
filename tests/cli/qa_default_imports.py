# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs by default on a CPU imports neither torch nor scipy, which take seconds and memory, and
works where torch is not installed; what needs torch names it in one line."""

import json
import subprocess
import sys

import numpy as np
import pytest

from command_line import PROGRAM

RATE = 250e3
WITHOUT_TORCH = "import sys\nsys.modules['torch'] = None\n"
HEAVY = """
import sys
heavy = [name for name in ("torch", "scipy") if sys.modules.get(name)]
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """0.1 s of noise with one carrier."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.cf32"
    n, rng = int(0.1 * RATE), np.random.default_rng(1)
    samples = rng.standard_normal((n, 2)).view(complex)[:, 0] * 0.01
    samples += 0.3 * np.exp(2j * np.pi * 0.1 * np.arange(n))
    samples.astype(np.complex64).tofile(path)
    return path


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code + HEAVY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def run_without_torch(*words) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", WITHOUT_TORCH + PROGRAM, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("model", ["emissions", "none"])
@pytest.mark.parametrize("command", ["label", "live"])
def test_commands(recording, command, model):
    source = ["label", str(recording)]
    if command == "live":
        source = ["live", "--source", f"file={recording}"]
    arguments = [*source, "--rate", f"{RATE:.0f}", "--freq", "433.92M"]
    arguments += ["--model", model, "--json", "-", "--quiet"]
    out = run(f"from gnuradio.rfattn.cli import main\nassert not main({arguments!r})\n")
    rows = [json.loads(line) for line in out.splitlines()]
    assert any("id" in row for row in rows)
    (runner,) = {(row["model"] or {}).get("runner") for row in rows if row["type"] == "summary"}
    assert runner == (None if model == "none" else "native")


def test_the_blocks():
    code = "from gnuradio import rfattn\nblock = rfattn.transformer('emissions')\n"
    assert run(code + "print(block.runner, block.adapter.threads)\n").split() == ["native", "1"]


def test_a_model_in_python():
    code = "from gnuradio.rfattn.inference import AttentionModelAdapter, read_contract\n"
    code += "model = AttentionModelAdapter.load('rf14', 'gqa')\nmodel.warm_up()\n"
    assert run(code + "print(model.runner, len(read_contract('rf14')['classes']))").split() == [
        "native",
        "15",
    ]


def test_a_station_where_torch_is_not_installed(recording, tmp_path):
    """The page is served there in tests/station/web/qa_serve.py."""
    tuned = ["--rate", f"{RATE:.0f}", "--freq", "433.92M", "--quiet"]
    live = ["live", "--source", f"file={recording},repeat=1", "--duration", "0.2", *tuned]
    station, found = tmp_path / "station", tmp_path / "found.jsonl"
    commands = [
        ["label", recording, *tuned],
        [*live, "--station", station, "--json", found],
        ["station", station],
        ["station", found],
        ["doctor"],
    ]
    for words in commands:
        done = run_without_torch(*words)
        assert done.returncode == 0, (words, done.stderr[-2000:])
    assert "runner 'torch' lack torch" in done.stdout and "models: 22 of 22 load" in done.stdout


@pytest.mark.parametrize(
    "words, what",
    [
        (["label", "FILE", "--rate", "250k", "--runner", "torch"], "runner 'torch'"),
        (["label", "FILE", "--rate", "250k", "--dtype", "bfloat16"], "runner 'torch'"),
        (["label", "FILE", "--rate", "250k", "--device", "cuda"], "device 'cuda'"),
        (["plan", "--rate", "250k", "--window", "64"], "a window that is not the model's own"),
        (["bench", "--quick", "--out", "FILE.bench"], "bench"),
        (["teach", "FILE"], "teach"),
        (["train", "FILE", "--out", "FILE.model"], "train"),
        (["convert", "rf14", "--attention", "gqa", "--out", "FILE.model"], "convert"),
        (["calibrate", "FILE", "--out", "FILE.model"], "calibrate"),
    ],
)
def test_what_needs_torch_says_so_in_one_line(recording, words, what):
    done = run_without_torch(*(word.replace("FILE", str(recording)) for word in words))
    last = done.stderr.splitlines()[-1]
    assert last == f"gr-rfattn: {what} needs torch: apt-get install python3-torch", done.stderr
    assert (done.returncode, done.stdout) == (1, "")
