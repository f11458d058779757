# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the samples of one emission as a SigMF pair that is whole or absent."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
from pathlib import Path

import numpy as np

from ..files import naming, replacing
from . import sigmf_keys as keys
from .sigmf import DATA_SUFFIX, GENERATOR, META_SUFFIX, VERSION, Annotation, state_extension


class ChannelFile:
    """Samples of one channel on their way to a SigMF pair, cf32_le at the channel's rate.

    Samples go to a hidden file beside the pair, which `finish` puts in its place; a kill leaves
    that hidden file, which ends in ``.partial``, and no pair. After `finish`, `add` continues the
    recording, until the next `finish`.

    Args:
        stem: path of the pair, without the suffixes of SigMF.
        sample_rate: of the channel, Hz.
        middle: of the channel, Hz.
        is_absolute: whether ``middle`` is a frequency on the air, else it is relative to the centre
            of the receiver's band and does not stand in the metadata.

    Raises:
        OSError: naming the file; the folder does not take it.
    """

    def __init__(
        self, stem: str | os.PathLike, sample_rate: float, middle: float, is_absolute: bool
    ):
        stem = Path(stem)
        self.meta_path = stem.with_name(stem.name + META_SUFFIX)
        self.data_path = stem.with_name(stem.name + DATA_SUFFIX)
        self.sample_rate, self.middle, self.is_absolute = sample_rate, middle, is_absolute
        self.n_samples = 0
        self._next_index: int | None = None
        self._captures: list[dict] = []
        self._partial = stem.with_name(f".{stem.name}.{secrets.token_hex(4)}.partial")
        self._file = self._partial.open("xb")

    def add(self, samples: np.ndarray, index: int, begins: bool, time: float | None = None) -> None:
        """Appends samples.

        Args:
            samples: complex64 ``[n]``.
            index: number of the first one, in samples of the channel. A number that does not
                continue the last samples begins a capture.
            begins: a burst begins here, and with it a capture.
            time: of the first sample, s since 1970; None: not known.
        """
        if self._file.closed:
            os.replace(self.data_path, self._partial)
            self.meta_path.unlink()
            self._file = self._partial.open("ab")
        if begins or index != self._next_index:
            self._captures.append(self._capture(index, time))
        with naming(self.data_path, self._partial):
            self._file.write(np.ascontiguousarray(samples, "<c8").tobytes())
        self.n_samples += len(samples)
        self._next_index = index + len(samples)

    def finish(self, annotation: Annotation) -> None:
        """Puts the pair in its place, with the annotation of what the samples hold."""
        if self._file.closed:
            return
        with naming(self.data_path, self._partial):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        about = {
            keys.DATATYPE: "cf32_le",
            keys.SAMPLE_RATE: self.sample_rate,
            keys.VERSION: VERSION,
            keys.RECORDER: GENERATOR,
        }
        meta = {
            keys.GLOBAL: about,
            keys.CAPTURES: self._captures,
            keys.ANNOTATIONS: [annotation.to_dict()],
        }
        state_extension(meta)
        with replacing(self.meta_path) as partial:  # both files have room before one is replaced
            partial.write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
            self.meta_path.unlink(missing_ok=True)  # that of older samples
            os.replace(self._partial, self.data_path)

    @property
    def is_finished(self) -> bool:
        return self._file.closed

    def discard(self) -> None:
        """Removes what has not been finished."""
        with contextlib.suppress(OSError):  # what it still has needs no room
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def _capture(self, index: int, time: float | None) -> dict:
        capture = {keys.SAMPLE_START: self.n_samples, keys.GLOBAL_INDEX: index}
        if self.is_absolute:
            capture[keys.FREQUENCY] = self.middle
        if time is not None:
            capture[keys.DATETIME] = iso_time(time)
        return capture


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as SigMF writes a time, in microseconds and UTC."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
