# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short-range devices, Wi-Fi, Bluetooth, aircraft, ships and cards are as their standards say."""

import numpy as np
import pytest
from gnuradio.rfattn_workshop.synthesis.services.craft import ships, transponders
from gnuradio.rfattn_workshop.synthesis.services.parts import air, fsk_transmitter, packets
from gnuradio.rfattn_workshop.synthesis.services.short_range import (
    chirps,
    contactless,
    short_range_fsk,
    short_range_ook,
    two_gigahertz,
    uncommon,
    wlan,
)

from occupied import width_99

MODULES = (
    chirps,
    contactless,
    ships,
    short_range_fsk,
    short_range_ook,
    transponders,
    two_gigahertz,
    uncommon,
    wlan,
)
MAKERS = {
    name: make
    for module in MODULES
    for table in (getattr(module, "SERVICES", {}), getattr(module, "OTHERS", {}))
    for name, make in table.items()
}


def rng(seed=1):
    return np.random.default_rng(seed)


def longest(signal):
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    return signal.samples[first:end]


def width99(signal):
    """The width that holds 0.99 of the power of the longest burst, in Hz."""
    return width_99(longest(signal), signal.rate)


def frequency(wave, rate):
    """The instantaneous frequency in Hz."""
    return np.angle(wave[1:] * wave[:-1].conj()) / (2 * np.pi) * rate


def lengths_s(signal):
    return np.diff(np.array(signal.spans), axis=1)[:, 0] / signal.rate


def gaps_s(signal):
    spans = np.array(signal.spans)
    return (spans[1:, 0] - spans[:-1, 1]) / signal.rate


@pytest.mark.parametrize(
    "name, low, high",
    [
        ("ais", 8e3, 12e3),
        ("ert", 30e3, 400e3),
        ("lr_fhss", 300, 1000),
        ("sigfox", 80, 2000),
    ],
)
def test_occupied_width(name, low, high):
    widths = [width99(MAKERS[name](rng(seed), 0.2)) for seed in range(4)]
    assert low < min(widths), widths
    assert max(widths) < high, widths


@pytest.mark.parametrize("hz, rate", [(25, 25), (26, 50), (1e6, 1e6), (33e6, 33.075e6)])
def test_smooth_rate_is_the_next_one(hz, rate):
    assert air.smooth_rate(hz) == rate


def test_air_cuts_joins_and_scales():
    stretch = air.Air(1.0, 100.0)
    assert not stretch.add(1.0, np.ones(5, np.complex64))
    assert stretch.add(-0.02, np.full(5, 2.0, np.complex64))
    assert stretch.add(0.05, np.full(5, 2.0, np.complex64))
    assert stretch.add(0.97, np.full(5, 1.0, np.complex64))
    assert stretch.signal().spans == ((0, 3), (5, 10), (97, 100))
    assert stretch.signal(0.02).spans == ((0, 10), (97, 100))
    samples = stretch.signal().samples
    np.testing.assert_allclose(samples[[0, 2, 3, 5, 97]], [1, 1, 0, 1, 0.5])


def test_crc_and_shift_register():
    # The check value of CRC-16/CCITT-FALSE is 0x29B1.
    digits = air.octet_bits(list(b"123456789"))
    assert packets.crc16(digits).tolist() == packets.number_bits(0x29B1, 16).tolist()
    sequence = packets.shift_register((4, 7), 7, 0x7F)
    # The scrambler of 802.11 with all ones starts with 00001110 11110010.
    assert sequence[:16].tolist() == packets.number_bits(0x0EF2, 16).tolist()
    assert sequence.sum() == 64
    assert packets.stuff(np.ones(11, int)).tolist() == [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1]


def test_parity_of_a_known_squitter():
    # 8D4840D6202CC371C32CE0576098, the example of J. Sun, The 1090 MHz riddle.
    frame = air.octet_bits(list(bytes.fromhex("8D4840D6202CC371C32CE0576098")))
    assert transponders.parity(frame[:88]).tolist() == frame[88:].tolist()


