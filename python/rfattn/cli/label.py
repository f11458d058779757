# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and label the emissions in recordings: what is where, how wide, how often, how strong.

A recording is SigMF, WAV (two channels: I and Q; one: real, such as audio, see --audio), or raw
samples such as x.cu8. Rate, frequency and type of raw samples are read from names as gqrx, SDR++,
SDR#, HDSDR, rtl_433 and URH write them, or given: --rate 2.4M --freq 433.92M --datatype cu8. "-"
reads standard input.

Each emission, one transmitter's signal in one band of frequencies, is a row: when it was on the
air, its frequency and width, its bursts, its signal-to-noise ratio, and its label ("unknown" where
the model is not certain) or which known signals have such measurements ("like", which is no label).
A summary follows.

With --json FILE.jsonl, any number of recordings, also in folders, go into one file, by several
processes or machines if you like.
"""

from __future__ import annotations

from ..emissions.record import EmissionRecord
from ..flowgraph.audio import Received
from ..frequency_text import FrequencyColumn
from ..interruption import has_come, held
from ..recordings.recording import Facts
from ..recordings.stream import SampleStream
from ..reporting import Progress, check_json_path, duration, hertz, samples_per_second
from .attached.actions import Actions, open_actions, print_actions
from .attached.attachments import attachments_of, print_attached
from .attached.conditions import set_conditions
from .attached.decoding import decoded_lines
from .attached.place import Place
from .many import archive
from .output.emission_summary import EmissionSummary
from .output.emission_table import NO_EMISSION, EmissionTable, print_costs, print_looked_at
from .output.json_output import NoJson, open_json
from .sources.audio import add_audio_options, audio_of, receive
from .sources.inputs import (
    FORMATS,
    Faults,
    about_recording,
    add_datatype_option,
    open_inputs,
    progress_text,
    receiver_hertz,
)
from .sources.options import add_mode_options, add_output_options, emission_model
from .sources.sinks import add_sink_options, open_sinks, publish_stats

MOST_ROWS = 40
"""The table of a recording has so many; --steps prints all emissions, and the JSON has them."""
_PIPE_KEPT = 1000
"""Emissions of a pipe that are kept, and bursts of each: it may never end."""


USUAL = (
    "--rate --freq --datatype --audio --model --ignore --record --record-sound --annotate --csv "
    "--json --steps --exec --decode"
).split()
"""What --help shows; --help-all has the others."""


def add_arguments(parser) -> None:
    parser.usual = USUAL
    parser.add_argument("recordings", nargs="+", metavar="RECORDING", help=FORMATS)
    for name, what in (
        ("rate", "samples a second, as in 2.4M"),
        ("freq", "middle of the band, as in 433.92M"),
    ):
        parser.add_argument(
            f"--{name}",
            type=receiver_hertz,
            metavar="HZ",
            help=f"{what}, where the recording does not state it",
        )
    add_datatype_option(parser)
    parser.add_argument(
        "--throttle",
        action="store_true",
        help="play at the recording's sample rate, as a receiver would",
    )
    add_audio_options(parser)
    add_mode_options(parser)
    add_sink_options(parser)
    archive.add_archive_options(parser)
    add_output_options(parser, archive.NOT_WITH)


def run(arguments) -> int:
    if arguments.annotate and len(arguments.recordings) > 1:
        raise ValueError(f"--annotate takes one recording, got {len(arguments.recordings)}")
    audio = audio_of(arguments)
    set_conditions(arguments, emission_model(arguments) is not None)
    if archive.is_archive(arguments):
        return archive.run(arguments, audio)
    check_json_path(arguments.json)
    faults = Faults(len(arguments.recordings))
    recordings = open_inputs(
        arguments.recordings, arguments.rate, arguments.freq, arguments.datatype, faults
    )
    check_names(recordings, arguments)
    with (
        open_actions(arguments) as actions,
        open_json(arguments.json, in_list=True) as output,
        open_sinks(arguments) as sinks,
    ):
        progress = Progress(arguments.quiet)
        for recording in recordings:
            received = None if has_come() else receive(recording, arguments, audio, faults)
            if received is not None:
                found = _Found(received, arguments, output, actions)
                with faults.reported(str(recording.path), output):
                    find(received, arguments, sinks, found, progress, actions)
        status = faults.end(output)
        counts = actions.finish()
        if counts:
            output.total(counts)
        if not output.has_stdout:
            print_actions(counts)
    return status


def check_names(recordings: list[Facts], arguments) -> None:
    """Refuses two recordings whose emissions would have the same file names in --record."""
    names = [recording.name for recording in recordings]
    twice = {name for name in names if names.count(name) > 1}
    if arguments.record and twice:
        raise ValueError(f"--record takes recordings of different names, got {min(twice)} twice")


def find(
    received: Received, arguments, sinks, found: _Found, progress: Progress, actions: Actions
) -> None:
    """Runs one recording through the flowgraph until it ends or Ctrl-C, and prints and writes what
    was found."""
    recording = received.recording
    with progress:
        progress.show(f"{recording.path.name}: loading the model")
        flowgraph = make_flowgraph(received, arguments, sinks, actions)
    actions.announce(flowgraph)
    found.print_head()

    def look(done: int) -> None:
        found.add(flowgraph.take_final())
        actions.poll()
        progress.show(progress_text(recording, done))

    with held():
        try:
            flowgraph.run_to_end(look)
        finally:
            progress.clear()
        flowgraph.raise_error()
        found.add(flowgraph.take_final())
        costs = flowgraph.costs()
        if costs["model"] is not None:
            publish_stats(sinks, costs["stats"])
        found.end({"samples": flowgraph.n_samples(), **costs})
        flowgraph.raise_failure()


def make_flowgraph(received: Received, arguments, sinks: list, actions: Actions):
    from ..flowgraph.emissions import RecordingEmissionFlowgraph

    recording = received.recording
    return RecordingEmissionFlowgraph(
        recording,
        arguments.throttle,
        options=received.options,
        model=received.model,
        keep=_PIPE_KEPT if isinstance(recording, SampleStream) else None,
        attachments=attachments_of(
            arguments, Place(recording.name, "block", recording, tuple(sinks))
        ),
        on_emission=actions.look,
        on_decoded=actions.decoded,
        contents=received.has_labels,
    )


class _Found:
    """What was found in one recording: written at once, and kept as far as it is printed."""

    def __init__(self, received: Received, arguments, output: NoJson, actions: Actions):
        recording = received.recording
        self._actions = actions
        self._about = {**about_recording(recording), **received.about}
        self._captures, self._output = recording.captures, output
        self._prints, self._has_all = not output.has_stdout, arguments.steps
        rate = recording.sample_rate
        frequencies = FrequencyColumn.of_band(recording.frequency, rate)
        self.summary = EmissionSummary(rate, frequencies, MOST_ROWS, arguments.sidebands)
        self._table = EmissionTable(rate, frequencies, self._has_all)
        output.begin(self._about)

    def print_head(self) -> None:
        """Prints the head of a table whose rows follow while it runs."""
        if self._prints and self._has_all:
            print(self._table.head())

    def add(self, records: list[EmissionRecord]) -> None:
        for record in records:
            self._actions.end(record)
            if record.latest.is_part:
                continue
            emission = record.to_dict()
            self._output.add("emission", emission)
            if self.summary.add(emission) and self._prints and self._has_all:
                self._print_row(emission)

    def end(self, rest: dict) -> None:
        kept = {name: rest[name] for name in rest if name not in self._about}
        self._output.end({**kept, "proofs": self.summary.proofs.to_dict()})
        if self._prints:
            self._print({**self._about, **rest})

    def _print(self, row: dict) -> None:
        """Prints the table, unless it was printed row by row, and the summary."""
        rate, summary = row["sample_rate"], self.summary
        seconds = row["samples"] / rate
        started = self._captures[0].datetime if self._captures else None
        print(
            f"{row['file']}: {duration(seconds)} at {samples_per_second(rate)}, "
            f"centre {hertz(row['frequency']) if row['frequency'] is not None else 'unknown'}"
            + (f", from {started}" if started else "")
        )
        if not self._has_all:
            self._print_rows(row["stats"].get("emissions_joined"))
        if summary.emissions:
            print("\n".join(["", *summary.lines(), ""]))
        print("\n".join(summary.totals()))
        print_looked_at(row, summary.emissions, seconds, "recording")
        print_attached(row["stats"])
        if self._has_all:
            print_costs(row)
        print()

    def _print_row(self, emission: dict) -> None:
        print("\n".join([self._table.row(emission), *decoded_lines(emission, self._has_all)]))

    def _print_rows(self, joined: int | None) -> None:
        summary = self.summary
        print(self._table.head() if summary.emissions else NO_EMISSION)
        rows = summary.strongest()
        for emission in rows:
            self._print_row(emission)
        if summary.emissions > len(rows):
            left = summary.emissions - len(rows)
            print(f"  … and {left} of less energy (--steps and --json have all)")
        if joined:
            what = "a part of another" if joined == 1 else "parts of others"
            print(f"  … and {joined} that turned out to be {what}")
