# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path from a source to emissions: what is collected, when it ends, and what it refuses."""

import json
import time

import numpy as np
import pytest
from gnuradio import blocks, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.flowgraph.emission_list import EmissionList
from gnuradio.rfattn.flowgraph.emissions import (
    EmissionFlowgraph,
    RecordingEmissionFlowgraph,
)
from gnuradio.rfattn.flowgraph.options import EmissionOptions
from gnuradio.rfattn.recordings.formats import open_recording, open_stream
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.recordings.tail import TAIL_S

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller
from page_messages import emission

RATE, SAMPLES = 1e6, 20_000
SETTINGS = {"samples": False, "margin_s": 0.0, "real_time": False, "contents": True}
FOUND = {"sample_start": 1000, "sample_now": 3000, "rx_rate": RATE}


@pytest.fixture
def two_emissions(monkeypatch):
    """Instead of the detector: one emission that ends, and one that is live at the end."""
    messages = [
        (3000, emission_message(1, "new", **FOUND)),
        (3000, emission_message(2, "new", **FOUND | {"sample_start": 2000})),
        (9000, emission_message(1, "end", **FOUND, bursts=[1000, 5000], burst_count=1)),
        (SAMPLES, emission_message(2, "end", **FOUND, bursts=[2000, 9000], burst_count=1)),
    ]
    made = []

    def make(*arguments, **settings):
        made.append((*arguments, settings))
        return fake_labeller(messages)

    monkeypatch.setattr(emissions, "make_labeller", make)
    return made


class counter(MessageSink):
    TOPICS = ("emissions",)

    def __init__(self):
        MessageSink.__init__(self)
        self.states = []

    def _receive(self, topic, message):
        self.states.append((message["id"], message["state"]))


def write(folder, **settings):
    write_recording(folder / "r", 1, "x", n_samples=SAMPLES, **settings)
    return folder / "r.sigmf-meta"


def test_every_message_arrives_also_those_at_the_end(two_emissions):
    sink, seen = counter(), []
    source = blocks.vector_source_c(np.zeros(SAMPLES).tolist())
    flowgraph = EmissionFlowgraph(
        source,
        RATE,
        on_emission=lambda record: seen.append((record.latest.id, record.is_live)),
        attachments=[sink],
    )
    flowgraph.run_watched(lambda: False)
    assert sorted(sink.states) == [(1, "end"), (1, "new"), (2, "end"), (2, "new")]
    assert sorted(seen) == [(1, False), (1, True), (2, False), (2, True)]
    found = flowgraph.records.all()
    assert [list(record.bursts) for record in found] == [[(1000, 5000)], [(2000, 9000)]]
    assert not flowgraph.records.live and flowgraph.samples() == SAMPLES
    costs = flowgraph.costs()
    assert costs["tokens"] is None and costs["model"] is None
    late = costs["stats"]["found_seconds"]
    assert (late["count"], late["max"], late["p50"]) == (2, 2e-3, 1.5e-3)
    assert costs["stats"]["uptime_seconds"] > 0 and costs["stats"]["peak_rss_bytes"] > 2**20


def test_a_recording_waits_for_sinks_that_are_behind(two_emissions, tmp_path, monkeypatch):
    """Each look takes the next answer; while a sink is behind no sample comes."""
    sink, flowgraph = counter(), None
    waiting, samples = iter([501, 501, 0]), []

    def look():
        samples.append(flowgraph.labeller.samples())
        return next(waiting, 0)

    monkeypatch.setattr(sink, "waiting", look)
    flowgraph = RecordingEmissionFlowgraph(open_recording(write(tmp_path)), attachments=[sink])
    flowgraph.run_to_end()
    assert samples[:3] == [0, 0, 0] and len(samples) > 3
    assert flowgraph.samples() == SAMPLES and len(sink.states) == 4


def test_what_was_lost_is_in_the_costs(two_emissions):
    sink = counter()
    source = blocks.vector_source_c(np.zeros(SAMPLES).tolist())
    flowgraph = EmissionFlowgraph(source, RATE, attachments=[sink])
    flowgraph.run_watched(lambda: False)
    assert "messages_lost" not in flowgraph.costs()["stats"]
    sink.messages_lost = 7
    assert flowgraph.costs()["stats"]["messages_lost"] == 7


def test_options_reach_the_detector(two_emissions, tmp_path):
    RecordingEmissionFlowgraph(
        open_recording(write(tmp_path)), options=EmissionOptions(sensitivity=0.5)
    )
    assert two_emissions == [(RATE, "two", EmissionOptions(0.5), None, "block", SETTINGS)]


def test_progress_ends_at_the_end(two_emissions, tmp_path):
    seen = []
    flowgraph = RecordingEmissionFlowgraph(open_recording(write(tmp_path)))
    flowgraph.run_to_end(seen.append)
    assert seen[-1] == flowgraph.n_samples() == SAMPLES


