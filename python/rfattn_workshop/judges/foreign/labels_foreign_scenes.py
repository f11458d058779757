# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals of other projects in a folder, and takes of a receiver with one or two of them."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.reporting import Progress
from gnuradio.rfattn_station.learning.boxes import Box

from ..naming.labels_rows import TrueSignal
from . import (
    labels_foreign_dtv,
    labels_foreign_fldigi,
    labels_foreign_gnuradio,
    labels_foreign_packages,
    labels_foreign_programs,
)
from .labels_foreign_modulators import band_edges
from .labels_foreign_receiver import at_rate, choose_rate, place, receive
from .labels_foreign_sender import ANYWHERE, Made, Rng, Sender

SENDERS: tuple[Sender, ...] = (
    *labels_foreign_dtv.SENDERS,
    *labels_foreign_gnuradio.SENDERS,
    *labels_foreign_programs.SENDERS,
    *labels_foreign_fldigi.SENDERS,
    *labels_foreign_packages.SENDERS,
)
_OTHER_PYTHON = {sender.source for sender in labels_foreign_packages.SENDERS}
_NEIGHBOUR = 0.25
"""Share of takes with a second signal."""
_NEIGHBOUR_WIDTH = 1 / 300, 0.3
"""Of such a one over the rate."""
_STRONGER_DB = 15.0
_STATED = 0.5
"""Share of takes that state their frequency."""


@dataclass(frozen=True)
class Take:
    """One signal, drawn once."""

    name: str
    """Of its sender."""
    draw: int
    """Number of the set of seeds."""
    number: int

    @property
    def sender(self) -> Sender:
        return next(sender for sender in SENDERS if sender.name == self.name)

    def seed(self, *more: int) -> list[int]:
        return [self.draw, zlib.crc32(self.name.encode()), self.number, *more]

    def path(self, cache: Path) -> Path:
        name = "".join(c if c.isalnum() else "_" for c in self.name)
        return cache / f"{self.sender.source}_{name}_{self.draw}_{self.number}.npz"


@dataclass(frozen=True)
class Received:
    """Samples with the truth about them."""

    samples: np.ndarray
    """complex64 [n], full scale 1."""
    rate: float
    frequency: float | None
    """Of the middle of the band where the take states it, Hz."""
    true: tuple[TrueSignal, ...]
    """The signal of the take, then its neighbour."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which signals are sent, and where they are kept."""
    add = parser.add_argument
    add("--cache", type=Path, required=True, metavar="DIR", help="folder that keeps the signals")
    add(
        "--python",
        default=sys.executable,
        metavar="PYTHON",
        help="Python of the virtual environment with TorchSig and others (default: this one)",
    )
    add("--final", action="store_true", help="the set of seeds that is not for development")
    add("--senders", nargs="+", metavar="NAME", help="senders or sources (default: all)")


