# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices a receiver that gives nothing that it measured; no GNU Radio here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_MOMENT_S = 1.0
"""Between two blocks of samples of a receiver that works, at most."""


@dataclass(frozen=True)
class Change:
    """The receiver began or ended to work.

    Attributes:
        works: from then on; since_unix_s: s since 1970; text: what it gave, or how long nothing.
    """

    works: bool
    since_unix_s: float
    text: str


class ReceiverWatch:
    """Compares the samples that came with those that a receiver can have measured.

    Args:
        sample_rate: Hz.
        silent_s: a receiver that gave nothing for so long does not work.
        clock, timer: as time.time and time.monotonic.

    Attributes:
        measured: samples that had come when the receiver last gave some that it measured.
        silence_s: for how long it has given none, s; is_silent: whether it does not work.
        silences, silent_s_in_all: how often it did not work, and for how long together, s.
    """

    def __init__(
        self,
        sample_rate: float,
        silent_s: float,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ):
        self._rate, self._silent_s, self._clock, self._timer = sample_rate, silent_s, clock, timer
        self.measured = self.silences = 0
        self.silence_s, self._silent_before = 0.0, 0.0
        self._samples = self._real = 0
        self._came = self._heard = self._newest = timer()
        self.is_silent = False
        self._began: float | None = None

    @property
    def silent_s_in_all(self) -> float:
        return self._silent_before + (self.silence_s if self.is_silent else 0.0)

    def look(self, samples: int, absent: int, repeated: int) -> Change | None:
        """Returns what changed. Call it some times a second.

        Args:
            samples, absent, repeated: how many came so far, how many of these were absent, and how
                many up to the newest are repeated; see `emission_detector`.
        """
        now, real = self._timer(), samples - absent
        is_measured = real > self._real and not repeated
        if samples > self._samples:
            self._came = now
        self._samples, self._real = samples, real
        if is_measured:
            self.measured, self._newest = samples, now
        elif repeated:
            self._newest = min(self._newest, now - repeated / self._rate)
        if self.is_silent:
            return self._look_for_return(now)
        self._heard, self.silence_s = self._newest, now - self._newest
        if self.silence_s < self._silent_s:
            return None
        self.is_silent = True
        self.silences += 1
        since = self._clock() - self.silence_s
        moment = time.strftime("%H:%M:%S", time.localtime(since))
        return Change(False, since, f"{self._what(now, repeated)} since {moment}")

    def _look_for_return(self, now: float) -> Change | None:
        """Believes it when the samples are right for half of the time of silence: that they repeat
        is found after some seconds."""
        if now - self._newest > _MOMENT_S:
            self._began, self.silence_s = None, now - self._heard
        elif self._began is None:
            self._began = now
            self.silence_s = now - self._heard
        elif now - self._began >= self._silent_s / 2.0:
            self.is_silent = False
            self._silent_before += self.silence_s
            since = self._clock() - (now - self._began)
            text = f"works again after {self.silence_s:.0f} s"
            self._began, self.silence_s = None, 0.0
            return Change(True, since, text)
        return None

    def _what(self, now: float, repeated: int) -> str:
        if now - self._came >= self._silent_s / 2.0:
            return "no samples"
        return "the same samples again and again" if repeated else "samples that are all alike"
