# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples of a receiver that is opened again when it was lost."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import numpy as np
import pmt
from gnuradio import gr

from ..rfattn_python import tags
from .parts.lifetime import KeptByFlowgraph
from .parts.work_errors import keep_error, stop_on_error

_REST_MS = 1
_WAIT_S = 0.1
_LEAST_PAUSE_S, _MOST_PAUSE_S = 1.0, 60.0


class Reader(Protocol):
    """A receiver, whose methods are called in one thread at a time.

    Attributes:
        sample_rate, frequency: Hz.
        time_unix_s: when the first sample of the last `read` was received, as whole seconds since
            1970 and ns, by the clock of the receiver; None: it has none.
        has_gap: samples were lost before those of the last `read`; the caller sets it back.
    """

    sample_rate: float
    frequency: float
    time_unix_s: tuple[int, int] | None
    has_gap: bool

    def open(self) -> None:
        """Raises OSError, RuntimeError or ValueError where it cannot be opened."""

    def read(self, out: np.ndarray) -> int:
        """Writes samples to complex64 [n]; returns how many, 0 where none came in 0.1 s. Raises
        OSError or RuntimeError where no more will come."""

    def tune(self, frequency: float) -> None: ...

    def close(self) -> None: ...


class receiver_source(KeptByFlowgraph, gr.sync_block):
    """Gives the samples of a receiver, with the tags rx_rate, rx_freq and, by the clock of the
    receiver, rx_time on the first one, and behind each gap.

    One that is lost is opened again, after a pause of 1 s that doubles up to a minute. Meanwhile
    the block gives nothing, and ends when the flowgraph does.

    Args:
        reader: an open `Reader`.
        clock: as time.monotonic.

    Attributes:
        problem: why the receiver is closed, "" while it is open; error: None, or the exception that
        ended the flowgraph.
    """

    def __init__(self, reader: Reader, clock=time.monotonic):
        gr.sync_block.__init__(self, "receiver_source", None, [np.complex64])
        self.gateway.set_blkd_input_timer_value(_REST_MS)
        self.error, self.problem = None, ""
        self._reader, self._clock = reader, clock
        self._frequency: float | None = None
        self._loss = ""
        self._is_behind_gap = True
        self._pause_s, self._next = _LEAST_PAUSE_S, 0.0
        self._ends = threading.Event()

    @keep_error
    def start(self):
        self.error = None
        self._ends.clear()
        return True

    def stop(self):
        self._ends.set()
        self._reader.close()
        return True

    def tune(self, frequency: float) -> None:
        """Tunes to another frequency, Hz; from any thread. Samples that are on their way from the
        receiver count as received at the new one."""
        self._frequency = frequency

    def reopen(self, loss: str) -> None:
        """Closes the receiver, of which ``loss`` tells what is wrong, and opens it again; from any
        thread."""
        self._loss = loss

    @stop_on_error
    def work(self, input_items, output_items):
        if self._loss:
            self._lose(self._loss)
        if self.problem and not self._is_open_again():
            return 0
        try:
            self._tune()
            count = self._reader.read(output_items[0])
        except (OSError, RuntimeError) as error:
            self._lose(_reason(error))
            return 0
        if count:
            self._tag()
            self._pause_s = _LEAST_PAUSE_S
        return count

    def _tune(self) -> None:
        frequency, self._frequency = self._frequency, None
        if frequency is not None:
            self._reader.tune(frequency)
            self._is_behind_gap = True

    def _tag(self) -> None:
        reader = self._reader
        if not (self._is_behind_gap or reader.has_gap):
            return
        self._is_behind_gap = reader.has_gap = False
        values = [(tags.KEY_RX_RATE, pmt.from_double(reader.sample_rate))]
        values.append((tags.KEY_RX_FREQ, pmt.from_double(reader.frequency)))
        if reader.time_unix_s is not None:
            seconds, ns = reader.time_unix_s
            time_of = pmt.make_tuple(pmt.from_uint64(seconds), pmt.from_double(1e-9 * ns))
            values.append((tags.KEY_RX_TIME, time_of))
        for key, value in values:
            self.add_item_tag(0, self.nitems_written(0), pmt.intern(key), value)

    def _lose(self, problem: str) -> None:
        self._reader.close()
        self._loss, self.problem = "", problem
        self._is_behind_gap = True
        self._next = self._clock() + self._pause_s
        self._pause_s = min(2.0 * self._pause_s, _MOST_PAUSE_S)

    def _is_open_again(self) -> bool:
        """Opens the receiver, where the pause is over."""
        rest = self._next - self._clock()
        if rest > 0.0:
            self._ends.wait(min(rest, _WAIT_S))
            return False
        if self._frequency is not None:
            self._reader.frequency, self._frequency = self._frequency, None
        try:
            self._reader.open()
        except (OSError, RuntimeError, ValueError) as error:
            self._lose(_reason(error))
            return False
        self.problem = ""
        return True


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
