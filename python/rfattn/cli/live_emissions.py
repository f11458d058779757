# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live`: the emissions of a receiver's band, printed while they come and go."""

from __future__ import annotations

import sys
import threading
import time

from ..flowgraph.options import EmissionOptions
from ..reporting import Progress, hertz, versions, write_json
from .emission_table import EmissionTable, print_costs
from .options import SCHEMA, emission_model, options_from
from .receivers import Receiver, open_source
from .sinks import publish_stats

LINES_PER_SECOND = 10
"""More rows a second cannot be read; they are counted instead."""
SETTLED_S = 1.0
"""How long an emission must be there for a row of its own before it ends."""
_KEPT = 1000
"""Emissions kept that have ended, and bursts of each, where no JSON will list them."""


def make_flowgraph(receiver: Receiver, arguments, sinks):
    from ..blocks.emission_recorder import emission_recorder
    from ..blocks.sigmf_annotation_sink import sigmf_annotation_sink
    from ..flowgraph.emissions import EmissionFlowgraph, rate_of

    source = open_source(receiver, arguments.debug)
    recording = getattr(source, "recording", None)
    rate = rate_of(recording, receiver.sample_rate) if recording else receiver.sample_rate
    printer = Printer(arguments, rate)
    flowgraph = EmissionFlowgraph(
        source,
        rate,
        options_from(EmissionOptions, arguments),
        emission_model(arguments),
        is_real=getattr(source, "is_real", False),
        tag_rate=recording is not None and recording.sample_rate is None,
        on_emission=printer.add,
        keep=None if arguments.json else _KEPT,
        annotations=sigmf_annotation_sink(arguments.annotate) if arguments.annotate else None,
        recorder=emission_recorder(arguments.record, "live") if arguments.record else None,
        sinks=sinks,
    )
    return flowgraph, printer


class Printer:
    """Prints an emission when it has been there for a moment and when it ends.

    `add` is called in a block's thread, and only puts rows in a list that `show_progress` prints
    from the main thread, so that a slow reader of stdout holds up nothing.

    Attributes:
        emissions, bursts: how many have ended.
    """

    def __init__(self, arguments, rate: float, clock=time.monotonic):
        self._prints, self._rate, self._clock = arguments.json != "-", rate, clock
        self._table = EmissionTable(rate, emission_model(arguments) is not None)
        self._progress = Progress(arguments.quiet)
        self._lock = threading.Lock()
        self._rows: list[str] = []
        self._live: dict[int, bool] = {}  # by id, whether it has a row
        self._left = 0  # rows of this second that were not printed
        self._second, self._room = -1, LINES_PER_SECOND
        self._has_head = False
        self.emissions = self.bursts = 0

    def add(self, record) -> None:
        latest = record.latest
        with self._lock:
            if latest.is_live:
                has_row = self._live.setdefault(latest.id, False)
                if not has_row and self._has_settled(latest):
                    self._live[latest.id] = True
                    self._add_row("on", record)
            elif (has_row := self._live.pop(latest.id, None)) is not None:
                # A label may come after the end; what has no burst was a part of another.
                if not latest.burst_count and not has_row:
                    return
                self.emissions += 1
                self.bursts += latest.burst_count
                self._add_row("end", record)

    def end(self) -> None:
        """Prints the last rows; call when the flowgraph has ended."""
        self._progress.clear()
        self._print_rows()
        self._print_left()

    def show_progress(self, flowgraph) -> None:
        self._print_rows()
        live = len(flowgraph.records.live)
        self._progress.show(f"{live} emissions on, {self.emissions} ended; Ctrl-C ends")

    def _has_settled(self, emission) -> bool:
        return emission.sample_now - emission.sample_start >= SETTLED_S * self._rate

    def _add_row(self, state: str, record) -> None:
        self._rows.append(f"{state:<4}{self._table.row(record.to_dict())}")

    def _print_rows(self) -> None:
        """Prints the rows that wait, as far as this second has room for them."""
        with self._lock:
            rows, self._rows = self._rows, []
        second = int(self._clock())
        if second != self._second:
            self._print_left()
            self._second, self._room = second, LINES_PER_SECOND
        for row in rows[: self._room]:
            self._print(row)
        self._left += len(rows[self._room :])
        self._room -= len(rows[: self._room])

    def _print_left(self) -> None:
        if self._left:
            self._print(f"      … {self._left} more")
        self._left = 0

    def _print(self, line: str) -> None:
        if not self._prints:
            return
        self._progress.clear()
        if not self._has_head:
            print(f"{'':<4}{self._table.head()}")
            self._has_head = True
        print(line, flush=True)


def report(flowgraph, printer: Printer, receiver: Receiver, arguments, sinks) -> None:
    """The summary, on stdout and as JSON, and the last statistics to the subscribers."""
    printer.end()
    about = getattr(flowgraph.source, "recording", receiver)
    row = {
        "source": f"{receiver.kind}={receiver.where}",
        "samples": flowgraph.samples(),
        "sample_rate": flowgraph.sample_rate,
        "frequency": about.frequency,
        "emissions": [record.to_dict() for record in flowgraph.records.all()],
        **flowgraph.costs(),
    }
    if row["model"] is not None:
        publish_stats(sinks, row["stats"])
    if not row["samples"]:
        print(f"gr-rfattn: no samples came from {row['source']}", file=sys.stderr)
    if arguments.json != "-":
        print(f"{row['source']}: {hertz(row['sample_rate'])} at {hertz(row['frequency'])}")
        print_costs(row, printer.emissions, printer.bursts)
    if arguments.json:
        write_json(arguments.json, {"schema": SCHEMA, **row, "versions": versions()})
