# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the model card of a trained model, and the README of a family of models.

Everything in them follows from the reports, ``_metrics.json``, that training writes; nothing is
measured here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template

from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.inference.training_report import METRICS
from gnuradio.rfattn.messages.label_text import UNKNOWN

from ..limits import known_names, limits
from . import card_tables as tables
from .card_tables import HELD_OUT, model_name

_ENDINGS = (".pt", ".safetensors", ".json", "_config.json", METRICS)
_COMMON: dict[str, Callable[[dict], object]] = {
    "classes": lambda report: report["classes"],
    "front end": lambda report: report["config"]["front_end"],
    "step and window": lambda report: (report["model"]["block_size"], report["model"]["window"]),
    "data": lambda report: report["data"],
    "extra data": lambda report: report["extra_data"],
    "processes": lambda report: report["processes"],
}
"""What the models of a family have in common."""

_METHOD = """\
The prediction for a recording is the class with the highest mean probability over the steps that
overlap its annotations; the recording is streamed from its first sample. "Right" counts recordings.
"Balanced" is the mean recall of the classes that occur, by recording and by step. "Varied" is by
step on augmented variants of the validation recordings. In brackets are 95 % intervals. For the
share it is Wilson's, which takes recordings as independent. For the others it is the percentiles of
a bootstrap that draws groups of recordings (2000 draws); it is too narrow if there are few groups,
and has no width if all are right. The recordings of `val` selected the step that is kept; those of
`test` selected nothing in training.
"""
_CARD = Template(f"""\
# $name

A streaming transformer with attention $attention and norm $norm and $weights weights. It takes
power spectra and returns $answer per step. gr-rfattn $version trained it and wrote this card.

$about
## Training

    $command

This ran with torch $torch on $device, processes: $processes, threads of each: $threads. There were
$count evaluations up to step $last. The weights after step $best are kept. Their score is $score,
the mean of the balanced accuracy by step on the validation recordings ($plain) and on augmented
ones ($augmented).

## Data

$data
## Figures

{_METHOD}
$figures
$unknown
### By class

$by_class
### What it is mistaken about

$confusions
## What it must not be used for

$limits""")
_FAMILY = Template(f"""\
# $name

Streaming transformers that take power spectra and return $answer per step. Every attention and norm
was trained on the same data.

$about
## Training

$commands

## Data

$data
## Figures

{_METHOD}
$figures
### Right $split recordings by class

$recalls
### What they are mistaken about

$confusions
## What they must not be used for

$limits""")
_AUROC = Template("""\
Recordings of no class ($count) against held-out recordings of the classes: the area under the ROC
curve (0.5 is chance) of the confidence is $confidence, that of the energy $energy.
""")
_REFUSED = Template("""\
Steps labelled `$label`: $unknown of the steps of these recordings, $known of the steps of the
classes.
""")


class ReportError(ValueError):
    """No card can be made of the reports. The message is one line."""


def card(report: dict) -> str:
    """The model card, Markdown, of a report of `loop.train`."""
    evaluations, config = report["evaluations"], report["config"]
    best = max(evaluations, key=lambda evaluation: evaluation["score"])
    name = model_name(report)
    return _CARD.substitute(
        name=name,
        attention=report["model"]["attention"],
        norm=report["model"]["norm"],
        weights=report["weights"],
        answer=_answer(report),
        version=report["version"],
        about=tables.about(report, _list_files(name, _ENDINGS)),
        command=tables.train_command(report),
        torch=report["torch"],
        device=config["device"],
        processes=report["processes"],
        threads=config["threads"],
        count=len(evaluations),
        last=evaluations[-1]["step"],
        best=best["step"],
        **{k: f"{best[k]:.3f}" for k in ("score", "plain", "augmented")},
        data=tables.data(report),
        figures=tables.figures(report),
        unknown=_describe_unknown(report),
        by_class=tables.by_class(report),
        confusions=tables.confusions(report),
        limits=_list_bullets(limits(report)),
    )


