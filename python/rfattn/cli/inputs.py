# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the recordings of `label` and `live`, and prints what was taken from where."""

from __future__ import annotations

import argparse
import math
import sys

from ..recordings.formats import STDIN, open_input
from ..recordings.recording import Facts, Recording

LEAST_HZ = 1000.0
"""Least sample rate and frequency that the command takes."""
FORMATS = "SigMF, WAV or raw samples; - for standard input"


def add_datatype_option(parser) -> None:
    parser.add_argument(
        "--datatype",
        metavar="TYPE",
        help="type of raw samples whose name does not state it: cu8, ci8, ci16, cf32, ...",
    )


def in_hertz(text: str) -> float:
    """Reads a frequency or a rate, such as 433.92M or 2.4MHz, in Hz, for argparse."""
    from gnuradio.eng_arg import eng_float

    try:
        value = eng_float(text.strip().removesuffix("Hz") or "nothing")
    except argparse.ArgumentTypeError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a number, such as 433.92M, got {text!r}")
    return value


def receiver_hertz(text: str) -> float:
    """Reads a sample rate or the frequency of a receiver in Hz, for argparse: 433.92 without a
    unit was meant in MHz."""
    value = in_hertz(text)
    if 0 < value < LEAST_HZ:
        raise argparse.ArgumentTypeError(
            f"must be {LEAST_HZ:g} Hz or more, got {text!r}; did you mean {text.strip()}M?"
        )
    return value


def open_inputs(
    paths, sample_rate: float | None, frequency: float | None, datatype: str | None
) -> list[Facts]:
    """Opens all of them, so that a wrong one ends the command before the work begins.

    Raises:
        ValueError: in one line, when one cannot be opened.
    """
    if list(paths).count(STDIN) > 1:
        raise ValueError("standard input (-) can be read once only")
    recordings = [open_input(path, sample_rate, frequency, datatype) for path in paths]
    for recording in recordings:
        if recording.origin:
            print(f"gr-rfattn: {recording.path}: {recording.origin}", file=sys.stderr, flush=True)
    return recordings


def progress_text(recording: Facts, done: int) -> str:
    """How much of a recording has been read; of a pipe in seconds."""
    if isinstance(recording, Recording):
        return f"{recording.path.name}: {done / recording.n_samples:.0%} read"
    rate = recording.sample_rate
    return f"{recording.path.name}: {done / rate:.1f} s read" if rate else f"{done} samples read"


def about_recording(recording: Facts) -> dict:
    """What the JSON states of a recording before it is played."""
    samples = {"samples": recording.n_samples} if isinstance(recording, Recording) else {}
    return {
        "file": str(recording.path),
        **samples,
        "sample_rate": recording.sample_rate,
        "frequency": recording.frequency,
    }
