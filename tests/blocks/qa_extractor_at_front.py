# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_extractor at the front of its input: when tokens are made, how far it goes back, and
what it counts."""

import numpy as np
import pmt
import pytest
from gnuradio import rfattn

from emission_tags import emission_tag
from extractor_cut import (
    BLOCK,
    CHANNEL_RATE,
    MARGIN,
    RATE,
    WIDTH,
    Cut,
    expected_starts,
    noise,
    of_width,
    token_starts,
)
from step_streams import tag

tags = rfattn.tags
LOOKBACK_S = 0.3
CATCH_UP = 8  # blocks, for each that is due


def at_front(band, stream_tags, **parameters):
    return Cut(band, stream_tags, **({"lookback_s": LOOKBACK_S, "delay_s": 0.0} | parameters))


def of_tag(found, key):
    """By token, of the tags of a key."""
    return {t.offset: t.value for t in found.tags if pmt.symbol_to_string(t.key) == key}


def test_what_is_on_the_air_has_the_tokens_that_it_has_behind():
    tagged = [emission_tag(20_000, burst_start=16_000, **of_width(WIDTH))]
    samples = noise(60_000)
    found = at_front(samples, tagged)
    behind = Cut(samples, tagged, lookback_s=LOOKBACK_S)
    np.testing.assert_array_equal(found.tokens, behind.tokens)
    np.testing.assert_array_equal(token_starts(found), expected_starts(16_000 - MARGIN, 60_000))
    assert found.block.samples_missed() == 0


def test_features_change_with_the_sample_of_the_tag():
    """The tokens of a burst that came before its tag have what that states."""
    tagged = [
        emission_tag(20_000, burst_start=16_000, duty=0.0, **of_width(WIDTH)),
        emission_tag(40_000, state="update", burst_start=16_000, duty=1.0, **of_width(WIDTH)),
    ]
    found = at_front(noise(60_000), tagged, features=["duty"])
    ends = (token_starts(found) + 64) * (RATE / CHANNEL_RATE)
    due = 40_000 // BLOCK * BLOCK  # the block that is due with that sample, and the next one
    assert set(found.tokens[ends <= due - BLOCK, -1]) == {-1.0}
    assert set(found.tokens[ends > due + BLOCK, -1]) == {1.0}


def test_a_burst_that_has_ended_is_cut_until_its_end_is_reported():
    tagged = [
        emission_tag(20_000, burst_start=16_000, **of_width(WIDTH)),
        emission_tag(30_000, state="update", bursts=[(16_000, 6000)], **of_width(WIDTH)),
    ]
    found = at_front(noise(60_000), tagged)
    starts = token_starts(found)
    assert starts[0] == expected_starts(16_000 - MARGIN, 60_000)[0]
    end = (starts[-1] + 64) * (RATE / CHANNEL_RATE)
    assert 30_000 - 2 * BLOCK <= end <= 30_000  # and not 22,000 with the margin behind it


@pytest.mark.parametrize("width", [WIDTH, 400.0])  # without and with a second bank
def test_a_second_burst_is_cut_from_where_the_first_was_given_up(width):
    """Its margin reaches into samples that were cut; none is cut twice."""
    place = of_width(width)
    tagged = [
        emission_tag(20_000, burst_start=16_000, **place),
        emission_tag(26_000, state="update", bursts=[(16_000, 8000)], **place),
        emission_tag(32_000, state="update", burst_start=26_500, **place),
    ]
    starts = token_starts(at_front(noise(60_000), tagged))
    assert len(starts) > 10
    np.testing.assert_array_equal(starts, np.arange(starts[0], starts[-1] + 1, 32))


def test_streams_catch_up_with_bounded_work_and_hold_up_no_other():
    """While the second stream goes back 12,000 samples, the first one has all its tokens as they
    come: the order in the output is that of the blocks."""
    tagged = [
        emission_tag(1000, id=1, burst_start=0, **of_width(WIDTH, 10_000.0)),
        emission_tag(24_000, id=2, burst_start=12_000 + MARGIN, **of_width(WIDTH, -10_000.0)),
    ]
    found = at_front(noise(60_000), tagged)
    np.testing.assert_array_equal(token_starts(found, 1), expected_starts(0, 60_000))
    np.testing.assert_array_equal(token_starts(found, 2), expected_starts(12_000, 60_000))
    behind = -(-(24_000 - 12_000) // BLOCK)  # blocks
    needed = -(-behind // (CATCH_UP - 1)) * BLOCK  # samples that come meanwhile
    places = {1: 0, 2: 0}  # sample that the tokens reach so far
    lag = {1: [], 2: []}
    edges = [*found.segments(), (len(found.tokens), None)]
    for (first, about), (end, _) in zip(edges, edges[1:], strict=False):
        stream = about["stream"]
        places[stream] = (about["sample_start"] + 32 * (end - first)) * RATE / CHANNEL_RATE
        lag[stream].append(places[1] - places[2])
    caught_up = [n for n, late in enumerate(lag[2]) if late <= 3 * BLOCK]
    assert caught_up and caught_up[0] <= 2 + needed // (0.01 * RATE)


def test_a_late_report_misses_what_lies_before_the_lookback():
    tagged = [emission_tag(40_000, burst_start=10_000, **of_width(WIDTH))]
    found = at_front(noise(90_000), tagged, lookback_s=0.1)
    # Block 104 is due with that sample; 12 whole blocks before it are within the 4800 samples.
    begin = (104 - 12) * BLOCK
    np.testing.assert_array_equal(token_starts(found), expected_starts(begin, 90_000))
    assert found.block.samples_missed() == begin - 10_000


@pytest.mark.parametrize("samples", [False, True])
def test_a_young_burst_is_cut_again_when_its_edges_are_corrected(samples):
    """But no sample is sent twice as a message."""
    tagged = [
        emission_tag(18_000, burst_start=16_000, **of_width(WIDTH)),
        emission_tag(24_000, state="update", burst_start=16_000, **of_width(2 * WIDTH)),
    ]
    found = at_front(noise(60_000), tagged, samples=samples)
    first, second = (
        next(a for _, a in found.segments() if a["segment"] == number) for number in (0, 1)
    )
    assert first["sample_start"] == expected_starts(16_000 - MARGIN, 60_000)[0]
    begin = second["sample_start"] / second["rx_rate"] * RATE
    if samples:
        assert 24_000 - 2 * BLOCK < begin < 24_000 + BLOCK
    else:  # with the margin of the first channel
        assert 16_000 - MARGIN <= begin < 16_000 - MARGIN + 128


def test_a_long_burst_gets_another_channel_where_it_stands():
    tagged = [
        emission_tag(2000, burst_start=1000, **of_width(WIDTH)),
        emission_tag(40_000, state="update", burst_start=1000, **of_width(2 * WIDTH)),
    ]
    found = at_front(noise(60_000), tagged)
    second = next(a for _, a in found.segments() if a["segment"] == 1)
    begin = second["sample_start"] / second["rx_rate"] * RATE
    assert 40_000 - 2 * BLOCK < begin < 40_000 + BLOCK


def test_tokens_that_came_before_the_report_state_it():
    """Of these rfattn:found_ns is when the report came, and rfattn:arrival_ns is not later."""
    tagged = [emission_tag(24_000, burst_start=16_000, **of_width(WIDTH))]
    found = at_front(noise(60_000), tagged)
    arrivals, reports = of_tag(found, tags.ARRIVAL), of_tag(found, tags.FOUND)
    ends = (token_starts(found) + 64) * (RATE / CHANNEL_RATE)
    late = {token for token in arrivals if ends[token] <= 24_000}
    assert late and set(reports) == late
    assert max(late) + 1 < len(found.tokens)
    times = {pmt.to_uint64(ns) for ns in reports.values()}
    assert len(times) == 1
    assert all(pmt.to_uint64(arrivals[token]) <= min(times) for token in late)
    stamps = [pmt.to_uint64(arrivals[token]) for token in sorted(arrivals)]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize("limits", [{"chunk": 1}, {"items": 1}, {"chunk": 37}, {"chunk": 5000}])
def test_chunking_changes_nothing(limits):
    tagged = [
        emission_tag(5000, id=1, burst_start=1000, **of_width(WIDTH, 3000.0)),
        emission_tag(6000, id=2, burst_start=2500, **of_width(400.0, -9000.0)),
        emission_tag(9000, id=1, state="update", bursts=[(1000, 7000)], **of_width(WIDTH, 3000.0)),
        emission_tag(9500, id=2, state="update", burst_start=2500, **of_width(700.0, -9000.0)),
        emission_tag(9900, id=1, state="update", burst_start=8800, **of_width(WIDTH, 3000.0)),
        tag(15_000, "rx_freq", pmt.from_double(1e6)),
        emission_tag(16_000, id=3, segment=1, burst_start=15_000, **of_width(WIDTH, 1e3)),
    ]
    samples = noise(30_000)
    whole = at_front(samples, tagged, features=["burst", "duty"])
    parts = at_front(samples, tagged, features=["burst", "duty"], **limits)
    assert len(whole.tokens) > 60
    np.testing.assert_array_equal(parts.tokens, whole.tokens)
    for key in (tags.SEGMENT, tags.END):
        assert parts.values(key) == whole.values(key)
    assert set(of_tag(parts, tags.FOUND)) == set(of_tag(whole, tags.FOUND))


def test_no_token_crosses_a_gap():
    samples = noise(100_000)
    samples[50_000:] *= 1000.0
    tagged = [
        tag(0, "rx_freq", pmt.from_double(1e8)),
        emission_tag(49_000, burst_start=44_000, **of_width(WIDTH)),
        tag(50_000, "rx_freq", pmt.from_double(2e8)),
        emission_tag(54_000, id=2, segment=1, burst_start=50_000, **of_width(WIDTH)),
    ]
    found = at_front(samples, tagged)
    np.testing.assert_array_equal(token_starts(found, 1), expected_starts(44_000 - MARGIN, 50_000))
    np.testing.assert_array_equal(token_starts(found, 2), expected_starts(50_000, 100_000))
    second = next(token for token, about in found.segments() if about["stream"] == 2)
    assert found.tokens[:second].max() < 0.0 < np.median(found.tokens[second:])


@pytest.mark.parametrize("delay_s, value", [(-0.1, "-0.1"), (0.4, "0.4")])
def test_refuses_a_delay_beyond_the_lookback(delay_s, value):
    with pytest.raises(ValueError) as refused:
        rfattn.emission_extractor(RATE, lookback_s=0.3, delay_s=delay_s)
    rule = f"delay_s must be from 0 to lookback_s, got {value}"
    assert str(refused.value) == f"emission_extractor: {rule}"
