# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of any format: samples, rate, frequency and time, where these come from, refusals."""

import json
import os
import struct

import numpy as np
import pytest
from gnuradio.rfattn.recordings import formats
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import Capture, RecordingError
from gnuradio.rfattn.recordings.sigmf import metadata_of

RATE = 250_000
EXPECTED = np.array([-1 - 1j, 1 + 1j, (0.5 - 0.5j) / 127.5], np.complex64)
CU8 = bytes([0, 0, 255, 255, 128, 127])


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(data, code=1, channels=2, bits=16, rate=RATE, before=b"", after=b"", magic=b"RIFF"):
    """A WAV file of raw bytes."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits)
    body = b"WAVE" + chunk(b"fmt ", form) + before + chunk(b"data", data) + after
    return magic + struct.pack("<I", len(body)) + body


def auxi(frequency, month=3):
    """The chunk of SDR# and HDSDR: start and stop of 15 March 2024, and Hz."""
    times = struct.pack("<16H", 2024, month, 5, 15, 12, 34, 56, 789, *[0] * 8)
    return chunk(b"auxi", times + struct.pack("<9I", frequency, *[0] * 8))


def write(folder, name, data):
    (folder / name).write_bytes(data)
    return folder / name


def test_a_raw_file_and_what_its_name_states(tmp_path):
    recording = open_recording(write(tmp_path, "g001_433.92M_250k.cu8", CU8))
    np.testing.assert_allclose(recording.samples(), EXPECTED, atol=1e-7)
    np.testing.assert_allclose(recording.samples(1, 1), EXPECTED[1:2], atol=1e-7)
    assert (recording.sample_rate, recording.frequency) == (RATE, 433.92e6)
    assert recording.origin == "cu8 (suffix); 250 kS/s, 433.92 MHz (name)"
    assert (recording.name, recording.meta_path) == ("g001_433.92M_250k", None)


@pytest.mark.parametrize(
    "name, data",
    [
        ("x.cs8", np.array([-128, 64], "i1")),
        ("x.C8", np.array([-128, 64], "i1")),
        ("x.complex16s", np.array([-128, 64], "i1")),
        ("x.cs16", np.array([-32768, 16384], "<i2")),
        ("x.C16", np.array([-32768, 16384], "<i2")),
        ("x.complex32s", np.array([-32768, 16384], "<i2")),
        ("x.cf32", np.array([-1, 0.5], "<f4")),
        ("x.cfile", np.array([-1, 0.5], "<f4")),
        ("x.complex", np.array([-1, 0.5], "<f4")),
        ("gqrx_20240315_123456_100000000_250000_fc.raw", np.array([-1, 0.5], "<f4")),
        ("x_cs16.bin", np.array([-32768, 16384], "<i2")),
    ],
)
def test_types_by_suffix_and_name(tmp_path, name, data):
    recording = open_recording(write(tmp_path, name, data.tobytes()))
    np.testing.assert_array_equal(recording.samples(), np.array([-1 + 0.5j], np.complex64))


def test_options_go_before_the_name(tmp_path):
    path = write(tmp_path, "g001_433.92M_250k.bin", CU8)
    recording = open_recording(path, sample_rate=1e6, frequency=1e8, datatype="cu8")
    assert (recording.sample_rate, recording.frequency, recording.n_samples) == (1e6, 1e8, 3)
    assert recording.origin == "cu8 (--datatype); 1 MS/s (--rate); 100 MHz (--freq)"


def test_what_portapack_writes_beside_a_recording(tmp_path):
    path = write(tmp_path, "BBD_0001.C16", np.array([1, 2], "<i2").tobytes())
    write(tmp_path, "BBD_0001.TXT", b"sample_rate=500000\ncenter_frequency=433920000\n")
    recording = open_recording(path)
    assert (recording.sample_rate, recording.frequency) == (500e3, 433.92e6)
    assert recording.origin == "ci16_le (suffix); 500 kS/s, 433.92 MHz (its .TXT)"


def test_what_portapack_does_not_write_stays_unknown(tmp_path):
    path = write(tmp_path, "BBD_0001.C16", bytes(4))
    write(tmp_path, "BBD_0001.TXT", b"center_frequency=433920000\n")
    recording = open_recording(path)
    assert (recording.sample_rate, recording.frequency) == (None, 433.92e6)


