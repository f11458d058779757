# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_extractor against a long FFT, and what it cuts, counts and refuses."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.recordings.emission_features import DESCRIBED, FEATURES
from gnuradio.rfattn.recordings.front_end import FrontEnd

from emission_tags import emission_tag
from extractor_cut import (
    BLOCK,
    CHANNEL_RATE,
    MARGIN,
    N_BINS,
    RATE,
    WIDTH,
    Cut,
    burst_duration,
    emission_features,
    expected_starts,
    noise,
    of_width,
    token_starts,
)
from signal_parts import noise_gain
from step_streams import run, tag

tags = rfattn.tags

FRONT_END = FrontEnd(fft_size=64, hop=32, n_bins=64)


def channel_of(sample_rate, width, centre):
    """Rate and centre of the channel of an emission, as the block states them."""
    n = int(0.01 * sample_rate)
    found = Cut(
        np.zeros(n, np.complex64),
        [emission_tag(0, burst_start=0, **of_width(width, centre))],
        sample_rate=sample_rate,
        samples=True,
        lookback_s=0.0,
    )
    about, _ = found.samples()[0]
    return about["rx_rate"], about["rx_freq"]


# Samples and tokens of a channel


def response(frequency, kept):
    """Of a channel at whole numbers of `kept` parts of its rate from its centre: the transform of a
    sinc in a Kaiser window of 32 channel samples."""
    t = np.arange(-16 * 64, 16 * 64 + 1)
    taps = 2 * 0.417 * np.sinc(2 * 0.417 * t / 64) * np.kaiser(len(t), 7.527) / 64
    padded = np.zeros(64 * kept)
    np.add.at(padded, t % len(padded), taps)
    return np.fft.rfft(padded).real[np.abs(frequency)]


def long_fft(samples, sample_rate, rate, centre):
    """Mixes, filters and resamples the whole recording at once; its length in channel samples must
    be whole."""
    n = len(samples)
    mixed = samples * np.exp(-2j * np.pi * centre / sample_rate * np.arange(n))
    kept = round(n * rate / sample_rate)
    frequency = np.fft.fftfreq(kept, 1 / kept).astype(int)
    spectrum = np.fft.fft(mixed)[frequency] * response(frequency, kept)
    return np.fft.ifft(spectrum) * (kept / n)


@pytest.mark.parametrize(
    ("sample_rate", "width", "centre"),
    [
        (48e3, 3000.0, 0.0),
        (48e3, 5000.0, 7654.3),
        (48e3, 400.0, -11111.1),
        (48e3, 90.0, 5000.0),
        (2.4e6, 12.5e3, -333_333.0),
        (2.4e6, 200e3, 412_345.6),
        (2.4e6, 600e3, 100e3),
    ],
)
def test_samples_are_those_of_a_long_fft(sample_rate, width, centre):
    n = 15 << 14
    samples = noise(n)
    tagged = [emission_tag(0, burst_start=0, **of_width(width, centre))]
    found = Cut(samples, tagged, sample_rate=sample_rate, samples=True, lookback_s=0.01)
    about, _ = found.samples()[0]
    assert about["sample_start"] == 0 and about["id"] == 1
    assert about["rx_freq"] == pytest.approx(centre, abs=1e-6)
    rate = about["rx_rate"]
    assert 1 / 1.12 < rate / (2 * width) < 1.12
    got = np.concatenate([part for _, part in found.samples()])
    assert n * rate / sample_rate == round(n * rate / sample_rate)
    want = long_fft(samples, sample_rate, rate, centre)
    inner = slice(40, len(want) - 40)  # the long FFT is periodic
    error = np.linalg.norm(got[inner] - want[inner])
    # 2e-4: the response of the long FFT is cut off at the edge of the channel, 77 dB down
    assert error / np.linalg.norm(want[inner]) < 2e-4


def test_an_emission_of_more_than_half_the_band_has_the_band_as_its_channel():
    samples = noise(5000)
    tagged = [emission_tag(0, burst_start=0, **of_width(0.9 * RATE, 1000.0))]
    found = Cut(samples, tagged, samples=True)
    about, _ = found.samples()[0]
    assert (about["rx_rate"], about["rx_freq"]) == (RATE, 0.0)
    got = np.concatenate([part for _, part in found.samples()])
    np.testing.assert_array_equal(got, samples)


