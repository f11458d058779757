# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs by default on a CPU imports neither torch nor scipy, which take seconds and memory, and
works where torch is not installed; what needs torch names it in one line."""

import json
import subprocess
import sys

import numpy as np
import pytest

RATE = 250e3
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from gnuradio.rfattn.cli import main
"""
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_commands(recording):
    tuned = ["--rate", f"{RATE:.0f}", "--freq", "433.92M", "--json", "-", "--quiet"]
    commands = [
        [*source, *tuned, "--model", model]
        for source in (["label", str(recording)], ["live", "--source", f"file={recording}"])
        for model in ("none", "emissions")
    ]
    code = "from gnuradio.rfattn.cli import main\n"
    out = run(code + f"for words in {commands!r}:\n    assert not main(words)\n" + HEAVY)
    rows = [json.loads(line) for line in out.splitlines()]
    assert sum("id" in row for row in rows) >= len(commands)
    runners = [(row["model"] or {}).get("runner") for row in rows if row["type"] == "summary"]
    assert runners == [None, "native"] * 2


def test_the_blocks():
    code = "from gnuradio import rfattn\nblock = rfattn.transformer('emissions')\n"
    code += "print(block.runner, block.adapter.threads)\n"
    assert run(code + HEAVY).split() == ["native", "1"]


def test_a_model_in_python():
    code = "from gnuradio.rfattn.inference import AttentionModelAdapter, read_contract\n"
    code += "model = AttentionModelAdapter.load('rf14', 'gqa')\nmodel.warm_up()\n"
    code += "print(model.runner, len(read_contract('rf14')['classes']))\n"
    assert run(code + HEAVY).split() == ["native", "15"]


def test_a_station_where_torch_is_not_installed(recording, tmp_path):
    """The page is served there in tests/station/web/qa_serve.py."""
    tuned = ["--rate", f"{RATE:.0f}", "--freq", "433.92M", "--quiet"]
    live = ["live", "--source", f"file={recording},repeat=1", "--duration", "0.2", *tuned]
    station, found = str(tmp_path / "station"), str(tmp_path / "found.jsonl")
    commands = [
        ["label", str(recording), *tuned],
        [*live, "--station", station, "--json", found],
        ["station", station],
        ["station", found],
        ["doctor"],
    ]
    code = WITHOUT_TORCH + "from gnuradio.rfattn.capacity import path\n"
    code += "path._PACE['signal_s'] = path._BURSTS_PACE['signal_s'] = 0.1\n"
    out = run(code + f"for words in {commands!r}:\n    assert not main(words), words\n")
    assert "runner 'torch' lack torch" in out and "models: 22 of 22 load" in out


NEED_TORCH = {
    "label FILE --rate 250k --runner torch": "runner 'torch'",
    "label FILE --rate 250k --dtype bfloat16": "runner 'torch'",
    "label FILE --rate 250k --device cuda": "device 'cuda'",
    "plan --rate 250k --window 64": "a window that is not the model's own",
    "bench --quick --out FILE.bench": "bench",
    "teach FILE": "teach",
    "train FILE --out FILE.model": "train",
    "convert rf14 --attention gqa --out FILE.model": "convert",
    "calibrate FILE --out FILE.model": "calibrate",
}


def test_what_needs_torch_says_so_in_one_line(recording):
    commands = [words.replace("FILE", str(recording)).split() for words in NEED_TORCH]
    code = WITHOUT_TORCH + f"sys.stderr = sys.stdout\nfor words in {commands!r}:\n"
    out = run(code + "    assert main(words) == 1\n").splitlines()
    named = f"gr-rfattn: {recording}: "  # what is known of the recording stands before
    assert [line for line in out if not line.startswith(named)] == [
        f"gr-rfattn: {what} needs torch: apt-get install python3-torch"
        for what in NEED_TORCH.values()
    ]