def family_card(folder) -> str:
    """The README, Markdown, of a folder of models with the same classes, front end and data.

    Raises:
        ReportError: the folder has no reports, or models that differ in these.
    """
    folder = Path(folder)
    reports = _read_family(folder)
    names, first = [model_name(report) for report in reports], reports[0]
    endings = [end for end in _ENDINGS if all((folder / f"{name}{end}").exists() for name in names)]
    split = "test" if "test" in first else "val"
    return _FAMILY.substitute(
        name=folder.resolve().name,
        answer=_answer(first),
        about=tables.about(first, _list_files("<attention>_<norm>", endings)),
        commands="\n".join(f"    {tables.train_command(report)}" for report in reports),
        data=tables.data(first),
        figures="\n".join(tables.compare(reports, each) for each in HELD_OUT if each in first),
        split=split,
        recalls=tables.compare_recalls(reports, split),
        confusions="\n".join(f"`{model_name(r)}`:\n\n{tables.confusions(r)}" for r in reports),
        limits=_list_bullets(_common_limits(reports)),
    )


def read_report(path: Path) -> dict:
    """Reads a ``_metrics.json``.

    Raises:
        ReportError: it is not JSON, or an old version of gr-rfattn wrote it.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(f"{path}: not JSON: {error}") from None
    if "looks" in report:  # their former name
        report["evaluations"] = report.pop("looks")
    if "data" not in report or "evaluations" not in report:
        raise ReportError(f"{path}: an older gr-rfattn wrote it, without its data")
    return report


def _read_family(folder: Path) -> list[dict]:
    """The reports, in the order of attentions and norms."""
    paths = {path.name.removesuffix(METRICS): path for path in folder.glob(f"*{METRICS}")}
    names = [f"{a}_{n}" for a in ATTENTIONS for n in NORMS if f"{a}_{n}" in paths]
    if not names:
        raise ReportError(f"{folder}: no <attention>_<norm>{METRICS} of gr-rfattn train in it")
    reports = [read_report(paths[name]) for name in names]
    for name, report in zip(names, reports, strict=True):
        differing = [what for what, part in _COMMON.items() if part(report) != part(reports[0])]
        if differing:
            raise ReportError(
                f"{folder}: {name} and {names[0]} are no family: other {', '.join(differing)}"
            )
    return reports


def _answer(report: dict) -> str:
    or_unknown = f" or `{UNKNOWN}`" if UNKNOWN in report["classes"] else ""
    return f"one of {len(known_names(report))} labels{or_unknown}"


def _describe_unknown(report: dict) -> str:
    """What a report states about signals of no class."""
    text = f"Varied: {report['val_augmented']['window_balanced_accuracy']:.2f}.\n"
    if "unknown" not in report:
        return text
    unknown, ends = report["unknown"], report["unknown"]["intervals"]
    text += "\n" + _AUROC.substitute(
        count=len(unknown["recordings"]),
        confidence=tables.format_share(unknown["ood_auroc"], ends["ood_auroc"]),
        energy=tables.format_share(unknown["ood_auroc_energy"], ends["ood_auroc_energy"]),
    )
    if UNKNOWN in report["classes"]:
        text += "\n" + _REFUSED.substitute(
            label=UNKNOWN,
            unknown=f"{unknown['refused_ood']:.0%}",
            known=f"{unknown['refused_known']:.0%}",
        )
    return text


def _common_limits(reports: Sequence[dict]) -> list[str]:
    """The limits that all models share; those of the data, not of the figures of one model."""
    each = [limits(report) for report in reports]
    common = [text for text in each[0] if all(text in others for others in each)]
    if len(common) < len(each[0]):
        how = "only some" if UNKNOWN in reports[0]["classes"] else "no"
        common.append(f"**They refuse {how} unknown signals.** All others get one of the labels.")
    return common


def _list_files(name: str, endings: Iterable[str]) -> str:
    return ", ".join(f"`{name}{end}`" for end in endings)


def _list_bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)
