# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains a model for emissions on a folder of cut sets."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from gnuradio.rfattn._version import __version__
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.catalogue.classes import Names, known_of
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.inference.files import SCHEMA
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.reporting import Progress
from gnuradio.rfattn_station.learning.cut_set import Cut, no_classes, read_folder
from gnuradio.rfattn_station.learning.emission_report import figures, observe
from gnuradio.rfattn_station.learning.fit_decision import Observed, fit_decision

from . import distributed
from .config import TrainConfig
from .emission_data import cut_sets, emission_data
from .init_weights import init_model
from .loop import optimise
from .repeatable import repeatable
from .run_file import RunFile
from .start import Start, start_name
from .teacher import load_teacher
from .write_model import write_report, write_weights

COUNTS_AS = {"val": 10.0, "val_augmented": 1.0}
"""How many emissions one of each validation set counts as in the fit of the decision: one of a
recording tells more than a made-up one."""


def train_emissions(
    config: TrainConfig,
    folder,
    out,
    init: Start = "",
    resume: bool = False,
    teacher: Start = "",
) -> dict:
    """Trains on the cuts of split `train`, selects and calibrates by `val`, reports on `test`.

    Writes to folder ``out``: ``<attention>_<norm>.safetensors`` and ``.json`` (checkpoint), ``.pt``
    (TorchScript), ``_metrics.json`` (what is returned) and ``_config.json``. ``init``, ``resume``,
    ``teacher`` and several processes: see `loop.train`.

    Args:
        config: see `config.emission_config`.
        folder: of cut sets; see `cut_set`.

    Returns:
        The metrics: for each split those of `judge_emissions`; decision, families, the
        evaluations during training, the configuration. Empty in all processes except the first.

    Raises:
        ValueError: the folder has no cut sets, they have another front end, teach nothing, or the
            device does not exist.
        ResumeError: see `loop.train`.
    """
    with (
        distributed.process_group(config.device) as device,
        repeatable(device, config.seed, config.threads),
    ):
        cuts = read_cuts_for(config, folder)
        line = no_classes(cut.stated for cut in cuts if cut.stated)
        if line and distributed.is_rank0():
            Progress().log(line)
        config = config.replace(device=device.type)
        stem = Path(out) / f"{config.model.attention}_{config.model.norm}"
        run_file = RunFile(stem, resume)
        run_file.check_identity(
            {
                "config": config.to_dict(),
                "init": start_name(init),
                "teacher": start_name(teacher),
                "processes": distributed.world_size(),
                "data": _digest(cuts),
            }
        )
        stem.parent.mkdir(parents=True, exist_ok=True)
        shares = config.extra_share, config.unknown_share, config.val_share
        data = emission_data(cuts, config.augmentation, *shares)
        model, shape = init_model(config, data.classes, init, FEATURES)
        distributed.broadcast_weights(model.to(device))
        teaching = load_teacher(config, shape, data.classes, teacher, FEATURES)
        model, evaluations = optimise(config, model, shape, data, run_file, teaching)
        if not distributed.is_rank0():
            return {}
        sets = cut_sets(cuts, config.val_share, data.classes)
        report = {
            **_report(config, model.cpu(), shape, data.classes, sets, cuts),
            "cuts": _count(cuts),
            "evaluations": evaluations,
            "init": start_name(init),
            "teacher": start_name(teacher),
        }
        write_weights(stem, model, make_contract(config, shape, report))
        write_report(stem, config, report)
        run_file.remove()
        return report


def read_cuts_for(config: TrainConfig, folder) -> list[Cut]:
    """The cuts of a folder that fill at least one step of the model.

    Raises:
        ValueError: there are no cut sets, or they have another front end or other features.
    """
    cuts, front_end = read_folder(folder, quiet=not distributed.is_rank0())
    differences = front_end.differences(config.front_end, "the configuration")
    if differences:
        raise ValueError(f"training: the cut sets of {folder} have {'; '.join(differences)}")
    width = front_end.n_bins + len(FEATURES)
    for cut in cuts:
        if cut.tokens.shape[1] != width:
            raise ValueError(
                f"training: the tokens of {folder} must have {width} values, a spectrum and the "
                f"features, got {cut.tokens.shape[1]}"
            )
    return [cut for cut in cuts if len(cut.tokens) >= config.model.block_size]


