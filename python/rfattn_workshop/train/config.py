# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.checked import CheckedDataclass
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END, FrontEnd
from gnuradio.rfattn_station.learning.variants import Augmentation

DEVICES = ("auto", "cpu", "cuda")
DTYPES = ("float32", "bfloat16")


@dataclass(frozen=True)
class TrainConfig(CheckedDataclass):
    """Everything that decides a training run, except the recordings; written beside its result.

    ``model`` gives the shape; its ``n_classes``, ``n_bins`` and ``n_features`` follow from the data
    and the front end.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    title: ClassVar[str] = "training"

    model: ModelConfig = field(
        default_factory=lambda: ModelConfig(
            window=2048, patch=8, embedding="conv", embedding_channels=32, n_cross_layers=2
        )
    )
    front_end: FrontEnd = field(default_factory=FrontEnd)
    augmentation: Augmentation = field(default_factory=Augmentation)
    steps: int = 2000
    """Steps of the optimiser."""
    batch_size: int = 96
    """Sequences in a step of the optimiser."""
    sequence_tokens: int = 256
    """Tokens of a sequence, a multiple of the model's block size."""
    learning_rate: float = 4e-3
    """Highest learning rate, reached after the warm-up; a cosine then lowers it to a hundredth."""
    weight_decay: float = 0.05
    """Weight decay of the matrices."""
    warmup_steps: int = 200
    """Steps in which the learning rate rises linearly."""
    label_smoothing: float = 0.1
    """Label smoothing of the loss."""
    teacher_share: float = field(default=0.7, metadata={"needs": "--teacher"})
    """Share of the loss that compares with the probabilities of --teacher, where one is given; the
    labels have the rest."""
    ema_decay: float = 0.998
    """Decay of the running mean of the weights, which is what is evaluated and kept."""
    plain: float = 0.15
    """Share of the sequences that are not augmented."""
    extra_share: float = 0.25
    """Share of the sequences that come from the classes' recordings in extra folders, or from their
    cuts of recordings."""
    unknown_share: float = 0.15
    """Share of the sequences that come from recordings of 'other' in extra folders, or from cuts of
    'other'."""
    refused: float = 0.05
    """Share of the annotated validation steps that may be labelled 'unknown'. Models for emissions
    have thresholds instead."""
    validate_every: int = 250
    """Steps between evaluations on the validation recordings; the best weights are kept."""
    patience: int = 8
    """Evaluations without a better one after which training ends."""
    val_share: float = 0.2
    """Share of each class's groups that become split 'val' if no recording belongs to it; of cuts,
    the share of the made-up groups that validates."""
    seed: int = 1
    """Seed of all random numbers."""
    device: str = "auto"
    """Where training runs: cpu, cuda, or auto for CUDA if there is a CUDA device."""
    dtype: str = "float32"
    """Type in which products are computed: float32, or bfloat16, faster on processors that have it.
    Weights, scores of attention and evaluations are float32."""
    threads: int = 1
    """Threads of torch in each process; another number rounds differently."""

    def __post_init__(self):
        block_size, rest = self.model.block_size, 1.0 - self.extra_share
        self.require(
            self.sequence_tokens > 0 and self.sequence_tokens % block_size == 0,
            "sequence_tokens",
            f"a positive multiple of {block_size=}",
        )
        self.require(0.0 <= self.ema_decay < 1.0, "ema_decay", "from 0 to below 1")
        self.require(0.0 <= self.plain <= 1.0, "plain", "from 0 to 1")
        self.require(0.0 <= self.extra_share <= 1.0, "extra_share", "from 0 to 1")
        self.require(
            0.0 <= self.unknown_share <= rest,
            "unknown_share",
            f"from 0 to 1 - extra_share = {rest:g}",
        )
        self.require(0.0 <= self.teacher_share <= 1.0, "teacher_share", "from 0 to 1")
        self.require(0.0 <= self.refused < 1.0, "refused", "from 0 to below 1")
        self.require(self.learning_rate > 0.0, "learning_rate", "> 0")
        self.require(0.0 < self.val_share < 1.0, "val_share", "above 0 and below 1")
        self.require_one_of("device", DEVICES)
        self.require_one_of("dtype", DTYPES)
        for name in ("steps", "batch_size", "validate_every", "patience", "threads"):
            self.require(getattr(self, name) >= 1, name, ">= 1")

    def options(self) -> list[str]:
        """The options of `gr-rfattn train` that turn the default configuration into this one."""
        return _changed_options(self.to_dict(), TrainConfig().to_dict(), "")


def emission_config() -> TrainConfig:
    """The configuration of the shipped models for emissions; `n_features` follows from the cuts."""
    model = ModelConfig(
        block_size=8,
        window=512,
        patch=4,
        embedding="conv",
        embedding_channels=32,
        feature_units=128,
        n_cross_layers=2,
    )
    return TrainConfig(
        model=model,
        front_end=CHANNEL_FRONT_END,
        # Bands for training have noise and filters of their own, and a channel is narrow.
        augmentation=Augmentation(noisy=0.25, tilted=0.5, ripple_db=3.0),
        extra_share=0.3,
        unknown_share=0.2,
        batch_size=64,
        val_share=0.1,
        refused=0.0,
        validate_every=1000,
    )


def option(name: str) -> str:
    """The option for a parameter; a parameter of a part has the part's name: model.d_model."""
    return "--" + name.replace(".", "-").replace("_", "-")


def _changed_options(values: dict, defaults: dict, part: str) -> list[str]:
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _changed_options(value, defaults[name], f"{name}.")
        elif value != defaults[name]:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found += [option(f"{part}{name}"), text]
    return found
