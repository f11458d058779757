# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens recordings of any format, and standard input, with what is known about them."""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..reporting import hertz, samples_per_second
from . import sigmf, wav
from .file_names import read_name
from .recording import Capture, DataType, Recording, RecordingError
from .stream import ByteReader, SampleStream

DATATYPES = {
    "cu8": "cu8",
    "ci8": "ci8",
    "cs8": "ci8",
    "cu16": "cu16_le",
    "ci16": "ci16_le",
    "cs16": "ci16_le",
    "sc16": "ci16_le",
    "ci32": "ci32_le",
    "cs32": "ci32_le",
    "cf32": "cf32_le",
    "fc32": "cf32_le",
    "fc": "cf32_le",
    "cf64": "cf64_le",
    "u8": "ru8",
    "s8": "ri8",
    "s16": "ri16_le",
    "f32": "rf32_le",
}
"""SigMF datatype by the names that programs use; SigMF's own names are taken, too."""
SUFFIXES = {
    "c8": "ci8",
    "c16": "ci16_le",
    "cfile": "cf32_le",
    "complex": "cf32_le",
    "complex16u": "cu8",
    "complex16s": "ci8",
    "complex32u": "cu16_le",
    "complex32s": "ci16_le",
}
"""Datatype by the suffixes that are no names of types: HackRF and PortaPack, GNU Radio, URH."""
STDIN = "-"
_STDIN_PATH = Path("stdin")


@dataclass
class _Stated:
    """Values from one place, in the order in which places are asked."""

    place: str
    datatype: str | None = None
    sample_rate: float | None = None
    frequency: float | None = None
    datetime: str | None = None
    is_binding: bool = field(default=False, kw_only=True)
    """Whether an option must not contradict it."""
    are_defaults: bool = field(default=False, kw_only=True)
    """Whether they count only where no other place states a value."""


_WAV_SUFFIXES = (".wav", ".wave")
_OPTIONS = {"datatype": "--datatype", "sample_rate": "--rate", "frequency": "--freq"}


def open_recording(
    path: str | os.PathLike,
    sample_rate: float | None = None,
    frequency: float | None = None,
    datatype: str | None = None,
    are_defaults: bool = False,
) -> Recording:
    """Opens a recording: SigMF (by its ``.sigmf-meta``, its ``.sigmf-data`` or their common
    stem), WAV, or raw samples, whose type, rate and frequency may be in the file's name.

    Args:
        sample_rate: Hz, where the recording does not state it.
        frequency: middle of the band in Hz, where the recording does not state it.
        datatype: type of raw samples, see `DATATYPES`.
        are_defaults: the three are for any of several recordings: what one states in its
            metadata, its header or its name counts, whatever they are. Otherwise they go
            before the name, and must not contradict metadata or header.

    Raises:
        RecordingError: a file is missing, unreadable or truncated, its type is unknown, or an
            argument contradicts what the recording states.
    """
    options = _options(datatype, sample_rate, frequency, are_defaults)
    if is_sigmf(path):
        return _open_sigmf(path, options)
    path = Path(path)
    _check_file(path)
    with path.open("rb") as file:
        if file.read(4) not in wav.MAGIC:
            if path.suffix.lower() in _WAV_SUFFIXES and not _is_asked_type(options):
                raise RecordingError(
                    f"{path}: no WAV file, which begins with RIFF, whatever its name says; give "
                    "the datatype (--datatype) if it holds raw samples"
                )
            return _open_raw(path, options)
        try:
            header = wav.read_header(file)
        except ValueError as error:
            raise RecordingError(f"{path}: {error}") from None
    return _open_wav(path, header, options)


def open_input(
    path, sample_rate=None, frequency=None, datatype=None, are_defaults=False
) -> Recording | SampleStream:
    """Opens a file, or standard input for "-": raw samples of ``datatype``, or a WAV file.

    Raises:
        RecordingError: see `open_recording`.
    """
    if os.fspath(path) != STDIN:
        return open_recording(path, sample_rate, frequency, datatype, are_defaults)
    return open_stream(sys.stdin.fileno(), sample_rate, frequency, datatype)


def is_sigmf(path) -> bool:
    """Whether a path names SigMF: by its suffix, or without a suffix by the metadata beside it."""
    text = os.fspath(path)
    return sigmf.stem_of(text) != text or Path(f"{text}{sigmf.META_SUFFIX}").exists()


