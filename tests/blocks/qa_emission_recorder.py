# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions become SigMF recordings: samples, captures, names, and what happens when it fails."""

import gc
import json
import os
import threading

import numpy as np
import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.blocks.parts import backlog
from gnuradio.rfattn.recordings.channel_file import ChannelFile
from gnuradio.rfattn.recordings.formats import open_recording

from announcer import announce
from emission_messages import emission_message

RATE, MIDDLE = 4000.0, 446.0005e6  # of the channel
SECOND = 1_000_000  # in samples of the receiver


def samples_of(seed, count=100):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=count) + 1j * rng.normal(size=count)).astype(np.complex64)


def pdu(samples, id=1, start=0, rate=RATE, middle=MIDDLE, burst=None, **emission):
    about = pmt.make_dict()
    values = {
        "id": pmt.from_uint64(id),
        "sample_start": pmt.from_uint64(start),
        "rx_rate": pmt.from_double(rate),
        "rx_freq": pmt.from_double(middle),
        "emission": emission_message(id, "update", **emission),
    }
    if burst is not None:
        values["burst_start"] = pmt.from_uint64(burst)
    for name, value in values.items():
        about = pmt.dict_add(about, pmt.intern(name), value)
    return pmt.cons(about, pmt.init_c32vector(len(samples), samples.tolist()))


def record(folder, *messages, **settings):
    """The recorder after it got these messages, in this order, and the flowgraph ended."""
    recorder = rfattn.emission_recorder(folder, "band", **settings)
    for message in messages:
        post(recorder, message)
    recorder.stop()
    return recorder


def post(recorder, message):
    port = "emissions" if pmt.is_dict(message) and not is_pdu(message) else "samples"
    recorder._post(pmt.intern(port), message)
    recorder.drain()


def is_pdu(message):
    return pmt.is_pair(message) and pmt.is_c32vector(pmt.cdr(message))


def names(folder):
    return sorted(os.listdir(folder))


def test_a_recording_has_the_samples_captures_and_edges(tmp_path):
    parts = [samples_of(seed) for seed in range(3)]
    known = {"rx_time": (1_700_000_000, 0.5), "sample_start": 250_000}
    recorder = record(
        tmp_path / "new",
        pdu(parts[0], start=1000, burst=250_000, **known),
        pdu(parts[1], start=1100, **known),  # of the same burst
        pdu(parts[2], start=5000, burst=SECOND, **known),
        emission_message(
            1, "end", label="nfm", confidence=0.9, nearest=[{"name": "PMR446", "score": 0.9}]
        ),
    )
    assert recorder.failures.count == 0 and recorder.recordings == 1
    stem = "band_0001_446.000MHz"
    assert names(tmp_path / "new") == [f"{stem}.sigmf-data", f"{stem}.sigmf-meta"]
    recording = open_recording(tmp_path / "new" / stem)
    np.testing.assert_array_equal(recording.samples(), np.concatenate(parts))
    assert (recording.sample_rate, recording.datatype.name) == (RATE, "cf32_le")
    meta = json.loads(recording.meta_path.read_text())
    # Sample 1000 of the channel is that of the emission's start, 0.25 s: both at rx_time.
    assert meta["captures"] == [
        {
            "core:sample_start": 0,
            "core:global_index": 1000,
            "core:frequency": MIDDLE,
            "core:datetime": "2023-11-14T22:13:20.500000Z",
        },
        {
            "core:sample_start": 200,
            "core:global_index": 5000,
            "core:frequency": MIDDLE,
            "core:datetime": "2023-11-14T22:13:21.500000Z",
        },
    ]
    (annotation,) = recording.annotations
    assert (annotation.start, annotation.count, annotation.label) == (0, 300, "nfm")
    assert (annotation.freq_lower_edge, annotation.freq_upper_edge) == (446.0e6, 446.001e6)
    assert "1 kHz wide, SNR 12.5 dB" in annotation.comment
    assert meta["annotations"][0]["rfattn:emission"] == 1
    assert [entry["name"] for entry in meta["global"]["core:extensions"]] == ["rfattn"]


