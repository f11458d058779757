# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everyday signals at several rates, one alone and two at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from ...synthesis.scene_signal import prepared_signal
from .labels_kinds import Kind
from .labels_path import Labeller
from .labels_rows import RowCounts
from .labels_scenes import Drawn, Stray, draw, label_scene
from .labels_score import Answer, by_name, figures, mistaken

RATES = (1.92e6, 2.4e6, 3.2e6, 10e6)
SNR_DB = 20.0
SECONDS = 2.0
ALONE, TOGETHER = "alone", "two at once"
FIRST_SEED = 1_000_000
"""Training uses lower seeds."""


def draw_scenes(
    kinds: Sequence[Kind],
    rounds: int,
    seed: int,
    rates: Sequence[float],
    seconds: float,
    snr_db: float = SNR_DB,
) -> Iterator[tuple[str, Drawn | None]]:
    """In each round every kind alone, and every kind with another one; None where no rate fits."""
    for number in range(rounds):
        rng = np.random.default_rng([seed, number, 59])
        first = FIRST_SEED + (seed * 10_000 + number) * 1000
        order = [kinds[k] for k in rng.permutation(len(kinds))]
        for k, kind in enumerate(order):
            yield ALONE, draw([kind], first + k, rates, seconds, snr_db)
        for k in range(0, len(order), 2):  # with an odd number the last pairs with the first
            pair = (order[k], order[(k + 1) % len(order)])
            yield TOGETHER, draw(pair, first + 500 + k, rates, seconds, snr_db)


def measure(
    labeller: Labeller,
    kinds: Sequence[Kind],
    rounds: int,
    seed: int,
    show,
    rates: Sequence[float] = RATES,
    seconds: float = SECONDS,
    snr_db: float = SNR_DB,
) -> tuple[dict, list[Answer]]:
    """Labels the scenes of some rounds at every rate.

    Args:
        kinds: of the emissions.
        rounds: how often each kind is on the air alone, and with another one.
        seed: the same gives the same scenes.
        show: called with a line of progress.

    Returns:
        The figures as JSON, and all answers.
    """
    rows: list[tuple[float, str, Answer]] = []
    strays = {rate: Stray() for rate in rates}
    table = {rate: RowCounts() for rate in rates}
    no_room = 0
    for company, drawn in draw_scenes(kinds, rounds, seed, rates, seconds, snr_db):
        if drawn is None:
            no_room += 1
            continue
        for rate in drawn.rates:
            names = " and ".join(kind.name for kind in drawn.kinds)
            show(f"everyday: {names} at {rate / 1e6:g} MS/s")
            answers = label_scene(labeller, drawn, rate, table[rate], strays[rate])
            rows += [(rate, company, answer) for answer in answers]
        prepared_signal.cache_clear()  # the next scene has other signals
    return {
        "seconds": seconds,
        "snr_db": snr_db,
        "no_room": no_room,
        "classes": _by_class(rows, rates),
        "company": {
            name: figures([a for _, c, a in rows if c == name]) for name in (ALONE, TOGETHER)
        },
        "rates": [
            {
                "rate": rate,
                **figures([a for r, _, a in rows if r == rate]),
                "stray": asdict(strays[rate]),
            }
            for rate in rates
        ],
        "rows": {f"{rate / 1e6:g} MS/s": counts.to_dict() for rate, counts in table.items()},
        "all": figures([a for _, _, a in rows]),
    }, [a for _, _, a in rows]


def _by_class(rows: Sequence[tuple[float, str, Answer]], rates: Sequence[float]) -> list[dict]:
    """The figures of each class, and its share of right answers at each rate."""
    found = []
    for name, answers in by_name(a for _, _, a in rows).items():
        at_rates = {
            f"{rate:g}": figures([a for r, _, a in rows if r == rate and a.name == name])
            for rate in rates
        }
        found.append(
            {"name": name, **figures(answers), "rates": at_rates, "mistaken": mistaken(answers)}
        )
    return found
