# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals of GNU Radio's transmitters: gr-rds, gr-vocoder, gr-digital and gr-analog."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio import analog, blocks, digital, filter, gr, vocoder

from .labels_foreign_modulators import am_voice, nfm_voice, resample, run, ssb, talk, wfm
from .labels_foreign_sender import ANYWHERE, SHORTWAVE, Made, Rng, Sender

_SECONDS = 2.0
_SHORT_RANGE = (863e6, 870e6)


def stereo_with_rds(rng: Rng) -> Made:
    """Two voices of espeak-ng as left and right, with the subcarriers of the pilot and of RDS."""
    import rds

    rate, count = 380000, round(_SECONDS * 380000)
    left, right = (resample(*talk(rng, _SECONDS), rate) for _ in range(2))
    left, right = (np.tanh(3 * np.resize(side, count)) for side in (left, right))
    encoder = rds.encoder(0, 14, True, "RADIO 1", 100e6, True, False, 13, 3, 147, "Good evening")
    head, sink = blocks.head(1, round(1187.5 * _SECONDS) + 20), blocks.vector_sink_f()
    top = gr.top_block()
    top.connect(
        *(encoder, head, digital.diff_encoder_bb(2), digital.map_bb([1, 2])),
        *(blocks.unpack_k_bits_bb(2), digital.map_bb([-1, 1]), blocks.char_to_float()),
        *(blocks.repeat(4, 160), filter.fir_filter_fff(1, _rds_taps(rate)), sink),
    )
    top.run()
    data, time = np.array(sink.data())[:count], np.arange(count) / rate
    pilot = 2 * np.pi * 19e3 * time
    sums = 0.4 * (left + right) + 0.4 * (left - right) * np.sin(2 * pilot)
    message = sums + 0.09 * np.sin(pilot) + 0.03 * data * np.sin(3 * pilot)
    return run(message, analog.frequency_modulator_fc(2 * np.pi * 75e3 / rate)), float(rate)


def _rds_taps(rate: int):
    return filter.firdes.low_pass(1, rate, 2.4e3, 2e3)


def freedv(rng: Rng) -> Made:
    """Codec 2 at 1600 bit/s with its modem, on one sideband."""
    audio, rate = talk(rng, 4)
    modem = vocoder.freedv_tx_ss(0)
    source = blocks.vector_source_f((resample(audio, rate, 8000) * 16000).tolist())
    sink, top = blocks.vector_sink_f(), gr.top_block()
    top.connect(source, blocks.float_to_short(), modem, blocks.short_to_float(), sink)
    top.run()
    return _one_sideband(np.array(sink.data()), 8000)


def _one_sideband(audio: np.ndarray, rate: float) -> Made:
    taps = filter.firdes.complex_band_pass(1, rate, 200, 0.45 * rate, 200)
    return run(audio, blocks.float_to_complex(), filter.fir_filter_ccc(1, taps)), rate


def cvsd(rng: Rng) -> Made:
    """Speech as a delta modulation of 16 kbit/s, on FSK."""
    audio, rate = talk(rng, 3)
    modem = digital.gfsk_mod(4, 0.5, 0.5)
    wave = run(resample(audio, rate, 8000), vocoder.cvsd_encode_fb(2, 0.9), modem)
    return wave, 64e3


def direct_sequence(rng: Rng) -> Made:
    """BPSK of some kBd times a code of 1023 chips, shaped by a root raised cosine."""
    code = _code(rng)
    data = rng.integers(0, 2, round(0.3 * 1.023e6 / len(code)) + 1)
    chips = (data[:, None] ^ code).astype(np.uint8).ravel()
    shape = filter.interp_fir_filter_ccf(4, filter.firdes.root_raised_cosine(4, 4, 1, 0.35, 45))
    wave = run(chips, digital.chunks_to_symbols_bc([-1, 1]), shape)
    return wave, 4 * float(rng.uniform(0.2e6, 1.1e6))


def _code(rng: Rng) -> np.ndarray:
    """A sequence of maximal length of GNU Radio's shift register, uint8 [1023]."""
    source, head = (
        digital.glfsr_source_b(10, True, 0, int(rng.integers(1, 1023))),
        blocks.head(1, 1023),
    )
    sink, top = blocks.vector_sink_b(), gr.top_block()
    top.connect(source, head, sink)
    top.run()
    return np.array(sink.data(), np.uint8)


def packets(rng: Rng) -> Made:
    """Packets of GFSK behind an alternating preamble, with pauses."""
    baud = float(rng.choice([4800, 9600, 19200, 38400, 50000]))
    parts = []
    for _ in range(5):
        octets = np.append([0xAA] * 6, rng.integers(0, 256, rng.integers(20, 60)))
        parts += [
            run(octets.astype(np.uint8), digital.gfsk_mod(4, rng.uniform(0.5, 1.0), 0.5)),
            np.zeros(round(rng.uniform(0.05, 0.4) * 4 * baud)),
        ]
    return np.concatenate(parts), 4 * baud


