#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which signals prove a format that they do not have: every maker of signals through every reader.

proofs [--takes 10] [--makers NAME ...] [--samples 4e5] [--seed 1] [--jobs 2] [--out proofs]

Each take is one emission of the generators of training, of the judges' own transmitters or of an
impostor, at 0 to 30 dB in the band of a receiver, on the path of `gr-rfattn label --model none`.
One in eight overloads a converter of 8 bits. Proofs of what is not sent are false. Writes OUT.json
and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
from collections import Counter
from collections.abc import Sequence

import numpy as np
from gnuradio.rfattn.catalogue.formats import formats
from gnuradio.rfattn.reporting import Progress, table
from gnuradio.rfattn.wilson import wilson

from ..synthesis.receiver import in_steps
from ..synthesis.scene import render
from ..synthesis.scene_signal import prepared_signal
from ..synthesis.services import SERVICES
from .air.impostors import IMPOSTOR, IMPOSTORS
from .frames_found import MESSAGE_S, RATES, SHORTEST, labeller, rate_for
from .harness import (
    add_report_options,
    check_numbers,
    headline,
    opening,
    parser_of,
    run_all,
    text_of,
    write_report,
)
from .naming.labels_everyday import FIRST_SEED
from .naming.labels_kinds import (
    Kind,
    own_kinds,
    own_strangers,
    service_kinds,
    service_strangers,
)
from .naming.labels_scenes import draw


def kinds() -> list[Kind]:
    """What each maker sends, and the classes whose proof is right."""
    impostors = [Kind(IMPOSTOR + n, IMPOSTOR + n, frozenset(), frozenset()) for n in IMPOSTORS]
    own = own_kinds() + own_strangers()
    return impostors + own + service_kinds(SERVICES) + service_strangers()


def parse(arguments=None) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--takes", type=int, default=10, metavar="N", help="emissions of each maker")
    add("--makers", nargs="+", metavar="NAME", help="these kinds of emissions (default: all)")
    add("--samples", type=float, default=4e5, metavar="N", help="of the longest takes")
    add("--seed", type=int, default=1, help="of all that is drawn, from 0 up")
    add_report_options(parser, "proofs")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("takes", "samples", "jobs"), ("seed",))
    known = {kind.kind for kind in kinds()}
    if strange := set(options.makers or ()) - known:
        parser.error(f"--makers must be of {' '.join(sorted(known))}, got {min(strange)}")
    return options


def run(options: argparse.Namespace) -> dict:
    """The proofs of all takes."""
    makers = [k for k in kinds() if not options.makers or k.kind in options.makers]
    tasks = [(kind, number) for kind in makers for number in range(options.takes)]
    with Progress(options.quiet, total=len(tasks)) as progress:
        work = functools.partial(measure, seed=options.seed, most=options.samples)
        results = run_all(work, tasks, options.jobs, progress.show, lambda task: task[0].kind, 4)
    rows = {kind.kind: {"emissions": 0, "right": 0, "false": []} for kind in makers}
    for (kind, number), proved in zip(tasks, results, strict=True):
        if proved is None:
            continue
        row, false = rows[kind.kind], {n for n in proved if formats()[n] not in kind.right}
        row["emissions"] += 1
        row["right"] += bool({*proved} - false)
        row["false"] += [(name, number) for name in sorted(false)]
    return {**opening("proofs"), "makers": rows}


def measure(task: tuple[Kind, int], seed: int, most: float = 4e5) -> list[str] | None:
    """The formats that a take of at most so many samples proves; None: no receiver holds it."""
    kind, number = task
    rng = np.random.default_rng([seed, number, *kind.kind.encode()])
    samples, rate = take(kind, FIRST_SEED + seed * 100_000 + number, most, rng)
    prepared_signal.cache_clear()  # the next take has another signal
    if samples is None:
        return None
    if rng.random() < 1 / 8:
        samples = overloaded(samples * np.float32(rng.uniform(1.2, 12.0)))
    return [r.latest.sync for r in labeller().label(samples, rate) if r.latest.sync]


def take(kind: Kind, seed: int, most: float, rng) -> tuple[np.ndarray | None, float]:
    """Samples and rate of a receiver that holds one emission; None where there is none."""
    snr_db, count = rng.uniform(0.0, 30.0), most * SHORTEST ** rng.random()
    rate = rate_for(prepared_signal(kind.kind, seed, 0.05, "").width_hz, RATES)
    for _ in range(2):  # what is drawn for a longer time may be wider
        drawn = draw([kind], seed, RATES, min(MESSAGE_S["js8"], count / rate), snr_db)
        if drawn is None:
            return None, rate
        scene = drawn.scene
        (sent,) = scene.emissions
        prepared = prepared_signal(sent.kind, sent.seed, scene.duration_s, "")
        rate = rate_for(prepared.width_hz, drawn.rates)
        if scene.duration_s * rate < 1.5 * count:
            break
    return render(scene, rate)[0][: round(count)], rate


def overloaded(samples: np.ndarray) -> np.ndarray:
    """The samples of a converter of 8 bits, which clips what exceeds its range."""
    parts = np.clip(np.ascontiguousarray(samples).view(np.float32), -1.0, 1.0)
    return in_steps(parts.view(np.complex64), 8)


def to_markdown(report: dict) -> str:
    rows = report["makers"]
    count = sum(row["emissions"] for row in rows.values())
    pairs = Counter((maker, name) for maker, row in rows.items() for name, _ in row["false"])
    most = wilson(pairs.total(), max(1, count))[1]
    right = sum(row["right"] for row in rows.values())
    return text_of(
        (
            headline("Proofs", report),
            f"{count} emissions of {len(rows)} makers: {right} with a right proof, "
            f"{pairs.total()} false proofs, at most {most:.2g} of all.",
            table(["maker", "format", "false"], [(*pair, n) for pair, n in sorted(pairs.items())]),
            table(
                ["maker", "emissions", "right"],
                [(maker, row["emissions"], row["right"]) for maker, row in rows.items()],
            ),
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    report = run(options)
    write_report(options.out, report, to_markdown(report))


if __name__ == "__main__":
    main()
