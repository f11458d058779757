# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of model cards, as Markdown, from the reports of training."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from gnuradio.rfattn.inference.training_report import known_by
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.reporting import table

from ..config import TrainConfig
from ..start import start_names

HELD_OUT = ("val", "test")
_SPLITS = ("train", *HELD_OUT, "ood")
_FIGURES = ("right", "share", "balanced", "by step")


def model_name(report: dict) -> str:
    """The stem of a model's files."""
    return f"{report['model']['attention']}_{report['model']['norm']}"


def about(report: dict, files: str) -> str:
    """Classes, front end and sizes of a model."""
    front_end = FrontEnd.from_dict(report["config"]["front_end"])
    real = front_end.for_real() if front_end.sides == "two" else front_end
    shape = report["model"]
    step, window = (shape[k] * front_end.samples_per_token for k in ("block_size", "window"))
    rows = [
        ("classes", ", ".join(report["classes"])),
        (
            "front end",
            f"FFT {front_end.fft_size}, hop {front_end.hop}, {front_end.window} window, "
            f"{front_end.n_bins} bins, mean of {front_end.averaging}, {front_end.scale}, DC "
            f"{front_end.dc}, {front_end.sides}-sided; for real-valued recordings FFT "
            f"{real.fft_size}, hop {real.hop}, one-sided",
        ),
        ("step", f"{shape['block_size']} tokens, {step} samples"),
        ("window", f"{shape['window']} tokens, {window} samples, in each layer"),
        (
            "size",
            f"width {shape['d_model']}, {shape['n_heads']} heads, {shape['n_layers']} layers",
        ),
        ("files", files),
    ]
    return table(("", ""), rows)


def train_command(report: dict) -> str:
    """The command that repeats the training, with the names of its folders."""
    several = report["processes"] > 1
    launcher = ["torchrun", "--nproc-per-node", str(report["processes"])] if several else []
    words = [*launcher, "gr-rfattn", "train", report["data"]["folder"], "--out", "OUT"]
    words += TrainConfig.from_dict(report["config"]).options()
    words += [word for part in report["extra_data"] for word in ("--extra", part["folder"])]
    for option in ("init", "teacher"):
        for name in start_names(report.get(option, "")):
            words += [f"--{option}", Path(name).name]
    return shlex.join(words)


def data(report: dict) -> str:
    """Numbers of recordings by label, source and licence, and how each class is known."""
    own, known = report["data"], known_by(report)
    splits = [split for split in _SPLITS if split in own["recordings"]]
    labels = sorted({label for split in splits for label in own["recordings"][split]} | set(known))
    counts = [
        (f"`{label}`", *(_count(own, split, label) for split in splits), known.get(label, "-"))
        for label in labels
    ]
    parts = [
        "Recordings, in brackets groups of them (one session or device each). A class is known by\n"
        "`recordings` where training had some of it, and by `made-up` signals alone where it had "
        "none:\n",
        table(("label", *splits, "known by"), counts),
    ]
    if report["val_taken"]:
        parts.append("The split `val` was not stated; groups were drawn from `train` for it.\n")
    parts.append(_sources(own, splits))
    for extra in report["extra_data"]:
        names = ", ".join(f"{k} {n}" for k, n in extra["recordings"].get("train", {}).items())
        parts.append(f"Extra folder `{extra['folder']}`, recordings in training only: {names}.\n")
        parts.append(_sources(extra, ["train"]))
    return "\n".join(parts)


def figures(report: dict) -> str:
    """The figures of one model, a split a row."""
    rows = [(split, *_figures(report, split)) for split in HELD_OUT if split in report]
    return table(("split", *_FIGURES), rows)


def compare(reports: Sequence[dict], split: str) -> str:
    """The figures of several models on a split, a model a row."""
    header, rows = ["model", *_FIGURES], []
    if split == "val":
        header.append("varied")
    elif "unknown" in reports[0]:
        header.append("unknown")
    for report in reports:
        row = [f"`{model_name(report)}`", *_figures(report, split)]
        if "varied" in header:
            row.append(format_share(report["val_augmented"]["window_balanced_accuracy"]))
        if "unknown" in header:
            unknown = report["unknown"]
            row.append(format_share(unknown["ood_auroc"], unknown["intervals"]["ood_auroc"]))
        rows.append(row)
    return f"`{split}`:\n\n{table(header, rows)}"


def compare_recalls(reports: Sequence[dict], split: str) -> str:
    """The right recordings of each class, a model a column."""
    rows = [
        (f"`{label}`", *(_recall(report, split, label) for report in reports))
        for label in reports[0]["classes"]
    ]
    return table(("class", *(f"`{model_name(report)}`" for report in reports)), rows)


def by_class(report: dict) -> str:
    """The recall of each class, by recording and by step."""
    splits = [split for split in HELD_OUT if split in report]
    header, rows = ["class"], []
    for split in splits:
        header += [split, f"{split} by step"]
    for label in report["classes"]:
        row = [f"`{label}`"]
        for split in splits:
            row += [_recall(report, split, label), _step_recall(report, split, label)]
        rows.append(row)
    return table(header, rows)


def confusions(report: dict) -> str:
    """The classes that held-out recordings were mistaken for."""
    splits = [split for split in HELD_OUT if split in report]
    rows = []
    for label in report["classes"]:
        cells = [_mistakes(report[split]["confusion"].get(label, {}), label) for split in splits]
        if any(cell != "-" for cell in cells):
            rows.append((f"`{label}`", *cells))
    if not rows:
        return "No held-out recording was mistaken for another class.\n"
    return table(("class", *splits), rows)


def format_share(value: float | None, ends: Sequence[float] | None = None) -> str:
    """A share with its interval, such as "0.95 (0.76 to 0.99)"; a dash if it is unknown."""
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")


def _figures(report: dict, split: str) -> tuple[str, ...]:
    metrics, ends = report[split], report[split]["intervals"]
    right, count = metrics["correct"], metrics["count"]
    return (
        f"{right}/{count}",
        format_share(right / count if count else None, ends["correct"]),
        *(
            format_share(metrics[f"{k}balanced_accuracy"], ends[f"{k}balanced_accuracy"])
            for k in ("", "window_")
        ),
    )


def _sources(part: dict, splits: Sequence[str]) -> str:
    rows = [
        (s["source"], s["licence"], *(s["recordings"].get(split, "-") for split in splits))
        for s in part["sources"]
        if any(split in s["recordings"] for split in splits)
    ]
    return table(("source", "licence", *splits), rows)


def _count(own: dict, split: str, label: str) -> str:
    count = own["recordings"][split].get(label)
    return f"{count} ({own['groups'][split][label]})" if count else "-"


def _recall(report: dict, split: str, label: str) -> str:
    row = report[split]["confusion"].get(label)
    return f"{row.get(label, 0)}/{sum(row.values())}" if row else "-"


def _step_recall(report: dict, split: str, label: str) -> str:
    metrics = report[split]["per_class"].get(label)
    return format_share(metrics["window_recall"] if metrics else None)


def _mistakes(row: dict[str, int], label: str) -> str:
    mistaken = [f"{name} {count}" for name, count in row.items() if name != label]
    return f"{', '.join(mistaken)} of {sum(row.values())}" if mistaken else "-"