def _random_bytes(rng: Rng, count: int) -> np.ndarray:
    return rng.integers(0, 256, max(count, 16)).astype(np.uint8)


def linear(constellation: Callable, bits: int, bauds: tuple[int, ...]) -> Callable[[Rng], Made]:
    """Random bytes on a constellation, shaped by a root raised cosine."""

    def make(rng: Rng) -> Made:
        baud = float(rng.choice(bauds))
        modulator = digital.generic_mod(constellation(), True, 4, True, 0.35)
        return run(_random_bytes(rng, int(_SECONDS * baud * bits) // 8), modulator), 4 * baud

    return make


eight_psk = linear(digital.constellation_8psk, 3, (5000, 10000, 25000))
qam_16 = linear(lambda: digital.qam_constellation(16), 4, (25000, 50000, 100000))


def ook(rng: Rng) -> Made:
    baud = float(rng.choice([1000, 4000, 10000]))
    keys = np.append(1, rng.integers(0, 2, round(0.5 * baud))).astype(np.uint8)
    return run(keys, digital.chunks_to_symbols_bc([0, 1]), blocks.repeat(8, 100)), 100 * baud


def ofdm(rng: Rng) -> Made:
    """Packets of gr-digital's OFDM transmitter without pauses: 52 carriers, prefix of a quarter."""
    rate = float(rng.choice([200e3, 400e3, 800e3]))
    count = int(0.5 * rate / len(_ofdm_packet(rng)))
    return np.concatenate([_ofdm_packet(rng) for _ in range(count)]), rate


def _ofdm_packet(rng: Rng) -> np.ndarray:
    tag, octets = "packet_length", 60
    tagger = blocks.stream_to_tagged_stream(1, 1, octets, tag)
    return run(_random_bytes(rng, octets), tagger, digital.ofdm_tx(packet_length_tag_key=tag))


def sweeps(rng: Rng) -> Made:
    """Sweeps of gr-blocks' oscillator, one after the other."""
    rate, width = 1e6, float(rng.uniform(50e3, 600e3))
    one_s = float(10 ** rng.uniform(-3, -2))
    sweep = np.linspace(-width / 2, width / 2, round(one_s * rate)) * rng.choice([-1, 1])
    return run(np.tile(sweep, int(_SECONDS / one_s)), blocks.vco_c(rate, 2 * np.pi, 1.0)), rate


def carrier(rng: Rng) -> Made:
    return run(np.zeros(60000), blocks.vco_c(1e4, 2 * np.pi, 1.0)), 1e4


def slow_gmsk(rng: Rng) -> Made:
    octets = rng.integers(0, 256, 4800 * 2 // 8).astype(np.uint8)
    return run(octets, digital.gmsk_mod(4, bt=0.5)), 4 * 4800.0


_FSK = "FSK packets", "FSK telemetry", "digital voice"
SENDERS = (
    Sender("stereo with RDS", "gr-rds", stereo_with_rds, ("wfm",)),
    Sender("voice on wide FM", "gr-analog", wfm, ("wfm",)),
    Sender("voice on narrow FM", "gr-analog", nfm_voice, ("nfm_voice",)),
    Sender("voice on AM", "gr-analog", am_voice, ("am_voice",)),
    Sender("voice on one sideband", "gr-analog", ssb, ("ssb",)),
    Sender("carrier", "gr-analog", carrier, ("carrier",), (), ANYWHERE),
    Sender("sweeps", "gr-analog", sweeps, (), ("chirps",), ANYWHERE),
    Sender(
        *("FreeDV 1600", "gr-vocoder", freedv, ()),
        *(("HF digital", "SSB", "digital voice"), SHORTWAVE),
    ),
    Sender("CVSD voice", "gr-vocoder", cvsd, (), _FSK, (30e6, 400e6)),
    Sender("packets of GFSK", "gr-digital", packets, ("fsk_srd", "sat_fsk"), (), _SHORT_RANGE),
    Sender("OOK", "gr-digital", ook, ("ook_srd",), (), _SHORT_RANGE),
    Sender("GMSK of 4800 Bd, no frames", "gr-digital", slow_gmsk, (), _FSK, (136e6, 470e6)),
    Sender("OFDM, 52 carriers", "gr-digital", ofdm, (), ("OFDM",), ANYWHERE),
    Sender(
        "8-PSK",
        "gr-digital",
        eight_psk,
        (),
        ("PSK",),
        ANYWHERE,
    ),
    Sender(
        "16-QAM",
        "gr-digital",
        qam_16,
        (),
        ("PSK",),
        ANYWHERE,
    ),
    Sender("spread spectrum", "gr-digital", direct_sequence, (), ("PSK",), ANYWHERE),
)