def check_senders(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    known = {name for sender in SENDERS for name in (sender.name, sender.source)}
    if strange := set(options.senders or ()) - known:
        parser.error(f"--senders must be of {', '.join(sorted(known))}, got {min(strange)}")


def senders_of(options: argparse.Namespace) -> list[Sender]:
    """The senders that the options name, all where they name none."""
    wanted = set(options.senders or ())
    return [one for one in SENDERS if not wanted or {one.name, one.source} & wanted]


def make_all(
    takes: Sequence[Take], options: argparse.Namespace, progress: Progress
) -> tuple[list[Take], dict[str, str]]:
    """The takes that are there after the missing ones were made, and why senders are missing."""
    options.cache.mkdir(parents=True, exist_ok=True)
    left_out = prepare(takes, options.cache, options.python, progress.show)
    for name, reason in left_out.items():
        progress.log(f"left out: {name}: {reason}")
    return [take for take in takes if take.path(options.cache).exists()], left_out


def prepare(takes: Sequence[Take], cache: Path, python: str, show) -> dict[str, str]:
    """Makes the signals that the folder lacks.

    Args:
        python: path of the Python that has the packages.
        show: called with a line of progress.

    Returns:
        Why a sender is missing, by its name.
    """
    left_out: dict[str, str] = {}
    new = [take for take in takes if not take.path(cache).exists()]
    for take in new:
        if callable(take.sender.make) and take.name not in left_out:
            show(f"making {take.name}")
            reason = _make(take, cache)
            if reason:
                left_out[take.name] = reason
    for source in dict.fromkeys(t.sender.source for t in new if not callable(t.sender.make)):
        show(f"making the signals of {source}")
        left_out |= _make_outside([t for t in new if t.sender.source == source], cache, python)
    return left_out


def _make(take: Take, cache: Path) -> str | None:
    try:
        with _silent_stdout():
            wave, rate = take.sender.make(np.random.default_rng(take.seed()))
    except FileNotFoundError as error:
        return f"{error.args[0]} is not installed"
    except (ImportError, RuntimeError) as error:
        return str(error)
    np.savez(take.path(cache), wave=np.asarray(wave, np.complex64), rate=rate)
    return None


@contextlib.contextmanager
def _silent_stdout():
    """Blocks of others print what they do."""
    kept = os.dup(1)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _make_outside(takes: Sequence[Take], cache: Path, python: str) -> dict[str, str]:
    """Signals that another program makes, many at once."""
    source = takes[0].sender.source
    jobs = [
        {"out": str(t.path(cache)), "arguments": list(t.sender.make), "seed": t.seed()}
        for t in takes
    ]
    try:
        if source in _OTHER_PYTHON:
            labels_foreign_packages.version(python, source)
            failed = labels_foreign_packages.make(python, jobs)
        elif (program := labels_foreign_fldigi.missing()) is not None:
            raise RuntimeError(f"{program} is not installed")
        else:
            failed = labels_foreign_fldigi.make(jobs)
    except RuntimeError as error:
        return {take.name: str(error) for take in takes}
    return {t.name: failed[str(t.path(cache))] for t in takes if str(t.path(cache)) in failed}


def load(take: Take, cache: Path) -> Made:
    with np.load(take.path(cache)) as made:
        return made["wave"], float(made["rate"])


def take_of(take: Take, snr_db: float, others: Iterable[Take], cache: Path) -> Received | None:
    """A receiver with the signal, now and then with one of the others beside it.

    Returns:
        None where no receiver shows the signal.
    """
    rng = np.random.default_rng(take.seed(1))
    made = load(take, cache)
    rate = choose_rate(rng, made, take.sender.channel_hz)
    if rate is None:
        return None
    takes, signals, snrs = [take], [at_rate(made, rate)], [snr_db]
    if rng.random() < _NEIGHBOUR:
        neighbour = _neighbour(rng, list(others), rate, cache)
        if neighbour is not None:
            takes.append(neighbour[0])
            signals.append(neighbour[1])
            snrs.append(snr_db + rng.uniform(0, _STRONGER_DB))
    middles = place(rng, signals, rate)
    if middles is None:
        middles = place(rng, signals[:1], rate)
        takes, signals, snrs = takes[:1], signals[:1], snrs[:1]
    carrier = carrier_of(rng, take.sender)
    samples, boxes = receive(rng, signals, snrs, middles, rate, carrier)
    is_stated = rng.random() < _STATED
    true = tuple(true_signal(t.sender, part) for t, part in zip(takes, boxes, strict=True))
    return Received(samples, rate, carrier - middles[0] if is_stated else None, true)


def true_signal(sender: Sender, boxes: Sequence[Box]) -> TrueSignal:
    """What a sender has on the air."""
    return TrueSignal(sender.name, frozenset(sender.right), sender.families, tuple(boxes))


def _neighbour(rng: Rng, others: list[Take], rate: float, cache: Path):
    """Another take that fits into a part of the band, and its signal; None: none of ten does."""
    for k in rng.permutation(len(others))[:10]:
        made = load(others[k], cache)
        low, high = band_edges(*made, 0.005)
        if _NEIGHBOUR_WIDTH[0] <= (high - low) / rate <= _NEIGHBOUR_WIDTH[1]:
            return others[k], at_rate(made, rate)
    return None


def carrier_of(rng: Rng, sender: Sender) -> float:
    """Where the signal is sent, in Hz."""
    ranges = [sender.where] if sender.where else _plan().get(sender.right[0], [ANYWHERE])
    low, high = ranges[rng.integers(len(ranges))]
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


@functools.cache
def _plan() -> dict:
    return BandPlan.load().bands


def without_samples(received: Received) -> Received:
    return replace(received, samples=received.samples[:0])
