# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live`: the emissions of a receiver's band, printed while they come and go."""

from __future__ import annotations

import sys
import threading
import time

from ..flowgraph.listening import Listening
from ..flowgraph.options import EmissionOptions
from ..frequency_text import FrequencyColumn
from ..messages import schema
from ..reporting import Progress, count_of, duration, hertz
from ..telemetry.terminal import event_text
from .attached.actions import Actions, print_actions
from .attached.attachments import attachments_of, print_attached
from .attached.decoding import decoded_line
from .attached.place import Place
from .output.emission_summary import EmissionSummary
from .output.emission_table import EmissionTable, print_costs, print_looked_at
from .output.json_output import NoJson
from .scan import centre, print_scan
from .sources.options import emission_model, options_from
from .sources.receivers import Receiver, open_source
from .sources.sinks import publish_stats

LINES_PER_SECOND = 10
"""More rows a second cannot be read; they are counted instead."""
SETTLED_S = 1.0
"""How long an emission must be there for a row of its own before it ends."""
_LISTENED_S = 60.0
"""Seconds between lines of the time of listening, which a kill may cost."""
_KEPT = 1000
"""Emissions kept that have ended, and bursts of each."""
_MOST_ROWS = 1000
"""Rows that wait for a reader of stdout."""


def make_flowgraph(receiver: Receiver, arguments, sinks, output: NoJson, actions: Actions):
    from ..flowgraph.emissions import EmissionFlowgraph

    source = open_source(receiver, arguments.debug)
    recording = getattr(source, "recording", None)
    rate = receiver.sample_rate if recording is None else recording.require_rate()
    frequency = (recording or receiver).frequency
    frequencies = FrequencyColumn.of_band(frequency, rate)
    printer = Printer(arguments, rate, frequencies, output, actions)
    attachments = attachments_of(arguments, Place("live", "drop", None, tuple(sinks)))
    if output.is_lines and recording is None:
        attachments.append(Listening(output.add_listened, _LISTENED_S))
    flowgraph = EmissionFlowgraph(
        source,
        rate,
        options_from(EmissionOptions, arguments),
        emission_model(arguments),
        attachments=attachments,
        on_emission=printer.add,
        on_decoded=printer.add_decoded,
        stamps=recording is None,
        keep=_KEPT,
    )
    for one in flowgraph.attachments:
        one.tuned(frequency)
    actions.announce(flowgraph)
    about = {
        "source": f"{receiver.kind}={receiver.where}",
        "sample_rate": rate,
        "frequency": frequency,
    }
    printer.begin(about)
    return flowgraph, printer


