# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of emissions add up to one record each, also where some messages were lost."""

import json
import subprocess
import sys

from gnuradio.rfattn.emissions.record import EmissionRecord, EmissionRecords
from gnuradio.rfattn.messages import schema

from page_messages import emission

NEAREST = [{"name": "NFM voice", "score": 0.5}]


def message(id=1, state="new", **more):
    return schema.read("emissions", emission(id, state, **more))


def added(*messages, **bounds):
    records = EmissionRecords(**bounds)
    for each in messages:
        records.add(each)
    return records


def test_what_was_decoded_stays_with_its_emission():
    records = added(message(), message(2), message(2, "end"), max_ended=1)
    for number, text in ((1, "one"), (2, "two"), (2, "three"), (9, "none")):
        read = {"id": number, "source": "direwolf", "text": text, "is_right": True}
        found = records.add_decoded(schema.read("decoded", read))
        assert (found is None) == (number == 9)
    assert [record.to_dict()["decoded"] for record in records.all()] == [
        [{"source": "direwolf", "text": "one", "is_right": True}],
        [
            {"source": "direwolf", "text": "two", "is_right": True},
            {"source": "direwolf", "text": "three", "is_right": True},
        ],
    ]


def test_bursts_accumulate_and_measurements_are_the_newest():
    records = added(
        message(bursts=[1000, 50], burst_count=1),
        message(state="update", bursts=[2000, 60, 3000, 70], burst_count=3, snr_db=20.0),
        message(state="update", bursts=[], burst_count=3, period_s=0.5, flags=["edge", "dc"]),
        message(
            state="end",
            bursts=[4000, 80],
            burst_count=4,
            sample_count=3080,
            label="nfm",
            confidence=0.75,
            family="voice",
            guess="nfm",
            probabilities={"nfm": 0.75, "am": 0.25},
            nearest=NEAREST,
            period_s=0.5,
            flags=["edge"],
        ),
    )
    assert not records.live
    (record,) = records.all()
    found = record.to_dict()
    assert found == {
        "id": 1,
        "sample_start": 1000,
        "sample_count": 3080,
        "freq_lower": 446.0e6,
        "freq_upper": 446.001e6,
        "snr_db": 12.5,
        "power_db": -40.0,
        "duty": 0.5,
        "period_s": 0.5,
        "burst_count": 4,
        "symbol_rate": None,
        "sync": None,
        "time_unix_s": None,
        "bursts": [
            {"sample_start": start, "sample_count": count}
            for start, count in ((1000, 50), (2000, 60), (3000, 70), (4000, 80))
        ],
        "flags": ["edge"],
        "sideband_of": None,
        "label": "nfm",
        "family": "voice",
        "guess": "nfm",
        "confidence": 0.75,
        "basis": None,
        "label_without_frames": None,
        "probabilities": {"nfm": 0.75, "am": 0.25},
        "nearest": NEAREST,
        "decoded_count": 0,
        "decoded": [],
    }
    assert json.loads(json.dumps(found)) == found


def test_every_key_is_there_when_nothing_is_known():
    found = EmissionRecord(message()).to_dict()
    for name in ("period_s", "label", "family", "guess", "confidence", "probabilities"):
        assert found[name] is None
    assert (found["bursts"], found["flags"], found["nearest"]) == ([], [], [])


def test_a_burst_on_the_air_counts_up_to_the_last_sample():
    records = added(message(bursts=[1000, 50], burst_start=5000, sample_count=6000))
    assert records.live[1].all_bursts() == [(1000, 50), (5000, 2000)]
    records.add(message(state="update", burst_start=5000, sample_count=8000))
    assert records.live[1].all_bursts() == [(1000, 50), (5000, 4000)]
    records.add(message(state="end", bursts=[5000, 4100], sample_count=8100))
    assert records.ended[0, 1].all_bursts() == [(1000, 50), (5000, 4100)]


def test_bursts_kept_are_the_newest():
    records = added(
        *(message(state="update", bursts=[i, 1], burst_count=i) for i in range(1, 9)), max_bursts=3
    )
    assert [start for start, _ in records.live[1].bursts] == [6, 7, 8]
    assert records.live[1].to_dict()["burst_count"] == 8
    everything = added(*(message(state="update", bursts=[i, 1]) for i in range(1000)))
    assert len(everything.live[1].bursts) == 1000


def test_a_label_after_the_end_is_taken_and_ends_nothing_twice():
    records = added(
        message(), message(state="end"), message(state="end", label="ais", confidence=0.5)
    )
    assert records.ended[0, 1].latest.label == "ais"
    assert sum(records.counts.values()) == 1


def test_counts_by_label_and_nearest():
    records = added(
        *(message(i, sample_now=i) for i in (1, 2, 3)),
        message(1, "end", label="ais", confidence=0.5, nearest=NEAREST),
        message(2, "end", nearest=NEAREST, rx_rate=None),
        message(3, "end"),
    )
    assert records.counts == {("ais", "NFM voice"): 1, ("", "NFM voice"): 1, ("", ""): 1}
    assert records.air_seconds == {("ais", "NFM voice"): 0.5, ("", ""): 0.5}  # duty of 0.5


def test_ignored_emissions_are_counted_apart_whether_they_are_live_or_not():
    ignored = {"flags": ["ignored"]}
    records = added(
        message(1, "end", **ignored),
        message(2, "end", flags=["ignored", "sideband"], sideband_of=1),
        message(3, **ignored),
        message(4),
    )
    assert (records.counts, records.sidebands, records.ignored) == ({}, 0, 2)
    assert records.count_ignored() == 3
    records.add(message(3, "update"))  # which is ignored no longer
    assert records.count_ignored() == 2