def test_a_rest_that_is_no_sample_is_left_out_and_stated(tmp_path):
    recording = open_recording(write(tmp_path, "x.cf32", bytes(19)))
    assert recording.n_samples == 2
    assert recording.origin.endswith("; 3 bytes at the end are no whole sample")


@pytest.mark.parametrize(
    "code, bits, data",
    [
        (1, 8, bytes([0, 255])),
        (1, 16, np.array([-32768, 32767], "<i2").tobytes()),
        (1, 24, b"\0\0\x80\xff\xff\x7f"),
        (1, 32, np.array([-(2**31), 2**31 - 1], "<i4").tobytes()),
        (3, 32, np.array([-1, 1], "<f4").tobytes()),
    ],
)
def test_wav_of_two_channels_is_iq(tmp_path, code, bits, data):
    recording = open_recording(write(tmp_path, "x.wav", wav(data, code, 2, bits)))
    np.testing.assert_allclose(recording.samples(), [-1 + 1j], atol=1e-4)  # 1 LSB of 16 bits
    assert (recording.sample_rate, recording.is_real) == (RATE, False)


def test_wav_of_one_channel_is_real_and_counts_from_0_hz(tmp_path):
    data = np.array([-32768, 16384], "<i2").tobytes()
    name = "SDRSharp_20240315_123456Z_433920000Hz_AF.wav"
    recording = open_recording(write(tmp_path, name, wav(data, channels=1)))
    np.testing.assert_array_equal(recording.samples(), [-1, 0.5])
    assert recording.is_real and recording.frequency is None


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_auxi_chunk_has_frequency_and_time(tmp_path, where):
    data = wav(bytes(8), **{where: auxi(433_920_000)})
    recording = open_recording(write(tmp_path, "x.wav", data))
    assert recording.captures == (Capture(0, 433.92e6, "2024-03-15T12:34:56.789Z"),)
    assert recording.n_samples == 2
    assert "433.92 MHz, 2024-03-15T12:34:56.789Z (WAV header)" in recording.origin


@pytest.mark.parametrize(
    ("month", "when"), [(12, "2024-12-15T12:34:56.789Z"), (13, None), (0, None)]
)
def test_a_month_that_is_none_states_no_time(tmp_path, month, when):
    data = wav(bytes(8), before=auxi(100, month))
    recording = open_recording(write(tmp_path, "x.wav", data))
    assert recording.captures == (Capture(0, 100.0, when),)


def test_the_auxi_chunk_of_sdr_console_is_xml(tmp_path):
    text = '<Definition CurrentTimeUTC="15-03-2024 12:34:56" RadioCenterFreq="14200000" />'
    data = wav(bytes(8), before=chunk(b"auxi", text.encode("utf-16-le")))
    recording = open_recording(write(tmp_path, "x.wav", data))
    assert recording.captures == (Capture(0, 14.2e6, "2024-03-15T12:34:56Z"),)


def test_an_envelope_counts_from_0_hz(tmp_path):
    recording = open_recording(write(tmp_path, "g001_433.92M_250k.am.s16", bytes(4)))
    assert recording.is_real and (recording.sample_rate, recording.frequency) == (RATE, None)


def test_a_rate_of_0_and_a_time_that_is_none_are_not_stated(tmp_path):
    name = "SDRSharp_20240231_126156Z_100Hz_IQ.wav"
    recording = open_recording(write(tmp_path, name, wav(bytes(8), rate=0)))
    assert (recording.sample_rate, recording.captures) == (None, (Capture(0, 100.0),))


def test_a_wav_name_states_the_frequency_that_its_header_lacks(tmp_path):
    name = "baseband_433920000Hz_12-34-56_15-03-2024.wav"
    recording = open_recording(write(tmp_path, name, wav(bytes(8))))
    assert recording.frequency == 433.92e6
    origin = "ci16_le, 250 kS/s (WAV header); 433.92 MHz (name, as SDR++ writes it)"
    assert recording.origin == origin


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_wav_that_was_not_ended_goes_to_the_end_of_the_file(tmp_path, size):
    data = wav(bytes(8))
    data = data[: -8 - 4] + struct.pack("<I", size) + bytes(8)
    assert open_recording(write(tmp_path, "x.wav", data)).n_samples == 2


