# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes packets that audio tones carry: AX.25 at 1200 Bd on FM (AFSK1200), and ACARS on AM."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier as carrier_wave

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform, nrz, smooth
from ..parts.overs import send_packets, settle
from ..parts.packets import stuff
from .morse import callsign

_TEXT = np.frombuffer(b" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,/-:=>!", np.uint8)


def crc16(data: bytes, polynomial: int, start: int) -> int:
    """A reflected check sum of 16 bits: 0x8408 for AX.25 and ACARS."""
    value = start
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
    return value


def to_bits(data: bytes) -> np.ndarray:
    """Bits, lowest first: uint8 [8 * len(data)]."""
    return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")


def afsk1200(rng: Rng, seconds: float) -> Signal:
    """Packet radio and APRS: 1200 and 2200 Hz on FM of about 3 kHz, keyed for each packet."""
    rate = 50e3
    deviation = rng.uniform(2.0e3, 4.0e3) if rng.random() < 0.8 else rng.uniform(1.0e3, 5.0e3)
    baud = 1200 * (1 + rng.normal() * 0.001)
    tones = np.array([1200.0, 2200.0]) * (1 + rng.normal(0, 0.004))
    twist = 2 ** (rng.uniform(0.6, 1.1) if rng.random() < 0.5 else rng.uniform(-0.2, 0.2))
    error, start_hz = rng.normal() * 400, log_uniform(rng, 10, 2000)
    delay_s, tail_s = log_uniform(rng, 0.1, 0.6), log_uniform(rng, 0.005, 0.15)
    coarse = rng.random() < 0.2
    # A modem that is too loud for the microphone input runs into the limiter.
    drive = rng.uniform(1.2, 4.0) if rng.random() < 0.2 else 1.0
    soft = log_uniform(rng, 1e-5, 7e-5) * rate

    def packet() -> np.ndarray:
        frame = _ax25_bits(rng, delay_s, tail_s)
        # NRZI: a zero changes the tone.
        mark = (np.cumsum(frame == 0) + rng.integers(0, 2)) % 2
        hz = nrz(tones[mark], rate / baud)
        level = nrz(np.where(mark == 0, 1.0, twist), rate / baud) / max(twist, 1)
        audio = drive * level * _tone(np.cumsum(hz) / rate, coarse)
        audio = smooth(np.clip(audio, -1, 1), soft)
        silent = int(rng.random() * 0.1 * rate)
        audio = np.concatenate([np.zeros(silent), audio, np.zeros(silent // 3)])
        error_hz = error + settle(rng, len(audio), rate, start_hz)
        return carrier_wave((deviation * audio + error_hz) / rate)

    pause = log_uniform(rng, 0.3, 8)
    gap = lambda: 0.03 + pause * rng.exponential()  # noqa: E731
    return send_packets(rng, seconds, rate, packet, gap, log_uniform(rng, 3e-4, 0.01))


def _tone(turns: np.ndarray, coarse: bool) -> np.ndarray:
    """A sine of these turns; of 16 steps from cheap modems."""
    return np.sin(2 * np.pi * (np.floor(turns * 16) / 16 if coarse else turns))


def _ax25_bits(rng: Rng, delay_s: float, tail_s: float) -> np.ndarray:
    """Flags, an UI frame or a frame of a connection with stuffed bits, flags."""
    flag = np.array([0, 1, 1, 1, 1, 1, 1, 0], np.uint8)
    opening = np.tile(flag, max(1, round(delay_s * 150)))
    if rng.random() < 0.3:
        opening = np.zeros(8 * max(1, round(delay_s * 150)), np.uint8)
    closing = np.tile(flag, 1 + round(tail_s * 150))
    frames = [opening, flag]
    for _ in range(1 if rng.random() < 0.85 else int(rng.integers(2, 5))):
        frames += [stuff(to_bits(_ax25_frame(rng))), flag]
    return np.concatenate([*frames, closing])


def _ax25_frame(rng: Rng) -> bytes:
    path = [b"APRS  ", b"WIDE1 ", b"WIDE2 "]
    names = [choice(rng, path), callsign(rng).encode().ljust(6)[:6]]
    names += path[1 : 1 + int(rng.integers(0, 3))]
    address = b"".join(
        bytes(c << 1 for c in name) + bytes([0x60 | int(rng.integers(0, 16)) << 1])
        for name in names
    )
    address = address[:-1] + bytes([address[-1] | 1])
    data = address + b"\x03\xf0" + _aprs(rng)
    check = crc16(data, 0x8408, 0xFFFF) ^ 0xFFFF
    return data + check.to_bytes(2, "little")


def _aprs(rng: Rng) -> bytes:
    """A position, a status, telemetry, weather or a text."""
    kind = rng.random()
    number = lambda digits: str(int(rng.integers(0, 10**digits))).zfill(digits)  # noqa: E731
    if kind < 0.45:
        place = f"{number(4)}.{number(2)}N/{number(5)}.{number(2)}E"
        text = f"!{place}>{number(3)}/{number(3)}/A={number(6)}"
    elif kind < 0.6:
        text = f"T#{number(3)}," + ",".join(number(3) for _ in range(5)) + ",00000000"
    elif kind < 0.75:
        return b"`" + rng.integers(28, 126, 8).astype(np.uint8).tobytes() + b"}" + _words(rng, 20)
    else:
        text = ">" if kind < 0.9 else f":{callsign(rng):<9}:"
    return text.encode() + _words(rng, 60)


def _words(rng: Rng, most: int) -> bytes:
    return rng.choice(_TEXT, int(rng.integers(0, most))).tobytes()


def acars(rng: Rng, seconds: float) -> Signal:
    """ACARS: MSK of 2400 Bd (1200 and 2400 Hz) as AM (ARINC 618); bursts of 0.1 to 0.9 s."""
    rate = 25e3
    pause = log_uniform(rng, 0.1, 6)

    def packet() -> np.ndarray:
        depth, error = rng.uniform(0.5, 0.95), rng.normal() * 250
        audio = _msk(_acars_bits(rng), rate)
        silent = int(rng.uniform(0, 0.04) * rate)
        audio = np.concatenate([np.zeros(silent), audio, np.zeros(silent // 4)])
        audio = smooth(audio, rng.uniform(0.5, 2.5))
        audio = np.tanh(audio * rng.uniform(0.3, 1.5))
        hz = error + settle(rng, len(audio), rate, log_uniform(rng, 1, 200))
        level = 1 + depth * audio / np.abs(audio).max()
        return level / np.sqrt(np.mean(level**2)) * carrier_wave(hz / rate)

    gap = lambda: 0.03 + pause * rng.exponential()  # noqa: E731
    return send_packets(rng, seconds, rate, packet, gap, log_uniform(rng, 5e-4, 0.008))


def _msk(bits: np.ndarray, rate: float) -> np.ndarray:
    """Tones of half a period of 1200 Hz where the bit changes, a period of 2400 Hz where not."""
    changed = np.diff(bits.astype(int), prepend=1) != 0
    hz = nrz(np.where(changed, 1200.0, 2400.0), rate / 2400)
    return np.sin(2 * np.pi * np.cumsum(hz) / rate)


def _acars_bits(rng: Rng) -> np.ndarray:
    """Pre-key of ones, synchronisation, header, text with parity, check sum: uint8 [n]."""
    down = rng.random() < 0.6
    plane = f".{callsign(rng):.>6}"[-7:].replace("..", ".N")[:7].rjust(7, ".")
    label = choice(rng, ("H1", "Q0", "_d", "5Z", "B9", "SA", "80", "16", "2P", "_j"))
    head = f"{choice(rng, '2XHJ')}{plane}{choice(rng, chr(21) + 'AB')}{label}"
    head += str(rng.integers(0, 10)) if down else chr(65 + int(rng.integers(0, 26)))
    text = ""
    if rng.random() < 0.8:
        text = f"M{rng.integers(10, 99)}A{callsign(rng)}" if down else ""
        text += bytes(rng.choice(_TEXT, int(log_uniform(rng, 2, 205)))).decode()
    body = f"\x01{head}" + (f"\x02{text}" if text else "") + "\x03"
    coded = _parity(body.encode())
    check = crc16(coded[1:], 0x8408, 0).to_bytes(2, "little")
    opening = np.ones(int(rng.uniform(100, 140)), np.uint8)
    sync = _parity(b"+*\x16\x16")
    return np.concatenate([opening, to_bits(sync + coded + check + b"\x7f")])


def _parity(data: bytes) -> bytes:
    """Odd parity in the highest bit."""
    return bytes(b | (0 if bin(b).count("1") % 2 else 0x80) for b in data)
