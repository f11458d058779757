# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WAV file of numbered pieces of sound, in a folder of a limited size."""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path

import numpy as np
from gnuradio.rfattn.messages.audio import AUDIO_RATE

from .wav import wav_head

MOST_S = 3600
"""Of a file."""
_PAUSE = AUDIO_RATE
"""Samples of silence between two pieces, at most."""


class Room:
    """How many bytes the WAV files of a folder may still get; from any thread.

    Attributes:
        left: bytes.
    """

    def __init__(self, folder: Path, most_bytes: int):
        used = sum(path.stat().st_size for path in folder.glob("*.wav"))
        self.left, self._lock = most_bytes - used, threading.Lock()

    def take(self, count: int) -> bool:
        """Takes so many bytes, where they are left."""
        with self._lock:
            has_room = self.left >= count
            # The rest of a full folder stays empty: each file ends at the first piece that fails.
            self.left = self.left - count if has_room else 0
            return has_room

    def give_back(self, count: int) -> None:
        with self._lock:
            self.left += count


class SoundFile:
    """Hidden until `finish`. `add` is called in one thread, all else when that has ended.

    Args:
        folder: where the file will be.
        room: that it takes its bytes from.

    Attributes:
        is_cut: whether sound was left out, since the file is too long or the folder full.
    """

    def __init__(self, folder: Path, room: Room):
        self._room, self.is_cut = room, False
        self._partial = folder / f".{secrets.token_hex(8)}.wav.partial"
        self._file = None
        self._next: int | None = None  # position
        self._bytes = 0

    def add(self, position: int, samples: np.ndarray) -> None:
        """Writes int16 [n] whose first has this number. What lies between pieces is silence; what
        was written before, as when an emission gets another channel, is left out.

        Raises:
            OSError: the disk does not take them.
        """
        after = position if self._next is None else self._next
        samples = samples[max(0, after - position) :]
        if not len(samples):
            return
        pause = min(_PAUSE, max(0, position - after))
        data = bytes(2 * pause) + samples.astype("<i2").tobytes()
        self._next = max(position, after) + len(samples)
        too_long = self._bytes + len(data) > 2 * AUDIO_RATE * MOST_S
        if self.is_cut or too_long or not self._room.take(len(data)):
            self.is_cut = True
            return
        if self._file is None:
            self._file = self._partial.open("wb", buffering=0)
            self._file.write(wav_head())
        self._bytes += len(data)
        if self._file.write(data) != len(data):
            raise OSError("the disk is full")

    def finish(self, path: Path, end: int) -> bool:
        """Puts the file in its place, without the noise behind the sample of this number; returns
        whether there is sound in it."""
        if self._file is None:
            return False
        noise = min(self._bytes, 0 if self.is_cut else 2 * max(0, self._next - end))
        self._bytes -= noise
        self._room.give_back(noise)
        self._file.truncate(len(wav_head()) + self._bytes)
        self._file.seek(0)
        self._file.write(wav_head(self._bytes))
        self._file.close()
        os.replace(self._partial, path)
        self._file, self._bytes = None, 0
        return True

    def discard(self) -> None:
        """Removes what was not finished."""
        if self._file is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)
            self._room.give_back(self._bytes)
            self._file, self._bytes = None, 0
