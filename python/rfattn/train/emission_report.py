# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a model for emissions by emission and by recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..attention import ModelConfig, StreamingTransformer
from ..emissions.doubt import Doubt, Verdict
from .data import UNKNOWN, Tokens
from .evaluate import stream_logits


def mean_probabilities(
    model: StreamingTransformer, shape: ModelConfig, cuts: Sequence[Tokens]
) -> np.ndarray:
    """The mean over the steps of each cut, [N, n_classes]; a cut has at least one step."""
    logits = stream_logits(model, shape, [t.spectra.astype(np.float32) for t in cuts])
    found = []
    for steps in logits:
        likelihood = np.exp(steps - steps.max(axis=1, keepdims=True).astype(np.float64))
        found.append((likelihood / likelihood.sum(axis=1, keepdims=True)).mean(axis=0))
    return np.array(found).reshape(len(cuts), shape.n_classes)


def judge_emissions(
    probabilities: np.ndarray,
    cuts: Sequence[Tokens],
    classes: Sequence[str],
    doubt: Doubt,
) -> dict:
    """Figures by emission and by recording.

    The answer for a recording is that of the mean probabilities of its emissions, by their tokens.

    Returns:
        JSON: for ``emissions`` and ``recordings`` each `count`, shares `right` (label), `unknown`
        (no label), `family` (no label, right family), `wrong`, ``guess`` (right best guess), and
        ``per_class``: for each true label the counts of the answers.
    """
    by_file: dict[tuple[str, str], list[int]] = {}
    for k, cut in enumerate(cuts):
        by_file.setdefault((cut.file, cut.label), []).append(k)
    joined = np.array(
        [
            np.average(probabilities[rows], axis=0, weights=[len(cuts[k]) for k in rows])
            for rows in by_file.values()
        ]
    ).reshape(len(by_file), len(classes))
    verdicts, of_files = (
        [doubt.decide(dict(zip(classes, row.tolist(), strict=True))) for row in rows]
        for rows in (probabilities, joined)
    )
    labels = [label for _, label in by_file]
    return {
        "emissions": _figures(verdicts, [c.label for c in cuts], doubt.families),
        "recordings": _figures(of_files, labels, doubt.families)
        | {"answers": [_answer(*row) for row in zip(by_file, of_files, strict=True)]},
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
    per_class: dict[str, Counter] = {}
    for label, v in rows:
        is_family = v.label == UNKNOWN and v.family
        shown = f"family {v.family}" if is_family else v.label
        per_class.setdefault(label, Counter())[shown] += 1
    by_family = [v.label == UNKNOWN and v.family == families.get(label) for label, v in known]
    return {
        "count": len(known),
        "right": sum(v.label == label for label, v in known) / count,
        "unknown": sum(v.label == UNKNOWN for _, v in known) / count,
        "family": sum(by_family) / count,
        "wrong": sum(v.label not in (label, UNKNOWN) for label, v in known) / count,
        "guess": sum(v.guess == label for label, v in known) / count,
        "other": len(other),
        "other_refused": sum(v.label == UNKNOWN for v in other) / max(1, len(other)),
        "per_class": {name: dict(found.most_common()) for name, found in per_class.items()},
    }