def test_line_codes():
    data = np.array([1, 0, 0])
    assert packets.manchester(data).tolist() == [1, 0, 0, 1, 0, 1]
    assert packets.manchester(data, 0).tolist() == [0, 1, 1, 0, 1, 0]
    assert packets.differential_manchester(data).tolist() == [1, 1, 0, 1, 0, 1]
    assert packets.alternating(4).tolist() == [1, 0, 1, 0]
    assert short_range_ook.pulse_width(data, 1, 3, None).tolist() == [3, 1, 1, 3, 1, 3]
    assert short_range_ook.pulse_width(data, 1, 3, 2).tolist() == [3, 2, 1, 2, 1, 2]
    assert short_range_ook.pulse_distance(data, 1, 2, 4).tolist() == [1, 4, 1, 2, 1, 2, 1, 2]
    assert short_range_ook.pulses_of(np.array([0, 1, 1, 0, 1]), 2).tolist() == [4, 2, 2, 2]


def test_a_keyer_keeps_the_times_of_pulses():
    keyer = short_range_ook.Keyer(
        rate=1e6,
        offset=0.0,
        rise_s=1e-7,
        fall_s=1e-7,
        low=0.2,
        chirp=(0.0, 1e-4),
        droop=(0.0, 1e-3),
        ring=None,
        drift=0.0,
        wander=0.0,
        restarts=False,
    )
    level = np.abs(keyer.burst(rng(), np.array([3e-4, 1e-4, 5e-4, 9e-4])))
    np.testing.assert_allclose(level[[0, 299, 300, 399, 400, 899]], [1, 1, 0.2, 0.2, 1, 1])
    assert len(level) < 910


def test_a_saw_oscillator_chirps_at_each_pulse():
    keyer = short_range_ook.draw_keyer(rng(), 1e6, 1e-3)
    keyer = type(keyer)(
        **{
            **vars(keyer),
            "offset": 1e3,
            "chirp": (2e4, 1e-4),
            "drift": 0.0,
            "wander": 0.0,
            "restarts": False,
        }
    )
    hz = frequency(keyer.burst(rng(), np.array([1e-3, 1e-3, 1e-3, 1e-3])), 1e6)
    # 50 µs after key-on exp(-0.5) of the chirp is left, after 900 µs nothing.
    for start in (0, 2000):
        assert hz[start + 50] == pytest.approx(1e3 + 2e4 * np.exp(-0.5), rel=0.02)
        assert hz[start + 900] == pytest.approx(1e3, abs=10)


def test_telegrams_of_remotes_repeat():
    for seed in range(8):
        telegram = short_range_ook.DEVICES[0](rng(seed))
        pulses = telegram.pulses()
        assert np.array_equal(pulses, telegram.pulses())
        assert len(np.unique(np.round(pulses * 1e7))) == 2
        assert telegram.copies >= 3


def test_the_length_of_telegrams_varies_widely():
    lengths = []
    for seed in range(40):
        telegram = short_range_ook.DEVICES[seed % len(short_range_ook.DEVICES)](rng(seed))
        lengths.append(telegram.pulses().sum())
    assert min(lengths) < 0.012
    assert max(lengths) > 0.08


def test_fsk_has_its_deviation_and_constant_envelope():
    transmitter = fsk_transmitter.FskTransmitter(200e3, 2e3, 20e3, offset=1e3)
    wave = transmitter.burst(np.array([1.0, -1.0, 1.0, 1.0]))
    hz = frequency(wave, 200e3)
    assert hz[51] == pytest.approx(21e3, abs=1)
    assert hz[151] == pytest.approx(-19e3, abs=1)
    assert np.ptp(np.abs(wave[5:-5])) < 1e-5


def test_faults_of_fsk_transmitters():
    transmitter = fsk_transmitter.FskTransmitter(
        200e3,
        2e3,
        20e3,
        settle=(5e3, 1e-3),
        lead=(2e-3, -1.0),
        lead_gain=0.5,
        tilt=0.2,
        loop=(8e3, 0.7),
    )
    wave = transmitter.burst(np.ones(8))
    hz = frequency(wave, 200e3)
    assert hz[200] == pytest.approx(-20e3 + 5e3 * np.exp(-1), rel=0.02)
    assert abs(wave[200]) == pytest.approx(0.5 * 0.8, rel=0.02)
    assert abs(wave[1000]) == pytest.approx(1.2, rel=0.02)
    # A loop with damping 0.7 overshoots by 4.6 % of the step.
    assert hz.max() == pytest.approx(20e3 + 0.046 * 40e3, rel=0.04)


