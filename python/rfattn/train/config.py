# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration that decides a training run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from ..attention import ModelConfig
from ..recordings.front_end import FrontEnd
from .augment import Augmentation

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run, except the recordings; written beside its result.

    ``model`` says the shape; its ``n_classes`` and ``n_bins`` follow from the data and the front
    end.

    Attributes:
        steps, batch_size, sequence_tokens: of the optimiser; tokens a multiple of the block size.
        learning_rate: the highest, after ``warmup_steps``; then a cosine to a hundredth of it.
        ema_decay: of the running mean of the weights, which is what is kept.
        plain: share of the sequences that are not augmented.
        extra_share: share of the sequences from extra folders that hold recordings of the classes.
        unknown_share: share of the sequences from extra folders that hold recordings of `other`.
        refused: share of the validation steps that may be called `unknown` (see `calibrate`).
        validate_every: steps between looks at the validation recordings; the best look is kept.
        patience: looks without a better one after which training ends.
        val_share: share of the groups that become `val` where no recording is (see `folders`).
        device: "cpu", "cuda", or "auto" for CUDA where there is one.
        threads: of torch, in each process; another number rounds differently.
    """

    model: ModelConfig = field(
        default_factory=lambda: ModelConfig(
            window=2048, patch=8, embedding="conv", embedding_channels=32, n_cross_layers=2
        )
    )
    front_end: FrontEnd = field(default_factory=FrontEnd)
    augmentation: Augmentation = field(default_factory=Augmentation)
    steps: int = 2000
    batch_size: int = 96
    sequence_tokens: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    warmup_steps: int = 200
    label_smoothing: float = 0.1
    ema_decay: float = 0.998
    plain: float = 0.15
    extra_share: float = 0.25
    unknown_share: float = 0.15
    refused: float = 0.05
    validate_every: int = 250
    patience: int = 8
    val_share: float = 0.2
    seed: int = 1
    device: str = "auto"
    threads: int = 1

    def __post_init__(self):
        rules = {
            "sequence_tokens": (
                self.sequence_tokens > 0 and self.sequence_tokens % self.model.block_size == 0,
                f"a positive multiple of block_size={self.model.block_size}",
            ),
            "ema_decay": (0.0 <= self.ema_decay < 1.0, "from 0 to below 1"),
            "plain": (0.0 <= self.plain <= 1.0, "from 0 to 1"),
            "extra_share": (0.0 <= self.extra_share <= 1.0, "from 0 to 1"),
            "unknown_share": (
                0.0 <= self.unknown_share <= 1.0 - self.extra_share,
                f"from 0 to 1 - extra_share = {1.0 - self.extra_share:g}",
            ),
            "refused": (0.0 <= self.refused < 1.0, "from 0 to below 1"),
            "learning_rate": (self.learning_rate > 0.0, "> 0"),
            "val_share": (0.0 < self.val_share < 1.0, "above 0 and below 1"),
            "device": (self.device in DEVICES, f"one of {', '.join(DEVICES)}"),
        }
        for name in ("steps", "batch_size", "validate_every", "patience", "threads"):
            rules[name] = (getattr(self, name) >= 1, ">= 1")
        for name, (holds, rule) in rules.items():
            if not holds:
                raise ValueError(f"training: {name} must be {rule}, got {getattr(self, name)!r}")

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)

    def options(self) -> list[str]:
        """The options of `gr-rfattn train` that make this configuration of a new one."""
        return _changed(self.to_dict(), TrainConfig().to_dict(), "")

    @classmethod
    def from_dict(cls, values: dict) -> TrainConfig:
        """Inverse of `to_dict`; what ``values`` lacks is as in a new configuration.

        Raises:
            ValueError: an unknown or unfit parameter.
        """
        unknown = sorted(set(values) - {f.name for f in dataclasses.fields(cls)})
        if unknown:
            raise ValueError(f"training: unknown parameter {', '.join(unknown)}")
        parts = ("model", "front_end", "augmentation")
        try:
            built = {
                k: dataclasses.replace(getattr(cls(), k), **values[k]) for k in parts if k in values
            }
        except TypeError as error:
            raise ValueError(f"training: {error}") from None
        return cls(**{**values, **built})


def option(name: str) -> str:
    """The command's option for a parameter, which carries the name of its part: model.d_model."""
    return "--" + name.replace(".", "-").replace("_", "-")


def _changed(values: dict, defaults: dict, part: str) -> list[str]:
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _changed(value, defaults[name], f"{name}.")
        elif value != defaults[name]:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found += [option(f"{part}{name}"), text]
    return found
