# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains every attention and norm with every seed, and the classical baseline; judges them all."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import __version__
from ..inference.devices import resolve_device
from ..train import TrainConfig, stream_logits
from ..train.data import select
from ..train.folders import check_folder, split_folder
from ..train.loop import optimise
from ..train.pool import Pool, read
from ..train.repeatable import repeatable
from ..train.resume import ResumeError, State
from ..train.start import start
from . import classical
from .judging import NOISE, Answer, Exam, context_points, noisy, parts_of
from .plan import CLASSICAL, StudyPlan
from .store import fingerprint, kept, lookup

SYNTHETIC = "synthetic"
"""The group of the noise that training makes up."""


@dataclass
class Data:
    """What all trainings of a study share, read once."""

    exam: Exam
    pools: list[Pool]
    digest: str
    steps: classical.StepFeatures = field(repr=False)

    @classmethod
    def read(cls, plan: StudyPlan, folder) -> Data:
        """
        Raises:
            SigMFError: no test recordings, or ones that cannot be read or learnt from.
        """
        config = plan.training
        entries, _ = split_folder(folder, config.val_share, config.seed)
        check_folder(folder, entries, (), config.front_end, config.model.block_size)
        test = select(entries, "test")
        classes, sets, pools = read(config, folder, plan.extra)
        n = config.model.block_size
        points = context_points(sets["test"], n, config.model.window, plan.context_points)
        parts = parts_of(sets["test"], points, n, plan.contexts)
        hidden = noisy(
            test, config.front_end, classes, plan.snr_edges_db, plan.snr_draws, config.seed
        )
        exam = Exam(classes, n, sets, points, parts, hidden)
        asked = [*sets.values(), *(recordings for _, _, recordings in hidden)]
        trained = [variants for pool in pools for variants in pool.recordings]
        digest = fingerprint(t for tokens in (*trained, *asked) for t in tokens)
        return cls(exam, pools, digest, classical.StepFeatures(n, config.model.window))

    def describe(self) -> dict:
        exam = self.exam
        read = [v for v in self.pools[0].recordings if v[0].group != SYNTHETIC]
        count = {name: len(tokens) for name, tokens in exam.sets.items()}
        return {
            "classes": list(exam.classes),
            "recordings": {"train": len(read)} | count,
            "test_by_class": {
                k: sum(t.label == k for t in exam.sets["test"]) for k in exam.classes
            },
            "context_steps": len(exam.points),
            "noisy_per_band": len(exam.noisy[0][2]) if exam.noisy else 0,
            "noise_left_out": NOISE in exam.classes,
            "digest": self.digest,
        }


def run(plan: StudyPlan, data: Data, out: Path, say: Callable[[str], None]) -> list[dict]:
    """A result for each set of weights and seed, then for the classical baseline and each seed.

    ``say`` hears a line before each. What lies in ``out`` from the same configuration is reused.
    """
    jobs = [(a, n, s) for s in range(plan.seeds) for a, n in plan.trained]
    jobs += [(CLASSICAL, "-", s) for s in range(plan.seeds)]
    results, spent = [], []
    for number, (attention, norm, seed) in enumerate(jobs, 1):
        key = _key(plan, data, attention, norm, seed)
        path = out / "trainings" / f"{'_'.join((attention, norm)).rstrip('_-')}_seed{seed}.json"
        fresh = lookup(path, key) is None
        remark = _left(spent, len(jobs) - number + 1) if fresh else ", kept from before"
        say(f"{number} of {len(jobs)}: {attention} {norm.strip('-')} seed {seed}{remark}")
        stem = path.with_suffix("")
        make = lambda key=key, stem=stem: train(plan, data, key, stem)  # noqa: E731
        results.append(kept(path, key, make))
        run_of(stem).unlink(missing_ok=True)
        if fresh:
            spent.append(results[-1]["seconds"])
    return results


def train(plan: StudyPlan, data: Data, key: dict, stem: Path) -> dict:
    """Trains what ``key`` says and judges it. A network that was cut off goes on from its last
    look, which lies beside ``stem``."""
    began, cpu = time.monotonic(), time.process_time()
    attention, norm, seed = (key[name] for name in ("attention", "norm", "seed"))
    config = plan.config(attention, norm, seed)
    with repeatable(resolve_device(config.device), config.seed, config.threads):
        if attention == CLASSICAL:
            answer, about = classical.fit(
                data.pools, config, data.exam, data.steps, plan.forest_sequences, plan.forest_trees
            )
        else:
            answer, about = _network(config, data, open_state(stem, key))
        trained = time.process_time() - cpu
        figures = data.exam.judge(answer)
    return {
        "attention": attention,
        "norm": norm,
        "seed": seed,
        **about,
        **figures,
        "seconds": time.monotonic() - began,
        "training_cpu_seconds": trained,
        "judging_cpu_seconds": time.process_time() - cpu - trained,
    }


def run_of(stem: Path) -> Path:
    """Where `train.resume.State` keeps a run that is not finished."""
    return stem.with_name(f"{stem.name}_run.safetensors")


def open_state(stem: Path, key: dict) -> State:
    """The run beside ``stem`` if it is of ``key``; a new one otherwise."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    if run_of(stem).exists():
        try:
            state = State(stem, resume=True)
            state.belong_to(key)
            return state
        except ResumeError:
            run_of(stem).unlink()
    state = State(stem, resume=False)
    state.belong_to(key)
    return state


def _network(config: TrainConfig, data: Data, state: State) -> tuple[Answer, dict]:
    exam = data.exam
    model, shape = start(config, exam.classes, "")
    model.to(resolve_device(config.device))
    validation = [exam.sets["val"], exam.sets["val_augmented"]]
    model, looks = optimise(config, model, shape, data.pools, validation, exam.classes, state)
    parameters = sum(p.numel() for p in model.parameters())
    return (
        lambda spectra: stream_logits(model, shape, spectra),
        {"looks": looks, "parameters": parameters},
    )


def _key(plan: StudyPlan, data: Data, attention: str, norm: str, seed: int) -> dict:
    """All that decides a result. The classical baseline does not depend on the optimiser."""
    key = {
        "version": __version__,
        "data": data.digest,
        "attention": attention,
        "norm": norm,
        "seed": seed,
        "context_points": plan.context_points,
    }
    if attention != CLASSICAL:
        return key | {"training": plan.config(attention, norm, seed).to_dict()}
    training = plan.training
    return key | {
        "first_seed": training.seed,
        "sequences": plan.forest_sequences,
        "trees": plan.forest_trees,
        "plain": training.plain,
        "shares": [pool.share for pool in data.pools],
        "augmentation": dataclasses.asdict(training.augmentation),
        "sequence_tokens": training.sequence_tokens,
        "block_size": training.model.block_size,
        "window": training.model.window,
    }


def _left(spent: Sequence[float], jobs: int) -> str:
    """What the rest will take if it takes as long as those before."""
    if not spent:
        return ""
    return f", about {sum(spent) / len(spent) * jobs / 60:.0f} min left"
