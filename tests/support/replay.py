# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that are made of recordings, and which of them can be used here."""

import threading
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import zmq
from gnuradio import rfattn

PLUGINS = Path(rfattn.__file__).parents[3] / "tests" / "support" / "soapy_replay"
"""What SOAPY_SDR_PLUGIN_PATH must name for the driver rfattn_replay."""

needs_soapy = pytest.mark.skipif(
    not any(PLUGINS.glob("*.so")), reason="no replay device: built without libsoapysdr-dev"
)
needs_osmosdr = pytest.mark.skipif(find_spec("osmosdr") is None, reason="no gr-osmosdr")


@contextmanager
def published(samples: bytes, address: str):
    """Publishes ``samples`` again and again as a ZMQ PUB sink would; yields the address with its
    port."""
    stop = threading.Event()
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 10)
        socket.bind(address)

        def publish():
            while not stop.wait(0.005):
                socket.send(samples)

        sender = threading.Thread(target=publish)
        sender.start()
        try:
            yield socket.getsockopt_string(zmq.LAST_ENDPOINT)
        finally:
            stop.set()
            sender.join()
