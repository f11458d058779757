# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle bands: which steps pass, where they then lie, and that no label of a signal is lost."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

import squelch_loss
from step_streams import run, segment_tag, vectors

N_BINS, BLOCK_SIZE = 64, 32
CONTEXT, HANG = 3, 2
FLOOR_DB, SIGNAL_DB = -60.0, -40.0


def noise(n_steps, seed=1):
    """Spectra of noise: exponential power around the floor, in dB."""
    rng = np.random.default_rng(seed)
    power = rng.exponential(1.0, (n_steps * BLOCK_SIZE, N_BINS))
    return (FLOOR_DB + 10 * np.log10(power)).astype(np.float32)


def with_signal(tokens, *steps, bins=slice(4, 6)):
    """A narrow signal, 20 dB above the floor, in some steps."""
    tokens = tokens.copy()
    for step in steps:
        tokens[step * BLOCK_SIZE : (step + 1) * BLOCK_SIZE, bins] = SIGNAL_DB
    return tokens


class Outcome:
    """Steps that passed, and (token, dictionary) of the segments that they are in."""

    def __init__(self, tokens, tags=(), max_items=100_000_000, **parameters):
        settings = {"context_steps": CONTEXT, "hang_steps": HANG} | parameters
        self.squelch = rfattn.token_squelch(N_BINS, BLOCK_SIZE, **settings)
        sink = blocks.vector_sink_f(N_BINS)
        tb = gr.top_block()
        tb.connect(vectors(tokens, list(tags)), self.squelch, sink)
        run(tb, max_items)
        self.tokens = np.array(sink.data(), np.float32).reshape(-1, N_BINS)
        self.segments = [
            (t.offset, pmt.to_python(t.value))
            for t in sink.tags()
            if pmt.symbol_to_string(t.key) == rfattn.tags.SEGMENT
        ]

    def sample_starts(self):
        return [value["sample_start"] for _, value in self.segments]


def steps(tokens, *ranges):
    return np.concatenate(
        [tokens[first * BLOCK_SIZE : last * BLOCK_SIZE] for first, last in ranges]
    )


@pytest.mark.parametrize("max_items", [100_000_000, BLOCK_SIZE])
def test_from_the_context_to_the_hang(max_items):
    tokens = with_signal(noise(40), 15, 30)
    found = Outcome(tokens, max_items=max_items, floor_db=FLOOR_DB)
    expected = ((15 - CONTEXT, 16 + HANG), (30 - CONTEXT, 31 + HANG))
    np.testing.assert_array_equal(found.tokens, steps(tokens, *expected))
    assert [offset for offset, _ in found.segments] == [0, (CONTEXT + 1 + HANG) * BLOCK_SIZE]
    assert [value["segment"] for _, value in found.segments] == [0, 1]
    assert found.sample_starts() == [12 * BLOCK_SIZE, 27 * BLOCK_SIZE]
    squelch = found.squelch
    assert squelch.tokens_in() == len(tokens)
    assert squelch.tokens_out() == len(found.tokens)
    held_back = squelch.tokens_in() - squelch.tokens_out() - squelch.tokens_skipped()
    assert held_back == CONTEXT * BLOCK_SIZE
    assert squelch.segments() == 2


def test_pauses_within_the_context_break_nothing():
    tokens = with_signal(noise(20), 5, 5 + HANG + CONTEXT + 1)
    found = Outcome(tokens, floor_db=FLOOR_DB)
    assert found.squelch.segments() == 1
    expected = (5 - CONTEXT, 5 + HANG + CONTEXT + 2 + HANG)
    np.testing.assert_array_equal(found.tokens, steps(tokens, expected))


@pytest.mark.parametrize("level_db", [FLOOR_DB, SIGNAL_DB])
def test_without_a_contrast_everything_passes(level_db):
    """What is there from the start on may be noise or a signal that fills the band."""
    tokens = noise(20) + (level_db - FLOOR_DB)
    assert len(Outcome(tokens).tokens) == len(tokens)


def test_the_floor_is_learned():
    tokens = with_signal(noise(200), 50, 150)
    found = Outcome(tokens)
    expected = ((0, 51 + HANG), (150 - CONTEXT, 151 + HANG))
    np.testing.assert_array_equal(found.tokens, steps(tokens, *expected))


def test_the_floor_falls_when_a_first_signal_ends():
    tokens = with_signal(noise(200), *range(20), 150, bins=slice(None))
    found = Outcome(tokens)
    assert found.tokens.shape[0] < 60 * BLOCK_SIZE  # the fall itself passes, or a part of it
    np.testing.assert_array_equal(found.tokens[: 20 * BLOCK_SIZE], steps(tokens, (0, 20)))
    last = steps(tokens, (150 - CONTEXT, 151 + HANG))
    np.testing.assert_array_equal(found.tokens[-len(last) :], last)


