#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a simple classifier can tell cuts of recordings from made-up ones of the same class.

Usage: real_or_made.py DIR [CLASS ...]

DIR holds cut sets of `gr-rfattn cut`. The made-up cuts of a class should look like its recordings.
An area under the ROC curve of 0.5 means that the classifier cannot tell them apart, 1.0 that it
always can. It is a forest of 300 trees on the mean and the standard deviation over time of each
bin, after the mean level of the cut is subtracted. Each cut is judged by a forest that saw no cut
of its group (cross-validation by group, at most five folds).

*again* are recordings that were put into made-up bands, so that both passed the same receivers;
*direct* are recordings as they are, whose receivers differ, too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn.reporting import table
from gnuradio.rfattn_station.learning.cut_set import DIRECT, MADE, RECORDED, Cut, read_folder

TREES = 300
FOLDS = 5
LEAST_GROUPS = 2
"""Groups of recordings, and of made-up cuts, that a class needs."""
MOST_MADE = 400
"""Made-up cuts of a class that are compared."""


def features(cut: Cut, n_bins: int) -> np.ndarray:
    """Mean and standard deviation of each bin over time in dB, [2 n_bins], whatever the level."""
    spectra = cut.tokens[:, :n_bins].astype(np.float64)
    spectra -= spectra.mean()
    return np.concatenate([spectra.mean(axis=0), spectra.std(axis=0)])


def area(made: Sequence[Cut], real: Sequence[Cut], n_bins: int) -> float | None:
    """Area under the ROC curve of the forests' scores; None where there are too few groups."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    cuts = [*made, *real]
    is_real = np.array([False] * len(made) + [True] * len(real))
    groups = [cut.group for cut in cuts]
    folds = min(FOLDS, len({c.group for c in made}), len({c.group for c in real}))
    if folds < LEAST_GROUPS:
        return None
    values = np.array([features(cut, n_bins) for cut in cuts])
    scores = np.full(len(cuts), np.nan)
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=1)
    for learn, judge in split.split(values, is_real, groups):
        if len(set(is_real[learn])) == 2:
            forest = RandomForestClassifier(TREES, class_weight="balanced", random_state=1)
            forest.fit(values[learn], is_real[learn])
            scores[judge] = forest.predict_proba(values[judge])[:, 1]
    judged = ~np.isnan(scores)
    if len(set(is_real[judged])) < 2:
        return None
    return float(roc_auc_score(is_real[judged], scores[judged]))


def compare(cuts: Sequence[Cut], n_bins: int) -> dict:
    """The areas of one class, and how many cuts they rest on."""
    made = [cut for cut in cuts if cut.origin == MADE]
    chosen = np.random.default_rng(1).permutation(len(made))[:MOST_MADE]
    made = [made[k] for k in chosen]
    row: dict = {"made": len(made)}
    for name, origin in (("again", RECORDED), ("direct", DIRECT)):
        real = [cut for cut in cuts if cut.origin == origin]
        row[name] = len(real)
        row[f"{name}_groups"] = len({cut.group for cut in real})
        row[f"{name}_area"] = area(made, real, n_bins)
    return row


def report(rows: dict[str, dict]) -> str:
    """A Markdown table, the class whose made-up cuts differ most first."""

    def worst(name: str) -> float:
        return max(rows[name][f"{kind}_area"] or 0.0 for kind in ("again", "direct"))

    header = ["class", "made", "again", "groups", "area", "direct", "groups", "area"]
    lines = []
    for name in sorted(rows, key=lambda name: (-worst(name), name)):
        row = rows[name]
        cells = [name, row["made"]]
        for kind in ("again", "direct"):
            found = row[f"{kind}_area"]
            cells += [row[kind], row[f"{kind}_groups"], "-" if found is None else f"{found:.2f}"]
        lines.append(cells)
    return table(header, lines)


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        cuts, front_end = read_folder(arguments[0])
    except ValueError as error:
        print(f"real_or_made.py: {error}", file=sys.stderr)
        return 1
    names = arguments[1:] or sorted({c.label for c in cuts if c.origin != MADE} - {OTHER})
    rows = {
        name: compare([cut for cut in cuts if cut.label == name], front_end.n_bins)
        for name in names
    }
    print(report(rows), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