def test_without_a_frequency_edges_are_those_in_the_channel(tmp_path):
    unknown = {"rx_freq": None, "freq_lower": 20e3, "freq_upper": 30e3}
    record(tmp_path, pdu(samples_of(1), middle=25e3, **unknown))
    (recording,) = [open_recording(tmp_path / name) for name in names(tmp_path) if "meta" in name]
    assert recording.meta_path.name == "band_0001_+0.025MHz.sigmf-meta"
    assert recording.frequency is None
    (annotation,) = recording.annotations
    assert (annotation.freq_lower_edge, annotation.freq_upper_edge) == (-5e3, 5e3)


def test_another_channel_is_another_recording(tmp_path):
    first, second = samples_of(1), samples_of(2, 50)
    record(tmp_path, pdu(first), pdu(second, rate=8000.0, start=300))
    one = open_recording(tmp_path / "band_0001_446.000MHz")
    two = open_recording(tmp_path / "band_0001_2_446.000MHz")
    np.testing.assert_array_equal(one.samples(), first)
    np.testing.assert_array_equal(two.samples(), second)
    assert (one.sample_rate, two.sample_rate) == (4000.0, 8000.0)


def test_it_appears_a_second_after_the_end_and_not_before(tmp_path):
    recorder = rfattn.emission_recorder(tmp_path)
    post(recorder, pdu(samples_of(1)))
    post(recorder, emission_message(1, "end", sample_now=5 * SECOND))
    post(recorder, pdu(samples_of(2), start=100))  # the extractor is behind the detector
    post(recorder, emission_message(2, "new", sample_now=6 * SECOND))
    assert all(name.endswith(".partial") for name in names(tmp_path))
    post(recorder, emission_message(2, "update", sample_now=6 * SECOND + 1))
    recording = open_recording(tmp_path / "emission_0001_446.000MHz")
    assert recording.n_samples == 200
    assert len(names(tmp_path)) == 2


def test_it_appears_without_another_message(tmp_path):
    """Where nothing else is on the air, the caller's clock ends it."""
    recorder = rfattn.emission_recorder(tmp_path, margin_s=0.5)
    post(recorder, pdu(samples_of(1), middle=446.1e6))
    post(recorder, pdu(samples_of(2, 300), middle=446.2e6))
    post(recorder, emission_message(1, "end", sample_now=2 * SECOND))
    for behind, is_done in ((1.4 * SECOND, False), (1.6 * SECOND, True)):
        recorder.look(round(2 * SECOND + behind), SECOND)
        recorder.drain()
        assert recorder.has_done(2 * SECOND) == is_done
    path = str(tmp_path / "emission_0001_2_446.200MHz.sigmf-meta")  # that with the most samples
    assert recorder.recording_of(1) == path and os.path.exists(path)
    assert recorder.recording_of(2) == ""
    assert not recorder.has_done(3 * SECOND)
    recorder.close()
    assert recorder.has_done(3 * SECOND)


def test_what_is_not_wanted_has_no_recording(tmp_path):
    recorder = record(tmp_path, pdu(samples_of(1)), emission_message(1, "end"), when="label=x")
    recorder.close()
    assert (recorder.has_done(SECOND), recorder.recording_of(1)) == (True, "")


def test_samples_after_the_end_of_the_flowgraph_continue_the_recording(tmp_path):
    recorder = record(tmp_path, pdu(samples_of(1)))
    assert len(names(tmp_path)) == 2
    recorder._post(pmt.intern("samples"), pdu(samples_of(2), start=100))
    recorder.close()
    recorder.close()
    recording = open_recording(tmp_path / "band_0001_446.000MHz")
    np.testing.assert_array_equal(
        recording.samples(), np.concatenate([samples_of(1), samples_of(2)])
    )
    assert recorder.recordings == 1