@pytest.mark.parametrize("seed", range(5))
def test_tyre_sensors_repeat_telegrams_of_about_ten_milliseconds(seed):
    signal = short_range_fsk.tpms(rng(seed), 1.5)
    whole = lengths_s(signal)[1:-1]
    assert len(whole) >= 1
    assert 4e-3 < np.median(whole) < 20e-3
    assert np.median(gaps_s(signal)) < 0.16


@pytest.mark.parametrize("factor, octets, airtime", [(7, 23, 61.696e-3), (12, 23, 1482.752e-3)])
def test_airtime_of_lora(factor, octets, airtime):
    mode = chirps.LoraMode(125e3, factor, 8, 0x34)
    seconds = (mode.preamble + 4.25 + mode.symbol_count(octets)) * mode.symbol_s
    assert seconds == pytest.approx(airtime, abs=1e-6)
    starts, slopes = chirps.lora_symbols(rng(), mode, octets)
    packet = chirps.LoraPacket(mode, starts, slopes, 250e3, 1.0, 0.0, 0.0, 1e-5)
    assert packet.length_s == pytest.approx(airtime, abs=1e-6)
    whole = packet.wave(0, 9)
    assert len(whole) / 250e3 == pytest.approx(airtime, abs=1e-5)
    part = packet.wave(0.01, 0.03)
    turn = part[100] / whole[2600]
    np.testing.assert_allclose(part * turn.conj(), whole[2500:7500], atol=2e-3)


def test_lora_symbols_are_chirps_at_places_of_a_grid():
    mode = chirps.LoraMode(125e3, 7, 8, 0x34)
    starts, slopes = chirps.lora_symbols(rng(), mode, 20)
    hz = chirps.chirp_frequency(starts, slopes, mode, 250e3, np.arange(30 * 256))
    wave = np.exp(2j * np.pi * np.cumsum(hz) / 250e3)
    n = 256
    down = np.exp(-2j * np.pi * np.cumsum((np.arange(n) / n - 0.5) / 2))

    def value(place):
        spectrum = np.abs(np.fft.fft(wave[place : place + n] * down)) ** 2
        folded = spectrum[:128] + spectrum[128:]
        assert folded.max() > 0.45 * folded.sum()
        return int(np.argmax(folded))

    values = [value(k * n) for k in range(10)]
    # LoRaWAN's synchronization word 0x34 is sent as symbols 24 and 32.
    assert values == [0] * 8 + [24, 32]
    header = [value(int((12.25 + k) * n)) for k in range(8)]
    assert {symbol % 4 for symbol in header} == {1}
    assert np.allclose(hz[10 * n : 10 * n + 5], 62.5e3, atol=2e3)


def test_zigbee_sequences_and_modulation():
    chips = two_gigahertz.zigbee_chips()
    assert chips.shape == (16, 32)
    # The standard's table: symbols 1 and 8.
    assert "".join(map(str, chips[1])) == "11101101100111000011010100100010"
    assert "".join(map(str, chips[8])) == "10001100100101100000011101111011"
    wave = two_gigahertz.half_sine_offset_qpsk(chips.ravel(), 8.0)[16:-16]
    assert np.ptp(np.abs(wave)) < 1e-3
    # Minimum-shift keying: the frequency is a quarter of the chip rate to either side.
    np.testing.assert_allclose(np.abs(frequency(wave, 8.0)), 0.25, atol=1e-3)


def test_zigbee_answers_after_192_microseconds():
    answered = 0
    for seed in (2, 3, 4):
        signal = two_gigahertz.zigbee(rng(seed), 0.5)
        gaps, lengths = gaps_s(signal), lengths_s(signal)[1:]
        soon = (gaps > 185e-6) & (gaps < 205e-6) & (np.abs(lengths - 352e-6) < 4e-6)
        answered += int(soon.sum())
    assert answered > 3


