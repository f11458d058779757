# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where `listen` puts sound: a sound card, a WAV file, or standard output."""

from __future__ import annotations

import contextlib
import struct
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from ..files import replacing
from ..messages.audio import AUDIO_RATE
from ..silence import silence
from ..telemetry.playout import Playout

_FILE_LEAD_S = 0.5
"""A file may be later than a sound card, and loses less."""
_CARD_SAMPLES = 512
"""That a sound card takes at a time, at most."""
_ENDLESS = 0xFFFFFFFF - 64
"""Length in the head of a WAV whose end is not known."""


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
        yield _Clocked(out.write, Playout(), out.flush, _head())
    else:
        with replacing(path) as partial, wave.open(str(partial), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(AUDIO_RATE)
            yield _Clocked(file.writeframes, Playout(_FILE_LEAD_S))


def _head() -> bytes:
    """The head of a WAV of 16 bits, one channel, and unknown length."""
    form = struct.pack("<HHIIHH", 1, 1, AUDIO_RATE, 2 * AUDIO_RATE, 2, 16)
    riff = b"RIFF" + struct.pack("<I", _ENDLESS + 36) + b"WAVE"
    return (
        riff + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", _ENDLESS)
    )


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