@pytest.mark.parametrize(
    ("rows", "bins", "level_db"),
    [
        (slice(None), 3, FLOOR_DB + 6.0),  # narrow, all the step
        (2, slice(None), FLOOR_DB + 9.0),  # wide, one token
        (2, 3, FLOOR_DB + 15.0),  # one value
    ],
)
def test_kinds_of_signals(rows, bins, level_db):
    tokens = noise(20)
    step = tokens[10 * BLOCK_SIZE : 11 * BLOCK_SIZE]
    step[rows, bins] = level_db
    found = Outcome(tokens, floor_db=FLOOR_DB, context_steps=0, hang_steps=0)
    np.testing.assert_array_equal(found.tokens, step)


def test_a_gap_discards_the_context_and_the_cut_step():
    tokens = with_signal(noise(20), 8)
    gap = 6 * BLOCK_SIZE + 3  # the signal lies in the steps 1 and 2 after the gap
    tags = [segment_tag(0, 0, 1000, rx_rate=1e6), segment_tag(gap, 1, 7000, rx_rate=1e6)]
    found = Outcome(tokens, tags, floor_db=FLOOR_DB)
    start = found.segments[0][1]["sample_start"]
    assert len(found.segments) == 1
    assert start == 7000
    np.testing.assert_array_equal(found.tokens[:BLOCK_SIZE], tokens[gap : gap + BLOCK_SIZE])
    assert found.segments[0][1]["rx_rate"] == 1e6


def test_a_retune_begins_with_a_new_floor():
    tokens = np.concatenate([with_signal(noise(30), 10), noise(30, seed=2) + 15.0])
    tags = [segment_tag(0, 0, 0, rx_freq=100e6), segment_tag(30 * BLOCK_SIZE, 1, 2400, rx_freq=2e8)]
    found = Outcome(tokens, tags)
    # The second band may be one signal from edge to edge, so all of it passes.
    np.testing.assert_array_equal(found.tokens[-30 * BLOCK_SIZE :], tokens[30 * BLOCK_SIZE :])
    assert found.segments[-1][1]["rx_freq"] == 2e8


def test_stream_and_front_end_pass():
    front_end = {"window": "hann"}
    tags = [segment_tag(0, 0, 0, 7, front_end), segment_tag(40 * BLOCK_SIZE, 1, 9999, 7, front_end)]
    found = Outcome(with_signal(noise(80), 10, 30, 60), tags)
    assert found.squelch.segments() > 2 and found.squelch.error() == ""
    assert {value["stream"] for _, value in found.segments} == {7}
    assert all(value["front_end"] == front_end for _, value in found.segments)


@pytest.mark.parametrize("first, second", [(7, 8), (7, None), (None, 8)])
def test_a_second_stream_ends_the_flowgraph(first, second):
    half = 20 * BLOCK_SIZE
    tags = [segment_tag(0, 0, 0, first), segment_tag(half, 1, 10 * half, second)]
    found = Outcome(noise(40), tags, max_items=BLOCK_SIZE)
    assert found.squelch.error() == (
        f"token_squelch: the stream of its tokens must be {first or 0} in the whole run, "
        f"got {second or 0}"
    )
    assert found.squelch.tokens_in() == half


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_bins": 0}, "n_bins must be >= 1, got 0"),
        ({"block_size": 0}, "block_size must be >= 1, got 0"),
        ({"threshold_db": 0.0}, "threshold_db must be > 0 and finite, got 0"),
        ({"context_steps": -1}, "context_steps must be >= 0, got -1"),
        ({"hang_steps": -1}, "hang_steps must be >= 0, got -1"),
        ({"settle_steps": 0}, "settle_steps must be >= 1, got 0"),
        ({"floor_db": float("nan")}, "floor_db must be finite, got nan"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=f"token_squelch: {message}"):
        rfattn.token_squelch(**({"n_bins": 8, "block_size": 4} | arguments))


@pytest.mark.parametrize(
    "n_quiet, last",
    [(7, 60), (30, 30 + 7 + HANG)],  # too short to be the floor, so all may be signal; long enough
)
def test_a_fall_passes_until_it_has_settled(n_quiet, last):
    """As a carrier does in FM audio, which quiets the noise."""
    tokens = noise(60)
    tokens[30 * BLOCK_SIZE : (30 + n_quiet) * BLOCK_SIZE] -= 10.0
    found = Outcome(tokens, floor_db=FLOOR_DB, settle_steps=8)
    np.testing.assert_array_equal(found.tokens, steps(tokens, (30 - CONTEXT, last)))


@pytest.mark.parametrize("name", ["sat_upmsat_2", "sat_ubakusat", "sat_innosat_2", "sat_cz02"])
def test_a_carrier_that_quiets_fm_audio_passes(recordings, name):
    counts = squelch_loss.count(recordings / "sat_fsk" / f"{name}.sigmf-meta", 3.5)
    assert counts["active"] > 10
    assert counts["lost"] == 0


def test_silence_within_a_frame_passes(recordings):
    """An LTE uplink slot at 19.2 MHz: 25 steps without the base station."""
    name = "lte_f1890_s19_2_bw20_0_08s_hackrf_home2.sigmf-meta"
    assert squelch_loss.count(recordings / "lte_tdd" / name, 3.5)["lost"] == 0
