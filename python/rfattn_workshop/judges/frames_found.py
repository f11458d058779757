#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the frames of each class are found, by SNR and by time on the air.

frames_found [--takes 60] [--classes NAME ...] [--seed 1] [--jobs 2] [--out FILE]

Each take is one emission of a generator of training, alone in the band of a receiver, on the path
of `gr-rfattn label --model none`. What is counted are the SNR and the time on the air that the
detector measured. Writes the counts of the classes that it made into FILE, by default that of the
catalogue, and leaves the other classes in it as they are.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from gnuradio.rfattn.catalogue.classes import known_of, services
from gnuradio.rfattn.catalogue.formats import formats
from gnuradio.rfattn.catalogue.frames_found import FILE, SNRS_DB, TIMES_S, place_of
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.reporting import Progress, duration, table, write_json
from gnuradio.rfattn_station.learning.boxes import areas, edges
from gnuradio.rfattn_station.learning.truth import TrueEmission, signal_under

from ..flowgraph.cut_training import boxes_in_band
from ..synthesis.scene import render
from ..synthesis.scene_signal import prepared_signal
from .harness import check_numbers, opening, parser_of, run_all
from .naming.labels_everyday import FIRST_SEED
from .naming.labels_kinds import service_kinds
from .naming.labels_path import Labeller, boxes_of
from .naming.labels_scenes import Drawn, draw

RATES = (12e3, 48e3, 240e3, 960e3, 2.4e6, 10e6)
ROOM = 1.5
"""So many times as wide as the emission the band is, where a rate allows it."""
TAKEN_DB = (2.0, 24.0)
SECONDS, MOST_SAMPLES = 2.5, 0.8e6
"""Of the longest takes."""
MESSAGE_S = {
    "dvbt": 0.25,
    "ft8": 15.0,
    "inmarsat": 5.0,
    "js8": 16.0,
    "jt65": 50.0,
    "navtex": 25.0,
    "rtty": 25.0,
    "wspr": 115.0,
}
"""Of the longest takes of classes whose messages, or what proves them, take this long."""
SOME = 3
"""Of so many emissions it is stated whether half show frames."""
SHORTEST = 0.04
"""The shortest takes are this share of the longest. Half of all are the longest."""


def parse(arguments=None) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--takes", type=int, default=60, metavar="N", help="emissions of each class")
    add("--classes", nargs="+", metavar="NAME", help="of these classes (default: all with formats)")
    add("--seed", type=int, default=1, help="of all that is drawn, from 0 up")
    add("--jobs", type=int, default=1, help="processes")
    add("--out", default=str(FILE), metavar="FILE", help="default: that of the catalogue")
    add("--quiet", action="store_true", help="no progress on stderr")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("takes", "jobs"), ("seed",))
    known = sorted({*formats().values()} - {*services()})
    if strange := set(options.classes or ()) - {*known}:
        parser.error(f"--classes must be of {' '.join(known)}, got {min(strange)}")
    options.classes = options.classes or known
    return options


def no_counts(names: Sequence[str]) -> dict[str, np.ndarray]:
    """See `FramesFound.counts`."""
    return {name: np.zeros((len(SNRS_DB), len(TIMES_S), 2), np.int64) for name in names}


