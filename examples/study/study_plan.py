# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the study: what it trains and measures."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from gnuradio.rfattn.attention import ATTENTIONS, NORMS, stored_as
from gnuradio.rfattn.benchmark.plan import WHOLE_WINDOW
from gnuradio.rfattn.benchmark.plan import Plan as BenchPlan
from gnuradio.rfattn.inference.files import ModelFileError, resolve
from gnuradio.rfattn.train import TrainConfig

REFERENCE = ("flash", "layernorm")
"""The model that all others are tested against."""
CLASSICAL = "classical"
"""Name of the non-neural baseline in the column of attentions."""
QUICK = {
    "seeds": 2,
    "windows": (1024, 2048),
    "whole_windows": (),
    "rounds": 3,
    "round_s": 0.02,
    "context_points": 2,
    "snr_draws": 1,
    "forest_sequences": 300,
    "forest_trees": 30,
}
"""The fields that shorten everything but the training."""
CONVERSION = {
    "steps": 400,
    "learning_rate": 1e-3,
    "warmup_steps": 50,
    "ema_decay": 0.99,
    "validate_every": 100,
}
"""The training of a model that starts from a trained one, as those of `rf14`; see their card."""
QUICK_TRAINING = {"steps": 20, "validate_every": 20, "warmup_steps": 5}


def attentions_of(init: str) -> tuple[str, ...]:
    """The attentions that trainings can start with: those that a family or folder has with the norm
    of the reference, and all where there is no start, or a file that is converted."""
    if not init or Path(init).is_file():
        return ATTENTIONS
    found = []
    for name in ATTENTIONS:
        with contextlib.suppress(ModelFileError):
            resolve(init, name, REFERENCE[1])
            found.append(name)
    return tuple(found)


@dataclass(frozen=True)
class StudyPlan:
    """One run of the study.

    Attributes:
        training: configuration of every model but for attention, norm and seed. The variants of
            the recordings are drawn once, with its seed.
        extra: folders with more training recordings.
        init: what the trainings start from: a shipped family or a folder, each with the model of
            its attention and norm there; a file, converted to each; "" for random weights. Shape
            and front end are then those of the model.
        attentions, norms: what is compared; `mha` runs the weights of `flash`. See `attentions_of`.
        seeds: trainings of each model, with ``training.seed``, the next seed, and so on.
        context_points: steps of each recording at which accuracy by tokens seen is measured.
        snr_edges_db: edges of the bands of the SNR; ``snr_draws`` parts of a recording per band.
        forest_sequences, forest_trees: training sequences and size of the classical baseline.
        windows, whole_windows: sequence lengths that are timed as a stream, and as one step.
        rounds, round_s, budget_ms: of the timing, see benchmark.plan.Plan.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    training: TrainConfig = field(default_factory=TrainConfig)
    extra: tuple[str, ...] = ()
    init: str = ""
    attentions: tuple[str, ...] = ATTENTIONS
    norms: tuple[str, ...] = NORMS
    seeds: int = 5
    context_points: int = 6
    snr_edges_db: tuple[float, ...] = (-5, 0, 5, 10, 15, 20, 25, 30, 40)
    snr_draws: int = 2
    forest_sequences: int = 6000
    forest_trees: int = 300
    windows: tuple[int, ...] = (1024, 2048, 4096, 8192, 16384)
    whole_windows: tuple[int, ...] = (1024, 2048)
    rounds: int = 12
    round_s: float = 0.1
    budget_ms: float = 30.0

    def __post_init__(self):
        for name in ("seeds", "context_points", "snr_draws", "forest_sequences", "forest_trees"):
            if getattr(self, name) < 1:
                raise ValueError(f"study: {name} must be >= 1, got {getattr(self, name)}")
        for name, needed, known in (
            ("attentions", REFERENCE[0], ATTENTIONS),
            ("norms", REFERENCE[1], NORMS),
        ):
            value = getattr(self, name)
            if needed not in value or not set(value) <= set(known):
                raise ValueError(
                    f"study: {name} must be of {', '.join(known)} and hold {needed}, "
                    f"got {', '.join(value)}"
                )
        if not self.windows:
            raise ValueError("study: windows must not be empty, got ()")
        self.bench()

    @property
    def trained(self) -> list[tuple[str, str]]:
        """(attention, norm) of every set of weights."""
        return [(a, n) for a in self.attentions if stored_as(a) == a for n in self.norms]

    def start(self, attention: str, norm: str) -> str:
        """The file that trainings of an attention and norm start from; "" for random weights.

        Raises:
            ModelFileError: there is none.
        """
        return str(resolve(self.init, attention, norm)) if self.init else ""

    @property
    def contexts(self) -> list[int]:
        """Tokens seen: one step, then doubling up to four windows."""
        shape = self.training.model
        found, tokens = [], shape.block_size
        while tokens <= 4 * shape.window:
            found.append(tokens)
            tokens *= 2
        return found

    def config(self, attention: str, norm: str, seed: int) -> TrainConfig:
        """The configuration of one training; ``seed`` counts from 0."""
        choice = {} if attention == CLASSICAL else {"attention": attention, "norm": norm}
        model = self.training.model.replace(**choice)
        return dataclasses.replace(self.training, model=model, seed=self.training.seed + seed)

    def bench(self, n_classes: int = 2) -> list[BenchPlan]:
        """The timings as a stream at each length, and as one step of the whole window.

        A linear map embeds each token alone: joined in patches, a sequence would be shorter than
        its stated length.
        """
        model, front_end = self.training.model, self.training.front_end
        common = {
            "base": model.replace(
                n_classes=n_classes, n_bins=front_end.n_bins, patch=1, embedding="linear"
            ),
            "attentions": self.attentions,
            "norms": self.norms,
            "streams": 0,
            "threads": self.training.threads,
            "rounds": self.rounds,
            "round_s": self.round_s,
            "paced_s": 0.0,
            "hop": front_end.samples_per_token,
            "budget_ms": self.budget_ms,
        }
        plans = [BenchPlan(windows=self.windows, block_sizes=(model.block_size,), **common)]
        if self.whole_windows:
            whole = {"windows": self.whole_windows, "block_sizes": (WHOLE_WINDOW,)}
            plans.append(BenchPlan(**whole, **common))
        return plans
