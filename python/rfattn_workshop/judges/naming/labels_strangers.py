# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels technologies that are no class, beside the classes in the same receivers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...synthesis.scene_signal import SERVICE, prepared_signal
from ...synthesis.training_receivers import NEEDS, RECEIVERS, receivers_for
from ...train.metrics import auroc
from .labels_everyday import FIRST_SEED, SNR_DB
from .labels_kinds import Kind, own_strangers, service_kinds, service_strangers
from .labels_path import Labeller
from .labels_rows import RowCounts
from .labels_scenes import Drawn, draw, label_scene
from .labels_score import Answer, by_name, figures, mistaken

KNOWN, TAUGHT, OWN = "classes", "strangers of training", "strangers that training never saw"
_PROBE_S = 0.05
_USUAL_S = 4.0
"""Scenes are longer only where a kind needs it, since their noise takes most of the time."""


def receivers_of(kind: str, seed: int) -> list[tuple[float, float]]:
    """Rate in Hz and length in s of the receivers that may show a kind, in random order; behind
    them wider ones, for signals that hop."""
    rng, name = np.random.default_rng([seed, 71]), kind.removeprefix(SERVICE)
    width = prepared_signal(kind, seed, _PROBE_S, "").width_hz
    if kind.startswith(SERVICE) and name in NEEDS:
        usual = receivers_for(name)
    else:
        usual = [r for r in RECEIVERS if 2.5 * width <= r[0] <= 100 * width]
    wider = [r for r in RECEIVERS if r[0] > max((rate for rate, _ in usual), default=0.0)]
    return [*(usual[k] for k in rng.permutation(len(usual))), *wider]


def draw_one(kind: Kind, seed: int) -> Drawn | None:
    """A scene with one emission in a receiver that shows it."""
    need = NEEDS.get(kind.kind.removeprefix(SERVICE))
    most_s = max(_USUAL_S, need.seconds if need else 0.0)
    for rate, seconds in receivers_of(kind.kind, seed):
        drawn = draw([kind], seed, [rate], min(seconds, most_s), SNR_DB)
        if drawn is not None:
            return drawn
    return None


def measure(
    labeller: Labeller,
    rounds: int,
    seed: int,
    show,
    groups: dict[str, Sequence[Kind]] | None = None,
) -> tuple[dict, list[Answer]]:
    """Labels every technology of no class, and every class, ``rounds`` times.

    Args:
        seed: the same gives the same scenes.
        show: called with a line of progress.
        groups: kinds by the name of their row (default: all).

    Returns:
        The figures as JSON, and the answers for the classes.
    """
    groups = groups or {
        KNOWN: service_kinds(labeller.classes),
        TAUGHT: service_strangers(),
        OWN: own_strangers(),
    }
    answers: dict[str, list[Answer]] = {name: [] for name in groups}
    rows = {name: RowCounts() for name in groups}
    for number in range(rounds):
        for name, kinds in groups.items():
            for k, kind in enumerate(kinds):
                show(f"strangers: {kind.name}")
                first = FIRST_SEED + (seed * 10_000 + number) * 1000 + 500 * (name != KNOWN)
                drawn = draw_one(kind, first + k)
                if drawn is not None:
                    answers[name] += label_scene(labeller, drawn, drawn.rates[0], rows[name])
                prepared_signal.cache_clear()
    known = _confidences(answers[KNOWN])
    return {
        "groups": {
            name: {
                **figures(found),
                "auroc": None if name == KNOWN else auroc(known, _confidences(found)),
            }
            for name, found in answers.items()
        },
        "rows": {name: counts.to_dict() for name, counts in rows.items()},
        "labelled": {
            name: mistaken(found)
            for group, those in answers.items()
            if group != KNOWN
            for name, found in by_name(those).items()
            if mistaken(found)
        },
        "known": [
            {"name": name, **figures(found), "mistaken": mistaken(found)}
            for name, found in by_name(answers[KNOWN]).items()
        ],
    }, answers[KNOWN]


def _confidences(answers: Sequence[Answer]) -> list[float]:
    return [a.verdict.confidence for a in answers if a.verdict is not None]
