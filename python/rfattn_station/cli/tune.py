# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send gqrx, SDR++ or a rig to an emission, with the mode of its class, or follow those on the air.

The receiver speaks the protocol of Hamlib's rigctld: gqrx and SDR++ do when their remote control is
on, rigctld does for some hundred rigs. What is on the air comes from another process: gr-rfattn
live with --stats ADDRESS, or your own flowgraph with a zmq_stats_sink.

WHAT is a frequency such as 145.5M, which needs no flowgraph, a label such as nfm_voice, or a
condition as --when of live has it; of several emissions the strongest one is taken.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time

from gnuradio.rfattn.catalogue.class_row import LISTEN_MODES
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.checked import suggestion
from gnuradio.rfattn.cli.sources.inputs import in_hertz, receiver_hertz
from gnuradio.rfattn.cli.sources.published import LOOKS_PER_SECOND, Publisher
from gnuradio.rfattn.cli.sources.sinks import add_publisher_options
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.printable import printable
from gnuradio.rfattn.telemetry.state import State

from ..tuning.dial import Dial, dial_of
from ..tuning.follow import SILENT_S, Follower, holding
from ..tuning.rigctl import Rig, RigError
from .rig import add_rigctl_option, rig_of

_LOOK_S = 1.5
"""How long messages are taken: a message of every live emission comes within a second."""
_TIMEOUT_S = 10.0
"""A flowgraph sends something about once a second; `live` needs some seconds to start."""
_RETRY_S = 5.0
_FREQUENCY = re.compile(r"[-+.\d].*")


def add_arguments(parser) -> None:
    parser.add_argument("what", nargs="?", metavar="WHAT", help="frequency, label or condition")
    parser.add_argument("--id", type=int, metavar="N", help="tune to the emission with this id")
    parser.add_argument(
        "--follow",
        metavar="CONDITION",
        help="go to each emission for which it holds, such as label=nfm_voice, and stay while it "
        "lasts, until Ctrl-C",
    )
    add_rigctl_option(parser, required=True)
    parser.add_argument(
        "--mode",
        choices=LISTEN_MODES,
        default="",
        help="mode of the receiver (default: that of the class; without one it stays as it is)",
    )
    parser.add_argument(
        "--passband",
        type=in_hertz,
        metavar="HZ",
        help="passband of the mode, 0: the one that the receiver usually has (default: from the "
        "width of the emission; for a frequency 0)",
    )
    add_publisher_options(parser)
    parser.one_of = "WHAT", "--id", "--follow"


def run(arguments) -> int:
    if arguments.passband is not None and not 0 <= arguments.passband < 1e9:
        arguments.usage_error(f"--passband must be 0 to 1 GHz, got {arguments.passband:g}")
    is_frequency = bool(_FREQUENCY.fullmatch(arguments.what or ""))
    if is_frequency and arguments.passband and not arguments.mode:
        arguments.usage_error("--passband needs --mode where WHAT is a frequency")
    rig = rig_of("tune", arguments.rigctl)
    if is_frequency:
        dial = Dial(_hertz(arguments), arguments.mode, round(arguments.passband or 0))
        _tune(rig, dial)
        print(f"tuned to {dial}")
    elif arguments.follow is not None:
        _follow(arguments, rig, _condition(arguments, arguments.follow))
    else:
        latest = _find(arguments).latest
        dial = _dial(arguments, latest)
        _tune(rig, dial)
        print(_text(dial, latest))
    return 0


def _hertz(arguments) -> int:
    try:
        return round(receiver_hertz(arguments.what))
    except argparse.ArgumentTypeError as error:
        arguments.usage_error(f"WHAT: {error}; an emission is given by --id")


def _condition(arguments, text: str) -> Condition:
    if not text.strip():
        arguments.usage_error("a condition must have a term, such as label=nfm_voice, got ''")
    try:
        return Condition.parse(text if re.search("[<>=]", text) else f"label={text}")
    except ValueError as error:
        arguments.usage_error(str(error).replace("when: ", "condition: ", 1))


def _publisher(arguments, timeout: float) -> Publisher:
    where = arguments.stats, arguments.topic, arguments.keys
    return Publisher("tune", "--stats", *where, timeout)


