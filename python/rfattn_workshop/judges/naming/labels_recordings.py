# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels real recordings as they are, and after what other receivers do to them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording, find_recordings
from gnuradio.rfattn_station.learning.boxes import areas, edges
from gnuradio.rfattn_station.learning.truth import labels_in_recording

from .labels_everyday import FIRST_SEED
from .labels_kinds import families_of_other
from .labels_path import Labeller, boxes_of
from .labels_rows import RowCounts, rows_of
from .labels_score import Answer, by_name, decide, figures, mistaken
from .labels_takes import AS_IT_IS, Take, take, variants

FAMILY_OF = known_of("family")

WITH_PLAN = "as it is, with the band plan"
_NOISE = "noise"


def entries_of(folders: Sequence[str], splits: Sequence[str]) -> list[LabelledRecording]:
    """The recordings of these splits that are labelled as a signal.

    Raises:
        SigMFError: a folder has no recordings.
    """
    entries = [e for folder in folders for e in find_recordings(folder)]
    return [e for e in entries if e.split in splits and e.label != _NOISE]


def measure(
    labeller: Labeller, entries: Sequence[LabelledRecording], seed: int, show, disturb: bool = True
) -> tuple[dict, dict[str, list[Answer]]]:
    """Labels recordings.

    Args:
        seed: of the bands that recordings are sent again in, and of the noise.
        show: called with a line of progress.
        disturb: also after each of `labels_takes.DISTURBANCES`.

    Returns:
        The figures as JSON, and the answers: ``recordings`` and ``emissions`` as it is, and
        ``recordings, all receivers`` where others made them, too.
    """
    plan = BandPlan.load()
    by_variant: dict[str, list[Answer]] = {}
    emissions: list[Answer] = []
    table: dict[str, RowCounts] = {}
    rows, unusable, slow = [], [], []
    for number, entry in enumerate(entries):
        first = take(entry, FIRST_SEED + seed * 100_000 + zlib.crc32(entry.path.name.encode()))
        if first is None:
            unusable.append(entry.path.name)
            continue
        for name, taken in variants(first, seed) if disturb else [(AS_IT_IS, first)]:
            if taken is None:
                slow.append(f"{entry.path.name}, {name}")
                continue
            show(f"recordings: {number + 1} of {len(entries)}, {entry.path.name}, {name}")
            records = labeller.label(taken.samples, taken.rate, taken.is_real)
            main = []
            for answer, pieces, planned in label_take(labeller, records, taken, plan):
                main.append(pieces[0] if pieces else answer)
                by_variant.setdefault(name, []).append(answer)
                rows.append(_row(entry, name, answer))
                if name == AS_IT_IS:
                    emissions += pieces
                    by_variant.setdefault(WITH_PLAN, []).append(planned)
                    rows.append(_row(entry, WITH_PLAN, planned))
            there = {a.label for a in taken.annotations}
            seen = rows_of(records, len(taken.samples))
            table.setdefault(name, RowCounts()).add(seen, there, [a for a in main if a.right])
    plain = by_variant.get(AS_IT_IS, [])
    all_receivers = [a for name, those in by_variant.items() if name != WITH_PLAN for a in those]
    return {
        "not_sent_again": unusable,
        "too_slow": slow,
        "variants": _compared(by_variant),
        "rows": {name: counts.to_dict() for name, counts in table.items()},
        "classes": [
            {"name": name, **figures(answers), "mistaken": mistaken(answers)}
            for name, answers in by_name(a for a in plain if a.right).items()
        ],
        "emissions": figures([a for a in emissions if a.right]),
        "answers": rows,
    }, {
        "recordings": plain,
        "recordings, all receivers": all_receivers if disturb else [],
        "emissions": emissions,
    }


def label_take(
    labeller: Labeller, records: Sequence, taken: Take, plan: BandPlan
) -> Iterator[tuple[Answer, list[Answer], Answer]]:
    """For each annotated label of a recording its answer and those of its emissions, the largest
    first, without the band plan; and its answer with the plan, which counts where the recording
    states a frequency."""
    count = len(taken.samples)
    labels = labels_in_recording(
        [boxes_of(r, count) for r in records],
        [r.latest.power_db for r in records],
        taken.annotations,
        taken.frequency,
        are_bands=True,
    )
    for label in sorted({a.label for a in taken.annotations} - {_NOISE, ""}):
        mine = [r for r, found in zip(records, labels, strict=True) if found == label]
        mine.sort(key=lambda r: -areas(edges(boxes_of(r, count))).sum())
        verdicts = [decide(part, count, labeller.decision) for part in (mine, *([r] for r in mine))]
        verdicts.append(decide(mine, count, labeller.decision, plan, taken.frequency or None))
        whole, *pieces, planned = (_answer(label, labeller.classes, v) for v in verdicts)
        yield whole, pieces, planned


def _answer(label: str, classes: Sequence[str], verdict) -> Answer:
    """The answer for a true label; what is no class of the model is a stranger to it."""
    is_class = label in classes
    return Answer(
        label,
        frozenset([label] if is_class else ()),
        frozenset([FAMILY_OF[label]]) if label in FAMILY_OF else families_of_other(label),
        verdict,
    )


def _compared(by_variant: dict[str, list[Answer]]) -> list[dict]:
    """The figures of each variant, and how they differ from those of the recordings as they are."""
    found = []
    for name, answers in by_variant.items():
        known = [a for a in answers if a.right]
        others = [a for a in answers if not a.right]
        row = {"name": name, **figures(known), "others": len(others)}
        row["right or unknown"] = row["right"] + row["family"] + row["unknown"]
        row["others_labelled"] = figures(others)["wrong"]
        first = found[0] if found else row
        for key in ("right", "wrong"):
            row[f"{key}_change"] = row[key] - first[key]
        found.append(row)
    return found


def _row(entry: LabelledRecording, variant: str, answer: Answer) -> dict:
    verdict = answer.verdict
    return {
        "file": entry.path.name,
        "variant": variant,
        "true": answer.name,
        "outcome": answer.outcome,
        **({} if verdict is None else vars(verdict)),
    }