def test_bluetooth_advertising():
    signal = two_gigahertz._advertising(rng(4), 0.5)
    lengths = lengths_s(signal)
    assert 120e-6 < np.median(lengths) < 400e-6
    hz = frequency(longest(signal), signal.rate)
    assert np.percentile(np.abs(hz), 90) == pytest.approx(250e3, rel=0.45)


@pytest.mark.parametrize("phy, us", [("1M", 80), ("2M", 44), ("coded", 720)])
def test_empty_packets_of_bluetooth_have_their_lengths(phy, us):
    station = two_gigahertz._LowEnergy(rng(), 4e6, phy, 1.0)
    wave = station.packet(air.random_octets(rng(), 4), air.random_octets(rng(), 2), 5)
    # Ramps and carrier beside the bits last up to 11 µs.
    assert us <= len(wave) / 4 + 1 < us + 14


def test_bluetooth_hops_among_channels_of_one_or_two_megahertz():
    for make, spacing in ((two_gigahertz._classic, 1e6), (two_gigahertz._connection, 2e6)):
        hopping = [s for s in (make(rng(seed), 0.3) for seed in range(8)) if s.centres]
        assert hopping
        places = np.array(hopping[0].centres) / spacing % 1
        np.testing.assert_allclose(places, places[0], atol=1e-9)


@pytest.mark.parametrize("slots, us", [(0, 126), (1, 366), (3, 1626)])
def test_packets_of_classic_bluetooth_fit_their_slots(slots, us):
    station = two_gigahertz._Classic(rng(7), 4e6, 1.0)
    lengths = [
        len(station.packet(rng(s), air.random_octets(rng(), 9), 5, slots)) / 4 for s in range(5)
    ]
    assert max(lengths) < us + 30
    assert max(lengths) > 0.9 * us


def station(kind, wide=False, seed=1):
    out = wlan.WifiStation(rng(seed), wide, True, 0)
    out._kind, out._clip, out._offset, out._short_guard = kind, 1e9, 0.0, False
    return out


@pytest.mark.parametrize("kind, wide", [("a", False), ("n", True), ("ax", False)])
def test_wifi_frames_start_with_the_short_and_long_training(kind, wide):
    wave = station(kind, wide).frame(rng(), 200)
    rate = 80e6 if wide else 40e6
    short, lag = wave[: int(8e-6 * rate)], int(0.8e-6 * rate)
    np.testing.assert_allclose(short[lag:], short[:-lag], atol=1e-4 * np.abs(short).max())
    long, lag = wave[int(9.6e-6 * rate) : int(16e-6 * rate)], int(3.2e-6 * rate)
    np.testing.assert_allclose(long[lag:], long[:lag], atol=1e-4 * np.abs(long).max())


@pytest.mark.parametrize(
    "kind, wide, symbol_us, fft_us",
    [
        ("a", False, 4.0, 3.2),
        ("n", False, 4.0, 3.2),
        ("n", True, 4.0, 3.2),
        ("ax", False, 13.6, 12.8),
    ],
)
def test_wifi_symbols_repeat_their_end_as_guard(kind, wide, symbol_us, fft_us):
    wave = station(kind, wide).frame(rng(), 1500)
    rate = 80 if wide else 40
    wave = wave[len(wave) - round(8 * symbol_us * rate) :].reshape(8, -1)
    guard = round((symbol_us - fft_us) * rate)
    # The softened edge of up to 4 samples is left out.
    np.testing.assert_allclose(wave[:, 5:guard], wave[:, 5 - guard :], atol=1e-3)


@pytest.mark.parametrize("wide, low, high", [(False, 15e6, 20e6), (True, 33e6, 40e6)])
def test_width_of_wifi(wide, low, high):
    found = []
    for seed in range(6):
        signal = wlan.wifi_ofdm(rng(seed), 0.01)
        if (signal.rate == 80e6) == wide:
            found.append(width99(signal))
    assert low < np.median(found) < high


