# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of any format: where its samples lie, and what is known of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checked import shown
from .annotation import Annotation

_DATATYPE = re.compile(r"([cr])(?:(f)(32|64)_(le|be)|([iu])(?:(16|32)_(le|be)|(8)))")


class RecordingError(ValueError):
    """A recording cannot be used. The message is one line with the file and the reason."""


@dataclass(frozen=True)
class DataType:
    """How to read a sample of a SigMF datatype and scale it to full scale 1.0.

    Signed integers are divided by 2^(bits-1). Unsigned integers have their zero between two codes
    (127.5 of 0 to 255), which is subtracted before the division by the same number. Floats stay.
    """

    name: str
    is_real: bool
    dtype: np.dtype
    zero: float
    scale: float
    is_packed: bool = False
    """Whether a number takes three bytes, each an item of ``dtype``."""

    @classmethod
    def parse(cls, name: str) -> DataType:
        match = _DATATYPE.fullmatch(name)
        if match is None:
            raise ValueError(f"unknown core:datatype {shown(name)}")
        number, kind = match[1], match[2] or match[5]
        bits = int(match[3] or match[6] or match[8])
        order = ">" if "be" in (match[4], match[7]) else "<"
        dtype = np.dtype(f"{order}{kind}{bits // 8}")
        half = 2.0 ** (bits - 1)
        zero, scale = {"f": (0.0, 1.0), "i": (0.0, half), "u": (half - 0.5, half - 0.5)}[kind]
        return cls(name, number == "r", dtype, zero, scale)

    @classmethod
    def of_wav(cls, name: str) -> DataType:
        """Does what `parse` does, and takes the 24-bit integers of WAV, "ci24_le" and "ri24_le"."""
        if name in ("ci24_le", "ri24_le"):
            return cls(name, name[0] == "r", np.dtype("u1"), 0.0, 2.0**31, is_packed=True)
        return cls.parse(name)

    @property
    def sample_items(self) -> int:
        """Items of ``dtype`` that a sample takes."""
        return (1 if self.is_real else 2) * (3 if self.is_packed else 1)

    @property
    def sample_bytes(self) -> int:
        return self.dtype.itemsize * self.sample_items

    def to_complex64(self, raw: np.ndarray) -> np.ndarray:
        """Raw values, I and Q interleaved unless real, to complex64 at full scale 1.0."""
        if self.is_packed:
            raw = _unpack(raw)
        values = raw.astype(np.float64 if raw.dtype.itemsize > 2 else np.float32)
        values = ((values - self.zero) / self.scale).astype(np.float32)
        return values.astype(np.complex64) if self.is_real else values.view(np.complex64)


def _unpack(raw: np.ndarray) -> np.ndarray:
    """24-bit integers, low byte first, as the upper three bytes of 32-bit ones."""
    wide = np.zeros((len(raw) // 3, 4), np.uint8)
    wide[:, 1:] = raw.reshape(-1, 3)
    return wide.view("<i4")[:, 0]


@dataclass(frozen=True)
class Capture:
    """Centre frequency in Hz and ISO-8601 time from sample ``start`` to the next capture."""

    start: int
    frequency: float | None = None
    datetime: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a recording has besides its samples, from wherever it is known.

    ``sample_rate`` is in Hz, None if it is not known. If ``is_real``, the samples are real-valued
    (audio, an envelope) and are read as complex with a zero imaginary part. ``origin`` is one line
    about where type, rate, frequency and time were taken from, empty for SigMF, which states them.
    """

    path: Path
    """The file that names the recording in messages."""
    datatype: DataType
    sample_rate: float | None
    captures: tuple[Capture, ...]
    origin: str = ""

    @property
    def name(self) -> str:
        """Name of the file without its suffix."""
        return self.path.stem

    @property
    def is_real(self) -> bool:
        return self.datatype.is_real

    @property
    def frequency(self) -> float | None:
        """Centre frequency of the first capture in Hz."""
        return self.captures[0].frequency if self.captures else None

    def require_rate(self) -> float:
        """The sample rate in Hz.

        Raises:
            RecordingError: when it is not known.
        """
        if self.sample_rate is None:
            raise RecordingError(
                f"{self.path}: it states no sample rate, without which no emission can be "
                "measured: give its rate (--rate HZ)"
            )
        return self.sample_rate


@dataclass(frozen=True, kw_only=True)
class Recording(Facts):
    """A file of samples: SigMF, WAV or raw. Samples are read when they are asked for.

    ``meta_path`` is the ``.sigmf-meta``, None for other formats. ``offset_bytes`` is where in
    ``data_path`` the first sample lies.
    """

    data_path: Path
    n_samples: int
    meta_path: Path | None = None
    offset_bytes: int = 0
    annotations: tuple[Annotation, ...] = ()

    @property
    def label(self) -> str:
        """The label that covers most samples, empty without annotations."""
        covered: dict[str, int] = {}
        for annotation in self.annotations:
            covered[annotation.label] = covered.get(annotation.label, 0) + annotation.count
        return max(covered, key=covered.get) if covered else ""

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64 at full scale 1.0.

        Raises:
            ValueError: the range exceeds the recording, or the file is shorter than it was.
        """
        count = self.n_samples - start if count is None else count
        if not (0 <= start and 0 <= count and start + count <= self.n_samples):
            raise ValueError(
                f"{self.data_path}: samples {start} to {start + count} do not lie in its "
                f"{self.n_samples}"
            )
        kind = self.datatype
        offset = self.offset_bytes + start * kind.sample_bytes
        raw = np.fromfile(self.data_path, kind.dtype, count * kind.sample_items, offset=offset)
        if len(raw) != count * kind.sample_items:
            raise RecordingError(
                f"{self.data_path}: it became shorter while it was read: samples {start} to "
                f"{start + count} are missing"
            )
        return kind.to_complex64(raw)
