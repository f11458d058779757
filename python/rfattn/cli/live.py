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

With --band, a model labels the whole band as one signal, or, with --bands, each of N bands.
"""

from __future__ import annotations

import time

from ..emissions.condition import Condition
from ..flowgraph.options import PathOptions
from . import live_band, live_emissions
from .actions import condition_of, open_actions
from .inputs import add_datatype_option
from .json_output import open_json
from .options import (
    add_mode_options,
    add_output_options,
    check_mode,
    emission_model,
    options_from,
)
from .receivers import Receiver, missing_option, source_spec
from .sinks import add_sink_options, open_sinks

_PATH_DEFAULTS = PathOptions(policy="drop")


def add_arguments(parser) -> None:
    from gnuradio.eng_arg import eng_float

    group = parser.add_argument_group("receiver")
    group.add_argument(
        "--source",
        required=True,
        type=source_spec,
        metavar="KIND=WHERE",
        help="soapy=ARGS, rtl_tcp=HOST:PORT, zmq=ADDRESS or file=RECORDING",
    )
    group.add_argument("--rate", type=eng_float, metavar="HZ", help="samples a second")
    group.add_argument("--freq", type=eng_float, metavar="HZ", help="middle of the band")
    group.add_argument(
        "--gain",
        type=float,
        metavar="DB",
        help="default: the receiver's automatic gain, if it has one",
    )
    add_datatype_option(group)
    parser.add_argument("--duration", type=float, metavar="S", help="end after S seconds")
    add_mode_options(parser, _PATH_DEFAULTS)
    add_sink_options(parser)
    add_output_options(parser)


def run(arguments) -> int:
    kind, where = arguments.source
    receiver = Receiver(
        kind, where, arguments.rate, arguments.freq, arguments.gain, arguments.datatype
    )
    missing = missing_option(receiver)
    if missing:
        arguments.usage_error(f"--source {kind}=... needs {missing}")
    check_mode(arguments, _PATH_DEFAULTS)
    has_model = arguments.band or emission_model(arguments) is not None
    condition = condition_of(arguments, has_model)
    try:
        options_from(PathOptions, arguments)
    except ValueError as error:
        arguments.usage_error(f"--{error}")
    interruption = listen(receiver, arguments, condition)
    if interruption is not None:
        raise interruption
    return 0


def listen(receiver: Receiver, arguments, condition: Condition) -> KeyboardInterrupt | None:
    """Runs until the end, and reports. Returns the Ctrl-C that was the end, so that the JSON file
    is complete before it is raised."""
    mode = live_band if arguments.band else live_emissions
    interruption = None
    with (
        open_actions(arguments, condition) as actions,
        open_sinks(arguments) as sinks,
        open_json(arguments.json, in_list=False) as output,
    ):
        flowgraph, printer = mode.make_flowgraph(receiver, arguments, sinks, output, actions)
        try:
            watch(flowgraph, printer, arguments.duration)
        except KeyboardInterrupt as error:
            interruption = error
        mode.report(flowgraph, printer, arguments, sinks, output)
        if interruption is not None:
            flowgraph.raise_error()
    return interruption


def watch(flowgraph, printer, duration: float | None) -> None:
    """Runs until the source ends, the time is over or Ctrl-C, and shows progress."""
    started = time.monotonic()

    def look():
        printer.show_progress(flowgraph)
        return duration and time.monotonic() - started >= duration

    flowgraph.run_watched(look)
