# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the commands that open a receiver."""

from __future__ import annotations

from .inputs import add_datatype_option, receiver_hertz
from .receivers import Receiver, setting, source_spec

_SOAPY, _FILE = "--source soapy=ARGS", "--source file=RECORDING"
TUNED = f"{_SOAPY} or --source rtl_tcp=HOST:PORT"
"""The receivers that can be tuned."""


def add_receiver_options(
    group, frequency=receiver_hertz, more: str = "", raw: str = _FILE, **source
) -> None:
    """Adds the options that `receiver_of` reads.

    Args:
        frequency: type of --freq; more: what its help adds.
        raw: what --datatype needs.
        source: settings of --source, such as required.
    """
    group.add_argument(
        "--source",
        type=source_spec,
        metavar="KIND=WHERE",
        help="where the samples come from: soapy=ARGS (see gr-rfattn devices), rtl_tcp=HOST:PORT, "
        "zmq=ADDRESS or file=RECORDING",
        **source,
    ).needs = {
        "soapy=ARGS": ("--rate", "--freq"),
        "rtl_tcp=HOST:PORT": ("--rate", "--freq"),
        "zmq=ADDRESS": "--rate",
    }
    group.add_argument("--rate", type=receiver_hertz, metavar="HZ", help="samples a second")
    group.add_argument(
        "--freq", type=frequency, metavar="HZ", help=f"middle of the band, as in 433.92M{more}"
    ).needs = {} if frequency is receiver_hertz else {"F,F": TUNED}
    text = "gain of the receiver (default: its automatic gain, if it has one)"
    group.add_argument("--gain", type=float, metavar="DB", help=text).needs = TUNED
    text = "how much too fast the receiver's clock is, in millionths, such as that of an RTL-SDR"
    group.add_argument("--ppm", type=float, default=0.0, metavar="PPM", help=text).needs = TUNED
    group.add_argument("--antenna", metavar="NAME", help="input of the receiver").needs = TUNED
    group.add_argument(
        "--setting",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="setting of the SoapySDR driver, such as biastee=true; may be given several times",
    ).needs = _SOAPY
    add_datatype_option(group).needs = raw


def receiver_of(arguments, frequency: float | None) -> Receiver:
    """The receiver that the options name.

    Args:
        frequency: to begin with, Hz; None: not stated.
    """
    kind, where = arguments.source
    return Receiver(
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