def _report(
    config: TrainConfig,
    model: StreamingTransformer,
    shape: ModelConfig,
    classes: Sequence[str],
    sets: Mapping[str, Sequence[Cut]],
    cuts: Sequence[Cut],
) -> dict:
    """The decision that fits both validation sets, and the figures of every set; see
    `calibrate_on`."""
    _, _, calibration = calibrate_on(model, shape, tuple(classes), sets, cuts)
    return {
        "version": __version__,
        "classes": list(classes),
        "model": shape.to_dict(),
        "weights": sum(p.numel() for p in model.parameters()),
        "config": config.to_dict(),
        **calibration,
    }


def calibrate_on(
    model: StreamingTransformer,
    shape: ModelConfig,
    names: Names,
    sets: Mapping[str, Sequence[Cut]],
    cuts: Sequence[Cut],
    quiet: bool = False,
) -> tuple[Decision, list[Observed], dict]:
    """Fits the decision of a model to the sets of `COUNTS_AS`.

    Args:
        names: of the classes.
        sets: cuts that taught the model nothing; see `emission_data.cut_sets`.
        cuts: in which frames are counted, but for those that test: what is found of them does not
            depend on the model.
        quiet: no progress on stderr.

    Returns:
        The decision; what it was fitted to, see `fit_set`; and families, decision and the figures
        of every set as JSON.
    """
    seen = {
        name: observe(
            model, shape, cuts, "" if quiet else f"evaluating {name}", COUNTS_AS.get(name, 1.0)
        )
        for name, cuts in sets.items()
    }
    observed, fitted = fit_set(seen), fit_set(sets)
    families = {name: known_of("family")[name] for name in names if name in known_of("family")}
    decision = replace(fit_decision(names, observed), families=families)
    origin = {"cuts": len(fitted), "sha256": _digest(fitted), "version": __version__}
    return (
        decision,
        observed,
        {
            "families": families,
            "decision": decision.to_dict() | {"fitted_on": origin},
            **figures(seen, sets, names, decision),
        },
    )


def fit_set(sets: Mapping[str, Sequence]) -> list:
    """Those of the sets that a decision is fitted to, in this order."""
    return [one for name in COUNTS_AS for one in sets[name]]


def make_contract(config: TrainConfig, shape: ModelConfig, report: dict) -> dict:
    """What the model's files state about it: JSON; see docs/models.md."""
    settings = {k: v for k, v in config.to_dict().items() if k not in ("model", "front_end")}
    return {
        **network_contract(config.front_end, shape, report["classes"]),
        **{k: report[k] for k in ("families", "decision")},
        "training": {**settings, **{name: report[name] for name in ("init", "teacher")}},
    }


def network_contract(front_end: FrontEnd, shape: ModelConfig, classes: Sequence[str]) -> dict:
    """The part of the contract without which no file of a network loads."""
    return {
        "schema": SCHEMA,
        "kind": "stream",
        "input": "emission",
        "front_end": front_end.to_dict(),
        "features": list(FEATURES),
        "model": shape.to_dict(),
        "classes": list(classes),
        "dtype": "float32",
    }


def _count(cuts: Sequence[Cut]) -> dict:
    """How many cuts there are: {label: {origin and split: count}}."""
    found: dict[str, Counter] = {}
    for cut in cuts:
        found.setdefault(cut.label, Counter())[f"{cut.origin} {cut.split}"] += 1
    return {label: dict(counts) for label, counts in sorted(found.items())}


def _digest(cuts: Sequence[Cut]) -> str:
    """Identifies the cuts of a run."""
    digest = hashlib.sha256()
    for cut in cuts:
        digest.update(f"{cut.label} {cut.group} {cut.split} {cut.origin}".encode())
        digest.update(np.ascontiguousarray(cut.tokens).tobytes())
    return digest.hexdigest()
