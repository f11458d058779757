# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a benchmark: the shape of the models, the axes, and the times."""

from __future__ import annotations

import functools
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..attention import ATTENTIONS, NORMS, ModelConfig, attention_class, kv_bytes
from ..attention.config import own_sizes
from ..attention.cost import ITEM_BYTES
from ..attention.registry import today
from ..inference import DEFAULT_MODEL, AttentionModelAdapter
from ..inference.build_runner import RUNNERS
from ..inference.contract import ModelFileError, input_of
from ..inference.torch_runners import writes_scores
from ..reporting import available_memory

WHOLE_WINDOW = 0
"""The block size that stands for n = W: one step classifies a whole window."""
SHAPE = ModelConfig(
    n_bins=64,
    n_classes=14,
    block_size=64,
    window=1024,
    d_model=128,
    n_heads=4,
    n_layers=4,
    ffn_factor=4,
)
WIDTH = 12.5e3
"""Hz of the emission whose channel paces models of emissions, and of those on the path of `live`.
The channel of an emission is about twice as wide (see emission_extractor.h)."""
_SCORE_COPIES = 3
"""Scores that explicit attention holds at a time: raw, scaled, after softmax."""


@dataclass(frozen=True)
class Group:
    """(configuration, batch) of the models that are measured side by side.

    ``mode`` is "stream" (each step adds n tokens to a ring), "whole window" (n = W), or "streams"
    (one call for several streams next to a call for each).
    """

    mode: str
    members: list[tuple[ModelConfig, int]]

    @property
    def name(self) -> str:
        config = self.members[0][0]
        return f"W {config.window}, n {config.block_size}"


