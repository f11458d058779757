# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mosquitto broker on the loopback interface, and a client that reads what it gets."""

import json
import os
import queue
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

BROKER = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
LIMIT_S = 20
needs_paho = pytest.mark.skipif(find_spec("paho") is None, reason="no python3-paho-mqtt")
needs_broker = pytest.mark.skipif(
    BROKER is None or find_spec("paho") is None, reason="no mosquitto, or no python3-paho-mqtt"
)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def broker(folder, port, *lines):
    """Runs a broker with these further ``lines`` of configuration; yields its process."""
    config = folder / "mosquitto.conf"
    settings = lines or ("allow_anonymous true",)
    config.write_text("\n".join([f"listener {port} 127.0.0.1", *settings, ""]))
    process = subprocess.Popen(
        [BROKER, "-v", "-c", str(config)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        for line in process.stderr:
            if b" running" in line:
                break
        else:
            raise RuntimeError("mosquitto did not start")
        # A full pipe would hold up the broker.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def subscribed(port, topic="#"):
    """Yields a queue of (topic, value) that the broker sends."""
    from paho.mqtt import client as paho

    found, ready = queue.Queue(), queue.Queue()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _, __, message: found.put((message.topic, value(message.payload)))
    client.on_connect = lambda *_: client.subscribe(topic, 1)
    client.on_subscribe = lambda *_: ready.put(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        ready.get(timeout=LIMIT_S)
        yield found
    finally:
        client.disconnect()
        client.loop_stop()


def value(payload):
    text = payload.decode()
    return json.loads(text) if text.startswith("{") else text
