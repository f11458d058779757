# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the commands that open a receiver."""

from __future__ import annotations

from .inputs import add_datatype_option, receiver_hertz
from .receivers import Receiver, missing_option, setting, source_spec, useless_option


def add_receiver_options(group, frequency=receiver_hertz, more: str = "", **source) -> None:
    """Adds the options that `receiver_of` reads.

    Args:
        frequency: type of --freq; more: what its help adds.
        source: settings of --source, such as required.
    """
    group.add_argument(
        "--source",
        type=source_spec,
        metavar="KIND=WHERE",
        help="where the samples come from: soapy=ARGS (see gr-rfattn devices), rtl_tcp=HOST:PORT, "
        "zmq=ADDRESS or file=RECORDING",
        **source,
    )
    group.add_argument("--rate", type=receiver_hertz, metavar="HZ", help="samples a second")
    group.add_argument(
        "--freq", type=frequency, metavar="HZ", help=f"middle of the band, as in 433.92M{more}"
    )
    group.add_argument(
        "--gain",
        type=float,
        metavar="DB",
        help="gain of the receiver (default: its automatic gain, if it has one)",
    )
    group.add_argument(
        "--ppm",
        type=float,
        default=0.0,
        metavar="PPM",
        help="how much too fast the receiver's clock is, in millionths, such as that of an RTL-SDR",
    )
    group.add_argument("--antenna", metavar="NAME", help="input of the receiver")
    group.add_argument(
        "--setting",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="setting of the SoapySDR driver, such as biastee=true; may be given several times",
    )
    add_datatype_option(group)


def receiver_of(arguments, frequency: float | None) -> Receiver:
    """The receiver that the options name. Ends with a usage error where one of them is missing, or
    is not for this kind.

    Args:
        frequency: to begin with, Hz; None: not stated.
    """
    kind, where = arguments.source
    receiver = Receiver(
        kind,
        where,
        arguments.rate,
        frequency,
        arguments.gain,
        arguments.datatype,
        arguments.ppm,
        arguments.antenna,
        tuple(arguments.setting),
    )
    useless = useless_option(receiver)
    if useless:
        arguments.usage_error(f"{useless} is not for --source {kind}=...")
    missing = missing_option(receiver)
    if missing:
        arguments.usage_error(f"--source {kind}=... needs {missing}")
    return receiver