@dataclass(frozen=True)
class Plan:
    """One run of the benchmark.

    Each pair of a window and a block size is a `Group`: its models, in all batches, and their
    baselines run side by side in ``rounds`` rounds of ``round_s`` seconds each.

    Attributes:
        base: the shape of the models, which the axes below change.
        attentions, norms, windows, block_sizes: the axes, sizes in tokens.
        all_norms: False measures the norms after the first with flash alone.
        batches: streams that one call steps.
        streams: streams of the group that compares one call for all of them with a call for each;
            0 leaves it out.
        streams_shape: the shape of that group; None takes the default model's.
        runners: of the models, see AttentionModelAdapter; the models run with those behind the
            first one too, next to it.
        input: what the tokens are of, as contracts state it: "band", or "emission", its channel.
        paced_s: seconds for which each model gets steps at the rate of ``sample_rate`` (Hz, of band
            or channel) and ``hop`` (samples); 0 leaves it out.
        soak_tokens: tokens that run after the memory measurement; 0 leaves it out.
        memory_limit_bytes: a model that needs more is left out.
        path_s: seconds of a band for which the path of `live` is measured, see capacity.py; 0
            leaves it out.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    base: ModelConfig = SHAPE
    attentions: tuple[str, ...] = tuple(ATTENTIONS)
    norms: tuple[str, ...] = tuple(NORMS)
    all_norms: bool = True
    windows: tuple[int, ...] = (1024, 2048, 4096, 8192, 16384)
    block_sizes: tuple[int, ...] = (64, WHOLE_WINDOW)
    batches: tuple[int, ...] = (1,)
    streams: int = 8
    streams_shape: ModelConfig | None = None
    device: str = "cpu"
    dtype: str = "auto"
    runners: tuple[str, ...] = ("auto",)
    input: str = "band"
    threads: int = 0
    rounds: int = 12
    round_s: float = 0.2
    paced_s: float = 5.0
    sample_rate: float = 1e6
    hop: int = 64
    budget_ms: float = 30.0
    memory_limit_bytes: int = field(default_factory=lambda: available_memory() // 2)
    soak_tokens: int = 100_000
    path_s: float = 20.0
    seed: int = 1

    def __post_init__(self):
        object.__setattr__(self, "attentions", tuple(map(today, self.attentions)))
        for name in ("rounds", "round_s", "sample_rate", "hop", "budget_ms"):
            if getattr(self, name) <= 0:
                raise ValueError(f"bench: {name} must be > 0, got {getattr(self, name)}")
        if not self.path_s >= 0.0:
            raise ValueError(f"bench: path_s must be >= 0, got {self.path_s}")
        if self.streams < 0 or self.streams == 1:
            raise ValueError(f"bench: streams must be 0 or >= 2, got {self.streams}")
        of = {"attentions": ATTENTIONS, "norms": NORMS, "runners": RUNNERS}
        for name, known in of.items():
            unknown = [value for value in getattr(self, name) if value not in known]
            if unknown:
                raise ValueError(f"bench: {name} must be of {', '.join(known)}, got {unknown[0]!r}")
        if not self._matrix():
            raise ValueError(
                f"bench: no block size of {self.block_sizes} divides a window of {self.windows}"
            )

    def groups(self) -> list[Group]:
        """The groups in the order in which they are measured."""
        return [*self._matrix(), *([self._streams_group()] if self.streams else [])]

    def _matrix(self) -> list[Group]:
        found = []
        for window in self.windows:
            for n in self.block_sizes:
                if n == WHOLE_WINDOW:
                    found.append(Group("whole window", self._members(window, window, (1,))))
                elif window % n == 0:
                    mode = "stream" if n < window else "whole window"
                    found.append(Group(mode, self._members(window, n, self.batches)))
        return found

    def _members(self, window: int, block_size: int, batches) -> list[tuple[ModelConfig, int]]:
        shape = self.base.replace(
            window=window, block_size=block_size, rope_period=max(self.base.rope_period, 2 * window)
        )
        return [
            (shape.replace(attention=attention, norm=norm), batch)
            for attention in self.attentions
            for norm in self._norms_of(attention)
            for batch in batches
        ]

    def _streams_group(self) -> Group:
        shape = self.streams_shape or shape_of_default_model()
        config = shape.replace(attention=self._compared, norm=self.norms[0])
        return Group("streams", [(config, 1), (config, self.streams)])

    @property
    def _compared(self) -> str:
        return "flash" if "flash" in self.attentions else self.attentions[0]

    def _norms_of(self, attention: str) -> tuple[str, ...]:
        every = self.all_norms or attention == self._compared
        return self.norms if every else self.norms[:1]

    def step_period_s(self, config: ModelConfig) -> float:
        """Seconds between two steps at the real token rate."""
        return config.block_size * self.hop / self.sample_rate


@functools.cache
def shape_of_default_model() -> ModelConfig:
    return AttentionModelAdapter.load(DEFAULT_MODEL, "model", "model", "cpu", "float32").config


def _load_candidates(model: str | Path) -> dict[str, AttentionModelAdapter]:
    """The adapters of the attentions that ``model`` comes with, by name."""
    first = AttentionModelAdapter.load(model, "model", "model", "cpu", "float32")
    if first.config is None:
        raise ValueError(f"{model} holds an attention of its own")
    adapters = {first.attention: first}
    for name in ATTENTIONS:
        with suppress(ModelFileError):  # the model does not come with it
            adapters[name] = AttentionModelAdapter.load(model, name, "model", "cpu", "float32")
    return {name: adapters[name] for name in ATTENTIONS if name in adapters}


def fields_of_model(model: str | Path) -> dict:
    """The fields of a plan that measures models of the shape of a family or a file, with random
    weights and tokens that come as its front end makes them: for a report about that very model.

    Raises:
        ModelFileError: when there is no such model.
        ValueError: when it is not a model that streams.
    """
    adapters = _load_candidates(model)
    first = next(iter(adapters.values()))
    base, front_end = first.config, first.contract["front_end"]
    for name, adapter in adapters.items():
        base = base.replace(**{f: getattr(adapter.config, f) for f in own_sizes(name)})
    found = {"input": input_of(first.contract)}
    if "hop" in front_end:
        found["hop"] = front_end["hop"] * front_end.get("averaging", 1)
    if found["input"] == "emission":
        found["sample_rate"] = 2.0 * WIDTH
    return found | {
        "base": base,
        "attentions": tuple(adapters),
        "windows": (base.window,),
        "block_sizes": (base.block_size,),
        "streams_shape": base,
    }


QUICK = {
    "windows": (1024, 4096),
    "block_sizes": (64,),
    "all_norms": False,
    "rounds": 5,
    "round_s": 0.04,
    "paced_s": 0.3,
    "soak_tokens": 50_000,
    "path_s": 3.0,
}
"""The fields of a run of less than a minute on two cores."""


def needed_bytes(config: ModelConfig, batch: int, dtype: str) -> int:
    """Bytes that a step on the CPU holds at its peak: caches, and scores where they are written
    out."""
    state, described = kv_bytes(config, batch, dtype), attention_class(config.attention)
    if described.fused and not writes_scores(config, dtype):
        return state
    scores = batch * described.written_scores(config) * ITEM_BYTES[dtype]
    return state + _SCORE_COPIES * scores
