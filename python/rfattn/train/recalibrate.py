# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits the decision of a trained model for emissions again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch

from ..attention import ModelConfig
from ..emissions.decision import Decision
from ..files import replace_file
from ..inference import AttentionModelAdapter, ModelFileError, load_eager
from ..inference.contract import input_of
from ..inference.files import resolve
from ..inference.training_report import METRICS, report_beside
from ..recordings.cut_set import read_folder
from .config import emission_config
from .emission_data import cut_sets
from .emission_report import figures, observe
from .emissions import COUNTS_AS, families_of, fitted_on
from .fit_decision import ablate, fit_decision, importance, losses
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
    cuts: str,
    out: Path,
    val_share: float | None = None,
    is_ablated: bool = False,
    threads: int = 1,
) -> dict:
    """Writes a model with a decision that is fitted to cuts.

    Args:
        path: of the model, a .pt file.
        cuts: folder of cut sets.
        out: folder that the model is written to, under its name.
        val_share: see `emission_data.cut_sets`; None: that of `emission_config`.
        is_ablated: whether to measure what each kind of evidence is worth.
        threads: of torch.

    Returns:
        JSON: the decision, the number of cuts, the mean loss in nats before and after, and worth,
        see `ablate`.

    Raises:
        ModelFileError: the file is no model for emissions.
        ValueError: the cuts do not fit it.
    """
    model, contract = load_eager(path)
    if input_of(contract) != "emission":
        raise ModelFileError(f"{path}: labels bands; only models for emissions have a decision")
    shape, names = ModelConfig.from_dict(contract["model"]), tuple(contract["classes"])
    found = [cut for cut in read_folder(cuts)[0] if len(cut.tokens) >= shape.block_size]
    share = emission_config().val_share if val_share is None else val_share
    sets = cut_sets(found, share, names)
    with repeatable(torch.device("cpu"), 1, threads):
        seen = {
            name: observe(model, shape, chosen, f"evaluating {name}", COUNTS_AS.get(name, 1.0))
            for name, chosen in sets.items()
        }
    observed = [one for name in COUNTS_AS for one in seen[name]]
    decision = replace(fit_decision(names, observed), families=families_of(names))
    weights, before = importance(observed), Decision.of_contract(contract)
    report = {
        "decision": decision.to_dict(),
        "cuts": len(observed),
        "loss": float(weights @ losses(decision, names, observed)),
        "loss_before": float(weights @ losses(before, names, observed)),
    }
    if is_ablated:
        groups = [cut.group for name in COUNTS_AS for cut in sets[name]]
        report["worth"] = ablate(names, observed, groups)
    origin = fitted_on([cut for name in COUNTS_AS for cut in sets[name]])
    fitted = {"families": decision.families, "decision": decision.to_dict() | origin}
    out.mkdir(parents=True, exist_ok=True)
    stem = out / path.stem
    AttentionModelAdapter(model, contract | fitted, device="cpu").save(stem.with_suffix(".pt"))
    if trained := report_beside(path):
        trained |= fitted | figures(seen, sets, names, decision)
        text = json.dumps(trained, indent=1) + "\n"
        replace_file(stem.with_name(f"{stem.name}{METRICS}"), text)
    return report
