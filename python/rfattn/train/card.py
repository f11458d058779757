# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model card of a trained model, and the README of a family of them, from their reports.

Everything in them follows from the `_metrics.json` that training writes; nothing is measured here.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..attention import ATTENTIONS, NORMS
from ..recordings.front_end import FrontEnd
from .config import TrainConfig
from .data import UNKNOWN
from .limits import limits

METRICS = "_metrics.json"
_ENDS = (".pt", ".safetensors", ".json", "_config.json", METRICS)
_HELD_OUT = ("val", "test")
_SPLITS = ("train", *_HELD_OUT, "ood")
_COMMON = ("classes", "front end", "step and window", "data", "extra data", "processes")
_METHOD = """\
A recording's prediction is the mean probability over the steps that overlap its annotations,
streamed from its first sample. "Right" counts recordings, "balanced" is the mean recall of the
classes that occur, by recording and by step; "varied" is by step on augmented variants of the
validation recordings. In brackets are 95 % intervals: Wilson's for the share, as if recordings were
independent; for the others the percentiles of a bootstrap that draws groups of recordings again
(2000 draws), which is too narrow where groups are few, and has no width where all are right. The
test recordings chose nothing; those of `val` chose the step that is kept.
"""


class ReportError(ValueError):
    """Reports that no card can be made of; the message is one clear line."""


def card(report: dict) -> str:
    """The model card, Markdown.

    Args:
        report: what `loop.train` returns.
    """
    name = _name(report)
    return _joined(
        f"# {name}\n",
        f"A streaming transformer, attention {report['model']['attention']}, norm "
        f"{report['model']['norm']}, {report['weights']} weights. Power spectra in, "
        f"{_answer(report)} per step out. Written by gr-rfattn {report['version']} when it had "
        "trained the model.\n",
        table(("", ""), [*_about(report), ("files", _files(name, _ENDS))]),
        "## Training\n",
        *_training(report),
        "## Data\n",
        *_data(report),
        "## Figures\n",
        _METHOD,
        table(_FIGURES, [_figures(report, split) for split in _HELD_OUT if split in report]),
        *_unknown(report),
        "### By class\n",
        _by_class(report),
        "### What it takes for what\n",
        _confusions(report),
        "## What it must not be used for\n",
        _bullets(limits(report)),
    )


def family_card(folder) -> str:
    """The README of a folder of models with common classes, front end and data, Markdown.

    Raises:
        ReportError: no reports in it, or models that share no data.
    """
    reports = _read_family(Path(folder))
    names, first = [_name(report) for report in reports], reports[0]
    files = _files("<attention>_<norm>", _ends(Path(folder), names))
    split = "test" if "test" in first else "val"
    recalls = [
        (f"`{label}`", *(_recall(report, split, label) for report in reports))
        for label in first["classes"]
    ]
    return _joined(
        f"# {Path(folder).resolve().name}\n",
        f"Streaming transformers: power spectra in, {_answer(first)} per step out; the same data "
        "for every attention and norm.\n",
        table(("", ""), [*_about(first), ("files", files)]),
        "## Training\n",
        *(f"    {_command(report)}" for report in reports),
        "\n## Data\n",
        *_data(first),
        "## Figures\n",
        _METHOD,
        *(_compared(reports, each) for each in _HELD_OUT if each in first),
        f"### Right {split} recordings by class\n",
        table(("class", *(f"`{name}`" for name in names)), recalls),
        "### What they take for what\n",
        *(_joined(f"`{_name(r)}`:\n", _confusions(r)) for r in reports),
        "## What they must not be used for\n",
        _bullets(_common_limits(reports)),
    )


