# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions are handed to programs at their label: what is fed, what comes back, and refusals."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.decoding.program import Limits

from announcer import announcer
from emission_messages import Collector, emission_message

FAKE = Path(__file__).resolve().parents[1] / "support" / "fake_decoder.py"
RATE, MIDDLE = 8000.0, 446.0005e6  # of the channel
SECOND = 1_000_000  # in samples of the receiver
LABEL = {"label": "dmr", "confidence": 0.9}
QUICK = Limits(stall_s=0.3, grace_s=0.3, drain_s=0.6)


def pdu(count=800, id=1, start=0, rate=RATE, middle=MIDDLE, burst=None):
    values = {
        "id": pmt.from_uint64(id),
        "sample_start": pmt.from_uint64(start),
        "rx_rate": pmt.from_double(rate),
        "rx_freq": pmt.from_double(middle),
        "emission": emission_message(id, "update"),
    }
    if burst is not None:
        values["burst_start"] = pmt.from_uint64(burst)
    about = pmt.make_dict()
    for name, value in values.items():
        about = pmt.dict_add(about, pmt.intern(name), value)
    samples = 0.1 * np.exp(0.5j * np.arange(count))
    return pmt.cons(about, pmt.init_c32vector(count, samples.tolist()))


def at(seconds, state="update", id=1, **more):
    return emission_message(id, state, sample_now=round(seconds * SECOND), **more)


def labelled(seconds=1.0, state="update", id=1, **more):
    return at(seconds, state, id, **LABEL, **more)


def write_table(tmp_path, what="copy", **more):
    """A table with one decoder of dmr: samples at the rate of the channel, eight octets each."""
    entry = {
        "labels": '["dmr"]',
        "demodulation": '"iq"',
        "sample_rate": "8000",
        "sample_format": '"cf32"',
        "command": repr([sys.executable, str(FAKE), *what.split()]),
        **more,
    }
    path = tmp_path / "my.toml"
    path.write_text("\n".join(["[my]", *(f"{key} = {value}" for key, value in entry.items())]))
    return path


class Run:
    """A decoder in a flowgraph that gets these messages, and what it sent."""

    def __init__(self, table, *messages, limits=None, **settings):
        self.block = rfattn.emission_decoder(str(table), **settings)
        self.block._left_s = math.inf  # `post` drains, which is no end here
        if limits is not None:
            self.block.LIMITS = limits
            self.block._forget()
        self.got = []
        self.block._runs._send = self.got.append
        for message in messages:
            self.post(message)

    def post(self, message):
        port = "samples" if pmt.is_c32vector(pmt.cdr(message)) else "emissions"
        self.block._post(pmt.intern(port), message)
        self.block.drain()

    def end(self):
        self.block.close()
        assert self.block.failures.count == 0
        return [message.text for message in self.got], self.block.counts


def seconds_of(line: str) -> float:
    """How many seconds of samples a program took, of which it wrote the octets."""
    return int(line.removeprefix("octets ")) / 8 / RATE


def fed(table, *messages, **settings):
    lines, counts = Run(table, *messages, **settings).end()
    assert lines[0] == "began copy" and counts["started"] == 1 and counts["samples_lost"] == 0
    return seconds_of(lines[1])


FRAMES_S = 0.01
"""What the resampler keeps of its last samples, at most."""
PADDED_S = 0.1 + 0.5
"""Silence before and behind each emission."""


def test_samples_that_came_before_the_label_are_decoded(tmp_path):
    table = write_table(tmp_path)
    length_s = fed(table, pdu(800), pdu(800, start=800), labelled(), pdu(800, start=1600))
    assert length_s == pytest.approx(0.3 + PADDED_S, abs=FRAMES_S)


def test_a_pause_becomes_silence(tmp_path):
    table = write_table(tmp_path)
    length_s = fed(table, labelled(), pdu(800), labelled(), pdu(800, start=8000))
    assert length_s == pytest.approx(1.1 + PADDED_S, abs=FRAMES_S)


def test_silence_comes_while_a_pause_lasts(tmp_path):
    table = write_table(tmp_path)
    length_s = fed(table, pdu(800), labelled(1.0), labelled(6.0))
    assert length_s == pytest.approx(4.0 + PADDED_S, abs=FRAMES_S)  # 2 s behind the message


