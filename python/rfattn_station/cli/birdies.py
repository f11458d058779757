# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the bands that `label` and `live` should ignore, from a run without an antenna.

Everything that is found in the recordings, or in the receiver of --source, becomes an ignored band:
take the antenna off first. With --rows, the emissions that you choose do: FILE is what label or
live wrote with --json FILE.jsonl, and --id or --class choose.

The bands are added to the file of --out, which --ignore of label and live reads: an object a line
with low and high in Hz, class and note, any of which you may edit. Lines that are there stay as
they are, and a band that they have is not added again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gnuradio.rfattn.checked import is_number, shown
from gnuradio.rfattn.cli.live import watch_for
from gnuradio.rfattn.cli.output.emission_lines import read_emissions
from gnuradio.rfattn.cli.sources.inputs import FORMATS, Faults, open_inputs, progress_text
from gnuradio.rfattn.cli.sources.options import add_options, options_from
from gnuradio.rfattn.cli.sources.receiver_options import add_receiver_options, receiver_of
from gnuradio.rfattn.cli.sources.receivers import open_source
from gnuradio.rfattn.emissions.ignore_list import NOTHING, IgnoreList, Rule
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.flowgraph.options import EmissionOptions
from gnuradio.rfattn.frequency_text import FrequencyColumn
from gnuradio.rfattn.messages.limits import HERTZ
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.reporting import Progress, count_of

_KEPT = 1000
"""Emissions of a receiver that are kept between two looks."""
_OF_ROWS = {
    "id": ("a whole number", lambda v: type(v) is int),
    **dict.fromkeys(
        ("freq_lower", "freq_upper"), ("a number of Hz", lambda v: is_number(v, **HERTZ))
    ),
}


def add_arguments(parser) -> None:
    parser.add_argument("recordings", nargs="*", metavar="RECORDING", help=FORMATS)
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="file of ignored bands, which may be there"
    )
    group = parser.add_argument_group("recordings, or a receiver, without an antenna")
    group.not_with = "--rows"
    add_receiver_options(group, raw="RECORDING or --source file=RECORDING")
    group.add_argument(
        "--duration", type=float, metavar="S", help="end after S seconds (default: at Ctrl-C)"
    ).needs = "--source"
    group = parser.add_argument_group("chosen rows")
    group.needs = "--rows"
    group.add_argument(
        "--rows", metavar="FILE", help="what label or live wrote"
    ).needs = "--id or --class"
    group.add_argument("--id", metavar="N,N", default="", help="ids of the emissions to ignore")
    text = "ignore those that are labelled so; other classes stay visible in these bands"
    group.add_argument("--class", dest="classes", metavar="NAME,NAME", default="", help=text)
    without = ("min_confidence", "band_plan", "ignore")
    add_options(parser, EmissionOptions(), without)["sensitivity"].not_with = "--rows"
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    parser.one_of = "RECORDING", "--source", "--rows"


def run(arguments) -> int:
    IgnoreList.load(arguments.out if Path(arguments.out).exists() else "")
    found, interruption = [], None
    try:
        find = _in_receiver if arguments.source else _in_recordings
        find = find if arguments.rows is None else _in_rows
        for band in find(arguments):
            found.append(band)
    except KeyboardInterrupt as error:
        if not arguments.source:
            raise
        interruption = error
    _write(arguments.out, found)
    if interruption is not None:
        raise interruption
    return 0


@dataclass(frozen=True)
class _Band:
    """The band of an emission that was found, Hz; what ``label`` it is ignored as, None for any;
    and the ``source`` that it was found in."""

    low: float
    high: float
    source: str
    label: str | None = None


def _in_recordings(arguments) -> Iterable[_Band]:
    from gnuradio.rfattn.flowgraph.emissions import RecordingEmissionFlowgraph

    options, faults = options_from(EmissionOptions, arguments, ignore=NOTHING), Faults(1)
    stated = arguments.rate, arguments.freq, arguments.datatype
    for recording in open_inputs(arguments.recordings, *stated, faults):
        if recording.frequency is None:
            raise RecordingError(f"{recording.path}: states no frequency: give it with --freq")
        with Progress(arguments.quiet) as progress:
            flowgraph = RecordingEmissionFlowgraph(recording, options=options, contents=False)

            def look(done, recording=recording, progress=progress):
                progress.show(progress_text(recording, done))

            flowgraph.run_to_end(look)
        yield from _bands(flowgraph.records.all(), recording.path.name)