def test_wifi_answers_after_the_short_space():
    gaps = np.concatenate([gaps_s(wlan.wifi_ofdm(rng(seed), 0.01)) for seed in range(5)])
    for space in (10.5e-6, 16.5e-6):
        assert np.any(np.abs(gaps - space) < 1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_mode_s_frames_last_64_and_120_microseconds(seed):
    signal = transponders.mode_s(rng(seed), 0.3)
    lengths = lengths_s(signal) * 1e6
    # The last pulse may end in the first half of its bit; edges and margins last up to 1 µs.
    known = [np.abs(lengths - us) < 1.6 for us in (64, 120, 21.5)]
    assert np.any(known, axis=0).mean() > 0.6
    assert known[0].any() or known[1].any()


def test_a_squitter_can_be_read():
    aircraft = transponders.Aircraft(rng(), 10e6, 0.0)
    for seed in range(6):
        level = np.abs(aircraft.mode_s(rng(seed)))
        rise = np.flatnonzero(level > 0.5 * level.max())[0]
        count = 112 if len(level) > 1000 else 56
        halves = level[rise + 80 :][: 10 * count].reshape(count, 2, 5).mean(axis=2)
        data = (halves[:, 0] > halves[:, 1]).astype(int)
        checked = transponders.parity(data[:-24]) ^ data[-24:]
        kind = int("".join(map(str, data[:5])), 2)
        assert kind in (*transponders.SHORT_FORMATS, *transponders.LONG_FORMATS)
        expected = 0 if kind in (11, 17, 18) else aircraft._address
        assert np.array_equal(checked, np.broadcast_to(expected, 24))


def test_a_ship_can_be_read():
    ship = ships._Ship(rng(3), 96e3, 0.0)
    ship._offset = 0.0
    for seed in range(4):
        wave = ship.message(rng(seed))
        hz = frequency(wave, 96e3)
        assert np.percentile(np.abs(hz), 95) == pytest.approx(2400, rel=0.1)
        levels = (hz[4::10] > 0).astype(int)
        data = 1 - np.abs(np.diff(levels))
        text = "".join(map(str, data))
        start = text.index("0101010101111110") + 16
        body = text[start : text.index("01111110", start)].replace("111110", "11111")
        received = np.array([int(c) for c in body])
        assert len(received) - 16 in (ships.POSITION, ships.STATIC, ships.BINARY)
        assert np.array_equal(1 - packets.crc16(received[:-16]), received[-16:])


def test_ships_send_in_slots():
    for seed in range(5):
        signal = ships.ais(rng(seed), 3.0)
        starts = np.array(signal.spans)[:, 0] / signal.rate / ships.SLOT_S
        # Some ships of class B begin up to 2 ms (0.075 slots) late.
        turn = np.exp(2j * np.pi * starts)
        assert np.abs(turn.mean()) > 0.9
        assert np.all(lengths_s(signal) < 3 * ships.SLOT_S)


@pytest.mark.parametrize(
    "name, line", [("nfc_a", 847.5e3), ("nfc_b", 847.5e3), ("nfc_v", 423.75e3), ("nfc_f", 212e3)]
)
def test_cards_answer_beside_a_carrier(name, line):
    carriers = []
    for seed in range(5):
        signal = MAKERS[name](rng(seed), 0.05)
        spectrum = np.abs(np.fft.fft(signal.samples)) ** 2
        hz = np.abs(np.fft.fftfreq(len(spectrum), 1 / signal.rate))
        beside = spectrum[np.abs(hz - line) < 40e3].mean()
        assert beside > 3 * np.median(spectrum[hz > 0.48 * signal.rate])
        carriers.append(spectrum[hz < 3e3].sum() / spectrum.sum())
    # Some receivers remove the carrier with their constant part.
    assert max(carriers) > 0.7


def test_sigfox_sends_on_three_frequencies():
    signal = uncommon.sigfox(rng(1), 12.0)
    assert len(signal.spans) >= 3
    assert len(set(signal.centres)) == len(signal.spans)


def test_hops_of_a_remote_control_are_short_and_elsewhere():
    signal = uncommon.fhss_rc(rng(2), 0.08)
    assert np.all(lengths_s(signal) < 2.1e-3)
    assert len(set(signal.centres)) > 3
