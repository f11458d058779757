#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station learns in three days from an air that its model does not know.

labels_station --cache DIR [--python PYTHON] [--takes 4] [--strangers 1] [--labels 2]
               [--judged 4] [--judged-strangers 2] [--final] [--jobs 2]
               [--out labels_station]

The signals are those of labels_foreign.py, through one receiver that is the same on all days. Each
night the station learns from the emissions that had a frame with a right checksum, and from those
that its user labelled: some a day of every second of the classes without checksums. Other takes of
the same senders, of which it learns nothing, are labelled before the first night and after each;
then also where some examples have a false label, and where those of a class are missing. --final
draws other signals, which are for figures of a release and not for development. The signals and
what the model makes of them are kept in the cache: empty it after a change of the generators, of
the detector or of the extractor. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.example_store import CHECKSUM, PERSON
from gnuradio.rfattn.reporting import Progress
from gnuradio.rfattn_station.learning.learn import Learned
from gnuradio.rfattn_station.learning.own_model import Network

from .foreign import labels_foreign_scenes
from .foreign.labels_foreign_scenes import Take
from .harness import (
    add_report_options,
    check_numbers,
    opening,
    parser_of,
    run_all,
    write_report,
)
from .station import labels_station_report
from .station.labels_station_air import Station, observed_of
from .station.labels_station_days import Example, ObservedTake, falsified, lesson_of_day
from .station.labels_station_judge import Judge
from .station.labels_station_learner import learner

SETS = {False: (11, 12, 13, 14), True: (21, 22, 23, 24)}
"""Numbers of the sets of seeds, by ``--final``: of three days, and of the takes that are labelled.
labels_foreign.py has others."""


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    labels_foreign_scenes.add_options(parser)
    add("--model", default="emissions", help="that learns (default: %(default)s)")
    add("--takes", type=int, default=4, metavar="N", help="a day of each sender with a class")
    add("--strangers", type=int, default=1, metavar="N", help="takes a day of each of no class")
    add("--judged", type=int, default=4, metavar="N", help="takes to label of one with a class")
    add("--judged-strangers", type=int, default=2, metavar="N", help="and of one of no class")
    add("--labels", type=int, default=2, metavar="N", help="a day, by the user, of a class")
    add("--false", type=float, default=0.02, metavar="SHARE", help="of examples, for one run")
    add("--missing", type=int, default=6, metavar="N", help="classes that miss by turns")
    add("--station", type=int, default=1, metavar="SEED", help="of the receiver")
    add("--user", type=int, default=1, metavar="SEED", help="of what is labelled, false or missing")
    add_report_options(parser, "labels_station")
    options = parser.parse_args(arguments)
    positive = ("takes", "judged", "judged_strangers", "labels", "jobs")
    check_numbers(parser, options, positive, ("strangers", "missing"))
    if not 0.0 <= options.false < 1.0:
        parser.error(f"--false must be from 0 to < 1, got {options.false}")
    labels_foreign_scenes.check_senders(parser, options)
    return options


def run(options: argparse.Namespace) -> dict:
    """Makes what is missing, learns, and labels."""
    network = Network.load(options.model)
    with Progress(options.quiet) as progress:
        observed, left_out = observe_takes(options, progress)
        *days, judged = [
            [one for one in observed if one.take.draw == draw] for draw in draws(options)
        ]
        judge, examples = Judge(network, judged), user_and_proofs(days, options)
        nights = functools.partial(learn_nights, network.path, show=progress.show)
        report = {
            **opening("labels_station.py"),
            "set": "final" if options.final else "work",
            "left_out": left_out,
            "examples": counts_of(examples),
            "days": {"before": judge.judge(judge.before)},
            "learned": [],
        }
        for number, (model, learned) in enumerate(nights(examples), 1):
            report["days"][f"night {number}"] = judge.judge(model)
            report["learned"].append(asdict(learned))
        report["changes"] = judge.changes(model)
        false = falsified(examples, options.false, options.user)
        report["false"] = judge.judge(nights(false)[-1][0])
        report["missing"] = {}
        for label in missing_labels(examples, options):
            rest = [[one for one in day if one.label != label] for day in examples]
            report["missing"][label] = judge.of_class(label, nights(rest)[-1][0])
    return report


def learn_nights(
    path: Path, days: Sequence[Sequence[Example]], show=lambda text: None
) -> list[tuple[Decision, Learned]]:
    """The model after each night of a station, made from that of a file, and what came of
    learning."""
    found = []
    with learner(path) as station:
        for number, day in enumerate(days, 1):
            show(f"night {number}")
            found.append(station.learn(day))
    return found


def observe_takes(
    options: argparse.Namespace, progress: Progress
) -> tuple[list[ObservedTake], dict[str, str]]:
    """What the network makes of all takes, and why senders are missing."""
    takes, left_out = labels_foreign_scenes.make_all(takes_of(options), options, progress)
    found = run_all(
        functools.partial(observe_take, options=options),
        takes,
        options.jobs,
        lambda name, done: progress.show(f"received {done} of {len(takes)}: {name}"),
        lambda take: take.name,
        4,
    )
    return [ObservedTake(*one) for one in zip(takes, found, strict=True)], left_out


def draws(options: argparse.Namespace) -> tuple[int, ...]:
    """The sets of seeds of the days, then that of the takes which are labelled."""
    return SETS[options.final]


def takes_of(options: argparse.Namespace) -> list[Take]:
    day, judged = (options.strangers, options.takes), (options.judged_strangers, options.judged)
    *days, last = draws(options)
    counts = {**dict.fromkeys(days, day), last: judged}
    return [
        Take(sender.name, draw, number)
        for sender in labels_foreign_scenes.senders_of(options)
        for draw in draws(options)
        for number in range(counts[draw][bool(sender.right)])
    ]


def observe_take(take: Take, options: argparse.Namespace):
    station, network = _loaded(options.station, options.model)
    return observed_of(take, station, network, options.cache)


@functools.cache
def _loaded(seed: int, model: str) -> tuple[Station, Network]:
    return Station.draw(seed), Network.load(model)


def user_and_proofs(days: Sequence[Sequence[ObservedTake]], options) -> list[list[Example]]:
    """The examples of each day."""
    return [
        lesson_of_day(day, options.labels, np.random.default_rng([options.user, number, 59]))
        for number, day in enumerate(days)
    ]


def counts_of(examples: Sequence[Sequence[Example]]) -> list[dict[str, int]]:
    """How many examples each day has, by their origin."""
    origins = [[one.origin for one in day] for day in examples]
    return [{name: day.count(name) for name in (CHECKSUM, PERSON)} for day in origins]


def missing_labels(examples: Sequence[Sequence[Example]], options) -> list[str]:
    """The labels that are left out by turns, drawn."""
    labels = sorted({one.label for day in examples for one in day})
    order = np.random.default_rng([options.user, 61]).permutation(len(labels))
    return sorted(labels[k] for k in order[: options.missing])


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, labels_station_report.to_markdown(report))


if __name__ == "__main__":
    main()