@pytest.mark.parametrize(
    "hop, averaging, window", [(32, 1, "hann"), (20, 3, "flattop"), (100, 2, "hann")]
)
@pytest.mark.parametrize("scale", ["db", "linear"])
def test_tokens_are_those_of_the_front_end(hop, averaging, window, scale):
    front_end = FrontEnd(64, hop, 64, window, averaging, scale)
    parameters = {"hop": hop, "averaging": averaging, "window": window, "scale": scale}
    samples = noise(60_000)
    tagged = [emission_tag(30_000, burst_start=30_000, **of_width(WIDTH))]
    found = Cut(samples, tagged, samples=True, lookback_s=0.2, **parameters)
    (token, segment), *_ = found.segments()
    assert token == 0 and segment["front_end"] == front_end.to_dict()
    assert segment["samples_per_token"] == hop * averaging
    assert segment["token_samples"] == 64 + (averaging - 1) * hop
    first = found.samples()[0][0]["sample_start"]
    cut = np.concatenate([part for _, part in found.samples()])
    assert segment["sample_start"] % (hop * averaging) == 0
    assert 0 <= segment["sample_start"] - first < hop * averaging
    want = front_end.tokens(cut[segment["sample_start"] - first :])
    assert found.tokens.shape == want.shape
    np.testing.assert_allclose(found.tokens, want, rtol=1e-3, atol=5e-3)


# Kinds of signals, at the rate of their channel, half as wide as that


def fm(n, rng):
    voice = np.convolve(rng.standard_normal(n + 63), np.hanning(64), "valid")
    return np.exp(2j * np.pi * np.cumsum(0.06 * voice / voice.std()))


