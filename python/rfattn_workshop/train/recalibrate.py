# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits the decision of a trained model for emissions again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference import AttentionModelAdapter, ModelFileError, load_eager
from gnuradio.rfattn.inference.contract import input_of
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.training_report import METRICS, report_beside
from gnuradio.rfattn.reporting import json_text
from gnuradio.rfattn_station.learning.cut_set import Cut
from gnuradio.rfattn_station.learning.fit_decision import ablate, importance, losses
from gnuradio.rfattn_station.learning.own_model import read_teachings
from gnuradio.rfattn_station.learning.rehearsal import rehearsed, write_rehearsal

from .config import emission_config
from .emission_data import cut_sets
from .emissions import calibrate_on, fit_set
from .repeatable import repeatable


def model_files(model: str) -> list[Path]:
    """The .pt files of a shipped family or a folder, or the file itself.

    Raises:
        ModelFileError: there are none.
    """
    if Path(model).is_file():
        return [Path(model)]
    folder = resolve(model, "model", "model").parent
    return sorted(folder.glob("*.pt"))


def recalibrate(
    path: Path,
    cuts: Sequence[Cut],
    out: Path,
    val_share: float | None = None,
    is_ablated: bool = False,
    threads: int = 1,
    quiet: bool = False,
) -> dict:
    """Writes a model with a decision that is fitted to cuts, and its rehearsal (see `rehearsal`).

    Args:
        path: of the model, a .pt file.
        cuts: of a folder.
        out: folder that the model is written to, under its name.
        val_share: see `emission_data.cut_sets`; None: that of `emission_config`.
        is_ablated: whether to measure what each kind of evidence is worth.
        threads: of torch.
        quiet: no progress on stderr.

    Returns:
        JSON: the decision, the number of cuts, the mean loss in nats before and after, and worth,
        see `ablate`.

    Raises:
        ModelFileError: the file is no model for emissions.
        ValueError: no made-up cuts validate, or ``out`` has an own model of this name.
    """
    stem = out / path.stem
    target = stem.with_suffix(".pt")
    if target.is_file() and read_teachings(target):
        raise ValueError(f"{target}: an own model would lose its teachings; give another --out")
    model, contract = load_eager(path)
    if input_of(contract) != "emission":
        raise ModelFileError(f"{path}: labels bands; only models for emissions have a decision")
    shape, names = ModelConfig.from_dict(contract["model"]), tuple(contract["classes"])
    share = emission_config().val_share if val_share is None else val_share
    long_enough = [cut for cut in cuts if len(cut.tokens) >= shape.block_size]
    sets = cut_sets(long_enough, share, names)
    with repeatable(torch.device("cpu"), 1, threads):
        decision, observed, calibration = calibrate_on(
            model, shape, names, sets, long_enough, quiet
        )
    weights, before = importance(observed), Decision.of_contract(contract)
    report = {
        "decision": decision.to_dict(),
        "cuts": len(observed),
        "loss": float(weights @ losses(decision, names, observed)),
        "loss_before": float(weights @ losses(before, names, observed)),
    }
    if is_ablated:
        report["worth"] = ablate(names, observed, [cut.group for cut in fit_set(sets)])
    fitted = {key: calibration[key] for key in ("families", "decision")}
    out.mkdir(parents=True, exist_ok=True)
    AttentionModelAdapter(model, contract | fitted, device="cpu").save(target)
    write_rehearsal(target, model, shape, rehearsed(long_enough, names))
    if trained := report_beside(path):
        text = json_text(trained | calibration) + "\n"
        replace_file(stem.with_name(f"{stem.name}{METRICS}"), text)
    return report