def test_emissions_beyond_the_bound_are_left_out_and_counted(tmp_path):
    messages = [pdu(samples_of(i), id=i) for i in (1, 2, 3, 3)]
    recorder = record(tmp_path, *messages, max_emissions=2)
    assert [name[:9] for name in names(tmp_path)] == ["band_0001"] * 2 + ["band_0002"] * 2
    assert (recorder.recordings, recorder.left_out) == (2, 1)


def test_a_second_run_begins_anew(tmp_path):
    recorder = rfattn.emission_recorder(tmp_path, "band")
    for seed in (1, 2):
        announce(recorder, [("samples", pdu(samples_of(seed)))])
        recorder.close()
    recording = open_recording(tmp_path / "band_0001_446.000MHz")
    np.testing.assert_array_equal(recording.samples(), samples_of(2))
    assert len(names(tmp_path)) == 2


def test_a_folder_that_vanishes_costs_what_is_recorded_then(tmp_path):
    folder = tmp_path / "gone"
    recorder = rfattn.emission_recorder(folder)
    folder.rmdir()
    post(recorder, pdu(samples_of(1)))
    first = recorder.failures.first
    assert isinstance(first, FileNotFoundError) and "gone" in str(first)
    post(recorder, pdu(samples_of(1)))  # of the same emission: is not tried again
    folder.mkdir()
    post(recorder, pdu(samples_of(2), id=2))
    recorder.stop()
    assert recorder.failures.count == 1 and recorder.error is None and recorder.recordings == 1
    assert {path.stem for path in folder.iterdir()} == {"emission_0002_446.000MHz"}


def test_a_message_that_is_no_pair_is_an_error(tmp_path):
    recorder = record(tmp_path, pmt.cons(pmt.intern("a"), pmt.intern("b")))
    assert names(tmp_path) == []
    assert str(recorder.failures.first) == (
        "must be a pair of a dictionary and a vector of complex64"
    )


def test_refusals(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="max_emissions must be >= 1, got 0"):
        rfattn.emission_recorder(tmp_path, max_emissions=0)
    with pytest.raises(ValueError, match="no folder .*nothing for folder"):
        rfattn.emission_recorder(tmp_path / "nothing" / "new")
    with pytest.raises(ValueError, match="folder .*file: File exists"):
        rfattn.emission_recorder(tmp_path / "file")


def test_nothing_behind_the_end_of_a_recording_is_written(tmp_path):
    recorder = rfattn.emission_recorder(tmp_path, "band")
    recorder.end_at(SECOND, 1e6)  # sample 4000 of the channel
    parts = [samples_of(seed) for seed in range(5)]
    for message in (
        pdu(parts[0], start=3950, burst=990_000),
        pdu(parts[1], start=4050),
        pdu(parts[2], start=3990, burst=SECOND),  # the margin before a burst of the tail
        pdu(parts[3], start=4090),
        pdu(parts[4], id=2, start=3990, burst=SECOND + 10),
    ):
        post(recorder, message)
    recorder.stop()
    assert recorder.recordings == 1 and recorder.left_out == 0
    (path,) = tmp_path.glob("*.sigmf-meta")
    np.testing.assert_array_equal(open_recording(path).samples(), parts[0][:50])


LONG = 31 * int(RATE)
"""Samples of a channel, more than are kept of an emission that is not wanted so far."""


def test_the_last_label_decides(tmp_path):
    recorder = record(
        tmp_path,
        pdu(samples_of(1), id=1),
        pdu(samples_of(2), id=2),
        emission_message(1, "update", label="unknown", confidence=0.3),
        emission_message(2, "update", label="nfm", confidence=0.9),
        emission_message(1, "end", label="nfm", confidence=0.8),
        emission_message(2, "end", label="nfm", confidence=0.7),
        when="label=nfm,confidence>=0.8",
    )
    assert [name for name in names(tmp_path) if name.endswith(".sigmf-meta")] == [
        "band_0001_446.000MHz.sigmf-meta"
    ]
    recorder.close()
    assert len(names(tmp_path)) == 2
    assert (recorder.recordings, recorder.given_up, recorder.left_out) == (1, 1, 0)