def test_behind_a_receiver_time_passes_without_messages(tmp_path):
    run = Run(write_table(tmp_path), pdu(800), labelled(1.0), policy="drop")
    run.block._arrived_s -= 5.0
    run.block._receive("tick", None)
    assert run.block.is_busy(1, 3 * SECOND)  # its program runs
    run.post(pdu(800, start=16_000))  # it was not silent, after all: nothing of it is lost
    lines, _ = run.end()
    assert 4.1 < seconds_of(lines[1]) - PADDED_S < 5.1


def test_a_very_long_pause_is_shortened(tmp_path):
    table = write_table(tmp_path)
    length_s = fed(table, pdu(800), labelled(0.2), pdu(800, start=8000 * 1000))
    assert length_s == pytest.approx(60.2 + PADDED_S, abs=FRAMES_S)


def test_samples_that_come_twice_are_decoded_once(tmp_path):
    table = write_table(tmp_path)
    length_s = fed(table, pdu(800), labelled(), pdu(800, start=400))
    assert length_s == pytest.approx(0.15 + PADDED_S, abs=FRAMES_S)


def test_another_channel_continues_the_same_program(tmp_path):
    table = write_table(tmp_path)
    wider = pdu(1600, start=1600, rate=2 * RATE, middle=MIDDLE + 500.0)
    length_s = fed(table, pdu(800), labelled(), wider)
    assert length_s == pytest.approx(0.2 + PADDED_S, abs=2 * FRAMES_S)