def test_nothing_behind_the_end_counts(two_emissions, tmp_path):
    count = 10_000
    write_recording(tmp_path / "r", 1, "x", n_samples=count)
    seen = []
    flowgraph = RecordingEmissionFlowgraph(open_recording(tmp_path / "r.sigmf-meta"))
    flowgraph.run_to_end(seen.append)
    first, second = flowgraph.records.all()
    assert (list(first.bursts), list(second.bursts)) == ([(1000, 5000)], [(2000, 8000)])
    assert flowgraph.samples() == count
    assert flowgraph.labeller.samples() == count + TAIL_S * RATE and seen[-1] == count


def test_a_real_valued_recording_counts_from_0_hz(two_emissions, tmp_path):
    meta = write(tmp_path)
    about = json.loads(meta.read_text())
    about["global"]["core:datatype"] = "ri16_le"
    meta.write_text(json.dumps(about))
    RecordingEmissionFlowgraph(open_recording(meta))
    assert two_emissions[0][1] == "one"


def test_ended_emissions_are_forgotten_where_nobody_lists_them(two_emissions):
    source = blocks.vector_source_c(np.zeros(SAMPLES).tolist())
    flowgraph = EmissionFlowgraph(source, RATE, keep=1)
    flowgraph.run_watched(lambda: False)
    assert [record.latest.id for record in flowgraph.records.all()] == [2]


def test_what_ended_2_s_ago_is_final_with_the_label_that_came_since():
    found = EmissionList(RATE, None, keep=1, stamps=False)
    end = FOUND | {"sample_now": 9000, "bursts": []}
    late = {"label": "nfm", "guess": "nfm", "confidence": 0.9, "probabilities": {"nfm": 0.9}}

    def send(number, state, **values):
        found.publish("emissions", emission(number, state, **values))

    send(1, "new", **FOUND)
    send(1, "end", **end)
    assert found.take_final(False, None) == []
    send(1, "end", **end | late)
    send(2, "new", **FOUND | {"sample_now": int(2 * RATE) + 8999})
    assert found.take_final(False, None) == []
    assert [r.latest.label for r in found.take_final(False, int(2 * RATE) + 9001)] == ["nfm"]
    send(2, "update", **FOUND | {"sample_now": int(3 * RATE)})
    assert [record.latest.id for record in found.take_final(True, None)] == [2]


def test_emissions_that_nobody_takes_are_counted():
    found = EmissionList(RATE, None, keep=1, stamps=False)
    for number in range(1, 13):
        for state in ("new", "end"):
            found.publish("emissions", emission(number, state, **FOUND))
    assert found.left_out == 2 and len(found.take_final(True, None)) == 10


def test_emissions_have_the_time_of_their_arrival(two_emissions):
    source = blocks.vector_source_c(np.zeros(SAMPLES).tolist())
    before = time.time()
    flowgraph = EmissionFlowgraph(source, RATE, stamps=True)
    flowgraph.run_watched(lambda: False)
    for record in flowgraph.take_final():
        assert before - 0.1 < record.time_unix_s < time.time()


def test_an_error_of_the_watcher_stops_the_flowgraph(two_emissions):
    flowgraph = EmissionFlowgraph(blocks.null_source(8), RATE)  # without an end

    def look():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        flowgraph.run_watched(look)


def test_samples_from_a_pipe_end_like_a_file(two_emissions, tmp_path):
    """The tail is played when the pipe has ended, and what is found in it does not count."""
    count = 10_000
    write_recording(tmp_path / "r", 1, "x", n_samples=count)
    with open(tmp_path / "r.sigmf-data", "rb") as file:
        stream = open_stream(file.fileno(), RATE, 100e6, "ci16_le")
        flowgraph = RecordingEmissionFlowgraph(stream)
        flowgraph.run_to_end()
    first, second = flowgraph.records.all()
    assert (list(first.bursts), list(second.bursts)) == ([(1000, 5000)], [(2000, 8000)])
    assert flowgraph.samples() == flowgraph.n_samples() == count
    assert flowgraph.labeller.samples() == count + TAIL_S * RATE


def test_a_failing_sink_stops_the_flowgraph(two_emissions, tmp_path):
    source = blocks.null_source(8)  # without an end
    recorder = rfattn.emission_recorder(tmp_path)
    flowgraph = EmissionFlowgraph(source, RATE, attachments=[recorder])
    recorder.error = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        flowgraph.run_watched(lambda: False)


def test_a_recording_without_a_rate_is_refused(tmp_path):
    recording = open_recording(write(tmp_path, rate=None))
    with pytest.raises(RecordingError, match="it states no sample rate.* give its rate .--rate HZ"):
        RecordingEmissionFlowgraph(recording)
