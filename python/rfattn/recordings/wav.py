# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the header of a WAV file: RIFF, RF64 and BW64, with the auxi chunk of SDR programs.

The auxi chunk of SDR#, HDSDR, SpectraVue and SDRuno begins with the start and the stop of the
recording, in UTC, as two Windows SYSTEMTIMEs, and the frequency as a 32-bit number of Hz. SDR
Console puts XML there.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = (b"RIFF", b"RF64", b"BW64")
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNSTATED = (0, 0xFFFFFFFF)
"""Sizes of a data chunk that a program which could not seek, or did not end, leaves."""
_LARGEST_CHUNK = 1 << 20
"""Bytes of a chunk other than the samples that are read."""


@dataclass
class WavHeader:
    """What stands before the samples, and behind them where that can be read.

    Attributes:
        offset: byte of the first sample.
        data_bytes: of the samples; None: up to the end of the file.
        channels, sample_rate, datatype: the last without "c" or "r" in front, such as "i16_le".
        frequency: Hz, and datetime, ISO-8601 in UTC: from the auxi chunk; None without it.
    """

    offset: int = 0
    data_bytes: int | None = None
    channels: int = 0
    sample_rate: float = 0.0
    datatype: str = ""
    frequency: float | None = None
    datetime: str | None = None


def read_header(file: BinaryIO, is_seekable: bool = True) -> WavHeader:
    """Reads the header from the start of ``file``, or behind `MAGIC` of a pipe.

    Args:
        file: at its start where it is seekable; else behind the four bytes of the magic, and left
            at the first sample.

    Raises:
        ValueError: it is none, or has samples that cannot be read.
    """
    if is_seekable:
        file.seek(4)
    if _take(file, 8)[4:] != b"WAVE":
        raise ValueError("its RIFF file is no WAVE")
    header, start, data_bytes_64 = WavHeader(), 12, None
    while len(head := file.read(8)) == 8:
        name, size, read = head[:4], int.from_bytes(head[4:], "little"), 0
        start += 8
        if name == b"data":
            header.offset, header.data_bytes = start, _data_bytes(size, data_bytes_64)
            if not is_seekable or header.data_bytes is None:
                break
            size = header.data_bytes
        elif name in (b"fmt ", b"auxi", b"ds64"):
            body, read = _take(file, min(size, _LARGEST_CHUNK)), min(size, _LARGEST_CHUNK)
            if name == b"fmt ":
                _read_format(header, body)
            elif name == b"auxi":
                _read_auxi(header, body)
            elif len(body) >= 16:
                data_bytes_64 = struct.unpack_from("<Q", body, 8)[0]
        size += size % 2
        _skip(file, start + size, size - read, is_seekable)
        start += size
    if not header.offset or not header.channels:
        raise ValueError("its WAV header has no " + ("data" if header.channels else "fmt"))
    return header


def _data_bytes(size: int, size_64: int | None) -> int | None:
    if size_64 is not None and size == 0xFFFFFFFF:
        return size_64
    return None if size in _UNSTATED else size


def _take(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise ValueError("its WAV header is cut off")
    return found


def _skip(file: BinaryIO, position: int, count: int, is_seekable: bool) -> None:
    if is_seekable:
        file.seek(position)
    elif count:
        _take(file, count)


def _read_format(header: WavHeader, body: bytes) -> None:
    if len(body) < 16:
        raise ValueError(f"its fmt chunk has {len(body)} bytes")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        code = struct.unpack_from("<H", body, 24)[0]
    names = {(_PCM, 8): "u8", (_PCM, 16): "i16_le", (_PCM, 24): "i24_le", (_PCM, 32): "i32_le"}
    names |= {(_FLOAT, 32): "f32_le", (_FLOAT, 64): "f64_le"}
    if (code, bits) not in names:
        raise ValueError(f"its WAV samples have format {code} with {bits} bits, which is not read")
    if channels not in (1, 2):
        raise ValueError(f"its WAV has {channels} channels; 1 (real) or 2 (I and Q) are read")
    header.channels, header.sample_rate = channels, float(rate)
    header.datatype = names[code, bits]


def _read_auxi(header: WavHeader, body: bytes) -> None:
    if body[:2] in (b"<\0", b"\xff\xfe") or body[:1] == b"<":
        _read_xml(header, body)
        return
    if len(body) < 36:
        return
    year, month, _, day, hour, minute, second, milli = struct.unpack_from("<8H", body)
    if 1970 <= year < 3000 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24:
        clock = f"{hour:02}:{minute:02}:{second:02}.{milli:03}"
        header.datetime = f"{year:04}-{month:02}-{day:02}T{clock}Z"
    header.frequency = float(struct.unpack_from("<I", body, 32)[0]) or None


def _read_xml(header: WavHeader, body: bytes) -> None:
    text = body.decode("utf-8" if body[1:2] not in (b"\0", b"\xfe") else "utf-16-le", "replace")
    frequency = re.search(r'RadioCenterFreq="(\d+)"', text)
    header.frequency = float(frequency[1]) if frequency else None
    when = re.search(r'CurrentTimeUTC="(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d:\d\d)"', text)
    if when:
        day, month, year, clock = when.groups()
        header.datetime = f"{year}-{month}-{day}T{clock}Z"
