# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Television of gr-dtv, by the chains of its examples."""

from __future__ import annotations

import math

import numpy as np
from gnuradio import blocks, digital, dtv, filter, gr

from .labels_foreign_modulators import run
from .labels_foreign_sender import Made, Rng, Sender

_PACKET = 188
"""Bytes of a packet of an MPEG transport stream."""
_SECONDS = 0.12
_CHANNELS = (470e6, 790e6)
_SATELLITE = (950e6, 2150e6)
_SATELLITE_S = 0.3


def _stream(rng: Rng, bits: float) -> np.ndarray:
    """Packets of a transport stream with random payload, uint8 [n]."""
    packets = rng.integers(0, 256, (max(16, math.ceil(bits / 8 / _PACKET)), _PACKET))
    packets[:, :4] = 0x47, 0x01, 0x00, 0x10
    return packets.astype(np.uint8).ravel()


def _shortened(wave: np.ndarray, rate: float, seconds: float) -> Made:
    """Without its first tenth, in which filters and interleavers fill."""
    return wave[len(wave) // 10 :][: round(seconds * rate)], rate


def dvbt(rng: Rng) -> Made:
    """One of the two modes, in a channel of 6 to 8 MHz."""
    mode, size, carriers = ((dtv.T2k, 2048, 1512), (dtv.T8k, 8192, 6048))[rng.integers(2)]
    guard, share = ((dtv.GI_1_32, 32), (dtv.GI_1_8, 8), (dtv.GI_1_4, 4))[rng.integers(3)]
    points, bits = ((dtv.MOD_QPSK, 2), (dtv.MOD_16QAM, 4), (dtv.MOD_64QAM, 6))[rng.integers(3)]
    rate = float(rng.choice([6e6, 7e6, 8e6])) * 8 / 7
    code = points, dtv.NH, dtv.C2_3
    chain = (
        dtv.dvbt_energy_dispersal(1),
        dtv.dvbt_reed_solomon_enc(2, 8, 0x11D, 255, 239, 8, 51, 8),
        dtv.dvbt_convolutional_interleaver(136, 12, 17),
        dtv.dvbt_inner_coder(1, carriers, *code),
        dtv.dvbt_bit_inner_interleaver(carriers, points, dtv.NH, mode),
        dtv.dvbt_symbol_inner_interleaver(carriers, mode, 1),
        dtv.dvbt_map(carriers, points, dtv.NH, mode, 1),
        dtv.dvbt_reference_signals(
            gr.sizeof_gr_complex, carriers, size, *code, dtv.C2_3, guard, mode, 1, 0
        ),
        digital.ofdm_cyclic_prefixer(size, size + size // share, 0, ""),
    )
    needed = 1.5 * _SECONDS * rate * bits * carriers / size
    return _shortened(run(_stream(rng, needed), *chain), rate, _SECONDS)


def dvbt2(rng: Rng) -> Made:
    frame, code, points = dtv.FECFRAME_NORMAL, dtv.C3_5, dtv.MOD_16QAM
    size, guard, pilots, symbols = dtv.FFTSIZE_2K, dtv.GI_1_8, dtv.PILOT_PP2, 983
    shape = dtv.CARRIERS_NORMAL, size, pilots, guard, symbols, dtv.PAPR_OFF
    version = dtv.VERSION_111, dtv.PREAMBLE_T2_SISO
    chain = (
        *_base_band(dtv.STANDARD_DVBT2, frame, code, dtv.RO_0_35),
        dtv.dvbt2_interleaver_bb(frame, code, points),
        dtv.dvbt2_modulator_bc(frame, points, dtv.ROTATION_ON),
        dtv.dvbt2_cellinterleaver_cc(frame, points, 93, 3),
        dtv.dvbt2_framemapper_cc(
            *(frame, code, points, dtv.ROTATION_ON, 93, 3, dtv.CARRIERS_NORMAL, size, guard),
            *(dtv.L1_MOD_QPSK, pilots, 2, symbols, dtv.PAPR_OFF, *version, dtv.INPUTMODE_NORMAL),
            *(dtv.RESERVED_OFF, dtv.L1_SCRAMBLED_OFF, dtv.INBAND_OFF),
        ),
        dtv.dvbt2_freqinterleaver_cc(*shape, *version),
        dtv.dvbt2_pilotgenerator_cc(
            *(*shape, *version, dtv.MISO_TX1, dtv.EQUALIZATION_OFF, dtv.BANDWIDTH_8_0_MHZ, 2048)
        ),
        digital.ofdm_cyclic_prefixer(2048, 2048 + 256, 0, ""),
        dtv.dvbt2_p1insertion_cc(
            *(dtv.CARRIERS_EXTENDED, size, guard, symbols, dtv.PREAMBLE_T2_SISO),
            *(dtv.SHOWLEVELS_OFF, 3.3),
        ),
    )
    rate = float(rng.choice([6e6, 7e6, 8e6])) * 8 / 7
    # A frame of 93 blocks of 64800 bits is the least that the mapper takes.
    return _shortened(run(_stream(rng, 3.2 * 93 * 38880), *chain), rate, _SECONDS)


def _base_band(standard, frame, code, rolloff) -> tuple:
    """The blocks of the second generation up to the bits of the code."""
    inputs = dtv.INPUTMODE_NORMAL, dtv.INBAND_OFF, 168, 4000000
    return (
        dtv.dvb_bbheader_bb(standard, frame, code, rolloff, *inputs),
        dtv.dvb_bbscrambler_bb(standard, frame, code),
        dtv.dvb_bch_bb(standard, frame, code),
        dtv.dvb_ldpc_bb(standard, frame, code, dtv.MOD_OTHER),
    )


def _pulse_shape(rolloff: float):
    """A root raised cosine at two samples a symbol."""
    return filter.fft_filter_ccc(1, filter.firdes.root_raised_cosine(1, 2, 1, rolloff, 100), 1)


def dvbs(rng: Rng) -> Made:
    points = dtv.MOD_QPSK
    chain = (
        dtv.dvbt_energy_dispersal(1),
        dtv.dvbt_reed_solomon_enc(2, 8, 0x11D, 255, 239, 8, 51, 8),
        dtv.dvbt_convolutional_interleaver(136, 12, 17),
        dtv.dvbt_inner_coder(1, 1512, points, dtv.NH, dtv.C7_8),
        blocks.vector_to_stream(1, 1512),
        dtv.dvbs2_modulator_bc(dtv.FECFRAME_NORMAL, dtv.C1_4, points, dtv.INTERPOLATION_ON),
        _pulse_shape(0.35),
    )
    baud = float(rng.uniform(0.3e6, 2e6))
    return _shortened(run(_stream(rng, 3 * _SATELLITE_S * baud), *chain), 2 * baud, _SATELLITE_S)


def dvbs2(rng: Rng) -> Made:
    frame, code, points = dtv.FECFRAME_NORMAL, dtv.C9_10, dtv.MOD_16APSK
    chain = (
        *_base_band(dtv.STANDARD_DVBS2, frame, code, dtv.RO_0_20),
        dtv.dvbs2_interleaver_bb(frame, code, points),
        dtv.dvbs2_modulator_bc(frame, code, points, dtv.INTERPOLATION_OFF),
        dtv.dvbs2_physical_cc(frame, code, points, dtv.PILOTS_ON, 0),
        _pulse_shape(0.2),
    )
    baud = float(rng.uniform(0.3e6, 2e6))
    return _shortened(run(_stream(rng, 5 * _SATELLITE_S * baud), *chain), 2 * baud, _SATELLITE_S)


def atsc(rng: Rng) -> Made:
    rate = 4.5e6 / 286 * 684
    pilot = (6e6 - rate / 2) / 2
    chain = (
        dtv.atsc_pad(),
        dtv.atsc_randomizer(),
        dtv.atsc_rs_encoder(),
        dtv.atsc_interleaver(),
        dtv.atsc_trellis_encoder(),
        dtv.atsc_field_sync_mux(),
        blocks.vector_to_stream(1, 1024),
        blocks.keep_m_in_n(1, 832, 1024, 4),
        dtv.dvbs2_modulator_bc(
            *(dtv.FECFRAME_NORMAL, dtv.C1_4, dtv.MOD_8VSB, dtv.INTERPOLATION_OFF)
        ),
        blocks.rotator_cc((-3e6 + pilot) / rate * 2 * math.pi, False),
        filter.fft_filter_ccc(
            1, filter.firdes.root_raised_cosine(0.11, rate, rate / 2, 0.1152, 200), 1
        ),
    )
    return _shortened(run(_stream(rng, 1.5 * _SECONDS * 19.4e6), *chain), rate, _SECONDS)


def cable(rng: Rng) -> Made:
    """ITU-T J.83B with 64-QAM."""
    points = dtv.CATV_MOD_64QAM
    chain = (
        dtv.catv_transport_framing_enc_bb(),
        blocks.packed_to_unpacked_bb(7, gr.GR_MSB_FIRST),
        dtv.catv_reed_solomon_enc_bb(),
        blocks.stream_to_vector(1, 128),
        dtv.dvbt_convolutional_interleaver(1, 128, 4),
        dtv.catv_randomizer_bb(points),
        dtv.catv_frame_sync_enc_bb(points, 6),
        dtv.catv_trellis_enc_bb(points),
        dtv.dvbs2_modulator_bc(
            *(dtv.FECFRAME_NORMAL, dtv.C1_4, dtv.MOD_64QAM, dtv.INTERPOLATION_ON)
        ),
        _pulse_shape(0.18),
    )
    rate = 2 * 5056941.0
    return _shortened(run(_stream(rng, 2 * _SECONDS * 27e6), *chain), rate, _SECONDS)


SENDERS = (
    Sender("DVB-T", "gr-dtv", dvbt, ("dvbt",)),
    Sender("DVB-T2", "gr-dtv", dvbt2, (), ("OFDM",), _CHANNELS),
    Sender("DVB-S", "gr-dtv", dvbs, (), ("PSK",), _SATELLITE),
    Sender("DVB-S2, 16-APSK", "gr-dtv", dvbs2, (), ("PSK",), _SATELLITE),
    Sender("ATSC", "gr-dtv", atsc, (), (), _CHANNELS),
    Sender("cable, 64-QAM", "gr-dtv", cable, (), ("PSK",), _CHANNELS),
)