def test_what_is_ignored_is_not_kept(tmp_path):
    messages = [pdu(samples_of(1), id=1), pdu(samples_of(2), id=2)]
    ends = [emission_message(1, "end", flags=["ignored"]), emission_message(2, "end")]
    recorder = record(tmp_path, *messages, *ends)
    recorder.close()
    assert {name[:9] for name in names(tmp_path)} == {"band_0002"}
    assert (recorder.recordings, recorder.given_up) == (1, 1)


def test_a_label_may_come_after_the_end_of_the_flowgraph(tmp_path):
    recorder = record(tmp_path, pdu(samples_of(1)), when="label=nfm")
    recorder._post(pmt.intern("emissions"), emission_message(1, "end", label="nfm", confidence=1.0))
    recorder.close()
    assert open_recording(tmp_path / "band_0001_446.000MHz").n_samples == 100


def test_the_condition_holds_for_all_channels_of_an_emission(tmp_path):
    messages = [pdu(samples_of(i), rate=1000.0 * (i + 1), start=0) for i in range(3)]
    end = emission_message(1, "end", label="nfm", confidence=1.0)
    assert record(tmp_path, *messages, end, when="label=nfm").recordings == 3
    assert len(names(tmp_path)) == 6


def test_of_an_emission_that_is_not_wanted_so_far_the_newest_part_is_kept(tmp_path):
    recorder = rfattn.emission_recorder(tmp_path, "band", when="label=nfm")
    post(recorder, pdu(samples_of(1, LONG)))
    assert names(tmp_path) == []
    post(recorder, pdu(samples_of(2), start=LONG))
    post(recorder, emission_message(1, "end", label="nfm", confidence=1.0))
    recorder.stop()
    recording = open_recording(tmp_path / "band_0001_2_446.000MHz")
    np.testing.assert_array_equal(recording.samples(), samples_of(2))
    assert recorder.recordings == 1


def test_recordings_that_nobody_decided_on_go_with_the_recorder(tmp_path):
    recorder = record(tmp_path, pdu(samples_of(1)), when="label=nfm")
    assert len(names(tmp_path)) == 1
    del recorder
    gc.collect()
    assert names(tmp_path) == []


def test_wrong_conditions_and_margins_are_refused(tmp_path):
    with pytest.raises(ValueError, match="emission_recorder: when: unknown name 'lable'; did you"):
        rfattn.emission_recorder(tmp_path, when="lable=x")
    with pytest.raises(ValueError, match="emission_recorder: margin_s must be >= 0, got -1"):
        rfattn.emission_recorder(tmp_path, margin_s=-1)
    with pytest.raises(ValueError, match="policy must be one of block, drop, got 'batch'"):
        rfattn.emission_recorder(tmp_path, policy="batch")


def test_with_a_margin_it_waits_longer(tmp_path):
    recorder = rfattn.emission_recorder(tmp_path, margin_s=2.0)
    post(recorder, pdu(samples_of(1)))
    post(recorder, emission_message(1, "end", sample_now=5 * SECOND))
    post(recorder, emission_message(2, "update", sample_now=8 * SECOND))
    assert len(names(tmp_path)) == 1
    post(recorder, emission_message(2, "update", sample_now=8 * SECOND + 1))
    assert len(names(tmp_path)) == 2


class Disk:
    """Holds up the thread that writes until `open` is set; ``reached`` tells that it does."""

    def __init__(self, monkeypatch):
        self.open, self.reached = threading.Event(), threading.Event()
        add = ChannelFile.add

        def stall(file, *arguments):
            self.reached.set()
            assert self.open.wait(30)
            add(file, *arguments)

        monkeypatch.setattr(ChannelFile, "add", stall)


