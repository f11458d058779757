# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Analogue services: widths, deviations, tones, symbol rates and timing of their standards."""

import numpy as np
import pytest
import scipy.signal
from gnuradio.rfattn_workshop.synthesis.services.analogue_radio import (
    afsk_packets,
    analogue,
    broadcast,
    carriers,
    morse,
    satellite_picture,
    tone_radio,
    voice_radio,
)
from gnuradio.rfattn_workshop.synthesis.services.craft import navigation
from gnuradio.rfattn_workshop.synthesis.services.parts import microphone, packets, rds, speech
from gnuradio.rfattn_workshop.synthesis.services.parts.audio import (
    compress,
    emphasize,
    limit,
    to_rate,
)

EVERYTHING = analogue.SERVICES | analogue.OTHERS


def draw(name, seed, seconds):
    return EVERYTHING[name](np.random.default_rng(seed), seconds)


def on_air(signal):
    return np.concatenate([signal.samples[a:b] for a, b in signal.spans])


def width_99(samples, rate):
    """The width in Hz that leaves 0.5 % of the power on either side."""
    f, p = scipy.signal.welch(samples, rate, nperseg=min(len(samples), 4096), return_onesided=False)
    order = np.argsort(f)
    share = np.cumsum(p[order]) / p.sum()
    return f[order][np.searchsorted(share, 0.995)] - f[order][np.searchsorted(share, 0.005)]


def discriminate(samples, rate):
    """The frequency in Hz."""
    return np.angle(samples[1:] * samples[:-1].conj()) * rate / (2 * np.pi)


def line_db(wave, rate, hz, beside=20.0):
    """The spectral line at ``hz`` over the median of its surroundings, in dB."""
    f, p = scipy.signal.periodogram(wave - np.mean(wave), rate, window="hann")
    if np.iscomplexobj(wave):
        f, p = np.fft.fftshift(f), np.fft.fftshift(p)
    near = np.abs(f - hz) < beside
    return 10 * np.log10(p[np.abs(f - hz) < 2.0].max() / np.median(p[near]))


# 99 % widths in Hz that 17 draws of 20 stay in, from the tables of the services.
WIDTHS = {
    "nfm_voice": (800, 16e3),
    "ssb": (800, 3.6e3),
    "vor": (19e3, 22e3),
    "noaa_apt": (25e3, 42e3),
    "acars": (4e3, 7e3),
    "afsk1200": (5e3, 16e3),
    "dcf77": (300, 2e3),
}


@pytest.mark.parametrize("name", WIDTHS)
def test_the_occupied_width_is_that_of_the_service(name):
    low, high = WIDTHS[name]
    signals = [draw(name, seed, 1.0) for seed in range(20)]
    inside = [low < width_99(on_air(s), s.rate) < high for s in signals]
    assert sum(inside) >= 17
    # The rate leaves room: at least 1.6 times the median width.
    assert all(s.rate >= 1.6 * low for s in signals)


@pytest.mark.parametrize("name", ["nfm_voice", "afsk1200", "noaa_apt", "selcal_tones"])
def test_frequency_modulation_has_a_constant_envelope(name):
    signal = draw(name, 2, 1.0)
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    ramp = int(0.02 * signal.rate)
    level = np.abs(signal.samples[first + ramp : end - ramp])
    assert level.std() < 1e-3


