# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a model for emissions by emission and by recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy.special import softmax

from ..attention import ModelConfig, StreamingTransformer
from ..emissions.doubt import Doubt, Verdict
from ..emissions.step_average import average_steps
from .data import UNKNOWN, Tokens
from .evaluate import stream_logits


def emission_probabilities(
    model: StreamingTransformer, shape: ModelConfig, cuts: Sequence[Tokens], doing: str = ""
) -> np.ndarray:
    """The probabilities of each cut, averaged over its steps: float64 [N, n_classes].

    Args:
        cuts: each with at least one step.
        doing: text of the progress on stderr; empty for none.
    """
    found = []
    for logits in stream_logits(model, shape, [t.spectra for t in cuts], doing):
        found.append(average_steps(softmax(logits.astype(np.float64), axis=1)))
    return np.array(found).reshape(len(cuts), shape.n_classes)


def judge_emissions(
    probabilities: np.ndarray, cuts: Sequence[Tokens], classes: Sequence[str], doubt: Doubt
) -> dict:
    """Figures by emission and by recording.

    The answer for a recording is that of the mean probabilities of its emissions, weighted by their
    tokens. All made-up cuts of one kind count as one recording.

    Args:
        probabilities: of each cut, [N, n_classes]; see `emission_probabilities`.
        classes: names of the columns.
        doubt: decides on labels and families.

    Returns:
        JSON: for ``emissions`` and ``recordings`` each `count`, the number with a true class, and
        shares of it: `right` (label), `unknown` (no label), `family` (no label, right family),
        `wrong` (another label), `guess` (right best guess). `other` is the number without a true
        class, `other_refused` the share of it without a label. `per_class` has for each true label
        the counts of the answers; ``recordings`` also has `answers`, a list of all.
    """
    by_file: dict[tuple[str, str], list[int]] = {}
    for k, cut in enumerate(cuts):
        by_file.setdefault((cut.file, cut.label), []).append(k)
    means = [
        np.average(probabilities[rows], axis=0, weights=[len(cuts[k]) for k in rows])
        for rows in by_file.values()
    ]
    emissions, recordings = (
        [doubt.decide(dict(zip(classes, row.tolist(), strict=True))) for row in rows]
        for rows in (probabilities, means)
    )
    answers = [_answer(*row) for row in zip(by_file, recordings, strict=True)]
    return {
        "emissions": _figures(emissions, [cut.label for cut in cuts], doubt.families),
        "recordings": {
            **_figures(recordings, [label for _, label in by_file], doubt.families),
            "answers": answers,
        },
    }


def _answer(name: tuple[str, str], verdict: Verdict) -> dict:
    file, label = name
    return {"file": Path(file).name, "true": label, **asdict(verdict)}


def _figures(
    verdicts: Sequence[Verdict], labels: Sequence[str], families: Mapping[str, str]
) -> dict:
    rows = list(zip(labels, verdicts, strict=True))
    known = [(label, v) for label, v in rows if label != UNKNOWN]
    other = [v for label, v in rows if label == UNKNOWN]
    count = max(1, len(known))
    by_family = [
        v.label == UNKNOWN and v.family is not None and v.family == families.get(label)
        for label, v in known
    ]
    return {
        "count": len(known),
        "right": sum(v.label == label for label, v in known) / count,
        "unknown": sum(v.label == UNKNOWN for _, v in known) / count,
        "family": sum(by_family) / count,
        "wrong": sum(v.label not in (label, UNKNOWN) for label, v in known) / count,
        "guess": sum(v.guess == label for label, v in known) / count,
        "other": len(other),
        "other_refused": sum(v.label == UNKNOWN for v in other) / max(1, len(other)),
        "per_class": _answers_by_class(rows),
    }


def _answers_by_class(rows: Sequence[tuple[str, Verdict]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter] = {}
    for label, verdict in rows:
        is_family = verdict.label == UNKNOWN and verdict.family
        shown = f"family {verdict.family}" if is_family else verdict.label
        found.setdefault(label, Counter())[shown] += 1
    return {name: dict(counts.most_common()) for name, counts in found.items()}
