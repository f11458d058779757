# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the command as a user does, and the recordings it is run on."""

import json
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from unittest import mock

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


forkserver.set_forkserver_preload(  # what training loads, too, as torch._dynamo
    """torch torch._dynamo scipy.signal matplotlib.backends.backend_agg gnuradio.blocks
    gnuradio.zeromq gnuradio.rfattn.cli gnuradio.rfattn_workshop.train""".split()
)


def run_forked(*arguments, timeout=TIME_LIMIT_S, cwd=".", env=None):
    """As `subprocess.run` does of the command with the arguments, or of a script if the first ends
    in ``.py``; `env` is added to the environment. The process need not import torch and GNU Radio:
    it is a fork of one that has. What asks about imports, or the end of Python, starts one."""
    arguments = [*map(str, arguments)]
    stated = mock.patch.dict(os.environ, GR_CONF_LOG_LOG_FILE="stderr")  # as the command does it
    with tempfile.TemporaryDirectory() as place, stated:
        forkserver.ensure_running()
        texts = [Path(place) / "out", Path(place) / "err"]
        process = multiprocessing.get_context("forkserver").Process(
            target=_run,
            args=(arguments, texts, os.path.abspath(cwd), {**os.environ, **(env or {})}),
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, timeout, *(p.read_bytes() for p in texts))
        return subprocess.CompletedProcess(
            arguments, process.exitcode, *(path.read_text() for path in texts)
        )


def _run(arguments, texts, cwd, environment):
    for number, path in enumerate(texts, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    if arguments[:1] and arguments[0].endswith(".py"):
        sys.path.insert(0, str(Path(arguments[0]).parent))
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        from gnuradio.rfattn.cli import main

        sys.exit(main(arguments))


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
