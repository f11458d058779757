# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs by default on a CPU imports neither torch nor scipy, which take seconds and memory."""

import json
import subprocess
import sys

import numpy as np
import pytest

RATE = 250e3
HEAVY = """
import sys
heavy = [name for name in ("torch", "scipy") if name in sys.modules]
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
