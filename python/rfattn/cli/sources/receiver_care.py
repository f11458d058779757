# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a receiver that does not work opened again, and reports it."""

from __future__ import annotations

import time

from ...flowgraph.receiver_watch import Change, ReceiverWatch
from .service_manager import ServiceManager

SILENT_S, GIVE_UP_S = 10.0, 600.0


def add_care_options(group) -> None:
    group.add_argument(
        "--silent",
        type=float,
        default=SILENT_S,
        metavar="S",
        help="a receiver that gave no sample for so long, or the same ones again and again, does "
        "not work: that is an event, and it is opened again (default: %(default)g)",
    )
    group.add_argument(
        "--give-up",
        type=float,
        default=GIVE_UP_S,
        metavar="S",
        help="end with status 1 when it did not work for so long (default: %(default)g; 0: never)",
    )


def check_care(arguments) -> None:
    """Ends with a usage error for an option out of its range."""
    if not 1.0 <= arguments.silent < float("inf"):
        arguments.usage_error(f"--silent must be 1 s or more, got {arguments.silent:g}")
    if arguments.give_up and not arguments.silent < arguments.give_up < float("inf"):
        arguments.usage_error(
            f"--give-up must be 0 or more than --silent, got {arguments.give_up:g}"
        )


class ReceiverCare:
    """Looks after the receiver of a flowgraph, some times a second.

    Args:
        flowgraph: an `EmissionFlowgraph` that has not started.
        printer: with ``warn`` and ``add_event``.
        name: of the receiver, in events.
        silent_s, give_up_s: as the options.

    Attributes:
        gone: why it was given up; "": it was not.
    """

    def __init__(self, flowgraph, printer, name: str, silent_s: float, give_up_s: float):
        self._flowgraph, self._printer, self._name = flowgraph, printer, name
        self._silent_s, self._give_up_s = silent_s, give_up_s
        flowgraph.watch = self._watch = ReceiverWatch(flowgraph.sample_rate, silent_s)
        self._source, self._problem = flowgraph.source, ""
        self._reopen_s = silent_s
        self._manager, self._is_ready = ServiceManager(), False
        self.gone = ""

    def look(self) -> bool:
        """Returns whether it was given up."""
        if not self._is_ready:
            self._is_ready = True
            self._manager.send("READY=1")
        self._show_problem()
        changes, self._flowgraph.changes = self._flowgraph.changes, []
        for change in changes:
            self._report(change)
        silence = self._watch.silence_s
        if silence < self._silent_s:
            self._reopen_s = self._silent_s
            self._manager.feed_watchdog()
        elif silence >= self._reopen_s and hasattr(self._source, "reopen") and not self._problem:
            self._reopen_s = 2.0 * silence
            self._source.reopen(f"it gave nothing new for {silence:.0f} s")
        if self._give_up_s and silence >= self._give_up_s:
            self.gone = f"{self._name}: gave nothing new for {silence:.0f} s (--give-up)"
        return bool(self.gone)

    def end(self) -> None:
        """Called when the flowgraph has ended."""
        self._manager.send("STOPPING=1")

    def _show_problem(self) -> None:
        """Prints why the receiver was closed, and that it is open again."""
        problem = getattr(self._source, "problem", "")
        if problem == self._problem:
            return
        self._problem = problem
        text = f"{problem}; it is opened again" if problem else "open again"
        self._printer.warn(f"{self._name}: {text}")
        self._manager.send(f"STATUS={problem or 'listens'}")

    def _report(self, change: Change) -> None:
        event = {
            "event": "receiver",
            "time_unix_s": time.time(),
            "since_unix_s": change.since_unix_s,
            "receiver": self._name,
            "works": change.works,
            "text": change.text,
        }
        self._printer.add_event(event, self._flowgraph.attachments)
