# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option of the commands that send another receiver to an emission."""

from __future__ import annotations

from gnuradio.rfattn.telemetry.bind_address import host_and_port

from ..tuning.rigctl import Rig


def add_rigctl_option(parser, required: bool = False) -> None:
    parser.add_argument(
        "--rigctl",
        metavar="HOST:PORT",
        default="",
        required=required,
        help="receiver with the protocol of rigctld: gqrx has port 7356, SDR++ and rigctld 4532",
    )


def rig_of(command: str, address: str) -> Rig:
    """The receiver of ``--rigctl``.

    Raises:
        ValueError: naming the address and the rule.
    """
    found = host_and_port(address)
    if found is None or not found[1]:
        raise ValueError(
            f"{command}: --rigctl must be HOST:PORT with a port from 1 to 65535, got {address!r}"
        )
    return Rig(*found)
