# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CURVE keys of publishers and subscribers, as pyzmq's ``zmq.auth.create_certificates`` makes them.

A publisher's folder has ``server.key_secret``, its own key pair, and a folder ``clients`` with the
public ``.key`` file of each subscriber. A subscriber's folder has ``client.key_secret`` and the
publisher's public ``server.key``. No GNU Radio here.
"""

from __future__ import annotations

import struct
from pathlib import Path


def use_server_keys(socket, context, folder: str, who: str):
    """Lets only the clients whose keys lie in ``folder`` connect to ``socket``.

    Args:
        who: begins the texts of errors.

    Returns:
        the authenticator, to be stopped at the end.

    Raises:
        ValueError: naming a file that is missing, damaged or readable by others.
    """
    from zmq.auth.thread import ThreadAuthenticator

    where = f"{who}: curve_keys"
    _use_pair(socket, Path(folder) / "server.key_secret", where)
    clients = Path(folder) / "clients"
    keys = sorted(clients.glob("*.key"))
    if not keys:
        raise ValueError(f"{where}: no client keys (*.key) in {clients}")
    for path in keys:
        _read_key(path, where)
    socket.curve_server = True
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve(domain="*", location=str(clients))
    return authenticator


def use_client_keys(socket, folder: str, where: str = "keys") -> None:
    """Makes a subscriber use the keys of ``folder``.

    Args:
        where: begins the texts of errors.

    Raises:
        ValueError: naming a file that is missing, damaged or readable by others.
    """
    _use_pair(socket, Path(folder) / "client.key_secret", where)
    socket.curve_serverkey, _ = _read_key(Path(folder) / "server.key", where)


def check_private(path: Path, where: str) -> None:
    """Refuses a file that other users can read.

    Raises:
        ValueError: beginning with ``where``; also when there is no such file.
    """
    if not path.is_file():
        raise ValueError(f"{where}: no file {path}")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ValueError(
            f"{where}: {path} must be readable by its owner only (chmod 600), "
            f"its mode is {mode:04o}"
        )


def _use_pair(socket, path: Path, where: str) -> None:
    check_private(path, where)
    public, secret = _read_key(path, where)
    if secret is None:
        raise ValueError(f"{where}: no key pair in {path}")
    socket.curve_publickey, socket.curve_secretkey = public, secret


def _read_key(path: Path, where: str) -> tuple[bytes, bytes | None]:
    """The public and, where the file has one, the secret key."""
    import zmq.auth
    from zmq.utils import z85

    try:
        pair = zmq.auth.load_certificate(path)
        for key in pair:
            if key is not None and len(z85.decode(key)) != 32:
                raise ValueError
    except (OSError, ValueError, LookupError, struct.error):
        raise ValueError(f"{where}: {path} has no valid CURVE key") from None
    return pair
