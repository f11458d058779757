# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the emissions in a receiver's band as it comes in, until Ctrl-C.

Sources: soapy=driver=rtlsdr (SoapySDR's device arguments), rtl_tcp=HOST:PORT, zmq=tcp://HOST:PORT
(raw complex64 of a ZMQ PUB sink), file=RECORDING (in real time, for trying out; formats as for
label), file=- (standard input as it comes, such as from rtl_sdr, with --datatype). Frequencies and
rates may carry a unit prefix: 433.92M, 2.4M.

An emission is printed when it has been there for a second ("on") and when it ends ("end"); shorter
ones only when they end. Where that would be more than ten lines a second, the rest is counted. A
retune or an overflow of the receiver ends all emissions.

Several frequencies, --freq 433.92M,868.3M --dwell 2, are looked at in turn, until Ctrl-C.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext

from ..interruption import held
from ..packages import STATION, folder_of, load
from ..recordings.formats import STDIN
from ..reporting import Progress
from . import live_emissions
from .attached.actions import add_discovery_option, open_actions
from .attached.conditions import set_conditions
from .attached.listening import add_listening_options, check_listening
from .output.json_output import open_json
from .scan import DWELL_S, Scan, dwell, frequency_list
from .sources.options import (
    add_mode_options,
    add_output_options,
    emission_model,
)
from .sources.receiver_care import ReceiverCare, add_care_options, check_care
from .sources.receiver_options import add_receiver_options, receiver_of
from .sources.receivers import Receiver
from .sources.renewed_model import renewed
from .sources.sinks import add_sink_options, open_sinks

USUAL = (
    "--source --rate --freq --gain --ppm --duration --record --record-sound --when --exec --mqtt "
    "--json --stats --station"
).split()
"""What --help shows; --help-all has the others."""


def add_arguments(parser) -> None:
    parser.usual = USUAL
    group = parser.add_argument_group("receiver")
    add_receiver_options(
        group, frequency_list, "; several, as in 433.92M,868.3M, are scanned in turn", required=True
    )
    group.add_argument(
        "--dwell",
        type=dwell,
        metavar="S",
        help=f"time at each of several frequencies (default: {DWELL_S:g} s)",
    ).needs = "--freq F,F"
    parser.add_argument(
        "--duration", type=float, metavar="S", help="end after S seconds (default: at Ctrl-C)"
    )
    add_care_options(parser)
    add_discovery_option(add_mode_options(parser))
    add_sink_options(parser)
    add_listening_options(parser)
    if folder_of(STATION) is not None:
        load(f"{STATION}.cli.keeping", "--station").add_station_options(parser)
    add_output_options(parser)


def run(arguments) -> int:
    frequencies = arguments.freq or (None,)
    receiver = receiver_of(arguments, frequencies[0])
    set_conditions(arguments, emission_model(arguments) is not None)
    check_listening(arguments)
    check_care(arguments)
    return listen(receiver, arguments)


def open_keeper(arguments, receiver: Receiver) -> AbstractContextManager:
    """What keeps emissions in the logbook of --station; None without it.

    Raises:
        ValueError: in one line, for a logbook that cannot be opened.
    """
    if not getattr(arguments, "station", ""):
        return nullcontext()
    station = load(f"{STATION}.cli.keeping", "--station")
    return closing(station.make_keeper(arguments, receiver))


def listen(receiver: Receiver, arguments) -> int:
    """Runs until the end or Ctrl-C, and reports; returns the exit status."""
    with (
        open_actions(arguments) as actions,
        open_sinks(arguments) as sinks,
        open_keeper(arguments, receiver) as keeper,
        open_json(arguments.json, in_list=False) as output,
    ):
        with Progress(arguments.quiet or receiver.kind == "file") as progress:
            progress.show("opening the receiver and loading the model")
            takers = [*sinks, keeper] if keeper else sinks
            model = renewed(emission_model(arguments))
            flowgraph, printer = live_emissions.make_flowgraph(
                receiver, arguments, takers, output, actions
            )
            if model is not None:
                model.swap = flowgraph.labeller.set_model
        scan = printer.scan = make_scan(flowgraph, receiver, arguments)
        care = make_care(flowgraph, printer, receiver, arguments)
        with held():
            lookers = [one for one in (scan, model, care) if one]
            watch(flowgraph, printer, arguments.duration, lookers)
            care.end()
            live_emissions.report(flowgraph, printer, arguments, sinks, output)
            if keeper and not output.has_stdout:
                keeper.close()
                print(f"  {keeper.summary()}")
            flowgraph.raise_error()
    if care.gone:
        raise RuntimeError(care.gone)
    return 0 if flowgraph.samples() or receiver.kind == "file" else 1


def make_care(flowgraph, printer, receiver: Receiver, arguments) -> ReceiverCare:
    """What looks after the receiver. A recording may well be silent."""
    is_recording = receiver.kind == "file" and receiver.where != STDIN
    name = getattr(arguments, "station_name", "") or f"{receiver.kind}={receiver.where}"
    if is_recording:
        return ReceiverCare(flowgraph, printer, name, math.inf, 0.0)
    return ReceiverCare(flowgraph, printer, name, arguments.silent, arguments.give_up)


def make_scan(flowgraph, receiver: Receiver, arguments) -> Scan | None:
    """What tunes the receiver to several frequencies; None for one."""
    if arguments.freq is None or len(arguments.freq) == 1:
        return None
    from ..blocks.parts.frequency_clock import frequency_clock

    clock = frequency_clock()
    flowgraph.add_sink(clock)

    def tune(frequency: float) -> None:
        flowgraph.source.tune(frequency)
        for one in flowgraph.attachments:
            one.tuned(frequency)

    return Scan(arguments.freq, arguments.dwell or DWELL_S, receiver.sample_rate, tune, clock)


def watch(flowgraph, printer, duration: float | None, lookers: Sequence = ()) -> None:
    """Runs until the source ends, the time is over or Ctrl-C, and shows progress.

    Args:
        lookers: whose `look` is called some times a second; a true result ends it.
    """

    def look() -> bool:
        printer.show_progress(flowgraph)
        return any([one.look() for one in lookers])

    watch_for(flowgraph, look, duration)


def watch_for(flowgraph, look: Callable[[], object], duration: float | None) -> None:
    """Runs until the source ends, the time in s is over or Ctrl-C, and calls ``look`` some times a
    second."""
    started = time.monotonic()
    flowgraph.run_watched(lambda: look() or duration and time.monotonic() - started >= duration)
