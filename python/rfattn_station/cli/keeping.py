# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--station` of `live`: what a station keeps of its emissions."""

from __future__ import annotations

import sys
from functools import partial
from importlib.util import find_spec

_KEEP = "90d,2G"


def add_station_options(parser) -> None:
    group = parser.add_argument_group("logbook of the station")
    group.add_argument(
        "--station",
        metavar="DIR",
        default="",
        help="keep each emission that has ended, and when was listened, in the logbook of this "
        "folder, for gr-rfattn station DIR; no I/Q. Or in that of a "
        "server for many receivers: postgresql://USER@HOST/NAME",
    )
    group.add_argument(
        "--station-content",
        action="store_true",
        help="keep what is read from emissions, too, and not who sends alone",
    ).needs = "--station"
    group.add_argument(
        "--station-name",
        metavar="NAME",
        default="",
        help="of the receiver in the logbook (default: its --source)",
    ).needs = "--station"
    group.add_argument(
        "--keep",
        metavar="DAYS,SIZE",
        default=_KEEP,
        help="how long emissions are kept one by one, and how large the file may be; counts by "
        "channel and hour are never removed (default: %(default)s, on a server 90d)",
    ).needs = "--station"
    group.add_argument(
        "--alarms",
        metavar="N",
        type=float,
        default=1.0,
        help="false alarms a week that are accepted, of events of all transmitters together: more "
        "are noticed, and sooner, with more of them (default: %(default)g)",
    ).needs = "--station"


def check_packages(what: str) -> None:
    """Raises ImportError where a logbook, which ``what`` needs, lacks a package."""
    if find_spec("sqlalchemy") is None:
        raise ImportError(f"{what} needs SQLAlchemy: apt-get install python3-sqlalchemy")


def make_keeper(arguments, receiver):
    """The `LogbookKeeper` that the options ask for.

    Raises:
        ValueError: in one line, for a wrong option or a logbook that cannot be opened.
        ImportError: SQLAlchemy is not installed.
    """
    check_packages("--station")
    from ..blocks.logbook_keeper import LogbookKeeper
    from ..logbook.follower import Follower
    from ..logbook.keep import Keep
    from ..logbook.logbook import is_server
    from ..logbook.writer import LogbookWriter

    where, text = arguments.station, arguments.keep
    if is_server(where) and text == _KEEP:
        text = text.partition(",")[0]
    if is_server(where) and not arguments.station_name:
        raise ValueError("--station: a server has many receivers: this one needs --station-name")
    try:
        keep = Keep.parse(text)
    except ValueError as error:
        raise ValueError(f"--keep {error}") from None
    if not 0.0 < arguments.alarms < float("inf"):
        raise ValueError(f"--alarms must be > 0, got {arguments.alarms:g}")
    settings = settings_of(receiver)
    name = arguments.station_name or f"{receiver.kind}={receiver.where}"
    try:
        follower = Follower(
            name, partial(joined, model=str(arguments.model), alarms=arguments.alarms)
        )
        writer = LogbookWriter(where, settings, keep, _report, follower)
    except ValueError as error:
        raise ValueError(f"--station: {error}") from None
    return LogbookKeeper(writer, name, settings, arguments.station_content)


def joined(state: dict | None, model: str | None = None, alarms: float = 1.0):
    """What joins emissions into transmitters, as its state was kept; None: a new one.

    Args:
        model: that gives the labels from now on.
        alarms: false alarms a week that are accepted.
    """
    from ..transmitters.station import Station

    station = Station(alarms) if state is None else Station.from_state(state, alarms)
    if model is not None:
        station.model(model)
    return station


def settings_of(receiver) -> str:
    """What the levels depend on."""
    gain = "automatic" if receiver.gain is None else f"{receiver.gain:g} dB"
    parts = [f"gain {gain}", f"antenna {receiver.antenna}" if receiver.antenna else ""]
    parts += [f"{name}={value}" for name, value in receiver.settings]
    return ", ".join(part for part in parts if part)


def _report(text: str) -> None:
    print(f"gr-rfattn: --station: {text}", file=sys.stderr, flush=True)
