# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole study and returns one JSON value, the input of the report."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from gnuradio.rfattn import __version__
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.benchmark import machine
from gnuradio.rfattn.benchmark.cases import Case, operators_case
from gnuradio.rfattn.benchmark.measure import measure_group
from gnuradio.rfattn.benchmark.plan import Group
from gnuradio.rfattn.benchmark.plan import Plan as BenchPlan
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

from ...train.config import emission_config
from ...train.emission_data import training_cuts
from ...train.emissions import read_cuts_for
from . import comparison, trees
from .exam import Exam, label_of, network
from .other_signals import OtherSignals
from .plan import GATE, LATENTS, PERCEIVER, REFERENCE, SHIPPED, StudyPlan
from .store import kept
from .trainings import Trainings

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
        (other norms and gates against layernorm without), rates (accuracy by learning rate),
        shipped (against the shipped reference), rows (timing). Models with fewer trainings than
        planned are left out.

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
    networks, rates = judge_networks(trainings, exam, out, show)
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
        "rates": comparison.by_rate(rates, plan),
        "shipped": comparison.against_reference([*shipped, *rivals], asked, SHIPPED + REFERENCE),
        "rows": rows,
    }


def run_timing(plan: StudyPlan, out, show: Show) -> dict:
    """Times all attentions in the shape of the shipped models, without training; the input of
    `report.steps_markdown`: machine and rows."""
    contract = read_contract(resolve(DEFAULT_EMISSION_MODEL, "model", "model"))
    rows = time_steps(plan, len(contract["classes"]), Path(out), show)
    return {"machine": machine.describe("cpu"), "rows": rows}


def judge_networks(
    trainings: Trainings, exam: Exam, out: Path, show: Show
) -> tuple[list[dict], list[dict]]:
    """The figures of the trainings of each finished model; and of those with other learning rates
    and their like with the usual one the accuracy alone."""
    jobs = [job for job in trainings.plan.jobs() if trainings.result(job) is not None]
    plan, counts = trainings.plan, Counter(job.model for job in jobs)
    results, rates = [], []
    for job in jobs:
        about = {"model": job.model, "seed": job.config.seed, **trainings.result(job)}
        name, at, _ = job.model.partition("@")
        if at or (name.endswith("_layernorm") and about["seed"] <= plan.rate_seeds):
            rate = {"model": name, "rate": job.config.learning_rate}
            rates.append(about | rate | _accuracy(job.name, trainings.weights(job), exam, out))
        if not at and counts[job.model] == plan.seeds:
            figures = _judge(job.name, trainings.weights(job), exam, out, show)
            results.append(about | figures)
    return results, rates


def _accuracy(name: str, path: Path, exam: Exam, out: Path) -> dict:
    """The accuracy of a network on held-out emissions."""

    def judge() -> dict:
        model, shape = _read(path)
        return {"accuracy": exam.accuracy(network(model, shape))}

    return kept(out / "judged" / f"{name}_accuracy.json", _key(path, exam), judge)


def _read(path: Path) -> tuple[StreamingTransformer, ModelConfig]:
    blas.set_torch_threads(1)
    model, contract = load_eager(path)
    return model.eval(), ModelConfig.from_dict(contract["model"])


def _key(path: Path, exam: Exam) -> dict:
    return {"weights": hashlib.sha256(path.read_bytes()).hexdigest(), "exam": exam.digest}


def judge_shipped(plan: StudyPlan, exam: Exam, out: Path, show: Show) -> list[dict]:
    """The figures of the shipped models with the same classes, one training each."""
    results = []
    for attention in plan.attentions:
        for norm in plan.norms:
            with contextlib.suppress(ModelFileError):
                path = resolve(DEFAULT_EMISSION_MODEL, attention, norm)
                contract = read_contract(path)
                named = _with_latents(attention, contract["model"]["n_latents"])
                name = f"{SHIPPED}{named}_{norm}"
                if tuple(contract["classes"]) == exam.classes:
                    figures = _judge(name, path, exam, out, show)
                    results.append({"model": name, "seed": 1, **figures})
    return results


