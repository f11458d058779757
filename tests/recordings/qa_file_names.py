# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of recordings state, as programs and people write them."""

import pytest
from gnuradio.rfattn.recordings.file_names import NameFacts, read_name

UTC = "2024-03-15T12:34:56Z"


@pytest.mark.parametrize(
    "name, facts",
    [
        (
            "gqrx_20240315_123456_433920000_2400000_fc.raw",
            NameFacts(2.4e6, 433.92e6, UTC, "fc", program="gqrx"),
        ),
        (
            "baseband_433920000Hz_12-34-56_15-03-2024.wav",  # of an unknown time zone
            NameFacts(None, 433.92e6, program="SDR++"),
        ),
        (
            "audio_433920000Hz_12-34-56_15-03-2024.wav",
            NameFacts(None, 433.92e6, is_audio=True, program="SDR++"),
        ),
        (
            "SDRSharp_20240315_123456Z_433920000Hz_IQ.wav",
            NameFacts(None, 433.92e6, UTC, program="SDR#"),
        ),
        (
            "SDRSharp_20240315_123456_433920000Hz_IQ.wav",
            NameFacts(None, 433.92e6, program="SDR#"),
        ),
        ("HDSDR_20240315_123456Z_7100kHz_RF.wav", NameFacts(None, 7.1e6, UTC, program="HDSDR")),
        (
            "HDSDR_20240315_123456Z_7100kHz_AF.wav",
            NameFacts(None, 7.1e6, UTC, is_audio=True, program="HDSDR"),
        ),
        ("SDRuno_20240315_123456Z_14200kHz.wav", NameFacts(None, 14.2e6, UTC, program="SDRuno")),
        (
            "RSP-20170101_101010-433_92MHz-2MSps-2MHz.complex",
            NameFacts(2e6, 433.92e6, program="URH"),
        ),
    ],
)
def test_names_of_programs(name, facts):
    assert read_name(name) == facts


@pytest.mark.parametrize(
    "name, rate, frequency",
    [
        ("g001_433.92M_250k.cu8", 250e3, 433.92e6),  # rtl_433
        ("g001_868M_1024k.cu8", 1.024e6, 868e6),
        ("FM_97.5M_2.4M.bin", 2.4e6, 97.5e6),
        ("2.4M_433M.bin", 2.4e6, 433e6),
        ("rtlsdr_433.92MHz_2.048MSps.bin", 2.048e6, 433.92e6),
        ("fm 100.3MHz 2.4Msps.cfile", 2.4e6, 100.3e6),
        ("x_100MHz_2.4MHz.iq", 2.4e6, 100e6),
        ("capture_f433920000_s2400000.cu8", 2.4e6, 433.92e6),
        ("f2585_s1.92_g0_0.8s.bin", 1.92e6, 2585e6),
        ("x_f433.92M_s250k.cu8", 250e3, 433.92e6),
        ("capture_433920000_2048000.bin", 2.048e6, 433.92e6),
        ("1090000000Hz_2400000sps.cu8", 2.4e6, 1090e6),
        ("rtl_24hours_433M.bin", None, 433e6),
        # What could be something else is not read:
        ("adsb_2.4M.cu8", None, None),
        ("f2604_9_s1_92_g0.bin", None, None),
        ("20240315_123456.cu8", None, None),
        ("20240315_20240316.cu8", None, None),
        ("test_1_2.cu8", None, None),
        ("x.cu8", None, None),
    ],
)
def test_rate_and_frequency(name, rate, frequency):
    facts = read_name(name)
    assert (facts.sample_rate, facts.frequency) == (rate, frequency)


@pytest.mark.parametrize(
    "name, datatype, datetime",
    [
        ("capture.cs16.bin", "cs16", None),
        ("capture_CF32.iq", "cf32", None),
        ("cf32capture.iq", None, None),
        ("rec_20240315T123456Z.iq", None, UTC),
        ("2024-03-15_12-34-56Z.iq", None, UTC),
        ("20240315_123456.iq", None, None),
    ],
)
def test_type_and_time(name, datatype, datetime):
    facts = read_name(name)
    assert (facts.datatype, facts.datetime) == (datatype, datetime)