def test_a_wav_that_is_cut_off_says_so(tmp_path):
    recording = open_recording(write(tmp_path, "x.wav", wav(bytes(80))[:-70]))
    assert recording.n_samples == 2
    assert "; cut off: 10 of the 80 bytes that its header states; 2 bytes at" in recording.origin


def test_a_wav_of_more_than_4_gib_has_its_size_in_ds64(tmp_path):
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, 4, 1, 0))
    form = struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16)
    data = b"data\xff\xff\xff\xff" + bytes(8)
    content = b"RF64\xff\xff\xff\xffWAVE" + ds64 + chunk(b"fmt ", form) + data
    assert open_recording(write(tmp_path, "x.wav", content)).n_samples == 1


@pytest.mark.parametrize(
    "data, message",
    [
        (
            wav(bytes(8), code=7, bits=8),
            "its WAV samples have format 7 with 8 bits, which is not read",
        ),
        (wav(bytes(12), channels=3), "its WAV has 3 channels; 1 .real. or 2 .I and Q. are read"),
        (wav(bytes(8))[:30], "its WAV header is cut off"),
        (wav(bytes(8))[:36], "its WAV header has no data"),
        (b"RIFF\4\0\0\0AVI ", "its RIFF file is no WAVE"),
    ],
    ids=["format", "channels", "cut off", "no data", "no WAVE"],
)
def test_a_wav_that_cannot_be_read(tmp_path, data, message):
    with pytest.raises(RecordingError, match=f"x.wav: {message}"):
        open_recording(write(tmp_path, "x.wav", data))


def test_two_channels_of_audio_are_not_iq_unless_stated(tmp_path):
    path = write(tmp_path, "audio_433920000Hz_12-34-56_15-03-2024.wav", wav(bytes(8)))
    with pytest.raises(RecordingError, match="two channels of audio by its name.* ci16_le"):
        open_recording(path)
    assert open_recording(path, datatype="ci16").n_samples == 2


@pytest.mark.parametrize(
    "name, data, arguments, message",
    [
        ("x.bin", CU8, {}, "x.bin: no SigMF or WAV, .* give the datatype .*, such as cu8 .rtl_sdr"),
        (
            "x.wav",
            b"text" * 9,
            {},
            "x.wav: no WAV file, which begins with RIFF, .* give the datatype",
        ),
        ("x.cu8", CU8, {"datatype": "cu9"}, "datatype must be one of cu8, .*, got 'cu9'"),
        ("x.cu8", CU8, {"sample_rate": 0.0}, "rate must be > 0 Hz, got 0"),
        ("x.cu8", CU8, {"frequency": -1.0}, "frequency must be > 0 Hz, got -1"),
        ("x.sigmf", b"", {}, "a SigMF archive; unpack it first: tar -xf "),
        ("x.wav", wav(b""), {"sample_rate": 1e6}, "its sample rate is 250000 Hz, got --rate 1e"),
        ("x.wav", wav(b""), {"datatype": "cf32"}, "its datatype is ci16_le, got --datatype cf32"),
        (
            "x.wav",
            wav(b"", before=auxi(100)),
            {"frequency": 200.0},
            "its frequency is 100 Hz, got --freq 200",
        ),
    ],
)
def test_refusals(tmp_path, name, data, arguments, message):
    path = write(tmp_path, name, data)
    with pytest.raises(RecordingError, match=message):
        open_recording(path, **arguments)


def test_what_is_no_file(tmp_path):
    with pytest.raises(RecordingError, match=r"x.cu8: No such file"):
        open_recording(tmp_path / "x.cu8")
    with pytest.raises(RecordingError, match=r"a folder; .* such as .*NAME.cu8"):
        open_recording(tmp_path)
    write(tmp_path, "r.sigmf-meta", b"{}")
    with pytest.raises(RecordingError, match=r"a folder; .* such as .*r.sigmf-meta"):
        open_recording(tmp_path)
    os.mkfifo(tmp_path / "pipe.cu8")
    with pytest.raises(RecordingError, match=r"no regular file; send .* standard input \(-\)"):
        open_recording(tmp_path / "pipe.cu8")