@pytest.mark.parametrize("policy, lost, captures", [("drop", 200, [0, 500]), ("block", 0, [0])])
def test_what_waits_for_a_disk_that_stands_still_is_bounded_and_counted(
    tmp_path, monkeypatch, policy, lost, captures
):
    """A hundred samples each, of which two may wait beside the one that is being written."""
    monkeypatch.setattr(backlog, "_MOST_WAITING_BYTES", 2 * 800)
    disk, parts = Disk(monkeypatch), [samples_of(seed) for seed in range(6)]
    recorder = rfattn.emission_recorder(tmp_path, "band", policy=policy)
    recorder.start()
    for number, part in enumerate(parts[:5]):
        recorder._on_samples(pdu(part, start=100 * number, burst=0 if number == 0 else None))
        assert disk.reached.wait(30)
    assert recorder.waiting_bytes() == (5 - lost // 100) * 800
    disk.open.set()
    recorder.drain()
    recorder._on_samples(pdu(parts[5], start=500))
    recorder.stop()
    assert recorder.samples_lost == lost and recorder.recordings == 1
    assert recorder.failures.count == 0
    recording = open_recording(tmp_path / "band_0001_446.000MHz")
    kept = [part for number, part in enumerate(parts) if not lost or number not in (3, 4)]
    np.testing.assert_array_equal(recording.samples(), np.concatenate(kept))
    meta = json.loads(recording.meta_path.read_text())
    assert [c["core:global_index"] for c in meta["captures"]] == captures


def test_first_and_last_messages_find_room_where_others_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "_MOST_WAITING_BYTES", 4096)
    disk = Disk(monkeypatch)
    recorder = rfattn.emission_recorder(tmp_path, "band", policy="drop")
    recorder.start()
    recorder._on_samples(pdu(samples_of(1)))
    assert disk.reached.wait(30)
    for id, state in enumerate(("update", "update", "new", "end", "end", "update"), start=2):
        recorder._on_emissions(emission_message(id, state))
    # Beside the samples the first update, and the new one, which came while less than twice as much
    # waited as may.
    assert recorder.waiting_bytes() == 800 + 2 * 4096 and recorder.messages_lost == 4
    disk.open.set()
    recorder.close()
    assert recorder.waiting_bytes() == 0


@pytest.mark.parametrize("step", ["add", "finish"])
def test_a_disk_that_is_full_for_a_while_costs_the_recordings_of_then(tmp_path, monkeypatch, step):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    recorder = rfattn.emission_recorder(tmp_path)
    monkeypatch.setattr(ChannelFile, step, fail)
    post(recorder, pdu(samples_of(1)))
    post(recorder, emission_message(1, "end"))
    recorder.stop()
    assert "No space left" in str(recorder.failures.first) and recorder.recordings == 0
    assert names(tmp_path) == []
    monkeypatch.undo()
    post(recorder, pdu(samples_of(2), id=2))
    recorder.stop()
    assert recorder.failures.count == 1 and recorder.recordings == 1
    assert len(names(tmp_path)) == 2


def test_a_disk_that_stands_still_does_not_hold_up_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "FINISH_S", 0.01)
    disk = Disk(monkeypatch)
    recorder = rfattn.emission_recorder(tmp_path, policy="drop")
    recorder.start()
    for number in range(3):
        recorder._on_samples(pdu(samples_of(1), start=100 * number))
    assert disk.reached.wait(30)
    recorder._left_s = 0.0
    recorder.stop()
    recorder.close()
    assert str(recorder.failures.first) == "it did not end in time"
    assert recorder.has_done(10**9)
    assert all(path.suffix == ".partial" for path in tmp_path.iterdir())
    disk.open.set()


def test_what_waits_at_the_end_is_lost_and_counted(tmp_path, monkeypatch):
    """There is no time for what waits, and some to finish what was begun."""
    monkeypatch.setattr(backlog, "FINISH_S", 20.0)  # also where the machine is busy
    recorder = rfattn.emission_recorder(tmp_path, policy="drop")
    recorder.start()
    recorder._on_samples(pdu(samples_of(1)))
    while recorder.waiting_bytes():
        pass
    recorder._left_s = 0.0
    for number in (1, 2):
        recorder._post(pmt.intern("samples"), pdu(samples_of(1), start=100 * number))
    recorder.stop()
    recorder.close()
    assert recorder.samples_lost == 200 and recorder.failures.count == 0
    assert len(open_recording(tmp_path / "emission_0001_446.000MHz").samples()) == 100