def _find(arguments) -> EmissionRecord:
    """The emission that was asked for.

    Raises:
        ValueError: it is not on the air.
    """
    state, began, number = State(), None, arguments.id
    condition = None if number is not None else _condition(arguments, arguments.what)
    for message in _publisher(arguments, _TIMEOUT_S).receive(state):
        live = state.emissions.live
        if number in live:
            return live[number]
        now = time.monotonic()
        began = now if began is None and message is not None else began
        if began is not None and now - began >= _LOOK_S:
            found = [] if condition is None else holding(live.values(), condition)
            if found:
                return found[0]
            raise ValueError(_nothing_found(arguments, state))
    raise AssertionError("messages do not end")


def _nothing_found(arguments, state: State) -> str:
    live = [record.latest for record in state.emissions.live.values()]
    asked = f"with id {arguments.id}" if arguments.id is not None else f"for {arguments.what!r}"
    labels = sorted({latest.label for latest in live if latest.label})
    known = [*labels, *(row.name for row in classes())]
    similar = "" if arguments.what in (None, *known) else suggestion(arguments.what, known)
    there = "on the air is nothing"
    if live:
        of = f"labels {', '.join(map(printable, labels))}" if labels else "no label"
        there = f"on the air are {len(live)}, {of}"
    return f"tune: no emission {asked}; {there}{similar}"


def _dial(arguments, latest) -> Dial:
    return dial_of(latest, latest.label, arguments.mode, arguments.passband)


def _tune(rig: Rig, dial: Dial) -> None:
    try:
        asyncio.run(rig.tune(dial))
    except RigError as error:
        raise ValueError(f"tune: {error}") from None


def _text(dial: Dial, latest) -> str:
    label = printable(latest.label_text or "no label")
    return f"tuned to {dial}: emission {latest.id}, {label}, SNR {latest.snr_db:.0f} dB"


def _follow(arguments, rig: Rig, condition: Condition) -> None:
    """Keeps the receiver at an emission for which the condition holds, without end."""
    try:
        asyncio.run(rig.check())
    except RigError as error:
        raise ValueError(f"tune: {error}") from None
    state, scanner, looked = State(), _Scanner(rig, condition, arguments), 0.0
    try:
        for _ in _publisher(arguments, 0.0).receive(state):
            now = time.monotonic()
            if now - looked >= 1.0 / LOOKS_PER_SECOND:
                looked = now
                scanner.look(state)
    finally:
        print(
            f"gr-rfattn: tune: {scanner.tuned} emissions tuned to, {scanner.refused} not possible, "
            f"{scanner.passed} ended before their turn, {sum(state.missed.values())} messages "
            f"missed, {state.refused} refused",
            file=sys.stderr,
        )


class _Scanner:
    """Keeps a receiver at an emission for which a condition holds.

    Attributes:
        tuned: to so many emissions; refused: so many where the receiver cannot be.
    """

    def __init__(self, rig: Rig, condition: Condition, arguments):
        self._rig, self._follower = rig, Follower(condition)
        self._arguments = arguments
        self._at: tuple = ()
        self._mode = self._problem = ""
        self._next_try = 0.0
        self.tuned = self.refused = 0

    @property
    def passed(self) -> int:
        return self._follower.passed

    def look(self, state: State) -> None:
        """Goes to another emission if it must."""
        silent_s = state.silent_s()
        is_silent = silent_s is None or silent_s > SILENT_S
        live = () if is_silent else state.emissions.live.values()
        record = self._follower.choose(live, state.restarts)
        if record is None or time.monotonic() < self._next_try:
            return
        latest, key = record.latest, (state.restarts, record.run, record.latest.id)
        try:
            dial = _dial(self._arguments, latest)
            if key == self._at and dial.mode in ("", self._mode):
                return
            asyncio.run(self._rig.tune(dial))
        except RigError as error:
            if error.is_refusal:
                self._leave(error)
            else:
                self._next_try = time.monotonic() + _RETRY_S
                self._report(f"{error}; tries again")
        except ValueError as error:
            self._leave(error)
        else:
            self.tuned += key != self._at
            self._at, self._mode, self._problem = key, dial.mode, ""
            print(f"{time.strftime('%H:%M:%S')} {_text(dial, latest)}", flush=True)

    def _leave(self, error: ValueError) -> None:
        self.refused += 1
        self._follower.leave()
        self._report(str(error))

    def _report(self, problem: str) -> None:
        """Prints a problem once until all is well again."""
        if problem != self._problem:
            self._problem = problem
            print(f"gr-rfattn: tune: {problem}", file=sys.stderr, flush=True)
