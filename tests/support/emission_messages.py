# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of emissions as `emission_detector` and `emission_extractor` send them, for tests."""

import pmt
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.findings import Findings

from page_messages import emission

_COUNTS = {
    "id",
    "segment",
    "sample_start",
    "sample_count",
    "sample_now",
    "burst_count",
    "burst_start",
    "sideband_of",
}


class Collector(MessageSink):
    """Keeps the messages of a topic in ``got``."""

    def __init__(self, topic="emissions"):
        self.TOPICS = (topic,)
        MessageSink.__init__(self)
        self.got = []

    def _receive(self, topic, message):
        self.got.append(schema.read(topic, message))


def emission_message(id=1, state="new", **more):
    """The PMT dictionary of `page_messages.emission`, with the types of the C++ block."""
    message = pmt.make_dict()
    for name, value in emission(id, state, **more).items():
        if value is not None:
            message = pmt.dict_add(message, pmt.intern(name), _to_pmt(name, value))
    return message


def findings_message(id=1, frames=None):
    """The PMT dictionary of what was found, as the C++ block sends it."""
    return to_message(Findings(id, frames))


def _to_pmt(name, value):
    if name in _COUNTS:
        return pmt.from_uint64(value)
    if name == "bursts":
        return pmt.init_u64vector(len(value), value)
    if name == "rx_time":
        return pmt.make_tuple(pmt.from_uint64(int(value[0])), pmt.from_double(value[1]))
    return pmt.to_pmt(value)
