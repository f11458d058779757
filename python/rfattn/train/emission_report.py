# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a model for emissions by emission and by recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..attention import ModelConfig, StreamingTransformer
from .data import UNKNOWN, Tokens
from .evaluate import stream_logits
from .thresholds import family_probabilities


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


def decide(
    probabilities: np.ndarray,
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    families: Mapping[str, str],
    family_threshold: float,
) -> list[tuple[str, str, str]]:
    """Label, family and best guess of each row; see `blocks.emission_labels`."""
    totals, names = family_probabilities(probabilities, classes, families)
    answers = []
    for row, total in zip(probabilities, totals, strict=True):
        guess = classes[int(row.argmax())]
        family = names[int(total.argmax())]
        if guess != UNKNOWN and row.max() >= thresholds[guess]:
            answers.append((guess, families.get(guess, ""), guess))
        else:
            answers.append((UNKNOWN, family if total.max() >= family_threshold else "", guess))
    return answers


def judge_emissions(
    probabilities: np.ndarray,
    cuts: Sequence[Tokens],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    families: Mapping[str, str],
    family_threshold: float,
) -> dict:
    """Figures by emission and by recording.

    The answer for a recording is that of the mean probabilities of its emissions, by their tokens.

    Returns:
        JSON: for ``emissions`` and ``recordings`` each `count`, shares `right` (label), `unknown`
        (no label), `family` (no label, right family), `wrong`, ``guess`` (right best guess), and
        ``per_class``: for each true label the counts of the answers.
    """
    settings = (classes, thresholds, families, family_threshold)
    by_file: dict[tuple[str, str], list[int]] = {}
    for k, cut in enumerate(cuts):
        by_file.setdefault((cut.file, cut.label), []).append(k)
    joined = np.array(
        [
            np.average(probabilities[rows], axis=0, weights=[len(cuts[k]) for k in rows])
            for rows in by_file.values()
        ]
    ).reshape(len(by_file), len(classes))
    return {
        "emissions": _figures(decide(probabilities, *settings), [c.label for c in cuts], families),
        "recordings": _figures(decide(joined, *settings), [k[1] for k in by_file], families)
        | {
            "answers": [
                {
                    "file": file,
                    "label": label,
                    "answer": answer[0],
                    "family": answer[1],
                    "guess": answer[2],
                    "confidence": round(float(row.max()), 3),
                }
                for (file, label), answer, row in zip(
                    by_file, decide(joined, *settings), joined, strict=True
                )
            ]
        },
    }


def _figures(answers, labels: Sequence[str], families: Mapping[str, str]) -> dict:
    rows = list(zip(labels, answers, strict=True))
    known = [(label, answer) for label, answer in rows if label != UNKNOWN]
    other = [answer for label, answer in rows if label == UNKNOWN]
    count = max(1, len(known))
    per_class: dict[str, dict[str, int]] = {}
    for label, (answer, family, _) in rows:
        shown = answer if answer != UNKNOWN or not family else f"({family})"
        counts = per_class.setdefault(label, {})
        counts[shown] = counts.get(shown, 0) + 1
    return {
        "count": len(known),
        "right": sum(a[0] == label for label, a in known) / count,
        "unknown": sum(a[0] == UNKNOWN for _, a in known) / count,
        "family": sum(a[0] == UNKNOWN and a[1] == families.get(label) for label, a in known)
        / count,
        "wrong": sum(a[0] not in (label, UNKNOWN) for label, a in known) / count,
        "guess": sum(a[2] == label for label, a in known) / count,
        "other": len(other),
        "other_refused": sum(a[0] == UNKNOWN for a in other) / max(1, len(other)),
        "per_class": {
            k: dict(sorted(v.items(), key=lambda i: -i[1])) for k, v in per_class.items()
        },
    }