def open_stream(descriptor: int, sample_rate=None, frequency=None, datatype=None) -> SampleStream:
    """Opens a pipe of raw samples, or of a WAV file where no datatype is given.

    Raises:
        RecordingError: see `open_recording`.
    """
    options = _options(datatype, sample_rate, frequency)
    reader, stated = ByteReader(descriptor), []
    if options.datatype is None:
        magic = reader.read_all(4)
        if magic not in wav.MAGIC:
            reader.put_back(magic)
            raise RecordingError(
                f"{_STDIN_PATH}: no WAV, so the type of its samples is needed: give the datatype "
                f"(--datatype), {_EXAMPLES}"
            )
        try:
            header = wav.read_header(_Forward(reader), is_seekable=False)
        except ValueError as error:
            raise RecordingError(f"{_STDIN_PATH}: {error}") from None
        reader.limit = header.data_bytes
        stated.append(_of_header(header))
    values, origin = _merge(_STDIN_PATH, [options, *stated])
    return SampleStream(_STDIN_PATH, *values, origin, reader=reader)


_EXAMPLES = "such as cu8 (rtl_sdr), ci8 (hackrf_transfer), ci16 or cf32 (GNU Radio, gqrx)"


class _Forward(io.RawIOBase):
    """What `wav.read_header` needs of a file, from a pipe."""

    def __init__(self, reader: ByteReader):
        self._reader = reader

    def read(self, count: int = -1) -> bytes:
        return self._reader.read_all(count)


def check_options(sample_rate: float | None, frequency: float | None, datatype: str | None) -> None:
    """Refuses values that no recording can have.

    Raises:
        RecordingError: naming what is wrong.
    """
    _options(datatype, sample_rate, frequency)


def _options(
    datatype: str | None,
    sample_rate: float | None,
    frequency: float | None,
    are_defaults: bool = False,
) -> _Stated:
    """The options, checked; see `check_options`."""
    if datatype is not None:
        datatype = DATATYPES.get(datatype.lower(), datatype)
        try:
            DataType.of_wav(datatype)
        except ValueError:
            names = ", ".join(DATATYPES)
            raise RecordingError(f"datatype must be one of {names}, got {datatype!r}") from None
    for name, value in (("rate", sample_rate), ("frequency", frequency)):
        if value is not None and not 0 < value < float("inf"):
            raise RecordingError(f"{name} must be > 0 Hz, got {value:g}")
    return _Stated("options", datatype, sample_rate, frequency, are_defaults=are_defaults)


def _is_asked_type(options: _Stated) -> bool:
    """Whether the datatype is stated for this very file."""
    return options.datatype is not None and not options.are_defaults


def _check_file(path: Path) -> None:
    if path.is_dir():
        found = next(iter(sorted(path.glob(f"*{sigmf.META_SUFFIX}"))), path / "NAME.cu8")
        raise RecordingError(
            f"{path}: a folder; name the recordings in it, such as {found}; label --json "
            "FILE.jsonl takes whole folders"
        )
    if path.suffix == ".sigmf":
        raise RecordingError(f"{path}: a SigMF archive; unpack it first: tar -xf {path}")
    if not path.exists():
        missing = path if path.suffix else f"{path}{sigmf.META_SUFFIX}"
        raise RecordingError(f"{missing}: No such file or directory")
    if not path.is_file():
        raise RecordingError(f"{path}: no regular file; send its samples to standard input (-)")


def _open_sigmf(path, options: _Stated) -> Recording:
    recording = sigmf.read(path)
    stated = _Stated(
        "metadata",
        recording.datatype.name,
        recording.sample_rate,
        recording.frequency,
        is_binding=True,
    )
    _check_contradiction(recording.path, options, stated)
    captures = recording.captures
    if recording.frequency is None and options.frequency is not None:
        first, *others = captures or (Capture(0),)
        captures = (Capture(first.start, options.frequency, first.datetime), *others)
    rate = recording.sample_rate or options.sample_rate
    return _replaced(recording, sample_rate=rate, captures=captures)


def _replaced(recording: Recording, **changes) -> Recording:
    return Recording(**{**vars(recording), **changes})


def _open_raw(path: Path, options: _Stated) -> Recording:
    stated = [options, _of_suffix(path), _of_text_beside(path), _of_name(path)]
    return _of_file(path, stated, 0, path.stat().st_size)


def _open_wav(path: Path, header: wav.WavHeader, options: _Stated) -> Recording:
    name = _of_name(path)
    is_audio = read_name(path.name).is_audio
    if header.channels == 2 and is_audio and not _is_asked_type(options):
        raise RecordingError(
            f"{path}: two channels of audio by its name, not I and Q: extract one channel, or give "
            f"the datatype (--datatype) c{header.datatype} if they are I and Q"
        )
    name.datatype = None
    rest = path.stat().st_size - header.offset
    wanted = rest if header.data_bytes is None else header.data_bytes
    note = f"; cut off: {rest} of the {wanted} bytes that its header states" * (rest < wanted)
    size = min(rest, wanted)
    return _of_file(path, [options, _of_header(header), name], header.offset, size, note)