def run(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """The counts of the classes that there is a generator of."""
    names = [kind.name for kind in service_kinds(options.classes)]
    tasks = [(name, number) for name in names for number in range(options.takes)]
    counts = no_counts(names)
    with Progress(options.quiet, total=len(tasks)) as progress:
        work = functools.partial(measure, seed=options.seed)
        results = run_all(work, tasks, options.jobs, progress.show, lambda task: task[0], 4)
    for (name, _), result in zip(tasks, results, strict=True):
        place = None if result is None else place_of(*result[:2])
        if place is not None:
            counts[name][place] += (result[-1], 1)
    return counts


def measure(task: tuple[str, int], seed: int) -> tuple[float, float, bool] | None:
    """SNR and time on the air of a take, and whether its frames were found; None where it was not
    on the air, or the detector did not find it."""
    name, number = task
    rng = np.random.default_rng([seed, number, *name.encode()])
    rate = rate_for(known_of("usual_width_hz")[name], RATES)
    longest = MESSAGE_S.get(name, min(SECONDS, MOST_SAMPLES / rate))
    seconds = longest * (1.0 if number % 2 else SHORTEST ** rng.random())
    first = FIRST_SEED + seed * 100_000 + number
    drawn = draw(service_kinds([name]), first, RATES, seconds, rng.uniform(*TAKEN_DB))
    record = None if drawn is None else largest(drawn)
    prepared_signal.cache_clear()  # the next take has another signal
    if record is None:
        return None
    facts, sync = facts_of_bursts(record), record.latest.sync
    return facts.snr_db, facts.on_air_s, formats().get(sync) == name


def rate_for(width_hz: float, rates: Sequence[float]) -> float:
    """The lowest rate with room around an emission, else the highest."""
    return next((rate for rate in rates if rate >= ROOM * width_hz), rates[-1])


def largest(drawn: Drawn) -> EmissionRecord | None:
    """What was found of the emission: the largest one, if there are several."""
    scene = drawn.scene
    (sent,) = scene.emissions
    prepared = prepared_signal(sent.kind, sent.seed, scene.duration_s, "")
    rate = rate_for(prepared.width_hz, drawn.rates)
    samples, bursts = render(scene, rate)
    true = [TrueEmission(drawn.kinds[0].name, boxes_in_band(bursts, rate))]
    found = [(boxes_of(r, len(samples)), r) for r in labeller().label(samples, rate)]
    mine = [(areas(edges(boxes)).sum(), r) for boxes, r in found if signal_under(boxes, true)]
    return max(mine, key=lambda pair: pair[0], default=(0.0, None))[1]


@functools.cache
def labeller() -> Labeller:
    """That of this process."""
    return Labeller(None)


def facts_of_bursts(record: EmissionRecord) -> Facts:
    """What `emission_labels` knows of an emission when it has ended, as far as absence counts."""
    latest = record.latest
    burst_s = statistics.median(count for _, count in record.all_bursts()) / latest.rx_rate
    return Facts(
        latest.width, snr_db=latest.snr_db, burst_s=burst_s, burst_count=latest.burst_count
    )


def to_dict(counts: Mapping[str, np.ndarray], before: Mapping[str, dict]) -> dict:
    """The counts as `FramesFound.from_dict` takes them, beside those of other classes."""
    classes = {
        name: {
            "found": rows[..., 0].tolist(),
            "all": rows[..., 1].tolist(),
            "mostly_from": mostly_from(rows),
        }
        for name, rows in counts.items()
    }
    classes = dict(sorted({**before, **classes}.items()))
    return {"snrs_db": list(SNRS_DB), "times_s": list(TIMES_S), "classes": classes}


def mostly_from(rows: np.ndarray) -> str:
    """The lowest SNR at which half of the emissions of a class show frames, and the shortest time
    on the air in which half of those do that are as strong, such as "8 dB, 100 ms"; "" where half
    never do."""
    snr = _first_half(rows.sum(axis=1))
    time = None if snr is None else _first_half(rows[snr:].sum(axis=0))
    if time is None:
        return ""
    return f"{SNRS_DB[snr]:g} dB" + (f", {duration(TIMES_S[time])}" if time else "")


def _first_half(pairs: np.ndarray) -> int | None:
    """The first pair of found and all in which half of some are found; None: there is none."""
    is_half = (pairs[:, 1] >= SOME) & (2 * pairs[:, 0] >= pairs[:, 1])
    return int(is_half.argmax()) if is_half.any() else None


def main() -> None:
    options = parse()
    counts = run(options)
    out = Path(options.out)
    before = json.loads(out.read_text())["classes"] if out.exists() else {}
    command = opening("frames_found.py")["command"]
    write_json(str(out), to_dict(counts, before) | {"command": command})
    rows = [[name, *rows.sum(axis=(0, 1))] for name, rows in counts.items()]
    print(table(["class", "found", "of"], rows))


if __name__ == "__main__":
    main()
