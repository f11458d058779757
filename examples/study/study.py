# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole study and returns one JSON value, the input of the report."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from gnuradio.rfattn import __version__
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import machine
from gnuradio.rfattn.benchmark.measure import measure_group
from gnuradio.rfattn.benchmark.rows import find, ratio
from gnuradio.rfattn.inference import (
    DEFAULT_EMISSION_MODEL,
    blas,
    cpu_info,
    load_eager,
    read_contract,
)
from gnuradio.rfattn.inference.files import ModelFileError, resolve
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn_workshop.train.emission_data import training_cuts
from gnuradio.rfattn_workshop.train.emissions import read_cuts_for

import comparison
import trees
from exam import Exam, label_of, network
from other_signals import OtherSignals
from store import kept
from study_plan import REFERENCE, SHIPPED, StudyPlan
from trainings import Trainings

Show = Callable[[str], None]
_NO_STEPS = {"context": [], "alone": None}
"""Of a model that sees nothing before a step, or has no steps."""


def run(plan: StudyPlan, folder, held, out, show: Show, is_training: bool = True) -> dict:
    """Trains what is missing, judges what is finished and times all attentions.

    Args:
        folder: of cuts to train on; held: of cuts to judge by; out: of the results.
        show: called with a line of progress.
        is_training: False trains nothing.

    Returns:
        version, plan, machine, data, models (a row each), tests (against the reference), norms
        (rmsnorm against layernorm), shipped (against the shipped reference), rows (timing).

    Raises:
        ImportError: scikit-learn is missing.
        ValueError: the cuts cannot be used, or a result on disk is damaged.
    """
    trees.require()
    out = Path(out)
    trainings = Trainings.read(plan, folder, out)
    if is_training:
        trainings.run(show)
    signals = OtherSignals.read(out / "signals", plan.rounds, plan.training.front_end, show)
    held_cuts = read_cuts_for(plan.training, held)
    exam = Exam.of(plan, trainings.data.classes, trainings.cuts, held_cuts, signals)
    networks = judge_networks(trainings, exam, out, show)
    shipped = judge_shipped(plan, exam, out, show)
    rivals = judge_trees(trainings, exam, out, show)
    asked = [(cut.group, label_of(cut)) for cut in exam.held]
    rows = time_steps(plan, len(exam.classes), out, show)
    return {
        "version": __version__,
        "plan": dataclasses.asdict(plan) | {"training": plan.training.to_dict()},
        "machine": machine.describe("cpu"),
        "data": _describe(trainings, exam),
        "models": comparison.model_rows([*networks, *shipped, *rivals]),
        "tests": comparison.against_reference([*networks, *rivals], asked),
        "norms": comparison.norm_difference(networks, asked),
        "shipped": comparison.against_reference([*shipped, *rivals], asked, SHIPPED + REFERENCE),
        "rows": rows,
    }


def judge_networks(trainings: Trainings, exam: Exam, out: Path, show: Show) -> list[dict]:
    """The figures of each finished training."""
    results = []
    for job in trainings.plan.jobs():
        about = trainings.result(job)
        if about is not None:
            figures = _judge(job.name, trainings.weights(job), exam, out, show)
            results.append({"model": job.model, "seed": job.config.seed, **about, **figures})
    return results


def judge_shipped(plan: StudyPlan, exam: Exam, out: Path, show: Show) -> list[dict]:
    """The figures of the shipped models with the same classes, one training each."""
    results = []
    for attention in plan.attentions:
        for norm in plan.norms:
            with contextlib.suppress(ModelFileError):
                path = resolve(DEFAULT_EMISSION_MODEL, attention, norm)
                name = f"{SHIPPED}{attention}_{norm}"
                if tuple(read_contract(path)["classes"]) == exam.classes:
                    figures = _judge(name, path, exam, out, show)
                    results.append({"model": name, "seed": 1, **figures})
    return results


def _judge(name: str, path: Path, exam: Exam, out: Path, show: Show) -> dict:
    """The figures of a network in a file."""

    blas.set_torch_threads(1)
    model, contract = load_eager(path)
    model.eval()
    shape = ModelConfig.from_dict(contract["model"])

    def judge() -> dict:
        show(f"judging {name}")
        return exam.judge(network(model, shape))

    def judge_steps() -> dict:
        show(f"judging the steps of {name}")
        return exam.judge_steps(model, shape)

    key = {"weights": hashlib.sha256(path.read_bytes()).hexdigest(), "exam": exam.digest}
    found = kept(out / "judged" / f"{name}.json", key, judge)
    if shape.window == shape.block_size:
        return found | _NO_STEPS
    return found | kept(out / "judged" / f"{name}_steps.json", key, judge_steps)


def judge_trees(trainings: Trainings, exam: Exam, out: Path, show: Show) -> list[dict]:
    """The figures of the plain rivals, each with all seeds."""
    cuts = training_cuts(trainings.cuts, trainings.plan.training.val_share)
    results = []
    for name in (trees.NUMBERS, trees.SPECTRUM):
        for seed in range(1, trainings.plan.seeds + 1):

            def make(name=name, seed=seed) -> dict:
                show(f"judging {name} of seed {seed}")
                return exam.judge(trees.fit(name, cuts, exam.classes, seed))

            path = out / "judged" / f"{name}_seed{seed}.json"
            key = {"data": trainings.digest, "exam": exam.digest, "seed": seed, **trees.SETTINGS}
            results.append({"model": name, "seed": seed, **kept(path, key, make), **_NO_STEPS})
    return results


def time_steps(plan: StudyPlan, n_classes: int, out: Path, show: Show) -> list[dict]:
    """The benchmark's rows of all lengths and numbers of streams, each with the ratio of its step
    to that of `flash`; those in ``out`` of the same processor and torch are used again."""
    blas.set_torch_threads(1)
    blas.cap_blas_threads()
    bench, rows = plan.bench(n_classes, len(FEATURES)), []
    for group in bench.groups():

        def make(group=group) -> dict:
            measured = measure_group(group, bench, show, lambda group, plan: ())
            return {"rows": [_with_ratio(row, measured) for row in measured]}

        members = [[config.to_dict(), batch] for config, batch in group.members]
        key = {
            "cpu": cpu_info.name(),
            "torch": torch.__version__,
            "members": members,
            "rounds": [plan.timing_rounds, plan.round_s],
        }
        window = group.members[0][0].window
        rows += kept(out / "timings" / f"window_{window}.json", key, make)["rows"]
    return rows


def _with_ratio(row: dict, rows: Sequence[dict]) -> dict:
    """A row with the ratio of its step to that of `flash`, without its single times."""
    reference = find(rows, attention="flash", norm="layernorm", batch=row["batch"])
    found = ratio(row, reference) if "ns" in row else None
    return {name: value for name, value in row.items() if name not in ("ns", "cpu_ns")} | {
        "to_flash": found
    }


def _describe(trainings: Trainings, exam: Exam) -> dict:
    known = [s for scene in exam.signals.scenes if scene.has_classes for s in scene.signals]
    return {
        "classes": len(exam.classes),
        "training": len(training_cuts(trainings.cuts, trainings.plan.training.val_share)),
        "fitted_on": sum(map(len, exam.sets.values())),
        "held": len(exam.held),
        "recordings": len(exam.recordings),
        "long": len(exam.long),
        "signals": len(known),
        "strangers": sum(len(s.signals) for s in exam.signals.scenes if not s.has_classes),
    }