def fsk(n, rng):
    bits = np.repeat(rng.integers(0, 2, n // 16 + 1), 16)[:n] * 2 - 1
    return np.exp(2j * np.pi * np.cumsum(0.15 * bits))


def ook(n, rng):
    keyed = np.repeat(rng.integers(0, 2, n // 48 + 1), 48)[:n]
    return np.convolve(keyed, np.hanning(8) / 4, "same").astype(complex)


def chirps(n, rng):
    phase = (np.arange(n) + 128 * np.repeat(rng.random(n // 256 + 1), 256)[:n]) % 256 / 256
    return np.exp(2j * np.pi * np.cumsum(0.5 * (phase - 0.5)))


def ofdm(n, rng):
    symbols = rng.choice([1, -1, 1j, -1j], (n // 144 + 1, 64))
    bins = np.zeros((len(symbols), 128), complex)
    bins[:, np.arange(-32, 32)] = symbols
    time = np.fft.ifft(bins) * 16
    return np.concatenate([time[:, -16:], time], axis=1).ravel()[:n]


@pytest.mark.parametrize("kind", [fm, fsk, ook, chirps, ofdm])
@pytest.mark.parametrize(
    ("sample_rate", "width", "centre"),
    [
        (2.4e6, 12.5e3, 417_123.4),
        (4e6, 100e3, -1_234_567.8),
        (10e6, 180e3, 3_333_333.3),
        (20e6, 1.1e6, -7_654_321.0),
    ],
)
def test_tokens_are_those_of_the_signal_recorded_alone(kind, sample_rate, width, centre):
    """Beside one 40 dB stronger, two channels away; over the flat part of the channel."""
    rng = np.random.default_rng(3)
    rate, centre_found = channel_of(sample_rate, width, centre)
    assert centre_found == pytest.approx(centre)
    n = 15 << (13 if sample_rate < 5e6 else 15)
    alone_count = round(n * rate / sample_rate)
    alone = kind(alone_count, rng) + 10 ** (-25 / 20) * noise(alone_count, 5)
    band = np.zeros(n, complex)
    band[np.fft.fftfreq(alone_count, 1 / alone_count).astype(int)] = np.fft.fft(alone)
    time = np.arange(n) / sample_rate
    samples = np.fft.ifft(band) * (n / alone_count) * np.exp(2j * np.pi * centre * time)
    samples += 100 * np.exp(2j * np.pi * (centre + 2 * rate) * time)
    tagged = [emission_tag(0, burst_start=0, **of_width(width, centre))]
    found = Cut(samples.astype(np.complex64), tagged, sample_rate=sample_rate, lookback_s=0.0)
    want = FRONT_END.tokens(alone.astype(np.complex64))
    inner = slice(2, len(want) - 2)  # the spectrum of the whole recording is periodic
    flat = slice(32 - 21, 32 + 22)
    got = found.tokens[: len(want)][inner, flat]
    assert np.corrcoef(got.ravel(), want[inner, flat].ravel())[0, 1] >= 0.999


# Features


def features_of(about):
    """The features of an emission with these fields, in the channel of WIDTH; ``ended``: samples of
    its bursts so far."""
    duration = burst_duration([n / RATE for n in about["ended"]], about.get("on_air", 0) / RATE)
    return emission_features(
        about.get("width", WIDTH),
        CHANNEL_RATE,
        duration,
        bool(about["ended"]),
        about.get("period_s") or 0.0,
        about["duty"],
        about["snr_db"],
    )


def test_features_follow_the_spectrum():
    """They change with the tag: `lookback_s` after its sample has arrived, at a block of the
    bank."""
    place = of_width(WIDTH)
    measured = [
        {"duty": 1.0, "snr_db": 3.0},
        {"duty": 0.5, "snr_db": 21.5, "period_s": 0.3},
        {"duty": 0.25, "snr_db": 99.0, "period_s": 1e-12},
    ]
    tagged = [
        emission_tag(20_000, burst_start=16_000, **place, **measured[0]),
        emission_tag(
            40_000,
            state="update",
            bursts=[(16_000, 10_000), (27_000, 100), (30_000, 200), (33_000, 400)],
            burst_start=39_000,
            **place,
            **measured[1],
        ),
        emission_tag(60_000, state="update", burst_start=39_000, **place, **measured[2]),
    ]
    samples = noise(80_000)
    lookback_s = 0.1
    found = Cut(samples, tagged, features=list(DESCRIBED), lookback_s=lookback_s)
    plain = Cut(samples, tagged, lookback_s=lookback_s)
    np.testing.assert_array_equal(found.tokens[:, :N_BINS], plain.tokens)
    ended = [10_000, 100, 200, 400]
    expected = [
        features_of({"ended": [], "on_air": 4000} | measured[0]),
        features_of({"ended": ended, "on_air": 1000} | measured[1]),
        features_of({"ended": ended, "on_air": 21_000} | measured[2]),
    ]
    starts = token_starts(found) * (RATE / CHANNEL_RATE)
    values = found.tokens[:, N_BINS:]
    assert len(np.unique(values, axis=0)) == 3
    begins = [(offset - lookback_s * RATE) // BLOCK * BLOCK for offset in (20_000, 40_000, 60_000)]
    for i, want in enumerate(expected):
        end = begins[i + 1] if i < 2 else len(samples)
        # A token is made in the block that its last sample completes.
        inside = (starts >= begins[i]) & (starts + 64 * RATE / CHANNEL_RATE + BLOCK < end)
        assert inside.sum() > 20
        np.testing.assert_allclose(values[inside], np.tile(want, (inside.sum(), 1)), atol=1e-6)
    assert {tuple(about["features"]) for _, about in found.segments()} == {DESCRIBED}
    assert all("features" not in about for _, about in plain.segments())


def test_features_in_numbers():
    tagged = [
        emission_tag(0, burst_start=0, sample_now=4800, duty=0.75, snr_db=25.0, **of_width(WIDTH))
    ]
    found = Cut(noise(20_000), tagged, features=list(DESCRIBED))
    width, channel = np.log2(6 / 16) / 4, np.log2(12 / 6) - 1  # 6 kHz in a channel of 12 kHz
    np.testing.assert_allclose(
        found.tokens[0, N_BINS:], [width, channel, 0, 0, 0, 0, 0.5, 1], atol=1e-6
    )


def test_features_are_those_that_are_named():
    place = emission_tag(0, burst_start=0, duty=0.75, **of_width(WIDTH))
    samples = noise(20_000)
    every = Cut(samples, [place], features=list(FEATURES)).tokens
    names = ["fm_line", "duty", "measured"]
    found = Cut(samples, [place], features=names)
    columns = [*range(N_BINS), *(N_BINS + FEATURES.index(name) for name in names)]
    np.testing.assert_array_equal(found.tokens, every[:, columns])
    assert found.segments()[0][1]["features"] == names


def test_the_features_of_a_modulation():
    """BPSK of 1500 symbols a second, shaped by its half cosine; the last token knows it best."""
    n, symbol_rate = 96_000, 1500.0
    phase = np.arange(n) * (symbol_rate / RATE)
    signs = np.random.default_rng(3).choice([-1.0, 1.0], 4000)[phase.astype(int)]
    band = signs * np.sin(np.pi * (phase % 1.0)) * np.exp(2j * np.pi * 3000 * np.arange(n) / RATE)
    place = emission_tag(0, burst_start=0, **of_width(5000.0, 3000.0))
    found = Cut((band + 0.03 * noise(n)).astype(np.complex64), [place], features=list(FEATURES))
    last = dict(zip(FEATURES, found.tokens[-1, N_BINS:], strict=True))
    assert 4800 * 4.0 ** last["am_rate"] == pytest.approx(symbol_rate, rel=0.01)
    assert last["measured"] > 1.0 and last["am_line"] > 0.5 and last["square_line"] > 1.5
    assert last["envelope"] == pytest.approx(0.0, abs=0.1)  # mean sin^4 / (mean sin^2)^2 = 1.5


# What is cut


def test_an_idle_band_gives_nothing():
    found = Cut(noise(50_000), [])
    assert len(found.tokens) == 0 and found.tags == [] and found.messages == []
    assert found.block.emissions_cut() == found.block.tokens_out() == 0
    assert found.block.error() == ""


def test_bursts_are_cut_with_their_margins_and_are_one_segment():
    bursts = [(30_000, 4000), (60_000, 80_000)]
    tagged = [
        emission_tag(32_000, burst_start=30_000, **of_width(WIDTH)),
        emission_tag(36_000, state="update", bursts=bursts[:1], **of_width(WIDTH)),
        emission_tag(62_000, state="update", burst_start=60_000, **of_width(WIDTH)),
        emission_tag(150_000, state="update", bursts=bursts[1:], **of_width(WIDTH)),
        emission_tag(190_000, state="end", **of_width(WIDTH)),
    ]
    lookback_s = 0.3
    found = Cut(noise(240_000), tagged, lookback_s=lookback_s)
    first = expected_starts(30_000 - MARGIN, 34_000 + MARGIN)
    second = expected_starts(60_000 - MARGIN, 140_000 + 10_000)
    np.testing.assert_array_equal(token_starts(found), [*first, *second])
    segments = [about for _, about in found.segments()]
    assert [about["segment"] for about in segments] == [0, 0]
    assert [about["sample_start"] for about in segments] == [first[0], second[0]]
    assert segments[0]["rx_rate"] == CHANNEL_RATE and segments[0]["rx_freq"] == 0.0
    assert found.block.emissions_cut() == 1
    assert found.block.samples_missed() == 0
    assert found.block.tokens_out() == len(found.tokens)


def test_a_least_margin():
    samples, margin_s = noise(240_000), 0.5
    tagged = [
        emission_tag(62_000, burst_start=60_000, **of_width(WIDTH)),
        emission_tag(71_000, state="update", bursts=[(60_000, 10_000)], **of_width(WIDTH)),
        emission_tag(72_000, state="end", **of_width(WIDTH)),
    ]
    found = Cut(samples, tagged, lookback_s=0.1, margin_s=margin_s, samples=True)
    margin = int(margin_s * RATE)
    starts = expected_starts(60_000 - margin, 70_000 + margin)
    np.testing.assert_array_equal(token_starts(found), starts)
    assert found.samples()[0][0]["sample_start"] == (60_000 - margin) / 4
    count = sum(len(part) for _, part in found.samples())
    assert count == (10_000 + 2 * margin) / 4 and found.block.samples_missed() == 0
    with pytest.raises(ValueError, match="emission_extractor: margin_s must be from 0 to 10, got"):
        rfattn.emission_extractor(RATE, margin_s=-0.1)


# Noise added to strong emissions


def strong_emission(snr_db, **parameters):
    """A tone of -10 dB in a channel without noise whose emission states an SNR."""
    tone = (10**-0.5 * np.exp(2j * np.pi * 0.01 * np.arange(240_000))).astype(np.complex64)
    about = {"snr_db": snr_db, "power_db": -10.0, **of_width(WIDTH)}
    tagged = [emission_tag(0, burst_start=0, **about)]
    return Cut(tone, tagged, samples=True, **parameters)


@pytest.mark.parametrize("snr_db, added_db", [(25.5, -44.6), (28.0, -38.0), (60.0, -35.0)])
def test_the_tokens_of_a_strong_emission_show_the_most_snr(snr_db, added_db):
    found = strong_emission(snr_db, max_snr_db=25.0)
    power = 10 ** (found.tokens[8:] / 10)
    inside = np.r_[20:30, 44:48]  # of 64 bins; away from the tone, within half the rate
    per_bin = 10 * np.log10(power[:, inside].mean())
    between_edges = per_bin - 10 * np.log10(noise_gain(FRONT_END)) - 10 * np.log10(2)
    assert between_edges == pytest.approx(added_db, abs=0.3)
    edge = 10 * np.log10(power[:, [1, 62]].mean())  # behind the channel's filter, as noise is
    assert edge < per_bin - 25
    (_, segment), *_ = found.segments()
    assert segment["front_end"]["max_snr_db"] == 25.0
    _, sent = found.samples()[2]
    assert np.abs(np.abs(sent) - 10**-0.5).max() < 1e-4  # without the noise


def test_weaker_emissions_stay_as_they_are():
    plain = strong_emission(24.9)
    found = strong_emission(24.9, max_snr_db=25.0)
    np.testing.assert_array_equal(found.tokens, plain.tokens)
    assert "max_snr_db" not in plain.segments()[0][1]["front_end"]


def test_added_noise_does_not_depend_on_the_scheduler():
    whole = strong_emission(60.0, max_snr_db=25.0)
    parts = strong_emission(60.0, max_snr_db=25.0, chunk=777, items=50)
    np.testing.assert_array_equal(whole.tokens, parts.tokens)


def test_refuses_a_most_snr():
    with pytest.raises(ValueError, match="emission_extractor: max_snr_db must be from 0 to 200, g"):
        rfattn.emission_extractor(RATE, max_snr_db=-1.0)


def test_the_margin_of_a_long_burst_is_at_most_the_lookback():
    samples = noise(300_000)
    tagged = [
        emission_tag(50_000, burst_start=50_000, **of_width(WIDTH)),
        emission_tag(250_000, state="update", bursts=[(50_000, 200_000)], **of_width(WIDTH)),
    ]
    found = Cut(samples, tagged, lookback_s=0.25)
    np.testing.assert_array_equal(
        token_starts(found), expected_starts(50_000 - MARGIN, 250_000 + 12_000)
    )


def test_a_burst_that_had_ended_when_it_was_found():
    tagged = [emission_tag(40_000, bursts=[(33_000, 2000)], **of_width(WIDTH))]
    found = Cut(noise(90_000), tagged, lookback_s=0.3)
    np.testing.assert_array_equal(
        token_starts(found), expected_starts(33_000 - MARGIN, 35_000 + MARGIN)
    )


def test_what_is_found_too_late_begins_where_the_ring_begins():
    tagged = [emission_tag(40_000, burst_start=10_000, **of_width(WIDTH))]
    found = Cut(noise(90_000), tagged, lookback_s=0.1)
    # The first block of the bank whose end lies less than 4800 samples before the tag.
    begin = (40_000 - 4800) // BLOCK * BLOCK
    np.testing.assert_array_equal(token_starts(found), expected_starts(begin, 90_000))
    assert found.block.samples_missed() == begin - 10_000


def test_tokens_come_up_to_the_last_sample():
    for width in (WIDTH, 100.0):
        tagged = [emission_tag(0, burst_start=0, **of_width(width))]
        found = Cut(noise(100_000), tagged)
        (_, about), *_ = found.segments()
        whole = int(100_000 * about["rx_rate"] / RATE)
        assert len(found.tokens) == (whole - 64) // 32 + 1


def test_streams_are_interleaved_and_end():
    low, high = of_width(WIDTH, -10_000.0), of_width(WIDTH, 10_000.0)
    tagged = [
        emission_tag(10_000, id=4, burst_start=10_000, **low),
        emission_tag(12_000, id=9, burst_start=12_000, **high),
        emission_tag(40_000, id=4, state="end", bursts=[(10_000, 20_000)], **low),
    ]
    found = Cut(noise(100_000), tagged, lookback_s=0.2)
    np.testing.assert_array_equal(
        token_starts(found, 4), expected_starts(10_000 - MARGIN, 30_000 + 2500)
    )
    np.testing.assert_array_equal(token_starts(found, 9), expected_starts(12_000 - MARGIN, 100_000))
    ((end, stream),) = found.values(tags.END)
    last = max(token for token, about in found.segments() if about["stream"] == 4)
    assert stream == 4 and end > last
    assert {about["segment"] for _, about in found.segments()} == {0}


def test_a_channel_that_moves_is_a_new_segment():
    tagged = [
        emission_tag(0, burst_start=0, **of_width(WIDTH)),
        emission_tag(20_000, state="update", burst_start=0, **of_width(WIDTH, 0.2 * WIDTH)),
        emission_tag(40_000, state="update", burst_start=0, **of_width(WIDTH, 0.3 * WIDTH)),
        emission_tag(60_000, state="update", burst_start=0, **of_width(2 * WIDTH)),
    ]
    found = Cut(noise(90_000), tagged)
    about = [about for _, about in found.segments()]
    assert [a["segment"] for a in about] == [0, 1, 2]
    assert [a["rx_freq"] for a in about] == pytest.approx([0.0, 0.3 * WIDTH, 0.0])
    assert [a["rx_rate"] for a in about] == [CHANNEL_RATE, CHANNEL_RATE, 2 * CHANNEL_RATE]
    times = [a["sample_start"] / a["rx_rate"] for a in about]
    begins = [(offset - 4800) // BLOCK * BLOCK / RATE for offset in (40_000, 60_000)]
    # 32 channel samples: tokens begin at multiples of the hop
    assert 0 <= times[1] - begins[0] < 32 / CHANNEL_RATE
    assert 0 <= times[2] - begins[1] < 32 / CHANNEL_RATE


def test_ignored_emissions_are_not_cut_and_take_no_room():
    place, ignored = of_width(WIDTH), {"flags": ["ignored"]}
    tagged = [
        emission_tag(0, id=1, burst_start=0, **place, **ignored),
        emission_tag(0, id=2, burst_start=0, **of_width(WIDTH, 4000.0)),
    ]
    found = Cut(noise(90_000), tagged, max_emissions=1)
    assert {about["stream"] for _, about in found.segments()} == {2}
    assert (found.block.emissions_cut(), found.block.emissions_dropped()) == (1, 0)
    assert found.block.samples_missed() == 0


def test_an_emission_is_cut_while_it_is_not_ignored():
    place, ignored = of_width(WIDTH), {"flags": ["ignored"]}
    tagged = [
        emission_tag(0, burst_start=0, **place, **ignored),
        emission_tag(30_000, state="update", burst_start=0, **place),
        emission_tag(60_000, state="update", burst_start=0, **place, **ignored),
        emission_tag(70_000, state="update", burst_start=0, **place, **ignored),
        emission_tag(80_000, state="end", bursts=[(0, 78_000)], **place, **ignored),
        emission_tag(80_000, id=2, burst_start=80_000, **of_width(WIDTH, 4000.0)),
    ]
    found = Cut(noise(90_000), tagged)
    begin = (30_000 - 4800) // BLOCK * BLOCK
    np.testing.assert_array_equal(token_starts(found), expected_starts(begin, 60_000))
    assert [stream for _, stream in found.values(tags.END)] == [1]
    assert found.block.emissions_cut() == 2


def test_more_emissions_than_allowed_are_counted_and_cut_when_there_is_room():
    places = {number: of_width(WIDTH, 4000.0 * number) for number in (1, 2, 3)}
    tagged = [
        *(emission_tag(0, id=number, burst_start=0, **places[number]) for number in (1, 2, 3)),
        emission_tag(20_000, id=3, state="update", burst_start=0, **places[3]),
        emission_tag(30_000, id=1, state="end", bursts=[(0, 10_000)], **places[1]),
        emission_tag(60_000, id=3, state="update", burst_start=0, **places[3]),
    ]
    found = Cut(noise(90_000), tagged, max_emissions=2)
    assert found.block.emissions_dropped() == 1
    assert found.block.emissions_cut() == 3
    begin = (60_000 - 4800) // BLOCK * BLOCK
    np.testing.assert_array_equal(token_starts(found, 3), expected_starts(begin, 90_000))


# Tags


def test_the_segment_has_the_emission_and_the_time():
    time = pmt.make_tuple(pmt.from_uint64(100), pmt.from_double(0.25))
    about = of_width(WIDTH, 433e6 + 2000.0) | {"rx_freq": 433e6, "rx_rate": RATE}
    tagged = [
        tag(0, "rx_rate", pmt.from_double(RATE)),
        tag(0, "rx_freq", pmt.from_double(433e6)),
        tag(0, "rx_time", time),
        emission_tag(30_000, burst_start=30_000, **about),
    ]
    found = Cut(noise(60_000), tagged, lookback_s=0.2)
    (_, segment), *_ = found.segments()
    assert segment["rx_freq"] == pytest.approx(433e6 + 2000.0)
    seconds, fraction = segment["rx_time"]
    # half a sample of the input
    assert seconds + fraction == pytest.approx(
        100.25 + segment["sample_start"] / CHANNEL_RATE, abs=0.5 / RATE
    )
    value = next(t.value for t in found.tags if pmt.symbol_to_string(t.key) == tags.SEGMENT)
    stated = pmt.dict_ref(value, pmt.intern(tags.KEY_EMISSION), pmt.PMT_NIL)
    assert pmt.equal(stated, tagged[-1].value)


def test_a_gap_ends_all_emissions_and_no_sample_crosses_it():
    samples = noise(100_000)
    samples[50_000:] *= 1000.0
    tagged = [
        tag(0, "rx_freq", pmt.from_double(1e8)),
        emission_tag(10_000, burst_start=10_000, **of_width(WIDTH)),
        tag(50_000, "rx_freq", pmt.from_double(2e8)),
        emission_tag(50_500, id=2, segment=1, burst_start=50_000, **of_width(WIDTH)),
    ]
    found = Cut(samples, tagged, lookback_s=0.2)
    np.testing.assert_array_equal(token_starts(found, 1), expected_starts(10_000 - MARGIN, 50_000))
    np.testing.assert_array_equal(token_starts(found, 2), expected_starts(50_000, 100_000))
    ((_, stream),) = found.values(tags.END)
    assert stream == 1
    second = next(token for token, about in found.segments() if about["stream"] == 2)
    assert found.tokens[:second].max() < 0.0 < np.median(found.tokens[second:])
    assert [about["retunes"] for _, about in found.segments()] == [0, 1]


def test_an_emission_that_is_reported_at_a_gap_is_cut_before_it():
    """In whichever order the tags of that sample come."""
    samples = noise(100_000)
    samples[50_000:] *= 1000.0
    tagged = [
        emission_tag(45_000, id=1, burst_start=44_000, **of_width(WIDTH)),
        tag(50_000, "rx_freq", pmt.from_double(2e8)),
        emission_tag(50_000, id=1, state="end", bursts=[(44_000, 4000)], **of_width(WIDTH)),
        emission_tag(50_000, id=2, bursts=[(46_000, 3500)], **of_width(WIDTH)),
        emission_tag(50_000, id=2, state="end", **of_width(WIDTH)),
    ]
    found = Cut(samples, tagged, lookback_s=0.2)
    np.testing.assert_array_equal(
        token_starts(found, 1), expected_starts(44_000 - MARGIN, 48_000 + MARGIN)
    )
    np.testing.assert_array_equal(token_starts(found, 2), expected_starts(46_000 - MARGIN, 50_000))
    assert found.tokens.max() < 0.0
    assert {about["retunes"] for _, about in found.segments()} == {0}
    assert {stream for _, stream in found.values(tags.END)} <= {1, 2}
    assert found.block.emissions_cut() == 2 and found.block.samples_missed() == 0


@pytest.mark.parametrize("segment", [0, 2])
def test_an_emission_of_another_segment_than_its_sample_is_missed(segment):
    tagged = [
        tag(50_000, "rx_freq", pmt.from_double(2e8)),
        emission_tag(
            50_001, segment=segment, bursts=[(44_000, 400), (45_000, 30)], **of_width(WIDTH)
        ),
        emission_tag(52_000, segment=segment, state="end", bursts=[(46_000, 5)], **of_width(WIDTH)),
    ]
    found = Cut(noise(100_000), tagged, lookback_s=0.2)
    assert len(found.tokens) == 0 and found.values(tags.END) == []
    assert found.block.samples_missed() == 435 and found.block.emissions_cut() == 0


def test_arrival_is_stated_with_the_tokens():
    found = Cut(noise(60_000), [emission_tag(0, burst_start=0, **of_width(WIDTH))])
    arrivals = found.values(tags.ARRIVAL)
    assert arrivals[0][0] == 0
    times = [ns for _, ns in arrivals]
    assert times == sorted(times) and times[0] > 0


def test_messages_have_the_samples_of_each_burst():
    tagged = [
        emission_tag(32_000, burst_start=30_000, **of_width(WIDTH)),
        emission_tag(40_000, state="update", bursts=[(30_000, 4000)], **of_width(WIDTH)),
        emission_tag(72_000, state="update", bursts=[(70_000, 1000)], **of_width(WIDTH)),
    ]
    found = Cut(noise(120_000), tagged, lookback_s=0.3, samples=True)
    (first, one), (second, two) = found.samples()
    assert (first["burst_start"], second["burst_start"]) == (30_000, 70_000)
    assert first["sample_start"] == (30_000 - MARGIN) / 4
    assert len(one) == (4000 + 2 * MARGIN) / 4
    assert second["sample_start"] == np.ceil((70_000 - MARGIN) / 4)
    assert len(two) == (71_000 + MARGIN) // 4 - second["sample_start"]
    assert pmt.equal(
        pmt.dict_ref(pmt.car(found.messages[1]), pmt.intern(tags.KEY_EMISSION), pmt.PMT_NIL),
        tagged[-1].value,
    )


def test_no_messages_without_samples():
    assert Cut(noise(20_000), [emission_tag(0, burst_start=0)]).messages == []


# Scheduling


@pytest.mark.parametrize("features", [[], list(FEATURES)])
@pytest.mark.parametrize("limits", [{"chunk": 1}, {"items": 1}, {"chunk": 37}])
def test_chunking_changes_nothing(limits, features):
    samples = noise(30_000)
    tagged = [
        emission_tag(5000, id=1, burst_start=4000, **of_width(WIDTH, 3000.0)),
        emission_tag(6000, id=2, burst_start=5500, **of_width(400.0, -9000.0)),
        emission_tag(9000, id=1, state="update", bursts=[(4000, 4000)], **of_width(WIDTH, 3000.0)),
        tag(15_000, "rx_freq", pmt.from_double(1e6)),
        emission_tag(16_000, id=3, segment=1, burst_start=15_000, **of_width(WIDTH, 1e3)),
    ]
    whole = Cut(samples, tagged, samples=True, features=features)
    parts = Cut(samples, tagged, samples=True, features=features, **limits)
    assert len(whole.tokens) > 60
    np.testing.assert_array_equal(parts.tokens, whole.tokens)
    for key in (tags.SEGMENT, tags.END):
        assert parts.values(key) == whole.values(key)
    assert len(parts.messages) == len(whole.messages)
    for one, other in zip(parts.messages, whole.messages, strict=True):
        assert pmt.equal(one, other)


def test_a_second_run_begins_anew():
    source = blocks.vector_source_c(
        noise(30_000).tolist(), False, 1, [emission_tag(0, burst_start=0, **of_width(WIDTH))]
    )
    block, sink = rfattn.emission_extractor(RATE), blocks.vector_sink_f(N_BINS)
    tb = gr.top_block()
    tb.connect(source, block, sink)
    run(tb)
    first, cut = sink.data(), block.emissions_cut()
    source.rewind()
    sink.reset()
    run(tb)
    assert sink.data() == first and block.emissions_cut() == cut == 1


# Refusals


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            emission_tag(5000, freq_lower=2000.0, freq_upper=1000.0),
            "rfattn:emission: entries freq_lower and freq_upper must rise and lie in the band, "
            "-24000 to 24000 Hz from its centre, got 2000 and 1000",
        ),
        (
            emission_tag(5000, freq_lower=25_000.0, freq_upper=26_000.0),
            "rfattn:emission: entries freq_lower and freq_upper must rise and lie in the band, "
            "-24000 to 24000 Hz from its centre, got 25000 and 26000",
        ),
        (
            emission_tag(5000, state="old"),
            "rfattn:emission: entry state must be new, update or end, got old",
        ),
        (
            tag(5000, tags.EMISSION, pmt.from_long(3)),
            "rfattn:emission: the value must be a dictionary, got 3",
        ),
    ],
)
def test_wrong_tags_end_the_flowgraph(wrong, message):
    found = Cut(noise(60_000), [wrong])
    assert found.block.error() == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sample_rate": 0.0}, "sample_rate must be > 0 and finite, got 0"),
        ({"sample_rate": 1e18}, "sample_rate must be <= 1e9 Hz, got 1e+18"),
        ({"fft_size": 48}, "fft_size must be a power of two from 8 to 65536, got 48"),
        ({"hop": 0}, "hop must be >= 1, got 0"),
        ({"n_bins": 128}, "n_bins must be a power of two from 1 to 64, got 128"),
        ({"n_bins": 0}, "n_bins must be a power of two from 1 to 64, got 0"),
        ({"averaging": 0}, "averaging must be >= 1, got 0"),
        ({"scale": "log"}, "scale must be one of db, linear, got 'log'"),
        ({"dc": "drop"}, "dc must be one of keep, remove, got 'drop'"),
        ({"lookback_s": -0.1}, "lookback_s must be from 0 to 10, got -0.1"),
        ({"lookback_s": 11.0}, "lookback_s must be from 0 to 10, got 11"),
        ({"max_emissions": 0}, "max_emissions must be >= 1, got 0"),
        *(
            (
                {"features": names},
                f"features must be different ones of {' '.join(FEATURES)}, got {wrong}",
            )
            for names, wrong in ((["width", "colour"], "colour"), (["duty", "duty"], "duty"))
        ),
    ],
)
def test_refusals_name_parameter_rule_and_value(parameters, message):
    with pytest.raises(ValueError) as refused:
        rfattn.emission_extractor(**({"sample_rate": RATE} | parameters))
    assert str(refused.value) == f"emission_extractor: {message}"
