# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the study: what it trains, on what, and what it times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gnuradio.rfattn.attention import ATTENTIONS, NORMS, ModelConfig, stored_as
from gnuradio.rfattn.attention.registry import today
from gnuradio.rfattn.benchmark.plan import Plan as BenchPlan

from ...train import TrainConfig
from ...train.config import emission_config

REFERENCE = "flash_layernorm"
"""The default of the shipped family, which all others are tested against."""
ONE_STEP = "one_step"
"""The reference with a window of a single step: no step sees one before it."""
SHIPPED = "shipped_"
"""What the name of a shipped model begins with."""
PERCEIVER = "perceiver"
LATENTS = (2, 4, 8)
"""Latents of `perceiver`, as many as new patches in a step and more; it counts with the first."""
GATED = ("flash", "gqa")
"""Attentions that also have a network with a gate."""
GATE = "-gate"
"""What the name of an attention with a gate ends with."""
_OF_REFERENCE = "dyt"
"""The norm that is trained with the attention of the reference alone, and timed with all."""
RATES = (0.5, 2.0)
"""Multiples of the learning rate that each attention is trained with besides the usual one."""


def recipe() -> TrainConfig:
    """The training of every network: that of the shipped family, but shorter.

    The weights at the end count: nothing is selected by validation.
    """
    steps, usual = 1000, emission_config()
    model = usual.model.replace(n_latents=LATENTS[0])
    shorter = dict(steps=steps, warmup_steps=100, validate_every=steps, ema_decay=0.99)
    return usual.replace(model=model, device="cpu", **shorter)


class Job(NamedTuple):
    """One training."""

    model: str
    """Attention and norm, such as "flash_layernorm" or, of 4 latents, "perceiver-4_layernorm", with
    a gate "flash-gate_layernorm"; or `ONE_STEP`. One with another learning rate ends with it:
    "flash_layernorm@0.008"."""
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
        rate_seeds: trainings of each attention with each of `RATES`.
        rounds: how often each signal of the other generator is on the air.
        windows, batches, timing_rounds, round_s: of the timing, see benchmark.plan.Plan.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    training: TrainConfig = field(default_factory=recipe)
    attentions: tuple[str, ...] = tuple(a for a in ATTENTIONS if stored_as(a) == a)
    norms: tuple[str, ...] = tuple(NORMS)
    seeds: int = 5
    rate_seeds: int = 1
    rounds: int = 6
    windows: tuple[int, ...] = (512, 8192)
    batches: tuple[int, ...] = (1, 8)
    timing_rounds: int = 40
    round_s: float = 0.04

    def __post_init__(self):
        for name in ("seeds", "rounds", "timing_rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"study: {name} must be >= 1, got {getattr(self, name)}")
        object.__setattr__(self, "attentions", tuple(map(today, self.attentions)))
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
        compares as many of each model; then more latents and other learning rates."""
        shape = self.training.model
        models = {f"{a}_{n}": shape.replace(attention=a, norm=n) for a, n in self._pairs()}
        for a in self.gated():
            models[f"{a}{GATE}_layernorm"] = shape.replace(attention=a, gate=True)
        models[ONE_STEP] = shape.replace(window=shape.block_size)
        more = {}
        if PERCEIVER in self.attentions:
            for n in LATENTS[1:]:
                more[f"{PERCEIVER}-{n}_layernorm"] = shape.replace(attention=PERCEIVER, n_latents=n)
        usual = self.training.learning_rate
        rates = [
            Job(f"{name}@{factor * usual:g}", self._config(models[name], seed, factor))
            for seed in range(1, self.rate_seeds + 1)
            for name in (f"{attention}_layernorm" for attention in self.attentions)
            for factor in RATES
        ]
        return [*self._seeds(models), *self._seeds(more), *rates]

    def _pairs(self) -> Iterator[tuple[str, str]]:
        pairs = ((a, n) for n in self.norms for a in self.attentions)
        return ((a, n) for a, n in pairs if n != _OF_REFERENCE or REFERENCE.startswith(a))

    def gated(self) -> list[str]:
        """The attentions that also have a network with a gate."""
        return [a for a in GATED if a in self.attentions]

    def _seeds(self, models: Mapping[str, ModelConfig]) -> list[Job]:
        return [
            Job(name, self._config(shape, seed))
            for seed in range(1, self.seeds + 1)
            for name, shape in models.items()
        ]

    def _config(self, shape: ModelConfig, seed: int, factor: float = 1.0) -> TrainConfig:
        rate = factor * self.training.learning_rate
        return self.training.replace(model=shape, seed=seed, learning_rate=rate)

    def bench(self, n_classes: int, n_features: int, latents: int) -> BenchPlan:
        """The timing of all attentions; of those with so many latents and of `flash` where they
        are not those of the plan."""
        is_own = latents == LATENTS[0]
        return BenchPlan(
            base=self.training.model.replace(
                n_classes=n_classes,
                n_features=n_features,
                n_bins=self.training.front_end.n_bins,
                n_latents=latents,
            ),
            attentions=self.attentions if is_own else ("flash", PERCEIVER),
            norms=self.norms if is_own else self.norms[:1],
            all_norms=True,
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
