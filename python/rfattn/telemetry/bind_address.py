# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the addresses that servers bind: loopback only, unless others are allowed.

No GNU Radio here.
"""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Returns whether only this machine reaches ``host``: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # an interface's or a machine's name, or *
        return False


def http_address(who: str, address: str, allow_remote: bool) -> tuple[str, int]:
    """Returns host (without brackets) and port of ``HOST:PORT``; port 0 means any free one.

    Args:
        who: begins the text of an error, as ``serve: --listen``.
        address: ``127.0.0.1:8080``, ``[::1]:0``.
        allow_remote: accept a host that other machines reach.

    Raises:
        ValueError: naming the address and the rule.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{who} must be HOST:PORT with a port from 0 to 65535, got {address!r}")
    if not (allow_remote or is_loopback(host)):
        raise ValueError(
            f"{who} {address} can be reached from other machines: use 127.0.0.1 or allow_remote"
        )
    return host.strip("[]"), int(port)


def url(host: str, port: int) -> str:
    """Returns http://HOST:PORT, with brackets around an IPv6 host."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
