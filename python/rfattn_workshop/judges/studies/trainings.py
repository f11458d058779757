# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the networks of the study and keeps their weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from gnuradio.rfattn.inference import save_checkpoint
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn_station.learning.cut_set import Cut

from ...train.config import TrainConfig
from ...train.emission_data import emission_data
from ...train.emissions import network_contract, read_cuts_for
from ...train.init_weights import init_model
from ...train.loop import optimise
from ...train.read_data import TrainingData
from ...train.repeatable import repeatable
from .plan import Job, StudyPlan
from .store import digest, kept, read


@dataclass(frozen=True)
class Trainings:
    """The trainings of a study on a folder of cuts; finished ones are in ``out``.

    Attributes:
        cuts: of the folder; data: made of them, for all trainings alike.
        digest: of the cuts.
    """

    plan: StudyPlan
    out: Path
    cuts: list[Cut]
    data: TrainingData
    digest: str

    @classmethod
    def read(cls, plan: StudyPlan, folder, out) -> Trainings:
        """
        Raises:
            ValueError: the folder has no cut sets, or they teach nothing.
        """
        config = plan.training
        cuts = read_cuts_for(config, folder)
        shares = config.extra_share, config.unknown_share, config.val_share
        data = emission_data(cuts, config.augmentation, *shares)
        return cls(plan, Path(out), cuts, data, digest(cuts))

    def run(self, on_progress: Callable[[str], None]) -> None:
        """Makes those that are missing; ``on_progress`` is called with a line before each."""
        jobs = self.plan.jobs()
        for number, job in enumerate(jobs, 1):
            if self.result(job) is None:
                on_progress(f"training {number} of {len(jobs)}: {job.name}")
                self._path(job).unlink(missing_ok=True)
                kept(self._path(job), self.key(job), lambda job=job: self._train(job))

    def result(self, job: Job) -> dict | None:
        """What is known of a finished training; None: it is not finished. A configuration that
        was kept before the training got a new parameter has its default."""
        found = read(self._path(job))
        if found is None or not self.weights(job).exists():
            return None
        key = found["key"] | {"config": TrainConfig.from_dict(found["key"]["config"]).to_dict()}
        return found["result"] if key == self.key(job) else None

    def key(self, job: Job) -> dict:
        """All that decides the weights."""
        return {"config": job.config.to_dict(), "data": self.digest, "torch": torch.__version__}

    def weights(self, job: Job) -> Path:
        """The file of the weights of a training."""
        return self.out / "trainings" / f"{job.name}.safetensors"

    def _path(self, job: Job) -> Path:
        return self.out / "trainings" / f"{job.name}_result.json"

    def _train(self, job: Job) -> dict:
        config, cpu = job.config, time.process_time()
        with repeatable(torch.device("cpu"), config.seed, config.threads):
            model, shape = init_model(config, self.data.classes, "", FEATURES)
            model, evaluations = optimise(config, model, shape, self.data, _NoRunFile())
        spent = time.process_time() - cpu
        self.weights(job).parent.mkdir(parents=True, exist_ok=True)
        contract = network_contract(config.front_end, shape, self.data.classes)
        save_checkpoint(self.weights(job), model, contract)
        return {
            "parameters": sum(p.numel() for p in model.parameters()),
            "cpu_seconds": spent,
            "evaluations": evaluations,
        }


class _NoRunFile:
    """In place of a `RunFile`: a training takes minutes, so an interrupted one begins anew."""

    def save(self, run, random) -> None:
        pass

    def restore(self, run) -> None:
        pass