def test_of_the_ignored_ones_those_that_are_weak_are_counted():
    weak = {"flags": ["weak", "ignored"]}
    records = added(message(1, "end", **weak), message(2, **weak), message(3, flags=["ignored"]))
    assert (records.count_ignored(), records.count_weak()) == (3, 2)
    records.add(message(2, "end"))  # which has a name now
    assert (records.count_ignored(), records.count_weak()) == (2, 1)


def test_a_part_of_another_is_counted_apart():
    new = [message(i, sample_now=i) for i in (1, 2)]
    records = added(*new, message(1, "end", burst_count=0), message(2, "end"))
    assert (records.counts, records.joined) == ({("", ""): 1}, 1)


def test_a_sideband_is_counted_apart_by_what_it_was_at_its_end():
    sideband = {"flags": ["sideband"], "sideband_of": 1}
    records = added(
        *(message(i, sample_now=i) for i in (1, 2, 3)),
        message(2, "update", **sideband),
        message(3, "update", **sideband),
        message(1, "end"),
        message(2, "end", **sideband),
        message(3, "end"),
    )
    assert (records.counts, records.sidebands) == ({("", ""): 2}, 1)
    assert records.air_seconds == {("", ""): 1.0}
    found = records.ended[0, 2].to_dict()
    assert (found["flags"], found["sideband_of"]) == (["sideband"], 1)
    assert records.ended[0, 3].to_dict()["sideband_of"] is None


def test_the_emission_heard_longest_ago_makes_room():
    new = [message(i, sample_now=i) for i in (1, 2, 3)]
    records = added(*new, message(1, "update"), message(4, sample_now=4), max_live=3)
    assert list(records.live) == [3, 1, 4]
    assert list(records.ended) == [(0, 2)] and records.lost == 1
    assert not records.ended[0, 2].is_live
    records.add(message(2, "update", snr_db=3.0))  # which stays ended
    assert 2 not in records.live and records.ended[0, 2].latest.snr_db == 3.0


def test_ended_ones_are_bounded():
    records = EmissionRecords(max_ended=2)
    for i in range(1, 6):
        records.add(message(i, sample_now=i))
        records.add(message(i, "end"))
    assert list(records.ended) == [(0, 4), (0, 5)]
    assert sum(records.counts.values()) == 5


def test_a_later_segment_ends_those_of_the_earlier_one():
    records = added(message(1), message(2, segment=0), message(3, segment=1))
    assert list(records.live) == [3] and records.lost == 2


def test_another_run_begins_with_its_numbers():
    again = added(message(1), message(2), message(1))
    early = added(message(5, sample_now=900), message(1, sample_now=100))
    for records, lost in ((again, 2), (early, 1)):
        assert list(records.live) == [1] and records.lost == lost
        assert records.live[1].run == 1
    assert [(r.run, r.latest.id) for r in again.all()] == [(0, 1), (0, 2), (1, 1)]


def test_a_late_reader_takes_an_emission_from_its_first_message():
    records = added(message(7, "update"), message(9, "end"))
    assert list(records.live) == [7] and list(records.ended) == [(0, 9)]


def test_needs_no_gnuradio():
    code = (
        "import sys; sys.modules['gnuradio.gr'] = sys.modules['pmt'] = None; "
        "import gnuradio.rfattn.emissions.record"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_time_is_that_of_the_receiver_else_that_of_arrival():
    utc = EmissionRecord(message(rx_time=[1_700_000_000, 0.25]), arrived_unix_s=5.0)
    assert utc.to_dict()["time_unix_s"] == 1_700_000_000.25
    since_it_was_switched_on = EmissionRecord(message(rx_time=[12, 0.25]), arrived_unix_s=1.7e9)
    assert since_it_was_switched_on.to_dict()["time_unix_s"] == 1.7e9


def test_each_emission_that_ends_is_handed_on_once():
    ended = []
    records = EmissionRecords(max_ended=1, on_end=lambda record: ended.append(record.latest.id))
    for number in (1, 2):
        records.add(message(id=number))
        records.add(message(id=number, state="end", bursts=[1000, 50]))
    records.add(message(id=2, state="end", label="nfm", confidence=0.9))  # a late label
    assert ended == [1, 2]


def decoded(text, id=1):
    return schema.read("decoded", {"id": id, "source": "AIS", "text": text, "bits": "00"})


def test_what_was_read_belongs_to_its_emission():
    records = EmissionRecords()
    records.add_decoded(decoded("early"))
    records.add_decoded(decoded("other", id=2))
    record = records.add(message())
    records.add_decoded(decoded("live"))
    records.add(message(state="end"))
    records.add_decoded(decoded("late"))
    found = record.to_dict()
    assert found["decoded_count"] == 3
    assert [each["text"] for each in found["decoded"]] == ["early", "live", "late"]
    assert found["decoded"][0] == {"source": "AIS", "text": "early", "bits": "00"}


def test_the_newest_200_are_kept_and_all_are_counted():
    records = EmissionRecords()
    record = records.add(message())
    for number in range(210):
        records.add_decoded(decoded(str(number)))
    found = record.to_dict()
    assert found["decoded_count"] == 210
    assert [each["text"] for each in found["decoded"]] == [str(n) for n in range(10, 210)]


def test_what_belongs_to_no_emission_is_bounded():
    records = EmissionRecords()
    for number in range(1, 1002):
        records.add_decoded(decoded("x", id=number))
    assert records.add(message(id=1)).decoded_count == 0
    assert records.add(message(id=2)).decoded_count == 1