class Printer:
    """Prints an emission when it has been there for a moment and when it ends, and writes it as
    JSON when it is final.

    `add` is called in a block's thread, and only puts rows in a list that `show_progress` prints
    from the main thread, so that a slow reader of stdout holds up nothing. A sideband or a part of
    another emission, or one that is ignored, has no row, unless it had one before it turned out to
    be one.

    Attributes:
        actions: the `Actions`; emissions: how many have ended; summary: what all that are final
        add up to; scan: the `Scan`, or None where there is one frequency.
    """

    def __init__(
        self,
        arguments,
        rate: float,
        frequencies: FrequencyColumn,
        output: NoJson,
        actions: Actions,
        clock=time.monotonic,
    ):
        self.actions = actions
        self._prints, self._rate, self._clock = not output.has_stdout, rate, clock
        self._has_all, self._output = arguments.steps, output
        self._has_sidebands = arguments.sidebands
        self._table = EmissionTable(rate, frequencies, self._has_all)
        self._progress = Progress(arguments.quiet)
        self._lock = threading.Lock()
        self._rows: list[str] = []
        self._live: dict[int, bool] = {}  # by id, whether it has a row
        self._left = 0  # rows of this second that were not printed
        self._without_room = 0  # rows that did not even wait
        self._second, self._room = -1, LINES_PER_SECOND
        self._has_head = False
        self.emissions = 0
        self.summary = EmissionSummary(rate, frequencies, has_sidebands=arguments.sidebands)
        self.about = {}
        self.scan = None

    def begin(self, about: dict) -> None:
        """Begins the JSON with what is known before the first sample."""
        self.about = about
        self._output.begin(about)

    def add(self, record) -> None:
        latest, is_shown = record.latest, self._is_shown(record)
        self.actions.look(record)
        with self._lock:
            if latest.is_live:
                has_row = self._live.setdefault(latest.id, False)
                if is_shown and not has_row and self._has_settled(latest):
                    self._live[latest.id] = True
                    self.actions.settle(record)
                    self._add_row("on", record)
            elif (has_row := self._live.pop(latest.id, None)) is not None:
                # A label may come after the end.
                if not is_shown and not has_row:
                    return
                self.emissions += is_shown
                self._add_row("part" if latest.is_part else "end", record)

    def add_decoded(self, record, message) -> None:
        """Prints what was decoded of an emission, and acts on it."""
        self.actions.decoded(record, message)
        if message.bits is not None:  # frames may come by the hundred; the row has the newest
            return
        with self._lock:
            entry = {"source": f"{message.id} {message.source}", "text": message.text}
            self._add_line(decoded_line(entry, self._has_all))

    def end(self) -> None:
        """Prints the last rows; call when the flowgraph has ended."""
        self._progress.clear()
        self._print_rows()
        self._print_left()

    def show_progress(self, flowgraph) -> None:
        self._print_rows()
        self.add_final(flowgraph.take_final())
        self.add_events(flowgraph.attachments)
        self.actions.poll()
        live = sum(map(self._is_shown, list(flowgraph.records.live.values())))
        where = "" if self.scan is None else f" at {hertz(self.scan.frequency)}"
        on = f"{count_of(live, 'emission')} on{where}"
        self._progress.show(f"{on}, {self.emissions} ended; Ctrl-C ends")

    def _is_shown(self, record) -> bool:
        return record.latest.is_shown(self._has_sidebands)

    def _has_settled(self, emission) -> bool:
        return emission.sample_now - emission.sample_start >= SETTLED_S * self._rate

    def _add_row(self, state: str, record) -> None:
        self._add_line(self._table.row(record.to_dict(), f"{state:<4}"))

    def _add_line(self, line: str) -> None:
        if len(self._rows) >= _MOST_ROWS:
            self._without_room += 1
        else:
            self._rows.append(line)

    def _print_rows(self) -> None:
        """Prints the rows that wait, as far as this second has room for them."""
        with self._lock:
            rows, self._rows = self._rows, []
            without_room, self._without_room = self._without_room, 0
        if self._has_all:
            for row in rows:
                self._print(row)
            self._left = without_room
            self._print_left()
            return
        second = int(self._clock())
        if second != self._second:
            self._print_left()
            self._second, self._room = second, LINES_PER_SECOND
        for row in rows[: self._room]:
            self._print(row)
        self._left += len(rows[self._room :]) + without_room
        self._room -= len(rows[: self._room])

    def add_final(self, records) -> None:
        """Writes emissions that will not change, and acts on them."""
        for record in records:
            self.actions.end(record)
            if record.latest.is_part:
                continue
            emission = record.to_dict()
            if self.summary.add(emission) and self.scan is not None:
                self.scan.add(record)
            self._output.add("emission", emission)

    def add_events(self, attachments) -> None:
        """Prints, writes and publishes what happened to transmitters, and acts on it."""
        for event in (event for one in attachments for event in one.take_events()):
            self.add_event(event, attachments)

    def add_event(self, event: dict, attachments) -> None:
        """Adds one event, as `add_events` does. What happened to the receiver goes to stderr."""
        self.actions.act_on_event(event)
        self._output.add("event", event)
        for one in attachments:
            self.actions.show_event(one, event)
        text = event_text(schema.read("events", event))
        if event["event"] == "receiver":
            self.warn(text)
            return
        with self._lock:
            self._add_line(f"{event['event']}: {text}")

    def warn(self, text: str) -> None:
        """Prints a line on stderr."""
        self._progress.clear()
        print(f"gr-rfattn: {text}", file=sys.stderr, flush=True)

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


def report(flowgraph, printer: Printer, arguments, sinks: list, output: NoJson) -> None:
    """The summary, on stdout and as JSON, and the last statistics to the subscribers."""
    printer.end()
    printer.add_final(flowgraph.take_final())
    printer.add_events(flowgraph.attachments)
    counts = printer.actions.finish()
    proofs = printer.summary.proofs.to_dict()
    rest = {"samples": flowgraph.samples(), **flowgraph.costs(), "proofs": proofs}
    if counts:
        rest["actions"] = counts
    if printer.scan is not None:
        rest["scan"] = printer.scan.to_list()
    row = {**printer.about, **rest}
    if row["model"] is not None:
        publish_stats(sinks, row["stats"])
    if not row["samples"]:
        print(f"gr-rfattn: no samples came from {row['source']}", file=sys.stderr)
    output.end(rest)
    if output.has_stdout:
        return
    summary = printer.summary
    print(f"{row['source']}: {hertz(row['sample_rate'])} at {centre(row)}")
    if summary.emissions:
        print("\n".join(["", *summary.lines(), ""]))
    print("\n".join(summary.totals()))
    uptime_s = row["stats"]["uptime_seconds"]
    whole_s = None if row["source"].startswith("file=") else uptime_s
    print_looked_at(row, summary.emissions, whole_s, "time")
    if "receiver_silences" in row["stats"]:
        times = count_of(row["stats"]["receiver_silences"], "time")
        silent = duration(row["stats"]["receiver_silent_seconds"])
        print(f"  receiver:  did not work {times}, {silent} in all")
    print_attached(row["stats"])
    print_scan(rest.get("scan", []), has_emissions=True)
    print_actions(counts)
    if arguments.steps:
        print_costs(row)
    print()