def test_speech_talks_and_pauses_at_the_pitch_of_its_speaker():
    rng = np.random.default_rng(1)
    speaker = speech.draw_speaker(rng)
    audio = speech.speech(rng, 20.0, 16000.0, speaker)
    frames = np.sqrt(np.mean(audio[: 20 * 16000].reshape(-1, 320) ** 2, axis=1))
    loud = frames > 0.1 * np.quantile(frames, 0.95)
    assert 0.4 < loud.mean() < 0.95
    # Speech falls from 500 Hz to 4 kHz by 15 to 35 dB on the long average.
    f, p = scipy.signal.welch(audio, 16000, nperseg=512)
    level = [10 * np.log10(p[(f > a) & (f < b)].mean()) for a, b in ((300, 700), (3500, 4500))]
    assert 15 < level[0] - level[1] < 35
    # The autocorrelation peaks at the period of the voice.
    lags = np.array([audio[:-k] @ audio[k:] for k in range(16000 // 400, 16000 // 60)])
    pitch = 16000 / (np.argmax(lags) + 16000 // 400)
    assert 0.6 < pitch / speaker.pitch_hz < 1.6


def test_the_limiter_keeps_peaks_at_one_and_the_compressor_halves_the_range():
    t = np.arange(16000) / 16000.0
    quiet, loud = 0.1 * np.sin(2 * np.pi * 440 * t), 3.0 * np.sin(2 * np.pi * 440 * t)
    assert np.abs(limit(loud, 16000.0)).max() <= 1.0
    # Below 1 the limiter changes nothing.
    np.testing.assert_allclose(limit(quiet, 16000.0), quiet, atol=1e-9)
    levels = [np.std(compress(x, 16000.0, 2.0, 0.005, 0.1, 1e-3)) for x in (quiet, loud)]
    # 29.5 dB in are 14.8 dB out.
    assert 20 * np.log10(levels[1] / levels[0]) == pytest.approx(14.8, abs=0.5)


def test_the_emphasis_raises_its_corner_by_three_decibels():
    t = np.arange(40000) / 400e3
    wave = np.sin(2 * np.pi / (2 * np.pi * 50e-6) * t)
    gain = np.std(emphasize(wave, 400e3, 50e-6)[1000:]) / np.std(wave)
    assert 20 * np.log10(gain) == pytest.approx(3.0, abs=0.2)


def test_resampling_keeps_a_tone():
    tone = np.sin(2 * np.pi * 1000 * np.arange(1600) / 16000)
    out = to_rate(tone, 16000.0, 50e3, 5000)
    expected = np.sin(2 * np.pi * 1000 * np.arange(5000) / 50e3)
    # 1 % away from the ends: the polyphase filter's ripple.
    np.testing.assert_allclose(out[300:-300], expected[300:-300], atol=0.01)


@pytest.fixture(scope="module")
def stations():
    """Eight stations of broadcast FM for 0.3 s."""
    return [broadcast.wfm(np.random.default_rng(seed), 0.3) for seed in range(8)]


def test_most_stations_have_pilot_and_rds_where_they_belong(stations):
    pilots = sums = 0
    for signal in stations:
        hz = discriminate(signal.samples, signal.rate)
        f, p = scipy.signal.welch(hz, signal.rate, nperseg=16384)
        noise = np.median(p[(f > 20e3) & (f < 22e3)]) + 1e-9
        pilots += p[(f > 18.9e3) & (f < 19.1e3)].max() > 100 * noise
        sums += p[(f > 55e3) & (f < 59e3)].sum() > 3 * p[(f > 61e3) & (f < 65e3)].sum()
    assert pilots >= 6
    assert sums >= 5


def test_a_station_deviates_by_at_most_about_75_khz_at_its_peaks(stations):
    peaks, spreads = [], []
    for signal in stations:
        hz = discriminate(signal.samples, signal.rate)
        peaks.append(np.quantile(np.abs(hz), 0.999))
        spreads.append(hz.std())
    assert 40e3 < np.median(peaks) < 90e3
    # ITU-R BS.412 limits the mean power of the multiplex to that of 19 kHz.
    assert 8e3 < np.median(spreads) < 30e3
    assert 50e3 < np.median([width_99(s.samples, s.rate) for s in stations]) < 200e3


def test_groups_of_rds_have_their_checkwords():
    # IEC 62106 annex B: the syndrome of a whole block equals the syndrome of its offset word.
    assert rds.checkword(0, 0x0FC) == 0x0FC
    words = [rds.checkword(1 << k, 0) for k in range(16)]
    # The code is linear and its words differ in at least five bits.
    assert rds.checkword(0b11, 0) == words[0] ^ words[1]
    assert all(bin(w).count("1") >= 4 for w in words)
    wave = rds.rds(np.random.default_rng(1), 1.0, 20e3)
    f, p = scipy.signal.welch(wave, 20e3, nperseg=2048)
    # Biphase symbols: nothing at 0 Hz, all below 2.4 kHz, most around 1.2 kHz.
    assert p[f < 50].mean() < 0.1 * p[(f > 800) & (f < 1600)].mean()
    assert p[f > 2500].sum() < 0.01 * p.sum()


def test_a_receiver_of_rds_finds_the_groups():
    samples = 16
    rate = samples * rds.BIT_RATE
    wave = rds.rds(np.random.default_rng(2), 1.0, rate)
    received = []
    for shift in range(samples):
        halves = wave[shift:][: (len(wave) - shift) // samples * samples].reshape(
            -1, 2, samples // 2
        )
        symbols = halves[:, 0].sum(1) - halves[:, 1].sum(1)
        received.append((np.abs(symbols).mean(), symbols > 0))
    bits = np.diff(max(received, key=lambda r: r[0])[1].astype(int)) % 2
    blocks = [int("".join(map(str, bits[k : k + 26])), 2) for k in range(len(bits) - 26)]
    offsets = (0x0FC, 0x198, 0x168, 0x1B4)
    kinds = [
        offsets.index(check) if check in offsets else None
        for check in (rds.checkword(b >> 10, b & 0x3FF) for b in blocks)
    ]
    start = next(k for k in range(104) if kinds[k : k + 104 : 26] == [0, 1, 2, 3])
    chain = kinds[start::26]
    assert len(chain) >= 40
    assert chain == [k % 4 for k in range(len(chain))]
    # The first block of each group names the station.
    assert len({b >> 10 for b in blocks[start::104]}) == 1


def test_voice_on_narrow_fm_stays_in_its_channel():
    for seed in range(8):
        signal = voice_radio.nfm_voice(np.random.default_rng(seed), 1.0)
        channel = 16e3 if signal.rate == 50e3 else 8.5e3
        f, p = scipy.signal.welch(on_air(signal), signal.rate, nperseg=1024, return_onesided=False)
        # 1.5 kHz: the carrier's error of some 400 Hz, one sigma.
        assert p[np.abs(f) < channel / 2 + 1500].sum() > 0.98 * p.sum()


def test_squelch_tones_are_of_the_list_and_codewords_are_golay():
    wave = microphone.ctcss(np.random.default_rng(1), 40000, 8000.0)
    f, p = scipy.signal.periodogram(wave, 8000.0)
    assert min(abs(f[np.argmax(p)] - hz) for hz in microphone.CTCSS_HZ) < 1.5
    # D023: octal 023 with the fixed bits 100, as the published table of codes has it.
    assert microphone._golay(0b100 << 9 | 0o023) == 0b11101100011100000010011
    wave = microphone.dcs(np.random.default_rng(1), 80000, 8000.0)
    period = 8000.0 * 23 / microphone.DCS_BAUD
    lag = round(3 * period)
    assert wave[:-lag] @ wave[lag:] > 0.9 * (wave @ wave) * (1 - lag / 80000)


def test_am_has_a_carrier_and_equal_sidebands():
    for seed in range(6):
        signal = voice_radio.am_voice(np.random.default_rng(seed), 1.0)
        wave = on_air(signal)
        spectrum = np.abs(np.fft.fft(wave * np.hanning(len(wave)))) ** 2
        top = int(np.argmax(spectrum))
        spectrum = np.roll(spectrum, -top)
        half = int(5e3 / signal.rate * len(wave))
        upper, lower = spectrum[50:half].sum(), spectrum[-half:-50].sum()
        assert spectrum[:5].sum() + spectrum[-4:].sum() > 0.3 * spectrum.sum()
        assert upper == pytest.approx(lower, rel=0.2)


def test_single_sideband_is_one_sided_around_its_carrier():
    for seed in range(5):
        signal = voice_radio.ssb(np.random.default_rng(seed), 1.0)
        wave = on_air(signal)
        f, p = scipy.signal.welch(wave, signal.rate, nperseg=1024, return_onesided=False)
        assert p[np.abs(f) < 2000].sum() > 0.97 * p.sum()


def test_morse_has_dots_of_1200_ms_over_words_a_minute():
    rng = np.random.default_rng(1)
    # PARIS and the pause after it are the word that speed is counted in: 50 dots.
    signs = morse.marks("PARIS ", rng, 0.0, 0.0, 1.0)
    assert sum(length for length, _ in signs) == pytest.approx(50)
    assert [length for length, down in signs if down][:4] == [1.0, 3.0, 3.0, 1.0]
    key = morse.gate(signs, 10.0, 0.0, 500)
    assert key[:10].mean() == 1.0
    assert key[10:20].mean() == 0.0


def test_cw_is_narrow_and_keyed():
    for seed in range(6):
        signal = morse.cw(np.random.default_rng(seed), 6.0)
        wave = on_air(signal)
        assert width_99(wave, signal.rate) < 500
        on = np.abs(wave) > 0.5 * np.abs(wave).max()
        assert 0.2 < on.mean() < 0.99


def test_a_carrier_holds_its_power_in_a_line():
    narrow = 0
    for seed in range(20):
        signal = carriers.unmodulated(np.random.default_rng(seed), 1.0)
        narrow += width_99(on_air(signal), signal.rate) < 0.02 * signal.rate
    assert narrow >= 12


def test_dcf77_lowers_its_carrier_each_second_and_sends_its_chips():
    signal = carriers.dcf77(np.random.default_rng(4), 6.0)
    level = np.abs(signal.samples)
    low = np.convolve(level < 0.5 * np.median(level), np.ones(5) / 5, "same") > 0.5
    firsts = np.flatnonzero(np.diff(low.astype(int)) > 0) / signal.rate
    assert 5 <= len(firsts) <= 7
    np.testing.assert_allclose(np.diff(firsts), 1.0, atol=0.002)
    assert 0.09 * 5 < low.sum() / signal.rate < 0.21 * 7
    chips = carriers._pseudo_random()
    assert len(chips) == 512
    # A register of 9 bits repeats after 511 and has one more of one kind.
    assert abs(chips[:511].sum()) == 1
    index = (np.arange(int(512 * 120 / 77500 * signal.rate)) / signal.rate * 77500 / 120).astype(
        int
    )
    phase = np.angle(signal.samples * np.exp(-1j * np.angle(signal.samples.mean())))
    match = np.abs(scipy.signal.fftconvolve(phase, chips[index][::-1], "valid")) / len(index)
    # The phase is keyed by 11 to 15.6 degrees.
    assert 7 < np.rad2deg(match.max()) < 17


def test_vor_has_its_tones_at_their_depths():
    signal = navigation.vor(np.random.default_rng(1), 2.0)
    level = np.abs(signal.samples)
    level = level / level.mean()
    tone = 2 * np.abs(np.mean((level - 1) * np.exp(-2j * np.pi * 30 * np.arange(100000) / 50e3)))
    assert tone == pytest.approx(0.3, abs=0.05)
    sub = scipy.signal.firwin(401, (9000, 10900), pass_zero=False, fs=50e3)
    sub = scipy.signal.hilbert(scipy.signal.fftconvolve(level - 1, sub, "valid"))
    hz = discriminate(sub, 50e3)
    assert np.mean(hz) == pytest.approx(9960, abs=60)
    assert np.std(hz) * np.sqrt(2) == pytest.approx(480, rel=0.12)
    assert np.sqrt(2 * np.mean(sub.real**2)) == pytest.approx(0.3, abs=0.08)


def test_apt_sends_two_lines_a_second_on_2400_hz():
    signal = satellite_picture.noaa_apt(np.random.default_rng(1), 3.0)
    hz = discriminate(signal.samples, signal.rate)
    hz -= hz.mean()
    assert 14e3 < np.abs(hz).max() < 20e3
    assert line_db(hz, signal.rate, 2400, 200) > 20
    video = np.abs(scipy.signal.hilbert(hz))[: int(2.9 * signal.rate)]
    video = scipy.signal.resample_poly(video, 1, 24)
    video -= video.mean()
    lag = round(0.5 * signal.rate / 24)
    assert video[:-lag] @ video[lag:] > 0.5 * (video[lag:] @ video[lag:])
    words = satellite_picture._draw_words(np.random.default_rng(1), 3)
    assert words.shape == (3, satellite_picture.LINE)
    # Sync A: seven pulses of 1040 Hz, four words each.
    np.testing.assert_array_equal(np.diff(np.flatnonzero(np.diff(words[0, :36]) > 0)), 4)


def test_frames_of_ax25_have_their_check_sum_and_no_six_ones():
    # The published check value of CRC-16/X-25.
    assert afsk_packets.crc16(b"123456789", 0x8408, 0xFFFF) ^ 0xFFFF == 0x906E
    stuffed = packets.stuff(np.ones(12, np.uint8))
    assert stuffed.tolist() == [1] * 5 + [0] + [1] * 5 + [0] + [1] * 2
    frame = afsk_packets._ax25_frame(np.random.default_rng(1))
    assert afsk_packets.crc16(frame, 0x8408, 0xFFFF) == 0xF0B8


def test_packets_on_fm_have_two_tones():
    signal = afsk_packets.afsk1200(np.random.default_rng(3), 1.0)
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    hz = discriminate(signal.samples[first:end], signal.rate)
    f, p = scipy.signal.welch(hz - np.mean(hz), signal.rate, nperseg=1024)
    assert p[(f > 900) & (f < 2600)].sum() > 0.8 * p[f > 300].sum()


def test_acars_is_msk_of_2400_baud_on_am():
    signal = afsk_packets.acars(np.random.default_rng(2), 3.0)
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    level = np.abs(signal.samples[first:end])
    level = level - level.mean()
    # Squared MSK has lines at twice its tones, 2400 Hz and 4800 Hz.
    assert line_db(level**2, signal.rate, 2400, 300) > 15
    assert line_db(level**2, signal.rate, 4800, 300) > 15
    sent = afsk_packets._acars_bits(np.random.default_rng(1))
    # A changed bit takes half a turn, so that the next one starts upside down.
    starts = afsk_packets._msk(sent, 24e3)[::10] > 0
    turned = starts[1:] != starts[:-1]
    np.testing.assert_array_equal(turned[1:], np.diff(sent.astype(int))[:-1] != 0)
    # The first zero is the third bit of a plus sign.
    text = np.packbits(sent[np.argmin(sent) - 2 :], bitorder="little").tobytes()
    start = text.index(b"\x16\x16\x01") + 3
    end = text.index(b"\x83") + 1
    assert afsk_packets.crc16(text[start : end + 2], 0x8408, 0) == 0
    assert afsk_packets._parity(b"A") == b"\xc1"
    assert afsk_packets._parity(b"C") == b"C"


def test_bursts_are_as_long_as_the_services_send_them():
    for name, low, high in (("acars", 0.08, 1.1), ("afsk1200", 0.15, 3.0)):
        lengths = []
        for seed in range(6):
            signal = draw(name, seed, 6.0)
            lengths += [
                (end - first) / signal.rate
                for first, end in signal.spans
                if first > 0 and end < len(signal.samples)
            ]
        assert len(lengths) > 6
        assert low < min(lengths)
        assert max(lengths) < high


def test_calls_of_five_tones_send_tones_of_their_list():
    tones, length = microphone.FIVE_TONES["ZVEI1"]
    call = microphone.five_tones(np.random.default_rng(0), 16000.0)
    assert len(call) in [5 * round(s * 16000) for _, s in microphone.FIVE_TONES.values()]
    assert length == 0.07
    assert tones[0] == 2400
    assert set(tone_radio.OTHERS) <= set(analogue.OTHERS)
