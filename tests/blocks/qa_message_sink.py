# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of the message sinks: ports, what is left out, and how it ends."""

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.blocks.message_sink import MessageSink

from announcer import announce


class collector(MessageSink):
    TOPICS = ("stats", "model")

    def __init__(self, refuses=(), fails=None):
        MessageSink.__init__(self)
        self.got, self._refuses, self._fails = [], refuses, fails

    def _receive(self, topic, message):
        if topic in self._refuses:
            raise ValueError("not this one")
        self.got.append((topic, message))

    def _finish(self):
        if self._fails is not None:
            raise self._fails


def test_each_topic_has_a_port():
    sink = collector()
    assert sink.name() == "collector"
    assert sorted(pmt.to_python(sink.message_ports_in())) == ["model", "stats", "system"]
    sent = [("stats", {"a": 1}), ("model", {"before": {}, "after": {"b": 2}})]
    announce(sink, sent)
    assert sorted(sink.got) == sorted(sent)  # an empty dictionary stays one
    assert sink.error is None


def test_what_is_refused_is_left_out_and_the_first_is_the_error():
    sink = collector(refuses=("stats",))
    announce(sink, [("stats", {"a": 1}), ("model", "text"), ("model", {"a": 1})])
    assert sink.got == [("model", {"a": 1})]
    assert str(sink.error) in ("not this one", "not a dictionary: text")  # ports have no order


def test_what_waits_at_a_port_is_taken_on_close():
    sink = collector()
    sink._post(pmt.intern("stats"), pmt.to_pmt({"a": 1}))
    sink.close()
    sink.close()
    assert sink.got == [("stats", {"a": 1})]


def test_a_failure_at_the_end_is_kept():
    error = OSError("disk full")
    sink = collector(fails=error)
    announce(sink, [("stats", {"a": 1})])
    assert sink.error is error and sink.got


def test_a_second_flowgraph_is_heard():
    sink = collector()
    for number in range(2):
        announce(sink, [("stats", {"run": number})])
        sink._post(pmt.intern("system"), pmt.cons(pmt.intern("done"), pmt.from_long(1)))
    assert [message["run"] for _, message in sink.got] == [0, 1]


@pytest.mark.parametrize("option", rfattn.MESSAGE_SINKS)
def test_the_options_of_the_command_open_sinks(option):
    block, metavar, text = rfattn.MESSAGE_SINKS[option]
    assert issubclass(getattr(rfattn, block), MessageSink)
    assert metavar.isupper() and text
