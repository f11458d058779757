# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `emission_extractor` over samples with tags, for its tests; the features by numpy."""

from collections.abc import Sequence

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn

from message_keeper import MessageKeeper
from step_streams import run

tags = rfattn.tags

RATE = 48000.0
BLOCK = 384  # samples of a block of the bank at RATE
N_BINS = 64
WIDTH = 6000.0  # Hz; its channel has 128 bins of 93.75 Hz
CHANNEL_RATE = 12_000.0
MARGIN = 12 * 32 * 4  # 12 tokens, in samples of the input

# Features: their limits and units, as lib/measure/emission_features.h has them.
LIMIT = 4.0
MAX_BURSTS = 32
_WIDTH_HZ, _BURST_S, _PERIOD_S, _SNR_DB = 16e3, 0.1, 1.0, 15.0
MOST_SNR_DB = 25.0
_LEAST = 1e-9  # Hz or s: a logarithm stays finite


def noise(n, seed=1):
    parts = np.random.default_rng(seed).standard_normal((n, 2)) / np.sqrt(2)
    return parts.view(np.complex128).ravel().astype(np.complex64)


def of_width(width, centre=0.0):
    return {"freq_lower": centre - width / 2, "freq_upper": centre + width / 2}


class Cut:
    """Tokens, tags and messages of a run; delay_s is lookback_s where it is not given."""

    def __init__(self, band, stream_tags, chunk=100_000_000, items=None, **parameters):
        plain = {
            "max_snr_db": 0.0,
            "frame_sync": False,
            "delay_s": parameters.get("lookback_s", 0.1),
        }
        parameters = plain | parameters
        self.block = rfattn.emission_extractor(**({"sample_rate": RATE} | parameters))
        if items:
            self.block.set_max_noutput_items(items)
        values = N_BINS + len(parameters.get("features", []))
        source = blocks.vector_source_c(band.tolist(), False, 1, list(stream_tags))
        sink, messages = blocks.vector_sink_f(values), MessageKeeper()
        tb = gr.top_block()
        tb.connect(source, self.block, sink)
        tb.msg_connect(self.block, "samples", messages, "in")
        run(tb, chunk)
        self.tokens = np.array(sink.data(), np.float32).reshape(-1, values)
        self.tags = sink.tags()
        self.messages = messages.found

    def values(self, key):
        """(token, value) of the tags of a key; of segments without the emission."""
        found = []
        for t in self.tags:
            if pmt.symbol_to_string(t.key) == key:
                value = t.value
                if key == tags.SEGMENT:
                    value = pmt.dict_delete(value, pmt.intern(tags.KEY_EMISSION))
                found.append((t.offset, pmt.to_python(value)))
        return found

    def segments(self):
        return self.values(tags.SEGMENT)

    def samples(self):
        """(dictionary, samples) of the messages."""
        found = []
        for message in self.messages:
            about = pmt.dict_delete(pmt.car(message), pmt.intern(tags.KEY_EMISSION))
            found.append((pmt.to_python(about), np.array(pmt.c32vector_elements(pmt.cdr(message)))))
        return found


def expected_starts(first, stop):
    """First samples of the tokens of a span of input samples, in the channel of WIDTH."""
    ratio = CHANNEL_RATE / RATE
    begin, end = int(np.ceil(first * ratio)), int(stop * ratio)
    return np.arange(-(-begin // 32) * 32, end - 64 + 1, 32)


def token_starts(found, stream=1):
    """First samples of the tokens of a stream, from its segment tags."""
    edges = [*found.segments(), (len(found.tokens), None)]
    starts = [np.zeros(0, int)]
    for (token, about), (end, _) in zip(edges, edges[1:], strict=False):
        if about["stream"] == stream:
            starts.append(about["sample_start"] + 32 * np.arange(end - token))
    return np.concatenate(starts)


def emission_features(
    width_hz, channel_rate_hz, duration_s, has_ended, period_s, duty, snr_db
) -> np.ndarray:
    """The features `DESCRIBED` of an emission, or of many.

    The arguments are numbers, or arrays that broadcast.

    Args:
        width_hz: of the emission, Hz.
        channel_rate_hz: sample rate of its channel, Hz.
        duration_s: of its bursts, s, as `burst_duration` gives it.
        has_ended: whether a burst has ended.
        period_s: median time from burst to burst, s; 0 where it is not known.
        duty: share of the time since its first sample that its bursts take, 0 to 1.
        snr_db: mean power during the bursts over that of the noise between the edges, dB.

    Returns:
        float32 [..., 8], in the order of `DESCRIBED`.
    """
    period, is_periodic = np.asarray(period_s, float), np.asarray(period_s, float) > 0.0
    values = (
        _octaves(width_hz, _WIDTH_HZ) / 4.0,
        _octaves(channel_rate_hz, np.maximum(width_hz, _LEAST)) - 1.0,
        _octaves(duration_s, _BURST_S) / 4.0,
        np.asarray(has_ended, float),
        np.where(is_periodic, _octaves(period, _PERIOD_S) / 4.0, 0.0),
        is_periodic.astype(float),
        2.0 * np.asarray(duty, float) - 1.0,
        (np.minimum(snr_db, MOST_SNR_DB) - _SNR_DB) / 10.0,
    )
    stacked = np.stack(np.broadcast_arrays(*values), axis=-1)
    return np.clip(stacked, -LIMIT, LIMIT).astype(np.float32)


def burst_duration(ended_s: Sequence[float], on_air_s: float = 0.0) -> float:
    """The duration of a burst, s, that stands for those of an emission.

    Args:
        ended_s: durations of the bursts that ended, the newest last.
        on_air_s: length so far of the burst on the air; 0 between bursts.

    Returns:
        the median of the last 32 that ended; ``on_air_s`` before one has ended, or where it is
        longer.
    """
    newest = list(ended_s)[-MAX_BURSTS:]
    return max(float(np.median(newest)) if newest else 0.0, on_air_s)


def _octaves(value, unit) -> np.ndarray:
    return np.log2(np.maximum(value, _LEAST) / unit)