def _judge(name: str, path: Path, exam: Exam, out: Path, show: Show) -> dict:
    """The figures of a network in a file."""
    model, shape = _read(path)

    def judge() -> dict:
        show(f"judging {name}")
        return exam.judge(network(model, shape))

    def judge_steps() -> dict:
        show(f"judging the steps of {name}")
        return exam.judge_steps(model, shape)

    key = _key(path, exam)
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
    """The benchmark's rows of all lengths and numbers of streams, with runner native, each with the
    ratio of its CPU time to that of `flash` and what it needs; those in ``out`` of the same
    processor and torch are used again."""
    blas.set_torch_threads(1)
    blas.cap_blas_threads()
    shipped = emission_config().model.n_latents
    latents = sorted({*LATENTS, shipped}) if PERCEIVER in plan.attentions else [LATENTS[0]]
    plans, rows = [plan.bench(n_classes, len(FEATURES), n) for n in latents], []
    for bench, own in ((one, group) for one in plans for group in one.groups()):
        group = _with_gates(own, plan) if bench.base.n_latents == LATENTS[0] else own

        def make(bench=bench, group=group) -> dict:
            measured = measure_group(group, bench, show, own_operators)
            _name_gates(measured, group)
            return {"rows": _with_ratios(measured, bench.base.n_latents)}

        members = [[config.to_dict(), batch] for config, batch in group.members]
        key = {
            "cpu": cpu_info.name(),
            "torch": torch.__version__,
            "members": members,
            "rounds": [plan.timing_rounds, plan.round_s],
        }
        name = f"window_{group.members[0][0].window}_latents_{bench.base.n_latents}.json"
        rows += kept(out / "timings" / name, key, make)["rows"]
    return rows


def _with_gates(group: Group, plan: StudyPlan) -> Group:
    """The group, and those of its models that also have a gate."""
    gated = [
        (config.replace(gate=True), batch)
        for config, batch in group.members
        if config.attention in plan.gated() and config.norm == "layernorm"
    ]
    return Group(group.mode, [*group.members, *gated])


def _name_gates(rows: Sequence[dict], group: Group) -> None:
    """Names models with a gate, and their operators, which stand in the order of the group."""
    for row, (config, _) in zip(rows, 2 * group.members, strict=True):
        row["attention"] += GATE if config.gate else ""


def _with_latents(attention: str, latents: int) -> str:
    """The name of an attention, with its latents where they are not the first of `LATENTS`."""
    is_other = attention == PERCEIVER and latents != LATENTS[0]
    return f"{attention}-{latents}" if is_other else attention


def own_operators(group: Group, plan: BenchPlan) -> Iterable[Case]:
    """For what each step needs; see `need`."""
    return [operators_case(config, batch, plan) for config, batch in group.members]


def _with_ratios(rows: Sequence[dict], latents: int) -> list[dict]:
    """The rows of models with the ratios of their steps to that of `flash` and to that with
    layernorm and no gate, and the least time that they need; without single times."""
    found = []
    for row in rows:
        if row["kind"] != "model":
            continue
        same = {name: row[name] for name in ("attention", "batch")}
        plain = same | {"attention": row["attention"].removesuffix(GATE), "norm": "layernorm"}
        usual = find(rows, kind="model", **plain)
        flash = find(rows, kind="model", **(same | {"attention": "flash", "norm": "layernorm"}))
        operators = find(rows, kind="operators", **same)
        more = {name: operators[name] for name in ("flops", "bytes", "product_ms", "read_ms")}
        if "ns" in row:
            more |= {"to_flash": ratio(row, flash), "to_plain": ratio(row, usual)}
        more["attention"] = _with_latents(row["attention"], latents)
        found.append({k: v for k, v in row.items() if k not in ("ns", "cpu_ns")} | more)
    return [row for row in found if latents == LATENTS[0] or row["attention"] != "flash"]


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