def test_nothing_behind_the_end_of_a_recording_is_decoded(tmp_path):
    run = Run(write_table(tmp_path))
    run.block.end_at(SECOND // 10, SECOND)
    for message in (pdu(1600), labelled(), pdu(800, start=4000, burst=500_000)):
        run.post(message)
    lines, _ = run.end()
    assert seconds_of(lines[1]) == pytest.approx(0.1 + PADDED_S, abs=FRAMES_S)


def test_a_program_ends_after_its_emission(tmp_path):
    run = Run(write_table(tmp_path), pdu(), labelled(1.0), labelled(2.0, "end"), labelled(3.9))
    assert 1 in run.block._runs
    run.post(labelled(4.1, id=2))
    assert 1 not in run.block._runs
    assert run.end()[1]["started"] == 1


def test_a_label_that_comes_after_the_end_starts_it_too(tmp_path):
    run = Run(write_table(tmp_path), pdu(), at(1.0, "end"), labelled(2.0, "end"))
    assert run.end()[0][0] == "began copy"


@pytest.mark.parametrize(
    "message",
    [
        at(1.0),
        at(1.0, label="unknown", guess="dmr", confidence=0.9),
        at(1.0, label="tetra", confidence=0.9),
        labelled(flags=["sideband"], sideband_of=7),
        labelled(flags=["ignored"]),
    ],
)
def test_other_emissions_start_nothing(tmp_path, message):
    lines, counts = Run(write_table(tmp_path), pdu(), message).end()
    assert lines == [] and not counts


def test_a_line_is_a_message_of_its_emission(tmp_path):
    table = write_table(tmp_path, lines="'^octets (.)'", private="true")
    run = Run(table, pdu(id=7), labelled(id=7), content=True)
    run.end()
    (message,) = run.got
    assert (message.id, message.source, len(message.text)) == (7, "my", 1)
    assert message.is_private is True and message.is_right is None


def test_equal_lines_are_sent_once(tmp_path):
    lines, counts = Run(write_table(tmp_path, "repeat"), pdu(), labelled()).end()
    assert lines[1:4] == ["same", "other", "same"]
    assert counts["repeated"] == 1 and counts["lines"] == 5


def test_more_programs_than_may_run_are_counted(tmp_path):
    messages = [m for i in (1, 2, 3) for m in (pdu(id=i), labelled(id=i))]
    _, counts = Run(write_table(tmp_path), *messages, max_decoders=2).end()
    assert counts["started"] == 2 and counts["left_out"] == 1


def test_a_recording_waits_for_a_program_whose_emission_has_ended(tmp_path):
    ended = [pdu(), labelled(1.0), labelled(1.0, "end"), at(4.0, id=2)]
    run = Run(write_table(tmp_path), *ended, pdu(id=2), labelled(4.0, id=2), max_decoders=1)
    _, counts = run.end()
    assert counts["started"] == 2 and counts["left_out"] == 0


def test_a_private_program_needs_content(tmp_path):
    lines, counts = Run(write_table(tmp_path, private="true"), pdu(), labelled()).end()
    assert lines == [] and dict(counts) == {"private": 1}


def test_a_missing_program_is_counted_and_logged_once(tmp_path):
    table = write_table(tmp_path, command='["no-such-program"]')
    run = Run(table)
    logged = []
    run.block._runs._write_log = logged.append
    for number in (1, 2):
        run.post(pdu(id=number))
        run.post(labelled(id=number))
        run.post(labelled(2.0, id=number))
    assert dict(run.end()[1]) == {"not_installed": 2}
    assert logged == ["no-such-program is not installed"]


def test_the_first_program_that_is_installed_is_started(tmp_path):
    table = write_table(tmp_path)
    second = table.read_text()
    absent = second.replace("[my]", "[first]").replace(repr(sys.executable), '"no-such-program"')
    table.write_text(f"{absent}\n{second}")
    run = Run(table, pdu(), labelled())
    run.end()
    assert {message.source for message in run.got} == {"my"}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("hang", "my: it did not take its samples within 0.3 s"),
        ("stay", "my: it did not end in time"),
        ("die", "my: it ended with status 3"),
        ("flood", "my: it wrote too many lines"),
    ],
)
@pytest.mark.parametrize("policy", ["block", "drop"])
def test_a_bad_program_harms_nothing(tmp_path, what, reason, policy):
    quick = {"hang": QUICK, "stay": replace(QUICK, stall_s=30.0)}
    limits = quick.get(what, Limits())
    run = Run(write_table(tmp_path, what), limits=limits, policy=policy)
    logged = []
    run.block._runs._write_log = logged.append
    run.post(pdu(80_000))
    run.post(labelled())
    if what in ("die", "flood"):  # while its emission is on the air
        run.block._runs._live[1]._program.wait()
    run.post(pdu(80_000, start=80_000))
    run.post(pdu(id=2))
    lines, counts = run.end()
    assert logged == [reason] and counts["failed"] == 1
    assert all(line.isprintable() for line in lines) and len(lines) < 1100


def test_samples_for_which_there_is_no_room_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("gnuradio.rfattn.blocks.parts.decoder_run.MOST_WAITING_BYTES", 1000)
    run = Run(write_table(tmp_path, "hang"), limits=QUICK, policy="drop")
    run.post(pdu(80_000))
    run.post(labelled())
    for place in range(1, 5):
        run.post(pdu(80_000, start=place * 80_000))
    _, counts = run.end()
    assert counts["samples_lost"] > 80_000 and counts["failed"] == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_decoders": 0}, "max_decoders must be >= 1, got 0"),
        ({"margin_s": -1.0}, "margin_s must be >= 0, got -1.0"),
        ({"policy": "wait"}, "policy must be one of block, drop, got 'wait'"),
        ({"decoders": "absent.toml"}, "decoders: absent.toml: No such file or directory"),
    ],
)
def test_wrong_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        rfattn.emission_decoder(**settings)


def test_lines_come_out_of_its_port_in_a_flowgraph(tmp_path):
    block, collector = rfattn.emission_decoder(str(write_table(tmp_path))), Collector("decoded")
    tb, source = gr.top_block(), announcer([("samples", pdu()), ("emissions", labelled())])
    tb.connect(source, blocks.null_sink(gr.sizeof_float))
    for port in block.TOPICS:
        tb.msg_connect(source, port, block, port)
    tb.msg_connect(block, "decoded", collector, "decoded")
    tb.run()
    collector.drain()
    assert [(m.id, m.source, m.text[:6]) for m in collector.got] == [
        (1, "my", "began "),
        (1, "my", "octets"),
    ]
