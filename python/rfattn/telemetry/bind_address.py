# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the addresses that servers bind and programs connect to.

Only this machine reaches an address that is bound, unless keys or a token protect it.

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


def http_address(who: str, address: str, token: str) -> tuple[str, int]:
    """Returns host (without brackets) and port of ``HOST:PORT``; port 0 means any free one.

    Args:
        who: begins the text of an error, as ``serve: --listen``.
        address: ``127.0.0.1:8080``, ``[::1]:0``.
        token: which readers must have; "" for none. Only with one may other machines reach it.

    Raises:
        ValueError: naming the address and the rule.
    """
    found = host_and_port(address)
    if found is None:
        raise ValueError(f"{who} must be HOST:PORT with a port from 0 to 65535, got {address!r}")
    if not (token or is_loopback(found[0])):
        option = "--token-file" if "--" in who else "token_file"
        raise ValueError(
            f"{who} {address} can be reached from other machines: use 127.0.0.1, or give a file "
            f"with a token ({option})"
        )
    return found


def host_and_port(address: str, default: int | None = None) -> tuple[str, int] | None:
    """Host (without the brackets that one with colons has) and port of ``HOST:PORT``, or of
    ``HOST`` where there is a default port; None of anything else."""
    host, colon, port = address.rpartition(":")
    if default is not None and (not colon or address.endswith("]")):
        host, port = address, str(default)
    if not host or not is_port(port) or (":" in host and host[0] != "["):
        return None
    return host.strip("[]"), int(port)


def is_port(text: str) -> bool:
    """Returns whether ``text`` is a whole number from 0 to 65535."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535


def check_peer(name: str, address: str) -> None:
    """Refuses an address to connect to without ``tcp://`` or ``ipc://``, and a ``tcp://`` address
    whose port ZMQ would take for another one.

    Raises:
        ValueError: naming ``name``, the rule and the address.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        raise ValueError(f"{name} must begin with tcp:// or ipc://, got {address!r}")
    host, _, port = rest.rpartition(":")
    if scheme == "tcp" and not (host and is_port(port) and int(port)):
        raise ValueError(f"{name} must be tcp://HOST:PORT with a port up to 65535, got {address!r}")


def url(host: str, port: int) -> str:
    """Returns http://HOST:PORT, with brackets around an IPv6 host."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
