# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where `listen` puts sound: a sound card, a WAV file, or standard output."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import naming, replacing
from gnuradio.rfattn.messages.audio import AUDIO_RATE
from gnuradio.rfattn.silence import silence

from ..sound.playout import Playout
from ..sound.wav import wav_head

_FILE_LEAD_S = 0.5
"""A file may be later than a sound card, and loses less."""
_CARD_SAMPLES = 512
"""That a sound card takes at a time, at most."""
_MOST_BYTES = 2**32 - 2**12
"""Of the samples of a file: its head has 32 bits for their number."""


@contextmanager
def open_output(path: str, device: str) -> Iterator:
    """The output that the options name: a sound card without ``path``.

    Raises:
        OSError: naming the file; ValueError: there is no such sound card.
    """
    if not path:
        with _card(device) as output:
            yield output
    elif path == "-":
        out = sys.stdout.buffer
        yield _Clocked(out.write, Playout(), out.flush, wav_head())
    elif os.path.exists(path) and not os.path.isfile(path):  # a pipe, in which nothing is sought
        with open(path, "wb") as out:
            yield _Clocked(out.write, Playout(), out.flush, wav_head())
    else:
        with WavFiles(path) as files:
            yield _Clocked(files.write, Playout(_FILE_LEAD_S))


class WavFiles:
    """Writes a WAV file and, where it is full, the next one: a.wav, a.2.wav, a.3.wav.

    Each takes the place of an older file when it is complete. So does the last one where an
    exception ends the context, unless there is no sound in it.

    Raises:
        OSError: naming the file; also `write` does.
    """

    def __init__(self, path: str, most: int = _MOST_BYTES):
        self._path, self._most, self._number = Path(path), most, 0
        self._open()

    def write(self, data: bytes) -> None:
        """Writes whole samples."""
        while data:
            if self._bytes == self._most:
                self._end()
                self._open()
            with naming(self._named, self._partial):
                count = self._file.write(data[: self._most - self._bytes])
            self._bytes, data = self._bytes + count, data[count:]

    def __enter__(self) -> WavFiles:
        return self

    def __exit__(self, kind, error, traceback) -> None:
        if kind is None or self._bytes > 1:
            self._end()
        else:
            self._stack.__exit__(kind, error, traceback)

    def _open(self) -> None:
        self._number += 1
        path, number = self._path, f".{self._number}" if self._number > 1 else ""
        self._named, self._bytes = path.with_name(f"{path.stem}{number}{path.suffix}"), 0
        with ExitStack() as stack:
            self._partial = stack.enter_context(replacing(self._named))
            # Without a buffer, what a full disk did not take is not tried again.
            self._file = stack.enter_context(self._partial.open("wb", buffering=0))
            self._file.write(wav_head())
            self._stack = stack.pop_all()

    def _end(self) -> None:
        """Puts the file in its place, with the whole samples that are in it."""
        length = self._bytes // 2 * 2
        with self._stack, contextlib.suppress(OSError):  # the first head states no length
            self._file.truncate(len(wav_head()) + length)
            self._file.seek(0)
            self._file.write(wav_head(length))


class _Clocked:
    """Writes a head when the first samples come, and then as many samples as time passes.

    Attributes:
        playout: takes the sound.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        playout: Playout,
        flush: Callable[[], object] = lambda: None,
        head: bytes = b"",
    ):
        self._write, self._flush, self._head, self.playout = write, flush, head, playout
        self._began_s: float | None = None
        self._written = 0

    def advance(self) -> None:
        """Writes what is due."""
        if self._began_s is None:
            if not self.playout.waiting():
                return
            self.playout.read(self.playout.lead)  # nothing is before the first sound
            self._write(self._head)
            self._began_s = time.monotonic() + self.playout.lead / AUDIO_RATE
        due = round((time.monotonic() - self._began_s) * AUDIO_RATE) - self._written
        if due > 0:
            self._put(due)

    def finish(self) -> None:
        """Writes what still waits."""
        if self._began_s is not None:
            self._put(self.playout.waiting())

    def _put(self, count: int) -> None:
        self._write(self.playout.read(count).astype("<i2").tobytes())
        self._flush()
        self._written += count


class _Played:
    """A sound card takes the samples in a thread of its own; ``playout`` takes the sound."""

    def __init__(self):
        self.playout = Playout()

    def advance(self) -> None:
        pass

    def finish(self) -> None:
        pass


@contextmanager
def _card(device: str) -> Iterator[_Played]:
    """Plays with GNU Radio's audio sink while it is open."""
    from gnuradio import audio, gr

    played = _Played()

    class PlayoutSource(gr.sync_block):
        """The samples of a `Playout`, without end."""

        def __init__(self):
            gr.sync_block.__init__(self, "playout", None, [np.float32])

        def work(self, input_items, output_items):
            out = output_items[0]
            out[:] = played.playout.read(len(out)) / np.float32(32768)
            return len(out)

    try:
        with silence(2):  # the library of sound cards writes ten lines for each that is missing
            sink = audio.sink(AUDIO_RATE, device)
    except RuntimeError:
        where = f"the sound card {device!r}" if device else "no sound card"
        reason = "cannot be opened" if device else "can be opened"
        raise ValueError(f"listen: {where} {reason}; --out FILE writes a WAV file") from None
    flowgraph, source = gr.top_block("listen"), PlayoutSource()
    source.set_max_noutput_items(_CARD_SAMPLES)
    source.set_max_output_buffer(4 * _CARD_SAMPLES)
    flowgraph.connect(source, sink)
    flowgraph.start()
    try:
        yield played
    finally:
        with contextlib.suppress(RuntimeError):
            flowgraph.stop()
        flowgraph.wait()