def read_report(path: Path) -> dict:
    """A `_metrics.json`.

    Raises:
        ReportError: it is not one, or of a version that did not keep what a card says.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(f"{path}: not JSON: {error}") from None
    if "data" not in report:
        raise ReportError(f"{path}: of an older gr-rfattn: it does not say its data")
    return report


def table(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _read_family(folder: Path) -> list[dict]:
    """The reports, in the order of attentions and norms."""
    paths = {path.name.removesuffix(METRICS): path for path in folder.glob(f"*{METRICS}")}
    names = [f"{a}_{n}" for a in ATTENTIONS for n in NORMS if f"{a}_{n}" in paths]
    if not names:
        raise ReportError(f"{folder}: no <attention>_<norm>{METRICS} of gr-rfattn train in it")
    reports = [read_report(paths[name]) for name in names]
    for name, report in zip(names, reports, strict=True):
        differing = [what for what in _COMMON if _part(report, what) != _part(reports[0], what)]
        if differing:
            raise ReportError(
                f"{folder}: {name} and {names[0]} are no family: other {', '.join(differing)}"
            )
    return reports


def _part(report: dict, what: str):
    if what == "front end":
        return report["config"]["front_end"]
    if what == "step and window":
        return report["model"]["block_size"], report["model"]["window"]
    return report[what.replace(" ", "_")]


def _name(report: dict) -> str:
    return f"{report['model']['attention']}_{report['model']['norm']}"


def _answer(report: dict) -> str:
    known = [name for name in report["classes"] if name != UNKNOWN]
    return f"one of {len(known)} labels" + (
        f" or `{UNKNOWN}`" if UNKNOWN in report["classes"] else ""
    )


def _about(report: dict) -> list[tuple[str, str]]:
    front_end = FrontEnd(**report["config"]["front_end"])
    real = front_end.for_real() if front_end.sides == "two" else front_end
    shape = report["model"]
    per_token = front_end.samples_per_token
    step, window = (shape[k] * per_token for k in ("block_size", "window"))
    return [
        ("classes", ", ".join(report["classes"])),
        (
            "front end",
            f"FFT {front_end.fft_size}, hop {front_end.hop}, {front_end.window} window, "
            f"{front_end.n_bins} bins, mean of {front_end.averaging}, {front_end.scale}, DC "
            f"{front_end.dc}, {front_end.sides}-sided; of real-valued recordings FFT "
            f"{real.fft_size}, hop {real.hop}, one-sided",
        ),
        ("step", f"{shape['block_size']} tokens, {step} samples"),
        ("window", f"{shape['window']} tokens, {window} samples, in each layer"),
        (
            "size",
            f"width {shape['d_model']}, {shape['n_heads']} heads, {shape['n_layers']} layers",
        ),
    ]


def _ends(folder: Path, names: Sequence[str]) -> list[str]:
    """The kinds of file that a folder has of every model."""
    return [end for end in _ENDS if all((folder / f"{name}{end}").exists() for name in names)]


def _files(name: str, ends: Iterable[str]) -> str:
    return ", ".join(f"`{name}{end}`" for end in ends)


def _command(report: dict) -> str:
    """What repeats the training, with the folders by their names."""
    several = report["processes"] > 1
    launcher = ["torchrun", "--nproc-per-node", str(report["processes"])] if several else []
    words = [*launcher, "gr-rfattn", "train", report["data"]["folder"], "--out", "OUT"]
    words += TrainConfig.from_dict(report["config"]).options()
    words += [word for part in report["extra_data"] for word in ("--extra", part["folder"])]
    words += ["--init", Path(report["init"]).name] if report["init"] else []
    return shlex.join(words)


def _training(report: dict) -> list[str]:
    looks = report["looks"]
    best = max(looks, key=lambda look: look["score"])
    return [
        f"    {_command(report)}\n",
        f"with torch {report['torch']} on "
        f"{report['config']['device']}; processes: {report['processes']}, threads of each: "
        f"{report['config']['threads']}. "
        f"{len(looks)} looks up to step {looks[-1]['step']}; the one after step {best['step']} is "
        f"kept: score {best['score']:.3f}, the mean of balanced accuracy by step on the validation "
        f"recordings ({best['plain']:.3f}) and on augmented ones ({best['augmented']:.3f}).\n",
    ]


def _data(report: dict) -> list[str]:
    data = report["data"]
    splits = [split for split in _SPLITS if split in data["recordings"]]
    labels = sorted({label for split in splits for label in data["recordings"][split]})
    counts = [
        (f"`{label}`", *(_recordings(data, split, label) for split in splits)) for label in labels
    ]
    found = ["Recordings, in brackets groups of them (one session or device each):\n"]
    found += [table(("label", *splits), counts)]
    if report["val_taken"]:
        found.append("The split `val` was not stated; groups were drawn from `train` for it.\n")
    found += [_sources(data, splits)]
    for part in report["extra_data"]:
        counts = ", ".join(f"{k} {n}" for k, n in part["recordings"].get("train", {}).items())
        found.append(f"Extra folder `{part['folder']}`, recordings in training alone: {counts}.\n")
        found.append(_sources(part, ["train"]))
    return found


def _sources(part: dict, splits: Sequence[str]) -> str:
    rows = [
        (s["source"], s["licence"], *(s["recordings"].get(split, "-") for split in splits))
        for s in part["sources"]
        if any(split in s["recordings"] for split in splits)
    ]
    return table(("source", "licence", *splits), rows)


def _recordings(data: dict, split: str, label: str) -> str:
    count = data["recordings"][split].get(label)
    return f"{count} ({data['groups'][split][label]})" if count else "-"


_FIGURES = ("split", "right", "share", "balanced", "by step")


def _figures(report: dict, split: str) -> tuple[str, ...]:
    figures, ends = report[split], report[split]["intervals"]
    right, count = figures["correct"], figures["count"]
    return (
        split,
        f"{right}/{count}",
        _share(right / count if count else None, ends["correct"]),
        *(_share(figures[k], ends[k]) for k in ("balanced_accuracy", "window_balanced_accuracy")),
    )


def _compared(reports: Sequence[dict], split: str) -> str:
    rows = []
    for report in reports:
        row = [f"`{_name(report)}`", *_figures(report, split)[1:]]
        if split == "val":
            row.append(_share(report["val_augmented"]["window_balanced_accuracy"], None))
        if "unknown" in report and split == "test":
            unknown = report["unknown"]
            row.append(_share(unknown["ood_auroc"], unknown["intervals"]["ood_auroc"]))
        rows.append(row)
    more = {"val": ["varied"], "test": ["unknown"] if "unknown" in reports[0] else []}[split]
    return _joined(f"`{split}`:\n", table(("model", *_FIGURES[1:], *more), rows))


def _unknown(report: dict) -> list[str]:
    varied = report["val_augmented"]["window_balanced_accuracy"]
    found = [f"Varied: {varied:.2f}.\n"]
    if "unknown" in report:
        unknown = report["unknown"]
        ends = unknown["intervals"]
        found.append(
            f"Recordings that are no class ({len(unknown['recordings'])}), told from the held-out "
            "ones that are: area under the ROC curve (0.5 is chance) of the confidence "
            f"{_share(unknown['ood_auroc'], ends['ood_auroc'])}, of the energy "
            f"{_share(unknown['ood_auroc_energy'], ends['ood_auroc_energy'])}.\n"
        )
        if UNKNOWN in report["classes"]:
            found.append(
                f"Steps called `{UNKNOWN}`: {unknown['refused_ood']:.0%} of those of these "
                f"recordings, {unknown['refused_known']:.0%} of those of the classes.\n"
            )
    return found


def _by_class(report: dict) -> str:
    splits = [split for split in _HELD_OUT if split in report]
    header = ["class", *(text for split in splits for text in (split, f"{split} by step"))]
    rows = [
        (
            f"`{label}`",
            *(
                text
                for split in splits
                for text in (_recall(report, split, label), _step_recall(report, split, label))
            ),
        )
        for label in report["classes"]
    ]
    return table(header, rows)


def _recall(report: dict, split: str, label: str) -> str:
    row = report[split]["confusion"].get(label)
    return f"{row.get(label, 0)}/{sum(row.values())}" if row else "-"


def _step_recall(report: dict, split: str, label: str) -> str:
    figures = report[split]["per_class"].get(label)
    return _share(figures["window_recall"] if figures else None, None)


def _confusions(report: dict) -> str:
    splits = [split for split in _HELD_OUT if split in report]
    rows = [
        (
            f"`{label}`",
            *(_mistaken(report[split]["confusion"].get(label, {}), label) for split in splits),
        )
        for label in report["classes"]
    ]
    rows = [row for row in rows if any(cell != "-" for cell in row[1:])]
    return table(("class", *splits), rows) if rows else "No held-out recording for another class.\n"


def _mistaken(row: dict[str, int], label: str) -> str:
    taken = [f"{name} {count}" for name, count in row.items() if name != label]
    return f"{', '.join(taken)} of {sum(row.values())}" if taken else "-"


def _common_limits(reports: Sequence[dict]) -> list[str]:
    """Those of the data, which all share; figures of one model stand for themselves."""
    each = [limits(report) for report in reports]
    common = [text for text in each[0] if all(text in others for others in each)]
    if len(common) < len(each[0]):
        how = "at some steps only" if UNKNOWN in reports[0]["classes"] else "nowhere"
        common.append(
            f"**What they do not know they refuse {how}.** Else it gets one of the labels."
        )
    return common


def _share(value: float | None, ends: Sequence[float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _joined(*parts: str) -> str:
    return "\n".join(parts)
