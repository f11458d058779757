# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains every attention, norm and seed, and the classical baseline, and judges them all."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gnuradio.rfattn import __version__
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.inference.devices import resolve_device
from gnuradio.rfattn.recordings.labelled_folder import select_split, split_folder
from gnuradio.rfattn.train import TrainConfig, stream_logits
from gnuradio.rfattn.train.augment import vary
from gnuradio.rfattn.train.check_folder import check_folder
from gnuradio.rfattn.train.init_weights import init_model
from gnuradio.rfattn.train.loop import optimise
from gnuradio.rfattn.train.read_data import Pool, TrainingData, read_data
from gnuradio.rfattn.train.repeatable import repeatable
from gnuradio.rfattn.train.run_file import ResumeError, RunFile

import classical
from exam import NOISE, Answer, Exam, context_points, noisy, parts_of
from store import fingerprint, kept, lookup, weights_fingerprint
from study_plan import CLASSICAL, StudyPlan

SYNTHETIC = "synthetic"
"""Group of the noise that the training generates."""


@dataclass
class Data:
    """What all trainings of a study share; read once."""

    exam: Exam
    pools: list[Pool]
    digest: str
    steps: classical.StepFeatures = field(repr=False)
    starts: dict[tuple[str, str], str] = field(default_factory=dict)
    """Digest of the weights that the trainings of an attention and norm start from."""

    @classmethod
    def read(cls, plan: StudyPlan, folder) -> Data:
        """
        Raises:
            SigMFError: there are no test recordings, or recordings cannot be read or used.
            ModelFileError: the model that every training starts from cannot be read.
        """
        config = plan.training
        starts = {
            pair: weights_fingerprint(load_eager(plan.start(*pair))[0])
            for pair in plan.trained
            if plan.init
        }
        entries, _ = split_folder(folder, config.val_share, config.seed)
        check_folder(folder, entries, (), config.front_end, config.model.block_size)
        test = select_split(entries, "test")
        classes, sets, pools, _ = read_data(config, folder, plan.extra)
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
        steps = classical.StepFeatures(n, config.model.window)
        return cls(exam, pools, digest, steps, starts)

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


def run(plan: StudyPlan, data: Data, out: Path, on_progress: Callable[[str], None]) -> list[dict]:
    """A result for each set of weights and seed, then for the classical baseline and each seed.

    ``on_progress`` is called with a line before each. Results of the same configuration in ``out``
    are used again.
    """
    jobs = [(a, n, s) for s in range(plan.seeds) for a, n in plan.trained]
    jobs += [(CLASSICAL, "-", s) for s in range(plan.seeds)]
    results, spent = [], []
    for number, (attention, norm, seed) in enumerate(jobs, 1):
        key = _key(plan, data, attention, norm, seed)
        path = out / "trainings" / f"{'_'.join((attention, norm)).rstrip('_-')}_seed{seed}.json"
        fresh = lookup(path, key) is None
        remark = _left(spent, len(jobs) - number + 1) if fresh else ", kept from before"
        on_progress(f"{number} of {len(jobs)}: {attention} {norm.strip('-')} seed {seed}{remark}")
        stem = path.with_suffix("")
        make = lambda key=key, stem=stem: train(plan, data, key, stem)  # noqa: E731
        results.append(kept(path, key, make))
        run_path(stem).unlink(missing_ok=True)
        if fresh:
            spent.append(results[-1]["seconds"])
    return results


def train(plan: StudyPlan, data: Data, key: dict, stem: Path) -> dict:
    """Trains the model of ``key`` and judges it. An interrupted training continues from its last
    evaluation, which is kept beside ``stem``."""
    began, cpu = time.monotonic(), time.process_time()
    attention, norm, seed = (key[name] for name in ("attention", "norm", "seed"))
    config = plan.config(attention, norm, seed)
    with repeatable(resolve_device(config.device), config.seed, config.threads):
        if attention == CLASSICAL:
            answer, about = classical.fit(
                data.pools, config, data.exam, data.steps, plan.forest_sequences, plan.forest_trees
            )
        else:
            start = plan.start(attention, norm)
            answer, about = _network(config, data, start, open_run_file(stem, key))
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


def run_path(stem: Path) -> Path:
    """The path of the file in which a `RunFile` keeps an unfinished training."""
    return stem.with_name(f"{stem.name}_run.safetensors")


def open_run_file(stem: Path, key: dict) -> RunFile:
    """The unfinished training beside ``stem`` if it has this key; a new one otherwise."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    if run_path(stem).exists():
        try:
            run_file = RunFile(stem, resume=True)
            run_file.check_identity(key)
            return run_file
        except ResumeError:
            run_path(stem).unlink()
    run_file = RunFile(stem, resume=False)
    run_file.check_identity(key)
    return run_file


def _network(config: TrainConfig, data: Data, start: str, run_file: RunFile) -> tuple[Answer, dict]:
    exam = data.exam
    model, shape = init_model(config, exam.classes, start)
    model.to(resolve_device(config.device))
    change = partial(vary, config.augmentation)
    training = TrainingData(exam.classes, exam.sets, data.pools, change)
    model, evaluations = optimise(config, model, shape, training, run_file)
    parameters = sum(p.numel() for p in model.parameters())
    return (
        lambda spectra: stream_logits(model, shape, spectra),
        {"evaluations": evaluations, "parameters": parameters},
    )


def _key(plan: StudyPlan, data: Data, attention: str, norm: str, seed: int) -> dict:
    """Everything that a result depends on. The classical baseline does not need the optimiser."""
    key = {
        "version": __version__,
        "data": data.digest,
        "attention": attention,
        "norm": norm,
        "seed": seed,
        "context_points": plan.context_points,
    }
    if attention != CLASSICAL:
        key |= {"start": data.starts[attention, norm]} if data.starts else {}
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
    """The time left, if the remaining trainings take as long as those before."""
    if not spent:
        return ""
    return f", about {sum(spent) / len(spent) * jobs / 60:.0f} min left"
