# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and label the emissions in recordings: what is where, how wide, how often, how strong.

Each emission, one transmitter's signal in one band of frequencies, is a row: when it was on the
air, its frequency and width, its bursts, its signal-to-noise ratio, the label of a model ("unknown"
where it is not certain), and which known signals have such measurements ("compatible with", which
is no label).

With --band, a model labels the whole band as one signal, from step to step.
"""

from __future__ import annotations

from pathlib import Path

from ..flowgraph.options import EmissionOptions, PathOptions
from ..reporting import Progress, check_json_path, hertz, versions, write_json
from . import label_band
from .emission_table import NO_EMISSION, EmissionTable, print_costs, strongest
from .options import (
    SCHEMA,
    add_mode_options,
    add_output_options,
    check_mode,
    emission_model,
    options_from,
)
from .sinks import add_sink_options, open_sinks, publish_stats

MOST_ROWS = 40
"""Of a recording; the JSON has all emissions."""


def add_arguments(parser) -> None:
    from gnuradio.eng_arg import eng_float

    parser.add_argument("recordings", nargs="+", metavar="RECORDING", help="a .sigmf-meta file")
    parser.add_argument(
        "--rate",
        type=eng_float,
        metavar="HZ",
        help="samples a second of recordings that do not state it, as in 2.4M",
    )
    parser.add_argument(
        "--throttle",
        action="store_true",
        help="play at the recording's sample rate, as a receiver would",
    )
    add_mode_options(parser, PathOptions(), without=("bands",))
    add_sink_options(parser)
    add_output_options(parser)


def run(arguments) -> int:
    if arguments.annotate and len(arguments.recordings) > 1:
        raise ValueError(f"--annotate takes one recording, got {len(arguments.recordings)}")
    check_mode(arguments, PathOptions(), ("--rate",) if arguments.rate is not None else ())
    check_json_path(arguments.json)
    if arguments.band:
        return label_band.run(arguments)
    check_names(arguments)
    with open_sinks(arguments) as sinks:
        rows = find_all(arguments, sinks)
    if arguments.json:
        write_json(arguments.json, {"schema": SCHEMA, "recordings": rows, "versions": versions()})
    return 0


def check_names(arguments) -> None:
    """Refuses two recordings whose emissions would have the same file names in --record."""
    names = [Path(path).name.removesuffix(".sigmf-meta") for path in arguments.recordings]
    twice = {name for name in names if names.count(name) > 1}
    if arguments.record and twice:
        raise ValueError(f"--record takes recordings of different names, got {min(twice)} twice")


def find_all(arguments, sinks: list) -> list[dict]:
    """Finds and prints the emissions of one recording after the other."""
    progress = Progress(arguments.quiet)
    rows = []
    for path in arguments.recordings:
        rows.append(find(path, arguments, sinks, progress))
        if arguments.json != "-":
            print_recording(rows[-1])
    return rows


def find(path: str, arguments, sinks: list, progress: Progress) -> dict:
    """Runs one recording through the flowgraph; what was found, in plain values."""
    from ..flowgraph.emissions import RecordingEmissionFlowgraph

    flowgraph = RecordingEmissionFlowgraph(
        path,
        arguments.rate,
        options_from(EmissionOptions, arguments),
        emission_model(arguments),
        throttle=arguments.throttle,
        annotate=arguments.annotate or "",
        record=arguments.record or "",
        sinks=sinks,
    )
    name = Path(path).name
    try:
        flowgraph.run_to_end(lambda share: progress.show(f"{name}: {share:.0%} read"))
    finally:
        progress.clear()
    recording, costs = flowgraph.source.recording, flowgraph.costs()
    if costs["model"] is not None:
        publish_stats(sinks, costs["stats"])
    return {
        "file": str(path),
        "samples": recording.n_samples,
        "sample_rate": flowgraph.sample_rate,
        "frequency": recording.frequency,
        "emissions": [record.to_dict() for record in flowgraph.records.all()],
        **costs,
    }


def print_recording(row: dict) -> None:
    rate, emissions = row["sample_rate"], row["emissions"]
    print(
        f"{row['file']}: {row['samples']} samples at {hertz(rate)}, centre "
        f"{hertz(row['frequency'])}"
    )
    table = EmissionTable(rate, row["model"] is not None)
    whole = [emission for emission in emissions if emission["burst_count"]]
    print(table.head() if whole else NO_EMISSION)
    for emission in strongest(whole, MOST_ROWS):
        print(table.row(emission))
    if len(whole) > MOST_ROWS:
        print(f"  … and {len(whole) - MOST_ROWS} of less energy (--json has all)")
    if len(whole) < len(emissions):
        print(f"  … and {len(emissions) - len(whole)} that turned out to be parts of others")
    print_costs(row, len(whole), sum(e["burst_count"] for e in whole))
