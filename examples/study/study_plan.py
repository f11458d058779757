# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the study: what it trains, on what, and what it times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gnuradio.rfattn.attention import ATTENTIONS, NORMS, ModelConfig, stored_as
from gnuradio.rfattn.benchmark.plan import Plan as BenchPlan
from gnuradio.rfattn_workshop.train import TrainConfig
from gnuradio.rfattn_workshop.train.config import emission_config

REFERENCE = "flash_layernorm"
"""The default of the shipped family, which all others are tested against."""
ONE_STEP = "one_step"
"""The reference with a window of a single step: no step sees one before it."""
SHIPPED = "shipped_"
"""What the name of a shipped model begins with."""
_SLOW_TO_TRAIN = ("latent",)


def recipe() -> TrainConfig:
    """The training of every network: that of the shipped family, but shorter.

    The weights at the end count: nothing is selected by validation.
    """
    steps = 1000
    return emission_config().replace(
        steps=steps, warmup_steps=100, validate_every=steps, ema_decay=0.99, device="cpu"
    )


class Job(NamedTuple):
    """One training."""

    model: str
    """Attention and norm, or `ONE_STEP`."""
    config: TrainConfig

    @property
    def name(self) -> str:
        return f"{self.model}_seed{self.config.seed}"


@dataclass(frozen=True)
class StudyPlan:
    """One run of the study.

    Attributes:
        training: configuration of every network but for attention, norm, window and seed.
        attentions, norms: what is compared; `mha` runs the weights of `flash`.
        seeds: trainings of each model, with the seeds 1, 2 and so on.
        rounds: how often each signal of the other generator is on the air.
        windows, batches, timing_rounds, round_s: of the timing, see benchmark.plan.Plan.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    training: TrainConfig = field(default_factory=recipe)
    attentions: tuple[str, ...] = tuple(a for a in ATTENTIONS if stored_as(a) == a)
    norms: tuple[str, ...] = NORMS
    seeds: int = 5
    rounds: int = 6
    windows: tuple[int, ...] = (512, 2048, 8192)
    batches: tuple[int, ...] = (1, 8)
    timing_rounds: int = 40
    round_s: float = 0.04

    def __post_init__(self):
        for name in ("seeds", "rounds", "timing_rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"study: {name} must be >= 1, got {getattr(self, name)}")
        stored = [a for a in ATTENTIONS if stored_as(a) == a]
        for name, needed, known in (("attentions", "flash", stored), ("norms", "layernorm", NORMS)):
            value = getattr(self, name)
            if needed not in value or not set(value) <= set(known):
                raise ValueError(
                    f"study: {name} must be of {', '.join(known)} and hold {needed}, "
                    f"got {', '.join(value)}"
                )

    def jobs(self) -> list[Job]:
        """All trainings in their order: seed by seed, so that what an interrupted study has
        compares as many of each model; those that take longest last."""
        usual = [a for a in self.attentions if a not in _SLOW_TO_TRAIN]
        slow = [a for a in self.attentions if a in _SLOW_TO_TRAIN]
        found = []
        for norm in self.norms:
            models = [self._named(a, norm) for a in usual]
            if norm == "layernorm":
                one_step = self.training.model.replace(window=self.training.model.block_size)
                models.append((ONE_STEP, one_step))
            found += self._seeds(models) + self._seeds([self._named(a, norm) for a in slow])
        return found

    def _named(self, attention: str, norm: str) -> tuple[str, ModelConfig]:
        shape = self.training.model.replace(attention=attention, norm=norm)
        return f"{attention}_{norm}", shape

    def _seeds(self, models: Sequence[tuple[str, ModelConfig]]) -> list[Job]:
        return [
            Job(name, self.training.replace(model=shape, seed=seed))
            for seed in range(1, self.seeds + 1)
            for name, shape in models
        ]

    def bench(self, n_classes: int, n_features: int) -> BenchPlan:
        """The timing of all attentions, also of the two kernels of `flash`."""
        return BenchPlan(
            base=self.training.model.replace(
                n_classes=n_classes,
                n_features=n_features,
                n_bins=self.training.front_end.n_bins,
            ),
            attentions=tuple(a for a in ATTENTIONS if stored_as(a) in self.attentions),
            norms=self.norms,
            all_norms=False,
            windows=self.windows,
            block_sizes=(self.training.model.block_size,),
            batches=self.batches,
            streams=0,
            dtype="float32",
            threads=1,
            rounds=self.timing_rounds,
            round_s=self.round_s,
            paced_s=0.0,
        )
