# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validator of the official `sigmf` package, in a Python environment of its own."""

import subprocess
from pathlib import Path

from gnuradio import rfattn

COMMAND = Path(rfattn.__file__).parents[3] / "sigmf" / "bin" / "sigmf_validate"
TIME_LIMIT_S = 60


def missing() -> str:
    """Why the validator cannot be used; empty where it can."""
    return "" if COMMAND.exists() else f"no {COMMAND}: tests/run.sh could not install sigmf"


def problems(*meta_files) -> str:
    """Returns what the validator prints about the files; empty if all are valid.

    Checksums of the samples are not checked: a file of annotations has no samples beside it.
    """
    done = subprocess.run(
        [COMMAND, "--skip-checksum", *map(str, meta_files)],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    found = done.stdout + done.stderr
    assert bool(found) == (done.returncode != 0), found
    return found
