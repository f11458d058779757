# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of the message sinks: ports, what is left out, and how it ends."""

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.blocks.parts import message_sink
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink

from announcer import announce


class collector(MessageSink):
    TOPICS = ("stats", "model")

    MOST_WAITING = 3

    def __init__(self, refuses=(), fails=None, drops=False, is_guest=False):
        MessageSink.__init__(self, drops, is_guest)
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


def test_what_waits_at_a_port_is_taken_at_the_end():
    sink = collector()
    sink._post(pmt.intern("stats"), pmt.to_pmt({"a": 1}))
    sink.drain()
    sink.drain()
    assert sink.got == [("stats", {"a": 1})]


def test_samples_come_before_the_end_of_their_emission():
    """A thread that was held up finds both, and GNU Radio empties one port after the other."""
    sink = type("taker", (collector,), {"TOPICS": ("emissions", "samples")})()
    for topic in ("samples", "samples", "emissions"):
        sink._post(pmt.intern(topic), pmt.to_pmt({"a": 1}))
    sink.drain()
    assert [topic for topic, _ in sink.got] == ["samples", "samples", "emissions"]


EMISSIONS = ["update", "new", "update", "end", "update", "new", "update", "update"]
"""States of the messages that wait, the oldest first."""


def filled(sink):
    """The sink after so many messages waited at a port while it was held up."""
    for number, state in enumerate(EMISSIONS):
        sink._post(pmt.intern("stats"), pmt.to_pmt({"number": number, "state": state}))
    assert sink.waiting() == len(EMISSIONS)
    sink.drain()
    return [message["number"] for _, message in sink.got]


def test_of_more_than_can_wait_the_oldest_are_discarded_and_counted():
    """Behind the first two still wait at least twice as many as may: they go in any case. The next
    ones go unless an emission begins or ends with them, until two wait."""
    sink = collector(drops=True)
    assert filled(sink) == [3, 5, 6, 7]
    assert sink.messages_lost == 4 and sink.error is None


def test_where_nothing_may_be_lost_nothing_is_discarded():
    sink = collector()
    assert filled(sink) == list(range(len(EMISSIONS)))
    assert sink.messages_lost == 0


def test_what_is_no_dictionary_is_discarded_as_the_others_are():
    sink = collector(drops=True)
    for _ in range(5):
        sink._post(pmt.intern("model"), pmt.intern("text"))
    sink.drain()
    assert sink.messages_lost == 2 and str(sink.error) == "not a dictionary: text"


def test_a_failure_at_the_end_is_kept():
    error = OSError("disk full")
    sink, guest = collector(fails=error), collector(fails=error, is_guest=True)
    for one in (sink, guest):
        announce(one, [("stats", {"a": 1})])
        assert one.got
    assert sink.error is error and sink.failures is None
    assert guest.error is None and guest.failures.first is error


@pytest.mark.parametrize(("drops", "taken"), [(True, 2), (False, 5)])
def test_behind_a_receiver_the_end_takes_what_there_is_time_for(monkeypatch, drops, taken):
    """A clock that each message moves by 0.6 s, of the second that there is."""
    sink, now = collector(drops=drops), [0.0]
    monkeypatch.setattr(message_sink.time, "monotonic", lambda: now[0])

    def take(topic, message):
        now[0] += 0.6
        sink.got.append(message["number"])

    monkeypatch.setattr(sink, "_receive", take)
    monkeypatch.setattr(sink, "MOST_WAITING", 100)
    for number in range(5):
        sink._post(pmt.intern("stats"), pmt.to_pmt({"number": number}))
    sink.stop()
    assert sink.got == list(range(taken)) and sink.messages_lost == 5 - taken
    sink.start()
    sink._post(pmt.intern("stats"), pmt.to_pmt({"number": 9}))
    sink.stop()
    assert sink.got[-1] == 9


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
