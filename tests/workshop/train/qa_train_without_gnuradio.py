# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training, synthesis and recordings work where GNU Radio and rich are absent."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="torch is not installed")

from training_folder import TINY, write_folder

PROGRAM = """
import importlib, json, pkgutil, sys

for name in ("gnuradio.gr", "gnuradio.blocks", "gnuradio.rfattn.rfattn_python", "pmt", "rich"):
    sys.modules[name] = None
from gnuradio import rfattn
from gnuradio.rfattn import recordings, signals
from gnuradio.rfattn_workshop import synthesis, train

for room in (recordings, signals, synthesis, train):
    for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
        importlib.import_module(module.name)
from gnuradio.rfattn.cli import main

folder, out, config = sys.argv[1:]
sys.exit(main(["train", folder, "--out", out, "--config", config]))
"""


def test_trains_where_gnu_radio_is_absent(tmp_path):
    folder = write_folder(tmp_path / "recordings")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**TINY, "steps": 2, "validate_every": 2}))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, folder, tmp_path / "out", config],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "written to" in done.stdout and (tmp_path / "out" / "flash_layernorm.pt").exists()
    assert done.stderr.count("step=2 loss=") == 1