def _of_file(
    path: Path, stated: list[_Stated], offset: int, size: int, note: str = ""
) -> Recording:
    values, origin = _merge(path, stated)
    origin += note
    n_samples, rest = divmod(size, values[0].sample_bytes)
    if rest:
        origin += f"; {rest} bytes at the end are no whole sample"
    return Recording(
        path, *values, origin, data_path=path, n_samples=n_samples, offset_bytes=offset
    )


def _of_header(header: wav.WavHeader) -> _Stated:
    datatype = ("c" if header.channels == 2 else "r") + header.datatype
    rate, time = header.sample_rate or None, _time(header.datetime)
    return _Stated("WAV header", datatype, rate, header.frequency, time, is_binding=True)


def _time(text: str | None) -> str | None:
    """A time as it is, None where there is no such time."""
    try:
        return text and datetime.fromisoformat(text) and text
    except ValueError:
        return None


def _of_suffix(path: Path) -> _Stated:
    suffix = path.suffix[1:].lower()
    return _Stated("suffix", DATATYPES.get(suffix) or SUFFIXES.get(suffix))


def _of_name(path: Path) -> _Stated:
    facts = read_name(path.name)
    place = f"name, as {facts.program} writes it" if facts.program else "name"
    datatype = DATATYPES.get(facts.datatype or "")
    return _Stated(place, datatype, facts.sample_rate, facts.frequency, _time(facts.datetime))


def _of_text_beside(path: Path) -> _Stated:
    """What PortaPack writes beside a .C16 or .C8: a .TXT with lines such as sample_rate=500000."""
    stated = _Stated("its .TXT")
    if path.suffix.lower() not in (".c16", ".c8"):
        return stated
    for beside in (path.with_suffix(".TXT"), path.with_suffix(".txt")):
        if beside.is_file():
            found = dict(re.findall(r"(\w+)=(\d+)", beside.read_text("utf-8", "replace")))
            stated.sample_rate = float(found.get("sample_rate", 0)) or None
            stated.frequency = float(found.get("center_frequency", 0)) or None
            break
    return stated


def _check_contradiction(path: Path, options: _Stated, stated: _Stated) -> None:
    if options.are_defaults:
        return
    for name, option in _OPTIONS.items():
        asked, known = getattr(options, name), getattr(stated, name)
        if None in (asked, known) or asked == known:
            continue
        what = name.replace("_", " ")
        if isinstance(asked, float | int):
            asked, known = f"{asked:g}", f"{known:g} Hz"
        raise RecordingError(f"{path}: its {what} is {known}, got {option} {asked}")


def _merge(path: Path, stated: list[_Stated]) -> tuple[tuple, str]:
    """Datatype, rate and captures, each from the first place that states it, and from where.

    Args:
        stated: the options, then the other places.
    """
    options, *others = stated
    for place in others:
        if place.is_binding:
            _check_contradiction(path, options, place)
    stated = [*others, options] if options.are_defaults else stated
    chosen, texts = {}, {}
    for name in ("datatype", "sample_rate", "frequency", "datetime"):
        is_audio = (chosen.get("datatype") or "").startswith("r")
        # What is tuned to is not where audio begins, which is 0 Hz.
        places = [options] if name == "frequency" and is_audio else stated
        place = next((p for p in places if getattr(p, name) is not None), None)
        chosen[name] = None if place is None else getattr(place, name)
        if place is not None:
            where = _OPTIONS[name] if place is options else place.place
            texts.setdefault(where, []).append(_SHOWN[name](chosen[name]))
    if chosen["datatype"] is None:
        raise RecordingError(
            f"{path}: no SigMF or WAV, and its name does not state the type of its samples: give "
            f"the datatype (--datatype), {_EXAMPLES}"
        )
    origin = "; ".join(f"{', '.join(values)} ({where})" for where, values in texts.items())
    captures = (Capture(0, chosen["frequency"], chosen["datetime"]),)
    return (DataType.of_wav(chosen["datatype"]), chosen["sample_rate"], captures), origin


_SHOWN = {"datatype": str, "sample_rate": samples_per_second, "frequency": hertz, "datetime": str}
"""How a value is shown in the line about where it was taken from."""