def _in_receiver(arguments) -> Iterable[_Band]:
    from gnuradio.rfattn.flowgraph.emissions import EmissionFlowgraph

    receiver = receiver_of(arguments, arguments.freq)
    source, found = open_source(receiver, arguments.debug), []
    recording = getattr(source, "recording", None)
    if (recording or receiver).frequency is None:
        raise ValueError(f"{receiver.kind}={receiver.where}: states no frequency: give --freq")
    rate = receiver.sample_rate if recording is None else recording.require_rate()
    options = options_from(EmissionOptions, arguments, ignore=NOTHING)
    flowgraph = EmissionFlowgraph(source, rate, options, keep=_KEPT, contents=False)
    progress, interruption = Progress(arguments.quiet), None

    def look():
        found.extend(flowgraph.take_final())
        progress.show(f"{len(found)} emissions ended; Ctrl-C ends")

    with progress:
        try:
            watch_for(flowgraph, look, arguments.duration)
        except KeyboardInterrupt as error:
            interruption = error
    found.extend(flowgraph.take_final())
    yield from _bands(found, f"{receiver.kind}={receiver.where}")
    if interruption is not None:
        raise interruption


def _bands(records: Iterable, source: str) -> Iterable[_Band]:
    for latest in (record.latest for record in records):
        if not latest.is_part:
            yield _Band(latest.freq_lower, latest.freq_upper, source)


def _in_rows(arguments) -> Iterable[_Band]:
    ids = _numbers(arguments)
    names = [name for name in arguments.classes.split(",") if name]
    seen: set[int] = set()
    labels: set[str] = set()
    with Progress(arguments.quiet) as progress:
        for row in read_emissions(arguments.rows, progress.log, _OF_ROWS):
            is_part = not row["burst_count"]  # of another one
            label = row["label"] if row["label"] in names and not is_part else None
            if row["id"] not in ids and label is None:
                continue
            if row["id"] in ids and row["id"] in seen:
                raise ValueError(
                    f"{arguments.rows}: id {row['id']} stands for several emissions: give the "
                    "rows of one recording"
                )
            if row["freq_upper"] <= row["freq_lower"]:
                raise ValueError(f"{arguments.rows}: emission {row['id']} has no width")
            seen.add(row["id"])
            labels.add(row["label"])
            of_class = None if row["id"] in ids else label
            name = Path(arguments.rows).name
            yield _Band(row["freq_lower"], row["freq_upper"], name, of_class)
    absent = [f"id {n}" for n in ids if n not in seen]
    absent += [f"label {shown(name)}" for name in names if name not in labels]
    if absent:
        raise ValueError(f"{arguments.rows}: no emission with {absent[0]}")


def _numbers(arguments) -> list[int]:
    words = [word for word in arguments.id.split(",") if word]
    for word in words:
        if not word.isdecimal():
            arguments.usage_error(f"--id must be whole numbers, as in 3,7, got {shown(word)}")
    return list(map(int, words))


def _write(path: str, found: list[_Band]) -> None:
    """Adds the bands to the file that are not in it, and prints them."""
    known, text = IgnoreList(), ""
    with suppress(FileNotFoundError):
        text, known = Path(path).read_text(encoding="utf-8"), IgnoreList.load(path)
    rules = [rule for rule in _joined(found) if not known.has(rule.low, rule.high, rule.label)]
    if rules:
        end = "" if not text or text.endswith("\n") else "\n"
        replace_file(path, text + end + "".join(f"{rule.to_line()}\n" for rule in rules))
    for rule in rules:
        column = FrequencyColumn.of(max(abs(rule.low), abs(rule.high)), None)
        what = f"  {rule.label}" if rule.label else ""
        print(f"  {column.span(rule.low, rule.high)}{what}")
    bands, emissions = count_of(len(rules), "band"), count_of(len(found), "emission")
    there = count_of(len(known.rules), "line")
    print(f"{path}: {bands} added for {emissions}; it had {there}")


def _joined(found: list[_Band]) -> Iterable[Rule]:
    """A rule for each band, in whole Hz; those that overlap become one."""
    joined: list[list[_Band]] = []
    reached = 0.0
    for band in sorted(found, key=lambda band: (band.label or "", band.low)):
        if joined and joined[-1][0].label == band.label and band.low <= reached:
            joined[-1].append(band)
            reached = max(reached, band.high)
        else:
            joined.append([band])
            reached = band.high
    for bands in joined:
        low, high = min(b.low for b in bands), max(b.high for b in bands)
        sources = ", ".join(dict.fromkeys(band.source for band in bands))
        note = f"{len(bands)} x in {sources}"
        yield Rule(math.floor(low), math.ceil(high), bands[0].label, note)
