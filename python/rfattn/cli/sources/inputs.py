# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the recordings of `label` and `live`, and prints what was taken from where."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ...frequency_text import parse_hertz
from ...recordings.formats import STDIN, check_options, open_input
from ...recordings.recording import Facts, RecordingError
from ...recordings.stream import SampleStream
from ..output.json_output import NoJson

LEAST_HZ = 1000.0
"""Least sample rate and frequency that the command takes."""
FORMATS = "SigMF, WAV or raw samples; - for standard input"


def add_datatype_option(parser) -> argparse.Action:
    return parser.add_argument(
        "--datatype",
        metavar="TYPE",
        help="type of raw samples whose name does not state it: cu8, ci8, ci16, cf32, ...",
    )


def in_hertz(text: str) -> float:
    """Reads a frequency or a rate, such as 433.92M or 2.4MHz, in Hz, for argparse."""
    try:
        return parse_hertz(text)
    except ValueError:
        problem = f"must be a number, such as 433.92M, got {text!r}"
        raise argparse.ArgumentTypeError(problem) from None


def receiver_hertz(text: str) -> float:
    """Reads a sample rate or the frequency of a receiver in Hz, for argparse: 433.92 without a
    unit was meant in MHz."""
    value = in_hertz(text)
    if 0 < value < LEAST_HZ:
        raise argparse.ArgumentTypeError(
            f"must be {LEAST_HZ:g} Hz or more, got {text!r}; did you mean {text.strip()}M?"
        )
    return value


class Faults:
    """Reports the recordings that cannot be read, so that they do not stop the rest.

    Args:
        count: of the recordings. One alone raises its error.

    Attributes:
        found: how many could not be read.
    """

    def __init__(self, count: int):
        self.found, self._count = 0, count
        self._unopened: dict[str, str] = {}  # error by name

    @contextmanager
    def reported(self, name: str, output: NoJson | None = None) -> Iterator[None]:
        """Prints the error of a recording in a line.

        Args:
            output: the JSON that this recording has begun; None: none.
        """
        try:
            yield
        except RecordingError as error:
            if self._count == 1:
                raise
            self.found += 1
            text = " ".join(str(error).split())
            print(f"gr-rfattn: {text}", file=sys.stderr, flush=True)
            if output is None:
                self._unopened[name] = text
            else:
                _end_failed(output, text)

    def end(self, output: NoJson) -> int:
        """Prints their number, and adds those to the JSON that are not in it.

        Returns:
            The exit status.
        """
        for name, text in self._unopened.items():
            output.begin({"file": name})
            _end_failed(output, text)
        if self.found and not output.has_stdout:
            print(f"{self.found} of {self._count} recordings could not be labelled")
        return 1 if self.found else 0


def _end_failed(output: NoJson, error: str) -> None:
    """Ends a recording with its error; a line has the type "failed", as in an archive."""
    if output.is_lines:
        output.add("failed", {"error": error})
    else:
        output.end({"error": error})


def open_inputs(
    paths,
    sample_rate: float | None,
    frequency: float | None,
    datatype: str | None,
    faults: Faults,
) -> list[Facts]:
    """Opens the recordings before the work begins. Of several, the three are for those that do not
    state them.

    Returns:
        Those that can be read.

    Raises:
        ValueError: in one line, when one of the three is wrong.
        RecordingError: in one line, when the only one cannot be read.
    """
    if list(paths).count(STDIN) > 1:
        raise ValueError("standard input (-) can be read once only")
    stated = sample_rate, frequency, datatype
    check_options(*stated)
    recordings = []
    for path in paths:
        with faults.reported(path):
            recordings.append(open_input(path, *stated, are_defaults=len(paths) > 1))
    for recording in recordings:
        if recording.origin:
            print(f"gr-rfattn: {recording.path}: {recording.origin}", file=sys.stderr, flush=True)
    return recordings


def progress_text(recording: Facts, done: int) -> str:
    """How much of a recording has been read; of a pipe in seconds."""
    if not isinstance(recording, SampleStream):
        return f"{recording.path.name}: {done / recording.n_samples:.0%} read"
    rate = recording.sample_rate
    return f"{recording.path.name}: {done / rate:.1f} s read" if rate else f"{done} samples read"


def about_recording(recording: Facts) -> dict:
    """What the JSON states of a recording before it is played."""
    is_pipe = isinstance(recording, SampleStream)
    samples = {} if is_pipe else {"samples": recording.n_samples}
    return {
        "file": str(recording.path),
        **samples,
        "sample_rate": recording.sample_rate,
        "frequency": recording.frequency,
    }
