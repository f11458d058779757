# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the card of a family of models for emissions from their reports and their files.

Figures and counts are those of the reports that train and calibrate write; nothing is measured
here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gnuradio.rfattn.emissions.decision import MODEL
from gnuradio.rfattn.emissions.evidence import IN_FULL, KINDS
from gnuradio.rfattn.inference.training_report import known_by
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.reporting import table
from gnuradio.rfattn_station.learning.cut_set import MADE

from .card import METRICS, ReportError

_SETS = {
    "val_augmented": "made-up bands that training did not see",
    "val": "recordings of split val",
    "test": "recordings of split test",
}
_METHOD = """\
These figures are of the network and the decision on cuts, without the band plan, whose frequencies
cuts lack. `docs/benchmark.md` of gr-rfattn has figures of the whole path of `gr-rfattn label`.

Emissions were found and cut out by the detector and the extractor; a cut is one segment of an
emission. Later steps of an emission weigh more in its answer; the answer for a recording joins
its emissions. "Right" is the label, "unknown" no label (the family may be named), "wrong" another
label. "Guess" is the most probable class, whatever its confidence. Recordings behind an FM or AM
detector were modulated and received again. The validation sets chose the step that is kept and the
decision; the test set chose nothing in training. What counts as evidence was developed with the
recordings of both splits in view. A class's cuts of one recording are alike, so the figures by
recording are those to trust, and there are few of them.
"""
_DECISION = """\
The score of a class is the logarithm of its probability by the network and what else is known of
the emission, each times its weight; "unknown" has a weight of its own. Before the sum, where no
frames were found, the unframed share of the network's probability of each class with frames is
moved to "unknown": others send the same modulation without the frames. All were fitted together, on
the cuts that validate. Missing frames count by how often they are found, without a weight.
"""
_KNOWN = """\
Counts and figures of `{model}`. "Known by" is `recordings` where training had cuts of recordings of
the class, and `made-up` where it had made-up signals alone: nothing has shown how well such a class
is recognised on the air.
"""


def is_report(path: Path) -> bool:
    """Whether a ``_metrics.json`` is that of a model for emissions."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(report, dict) and "cuts" in report and "decision" in report


def family_card(folder: Path) -> str:
    """The README of a folder with one or more trained models for emissions, as Markdown.

    Raises:
        ReportError: there are no metrics of models for emissions in it.
    """
    reports = _read(folder)
    if not reports:
        raise ReportError(f"{folder}: no *{METRICS} of models for emissions in it")
    first = "flash_layernorm" if "flash_layernorm" in reports else next(iter(reports))
    return "\n".join(
        [
            f"# {folder.resolve().name}\n",
            _about(reports[first]),
            "## Figures\n",
            _METHOD,
            *(_figures(reports, name, text) for name, text in _SETS.items()),
            "## Decision\n",
            _DECISION,
            _decisions(reports),
            "## Classes\n",
            _KNOWN.format(model=first),
            _classes(reports[first]),
            "## Most frequent mistakes\n",
            _confusions(reports[first]),
        ]
    )


def _read(folder: Path) -> dict[str, dict]:
    """The reports of models for emissions, by the name of the model."""
    return {
        path.name.removesuffix(METRICS): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob(f"*{METRICS}"))
        if is_report(path)
    }


def _about(report: dict) -> str:
    classes = [name for name in report["classes"] if name != UNKNOWN]
    return (
        "Streaming transformers that label one emission from the power spectra of its channel and "
        f"numbers that describe it. {len(classes)} classes and `{UNKNOWN}`; "
        f"{report['weights']} weights. gr-rfattn {report['version']} trained them:\n\n"
        "    gr-rfattn cut --out cuts --rounds N --recordings A B\n"
        "    gr-rfattn train cuts --out models\n"
    )


def _figures(reports: Mapping[str, dict], name: str, text: str) -> str:
    rows = []
    for model, report in reports.items():
        if name not in report:
            continue
        for unit in ("emissions", "recordings"):
            if name == "val_augmented" and unit == "recordings":
                continue
            found = report[name][unit]
            shares = [f"{found[key]:.2f}" for key in ("right", "unknown", "wrong", "guess")]
            refused = f"{found['other_refused']:.2f} of {found['other']}" if found["other"] else ""
            rows.append((model, unit, found["count"], *shares, refused))
    if not rows:
        return ""
    header = ("model", "by", "count", "right", "unknown", "wrong", "guess", "no class: unknown")
    return f"### {text.capitalize()}\n\n{table(header, rows)}"


def _decisions(reports: Mapping[str, dict]) -> str:
    """The weights of each model, and how probable a class and a family must be."""
    decisions = {name: report["decision"] for name, report in reports.items()}
    header = ("evidence", *decisions)
    rows = [
        (
            f"`{kind}`",
            *(f"{decision['weights'].get(kind, 0.0):.2f}" for decision in decisions.values()),
        )
        for kind in (MODEL, UNKNOWN, *KINDS)
        if kind not in IN_FULL
    ]
    for text, key in (
        ("unframed share", "unframed_share"),
        ("a class needs", "threshold"),
        ("a family needs", "family_threshold"),
    ):
        rows.append((text, *(f"{decision.get(key, 0.0):.2f}" for decision in decisions.values())))
    return table(header, rows)


def _classes(report: dict) -> str:
    """What stands behind each class, and how it fared."""
    made, recorded = report["val_augmented"]["emissions"], _joined(report)
    rows = []
    for name, known in known_by(report).items():
        counts = report["cuts"].get(name, {})
        cuts = sum(n for key, n in counts.items() if key.startswith(MADE))
        rows.append(
            (
                f"`{name}`",
                report["families"].get(name, ""),
                known,
                cuts,
                sum(counts.values()) - cuts,
                _share(made["per_class"].get(name), name),
                _share(recorded.get(name), name),
            )
        )
    header = (
        "class",
        "family",
        "known by",
        "made-up cuts",
        "cuts of recordings",
        "right, made-up",
        "right, val and test recordings",
    )
    return table(header, rows)


def _joined(report: dict) -> dict[str, dict[str, int]]:
    """The answers by class for the recordings of both splits."""
    found: dict[str, dict[str, int]] = {}
    for split in ("val", "test"):
        per_class = report.get(split, {}).get("recordings", {}).get("per_class", {})
        for name, counts in per_class.items():
            row = found.setdefault(name, {})
            for answer, n in counts.items():
                row[answer] = row.get(answer, 0) + n
    return found


def _share(counts: Mapping[str, int] | None, name: str) -> str:
    if not counts:
        return ""
    return f"{counts.get(name, 0)} of {sum(counts.values())}"


def _confusions(report: dict, most: int = 12) -> str:
    """The most frequent wrong labels of made-up emissions."""
    found = [
        (f"`{true}`", f"`{answer}`", n)
        for true, counts in report["val_augmented"]["emissions"]["per_class"].items()
        for answer, n in counts.items()
        if answer not in (true, UNKNOWN) and not answer.startswith("family ")
    ]
    return table(("emission", "label", "times"), sorted(found, key=lambda row: -row[2])[:most])