def test_sigmf_takes_what_it_does_not_state(tmp_path):
    meta = {"global": {"core:datatype": "cu8"}, "captures": [{"core:sample_start": 0}]}
    write(tmp_path, "r.sigmf-meta", json.dumps(meta).encode())
    write(tmp_path, "r.sigmf-data", CU8)
    recording = open_recording(tmp_path / "r", sample_rate=1e6, frequency=1e8)
    assert (recording.sample_rate, recording.frequency, recording.origin) == (1e6, 1e8, "")
    with pytest.raises(RecordingError, match="its datatype is cu8, got --datatype ci8"):
        open_recording(tmp_path / "r", datatype="ci8")


@pytest.mark.parametrize("captures", [[], [{"core:sample_start": 0}, {"core:sample_start": 2}]])
def test_metadata_state_what_options_did(tmp_path, captures):
    """Other programs draw boxes from absolute edges only where the file has the frequency."""
    meta = {"global": {"core:datatype": "cu8"}, "captures": captures}
    write(tmp_path, "r.sigmf-meta", json.dumps(meta).encode())
    write(tmp_path, "r.sigmf-data", CU8)
    written = metadata_of(open_recording(tmp_path / "r", sample_rate=1e6, frequency=1e8))
    assert written["global"] == {"core:datatype": "cu8", "core:sample_rate": 1e6}
    assert written["captures"][0] == {"core:sample_start": 0, "core:frequency": 1e8}
    assert written["captures"][1:] == captures[1:]
    assert metadata_of(open_recording(tmp_path / "r")) == meta


@pytest.mark.parametrize("name, data", [("x_1M_100M.cu8", CU8 + b"\0"), ("x.wav", wav(CU8[:4]))])
def test_metadata_describe_any_file_and_can_be_opened(tmp_path, name, data):
    recording = open_recording(write(tmp_path, name, data))
    write(tmp_path, "out.sigmf-meta", json.dumps(metadata_of(recording)).encode())
    again = open_recording(tmp_path / "out.sigmf-meta")
    assert (again.n_samples, again.sample_rate) == (recording.n_samples, recording.sample_rate)
    assert again.captures == recording.captures
    np.testing.assert_array_equal(again.samples(), recording.samples())


def test_sigmf_has_no_24_bit_samples(tmp_path):
    recording = open_recording(write(tmp_path, "x.wav", wav(bytes(6), bits=24)))
    with pytest.raises(RecordingError, match="SigMF has no 24-bit samples"):
        metadata_of(recording)


class Pipe:
    """A pipe, and standard input that reads it."""

    def __init__(self, monkeypatch):
        self.end, self._in = os.pipe()
        monkeypatch.setattr(formats.sys, "stdin", os.fdopen(self.end, "rb"))

    def send(self, data):
        os.write(self._in, data)

    def close(self):
        os.close(self._in)


def test_samples_from_a_pipe(monkeypatch):
    pipe = Pipe(monkeypatch)
    stream = formats.open_input("-", 1e6, 1e8, "cu8")
    assert (stream.sample_rate, stream.frequency, stream.name) == (1e6, 1e8, "stdin")
    assert len(stream.read(10, timeout_s=0.0)) == 0
    pipe.send(CU8[:3])  # a sample and a half
    np.testing.assert_allclose(stream.read(10), EXPECTED[:1], atol=1e-7)
    pipe.send(CU8[3:] + b"\0")
    np.testing.assert_allclose(stream.read(1), EXPECTED[1:2], atol=1e-7)
    np.testing.assert_allclose(stream.read(10), EXPECTED[2:], atol=1e-7)
    pipe.close()
    assert stream.read(10) is None


def test_a_wav_from_a_pipe(monkeypatch):
    pipe = Pipe(monkeypatch)
    pipe.send(wav(bytes(8), before=auxi(100), after=chunk(b"LIST", bytes(40))))
    pipe.close()
    stream = formats.open_input("-")
    assert (stream.sample_rate, stream.frequency) == (RATE, 100.0)
    assert len(stream.read(10)) == 2 and stream.read(10) is None


def test_a_pipe_needs_a_datatype(monkeypatch):
    pipe = Pipe(monkeypatch)
    pipe.send(CU8)
    pipe.close()
    with pytest.raises(RecordingError, match="no WAV, so .* give the datatype .*, such as cu8"):
        formats.open_input("-", 1e6)
