# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: the shape of the models, the axes, and how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..attention import ATTENTIONS, NORMS, ModelConfig, attention_class, kv_bytes
from ..attention.config import own_sizes
from ..inference.recommend import load_candidates

WHOLE_WINDOW = 0
"""As a block size: n = W, the classifier of a whole window."""
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
_SCORE_COPIES = 3
"""Scores that explicit attention holds at a time: raw, scaled, after softmax."""


@dataclass(frozen=True)
class Plan:
    """One run of the benchmark.

    Every pair of a window and a block size is a *group*: its models, in all batches, and its
    baselines are measured side by side in ``rounds`` rounds of ``round_s`` seconds each.
    ``paced_s`` is how long a model is fed at the rate of ``sample_rate`` and ``hop``,
    ``soak_tokens`` how many tokens run past the memory measurement; 0 leaves either out.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    base: ModelConfig = SHAPE
    attentions: tuple[str, ...] = ATTENTIONS
    norms: tuple[str, ...] = NORMS
    all_norms: bool = True
    """False: the norms after the first are measured with flash alone."""
    windows: tuple[int, ...] = (1024, 2048, 4096, 8192, 16384)
    block_sizes: tuple[int, ...] = (64, WHOLE_WINDOW)
    batches: tuple[int, ...] = (1,)
    streams: tuple[int, int] | None = (16, 8)
    """Block size and batch of the one group that compares a batch with single streams."""
    device: str = "cpu"
    dtype: str = "auto"
    threads: int = 0
    rounds: int = 12
    round_s: float = 0.2
    paced_s: float = 5.0
    sample_rate: float = 1e6
    hop: int = 64
    budget_ms: float = 30.0
    memory_limit_bytes: int = field(default_factory=lambda: available_memory() // 2)
    re_encode_limit_s: float = 20.0
    """A re-encoding step that takes longer is left out."""
    soak_tokens: int = 100_000
    flowgraph: bool = True
    compiled: bool = True
    """Whether torch.compile is a baseline; it takes a minute to compile."""
    seed: int = 1

    def __post_init__(self):
        for name in ("rounds", "round_s", "sample_rate", "hop", "budget_ms"):
            if getattr(self, name) <= 0:
                raise ValueError(f"bench: {name} must be > 0, got {getattr(self, name)}")
        for name, known in (("attentions", ATTENTIONS), ("norms", NORMS)):
            unknown = [value for value in getattr(self, name) if value not in known]
            if unknown:
                raise ValueError(f"bench: {name} must be of {', '.join(known)}, got {unknown[0]!r}")
        if not self.groups():
            raise ValueError(
                f"bench: no block size of {self.block_sizes} divides a window of {self.windows}"
            )

    def groups(self) -> list[list[tuple[ModelConfig, int]]]:
        """Lists of (configuration, batch) that are measured together."""
        found = []
        for window in self.windows:
            for n in self.block_sizes:
                if window % (n or window) == 0:
                    batches = self.batches if n != WHOLE_WINDOW else (1,)
                    found.append(self._group(window, n or window, batches))
        return [*found, *self._streams_group()]

    def _group(self, window: int, block_size: int, batches) -> list[tuple[ModelConfig, int]]:
        shape = self.base.replace(
            window=window, block_size=block_size, rope_period=max(self.base.rope_period, 2 * window)
        )
        return [
            (shape.replace(attention=attention, norm=norm), batch)
            for attention in self.attentions
            for norm in self._norms_of(attention)
            for batch in batches
        ]

    def _norms_of(self, attention: str) -> tuple[str, ...]:
        compared = "flash" if "flash" in self.attentions else self.attentions[0]
        return self.norms if self.all_norms or attention == compared else self.norms[:1]

    def _streams_group(self) -> list[list[tuple[ModelConfig, int]]]:
        if self.streams is None or min(self.windows) % self.streams[0]:
            return []
        block_size, batch = self.streams
        if block_size in self.block_sizes and {1, batch} <= {*self.batches}:
            return []  # measured as it is
        members = self._group(min(self.windows), block_size, (1, batch))
        wanted = [m for m in members if m[0].attention == "flash" and m[0].norm == self.norms[0]]
        return [wanted] if wanted else []

    def step_period_s(self, config: ModelConfig) -> float:
        """Seconds between two steps at the real token rate."""
        return config.block_size * self.hop / self.sample_rate


def fields_of_model(model: str | Path) -> dict:
    """The fields of a plan that measures models of the shape of a family or a file, with random
    weights: for a report about that very model.

    Raises:
        ModelFileError: when there is no such model.
        ValueError: when it is none that streams.
    """
    adapters = load_candidates(model, "model", "cpu", "float32")
    base = next(iter(adapters.values())).config
    for name, adapter in adapters.items():
        base = base.replace(**{f: getattr(adapter.config, f) for f in own_sizes(name)})
    return {
        "base": base,
        "attentions": tuple(adapters),
        "windows": (base.window,),
        "block_sizes": (base.block_size,),
        "streams": None,
    }


QUICK = {
    "windows": (1024, 4096),
    "block_sizes": (64,),
    "all_norms": False,
    "rounds": 5,
    "round_s": 0.04,
    "paced_s": 0.3,
    "re_encode_limit_s": 2.0,
    "soak_tokens": 50_000,
    "compiled": False,
}
"""The fields that make a run of less than a minute on two cores."""


def needed_bytes(config: ModelConfig, batch: int, dtype: torch.dtype) -> int:
    """Bytes that a step will hold at its peak: state, and the scores where they are written out."""
    state = kv_bytes(config, batch, dtype)
    if attention_class(config.attention).fused:
        return state
    scores = batch * config.n_heads * config.block_size * config.window * dtype.itemsize
    return state + _SCORE_COPIES * scores


def available_memory() -> int:
    """Bytes that this process may still take: what is free, within the limit of its container."""
    meminfo = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable"))
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and limit.read_text().strip() != "max":
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return max(0, free)
