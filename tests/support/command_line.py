# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the command as a user does, and the recordings it is run on."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

PROGRAM = "import sys; from gnuradio.rfattn.cli import main; sys.exit(main(sys.argv[1:]))"
COMMAND = [sys.executable, "-c", PROGRAM]
TIME_LIMIT_S = 60
STEP_SAMPLES = 4 * 64
N_STEPS = 20


def write_recording(stem, seed, label, n_samples=N_STEPS * STEP_SAMPLES, rate=1e6):
    samples = np.random.default_rng(seed).normal(0, 3000, 2 * n_samples)
    samples.astype("<i2").tofile(f"{stem}.sigmf-data")
    meta = {
        "global": {"core:datatype": "ci16_le", "core:sample_rate": rate, "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0, "core:frequency": 433.92e6}],
        "annotations": [
            {"core:sample_start": 0, "core:sample_count": n_samples, "core:label": label}
        ],
    }
    Path(f"{stem}.sigmf-meta").write_text(json.dumps(meta))


def run(*arguments, **settings):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        **settings,
    )


def own_lines(err):
    """What the command wrote to stderr itself. GNU Radio reports there that another thread took
    the addresses of a buffer, and takes others."""
    return "".join(line for line in err.splitlines(True) if not line.startswith("gr::vmcircbuf "))


def assert_one_line(done, *texts):
    assert done.returncode == 1
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if " :" not in line]  # GNU Radio's log
    assert len(lines) == 1 and lines[0].startswith("gr-rfattn: "), done.stderr
    for text in texts:
        assert text in lines[0]
