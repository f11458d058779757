# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What remains of the messages of emissions at the end of a recording."""

from gnuradio.rfattn.emissions.recording_end import RecordingEnd
from gnuradio.rfattn.messages import schema

from page_messages import emission

RATE, END = 1e6, 10_000


def message(state="update", id=1, **more):
    given = {"sample_start": 1000, "rx_rate": RATE, "period_s": None, "burst_start": None} | more
    values = {k: v for k, v in emission(id, state, **given).items() if v is not None}
    return schema.read("emissions", values)


def test_what_lies_before_the_end_stays():
    sent = message(sample_count=3000, sample_now=9000, bursts=[1000, 3000], burst_count=1)
    assert RecordingEnd(END, RATE).clip(sent) == sent


def test_an_emission_that_begins_behind_the_end_does_not_count():
    end = RecordingEnd(END, RATE)
    assert end.clip(message("new", sample_start=END, sample_count=10, sample_now=END + 10)) is None
    assert end.clip(message("new", sample_start=END - 1, sample_count=1)) is not None


def test_the_burst_at_the_end_is_clipped():
    end = RecordingEnd(END, RATE)
    live = end.clip(
        message("new", sample_count=14_000, sample_now=15_000, burst_start=1000, duty=1.0)
    )
    assert (live.sample_count, live.sample_now, live.burst_start) == (9000, END, 1000)
    assert (live.burst_count, live.bursts, live.duty) == (0, [], 1.0)
    ended = end.clip(
        message("end", sample_count=18_000, sample_now=20_000, bursts=[1000, 18_000], burst_count=1)
    )
    assert (ended.sample_count, ended.sample_now, ended.burst_start) == (9000, END, None)
    assert (ended.burst_count, ended.bursts, ended.duty) == (1, [1000, 9000], 1.0)


def test_bursts_behind_the_end_do_not_count():
    end = RecordingEnd(END, RATE)
    bursts = [1000, 500, 3000, 500, 5500, 500, 9000, 1000]
    first = end.clip(message(sample_count=9000, sample_now=12_000, bursts=bursts, burst_count=4))
    assert (first.bursts, first.burst_count) == (bursts, 4)
    later = end.clip(
        message(
            sample_count=13_000,
            sample_now=14_000,
            bursts=[10_000, 1000],
            burst_start=13_500,
            burst_count=5,
            period_s=1e-3,
        )
    )
    assert (later.bursts, later.burst_count, later.burst_start) == ([], 4, None)
    assert (later.sample_start, later.sample_count) == (1000, 9000)
    assert later.duty == 2500 / 9000
    assert later.period_s == 2500 / RATE  # of 2000, 2500 and 3500 samples


def test_a_burst_behind_the_end_measures_nothing():
    end = RecordingEnd(END, RATE)
    edges = {"freq_lower": -5e3, "freq_upper": 5e3}
    first = end.clip(message("new", sample_now=8000, burst_start=1000, power_db=-30.0, **edges))
    wide = {"freq_lower": -50e3, "freq_upper": 50e3, "power_db": -10.0, "snr_db": 40.0}
    live = end.clip(message(sample_now=13_000, burst_start=12_000, bursts=[1000, 8500], **wide))
    assert (live.power_db, live.freq_lower, live.freq_upper) == (-30.0, -5e3, 5e3)
    ended = end.clip(message("end", sample_now=14_000, bursts=[12_000, 500], **wide))
    assert (ended.power_db, ended.snr_db, ended.freq_upper) == (-30.0, first.snr_db, 5e3)


def test_what_is_only_measured_behind_the_end_stays():
    bursts = [1000, 500, 12_000, 500]
    only = RecordingEnd(END, RATE).clip(message("end", sample_now=13_000, bursts=bursts))
    assert only == message(
        "end", sample_now=END, bursts=bursts[:2], burst_count=1, sample_count=500, duty=1.0
    )


def test_two_bursts_have_no_period():
    end = RecordingEnd(END, RATE)
    bursts = [1000, 500, 3000, 500, 12_000, 500]
    cut = end.clip(message("end", sample_count=11_500, sample_now=13_000, bursts=bursts))
    assert (cut.burst_count, cut.period_s, cut.sample_count) == (2, None, 2500)


def test_samples_of_a_channel_before_the_end():
    end = RecordingEnd(END, RATE)  # 10 ms
    assert end.is_before(39, 4000.0) and not end.is_before(40, 4000.0)
    assert end.is_before(10**9, None)
    assert [end.count_before(start, 30, 4000.0) for start in (0, 20, 40, 60)] == [30, 20, 0, 0]
