# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a model for emissions by emission and by recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import compress
from pathlib import Path

import numpy as np
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.emissions.evidence import Facts, evidence
from gnuradio.rfattn.emissions.step_average import StepAverage
from gnuradio.rfattn.emissions.symbol_rate import SymbolRate, step_rates
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from scipy.special import softmax

from .cut_set import Cut
from .fit_decision import Observed
from .stream_logits import stream_logits


def observe(
    model: StreamingTransformer,
    shape: ModelConfig,
    cuts: Sequence[Cut],
    doing: str = "",
    counts_as: float = 1.0,
) -> list[Observed]:
    """What the model makes of each cut, averaged over its steps, and what was measured of it.

    Args:
        cuts: each with at least one step.
        doing: text of the progress on stderr; empty for none.
        counts_as: so many emissions.
    """
    found = []
    logits = stream_logits(model, shape, [cut.tokens for cut in cuts], doing)
    for cut, steps in zip(cuts, logits, strict=True):
        average, rate = StepAverage(), SymbolRate()
        average.add(softmax(steps.astype(np.float64), axis=1))
        features = cut.tokens[shape.block_size - 1 :: shape.block_size, shape.n_bins :]
        rate.add(step_rates(features.astype(np.float32), FEATURES))
        facts = replace(Facts.from_dict(cut.facts), symbol_rate=rate.hertz)
        label = UNKNOWN if cut.label == OTHER else cut.label
        found.append(Observed(label, average.logs(), facts, cut.is_piece, counts_as))
    return found


def figures(
    observed: Mapping[str, Sequence[Observed]],
    sets: Mapping[str, Sequence[Cut]],
    classes: Sequence[str],
    decision: Decision,
) -> dict[str, dict]:
    """The figures of each set, without those of pieces of signals; see `judge_emissions`.

    Args:
        observed: of each cut of each set; see `observe`.
    """
    found = {}
    for name, cuts in sets.items():
        whole = [not cut.is_piece for cut in cuts]
        kept = list(compress(observed[name], whole)), list(compress(cuts, whole))
        found[name] = judge_emissions(*kept, classes, decision)
    return found


def judge_emissions(
    observed: Sequence[Observed], cuts: Sequence[Cut], classes: Sequence[str], decision: Decision
) -> dict:
    """Figures by emission and by recording.

    The answer for a recording is that of the mean probabilities of its emissions, weighted by their
    tokens. All made-up cuts of one kind count as one recording.

    Args:
        observed: of each cut; see `observe`.
        classes: of the model.
        decision: decides on labels and families.

    Returns:
        JSON: for ``emissions`` and ``recordings`` each `count`, the number with a true class, and
        shares of it: `right` (label), `unknown` (no label), `family` (no label, right family),
        `wrong` (another label), `guess` (right best guess). `other` is the number without a true
        class, `other_refused` the share of it without a label. `per_class` has for each true label
        the counts of the answers; ``recordings`` also has `answers`, a list of all.
    """
    names = tuple(classes)
    probabilities = [
        decision.probabilities(names, one.logs, evidence(names, one.facts)) for one in observed
    ]
    by_file: dict[tuple[str, str], list[int]] = {}
    for k, (one, cut) in enumerate(zip(observed, cuts, strict=True)):
        by_file.setdefault((cut.file, one.label), []).append(k)
    means = [
        np.average(
            [probabilities[k] for k in rows], axis=0, weights=[len(cuts[k].tokens) for k in rows]
        )
        for rows in by_file.values()
    ]
    emissions, recordings = (
        [decision.decide(dict(zip(names, row.tolist(), strict=True))) for row in rows]
        for rows in (probabilities, means)
    )
    answers = [_answer(*row) for row in zip(by_file, recordings, strict=True)]
    return {
        "emissions": _figures(emissions, [one.label for one in observed], decision.families),
        "recordings": {
            **_figures(recordings, [label for _, label in by_file], decision.families),
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
