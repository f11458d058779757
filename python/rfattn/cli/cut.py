# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut emissions out of made-up bands and labelled recordings, for train to learn from.

What the detector finds in them is cut out as in a flowgraph, and gets the label of the true signal
that it lies on. An interrupted command continues where it was. The same seed gives the same cuts.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from ..reporting import Progress

_PART = 20
"""Recordings of one file."""


def add_arguments(parser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write cut sets to")
    parser.add_argument(
        "--rounds",
        type=int,
        default=1,
        metavar="N",
        help="bands made for each class; a band holds other emissions, too (default: %(default)s)",
    )
    parser.add_argument(
        "--others",
        type=int,
        default=20,
        metavar="N",
        help="bands of each round made for a technology that is no class (default: %(default)s)",
    )
    parser.add_argument(
        "--recordings",
        nargs="+",
        default=[],
        metavar="DIR",
        help="labelled folders of recordings, which are cut, and become a part of the bands",
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=8,
        metavar="N",
        help="altered variants of each training recording (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed (default: %(default)s)")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    for name, least in (("rounds", 0), ("others", 0), ("variants", 0), ("jobs", 1)):
        value = getattr(arguments, name)
        if value < least:
            raise ValueError(f"--{name} must be >= {least}, got {value}")
    from ..train.cut_set import read_folder

    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    units = [unit for unit in _units(arguments) if not (out / unit[0]).exists()]
    _settle_threads()
    with (
        multiprocessing.get_context("spawn").Pool(arguments.jobs, _ignore_interrupt) as pool,
        Progress(arguments.quiet, len(units)) as progress,
    ):
        for done, name in enumerate(pool.imap_unordered(_make, [(out, *u) for u in units]), 1):
            progress.show(name, done)
    cuts, _ = read_folder(out)
    classes = {cut.label for cut in cuts}
    print(f"{out}: {len(cuts)} cuts of {len(classes)} labels")
    return 0


def _units(arguments) -> list[tuple]:
    """File name, function and arguments of each piece of work."""
    from ..recordings.labelled_folder import OTHER, read_folder
    from ..synthesis.training_recordings import usable

    entries = [e for folder in arguments.recordings for e in read_folder(folder)]
    entries = [e for e in entries if e.label not in ("noise", OTHER)]
    known = usable([e for e in entries if e.split == "train"])
    units: list[tuple] = []
    for first in range(0, len(entries), _PART):
        part = entries[first : first + _PART]
        name = f"recordings_{first // _PART:04d}.npz"
        units.append((name, "recordings", part, arguments.variants, arguments.seed))
    for number in range(arguments.seed, arguments.seed + arguments.rounds):
        units.append((f"bands_{number:05d}.npz", "bands", number, arguments.others, known))
    return units


def _make(unit: tuple) -> str:
    """Makes one file; returns its name."""
    out, name, kind, *rest = unit
    from ..train.cut_set import write_cuts
    from ..train.emissions import emission_config

    front_end = emission_config().front_end
    cuts = (_cut_recordings if kind == "recordings" else _cut_bands)(front_end, *rest)
    write_cuts(out / name, cuts, front_end)
    return name


def _cut_recordings(front_end, entries, variants: int, seed: int) -> list:
    from ..flowgraph.cut_training import cut_recording

    cuts = []
    for number, entry in enumerate(entries):
        count = variants if entry.split == "train" else 0
        cuts += cut_recording(entry, front_end, count, seed=seed * 1000 + number)
    return cuts


def _cut_bands(front_end, number: int, others: int, known: list) -> list:
    """One round: a band for each class, and some for technologies that are none."""
    import numpy as np

    from ..flowgraph.cut_training import cut_band
    from ..synthesis.services import OTHERS, SERVICES

    rng = np.random.default_rng([number, 31])
    names = [*SERVICES, *(rng.choice(list(OTHERS), others) if OTHERS else ())]
    return [
        cut
        for k, name in enumerate(names)
        for cut in cut_band(str(name), 1000 * number + k, front_end, known)
    ]


def _settle_threads() -> None:
    """Each process computes with one thread; more would hinder each other."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
