# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One interface to every model, for the block, the trainer, the benchmark and the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..attention.config import ModelConfig
from ..attention.cost import step_flops
from ..packages import load
from . import DEFAULT_MODEL, files
from .build_runner import build_runner
from .caches import CachePool, StreamState
from .devices import resolve_device, resolve_dtype
from .held_model import HeldModel

_ONE_STREAM = (0,)


class AttentionModelAdapter:
    """A model on a device, with the caches of up to ``max_streams`` streams.

    Built from an eager `StreamingTransformer` or, by `load`, from a file. The attention asked for
    is the one that runs: where torch has a fused kernel for it, steps are run at construction, and
    refused where torch falls back to its math kernel. Only in bfloat16 on the CPU are scores
    written out where that is faster; ``kernel`` tells.

    Args:
        module: a StreamingTransformer, a scripted module of the contract's kind, or a `HeldModel`.
        contract: see files.py.
        device: "auto" (the first CUDA device, else the CPU), "cpu", "cuda", "cuda:1".
        dtype: "auto" (bfloat16 on CUDA, from Ampere on, and else float32), "float32", "bfloat16",
            "float16".
        max_streams: streams whose caches are held at once, >= 1; one stream more evicts another,
            see `CachePool`. A cache is allocated when its stream takes its first step, but for
            "graph".
        runner: "auto" ("graph" on CUDA; on the CPU "native" in float32, else "torch"), "native" (in
            C++, on the CPU in float32), "torch" or "graph" (a step that CUDA records once and
            replays, over caches of ``max_streams`` streams that are allocated at once).

    Attributes:
        device, dtype: where it runs and in which numbers, such as "cpu" and "float32".

    Raises:
        ModelFileError: when the contract does not hold.
        ValueError: when device, dtype, max_streams or runner are not possible, naming what is.
    """

    def __init__(
        self,
        module,
        contract: dict,
        device: str = "auto",
        dtype: str = "auto",
        max_streams: int = 1,
        runner: str = "auto",
    ):
        contract = files.check_contract(contract, "contract")
        if max_streams < 1:
            raise ValueError(f"adapter: max_streams must be >= 1, got {max_streams}")
        self.contract = contract
        self.input = files.input_of(contract)
        self.classes = list(contract["classes"])
        self.device = resolve_device(device)
        self.max_streams = max_streams
        shape = contract["model"]
        self.n_bins, self.n_classes = shape["n_bins"], shape["n_classes"]
        self.n_features = shape.get("n_features", 0)
        self.n_values = self.n_bins + self.n_features
        self.features = files.features_of(contract)
        self.block_size, self.window = shape["block_size"], shape["window"]
        self.config, self.flops_per_step = None, None
        self.attention = self.norm = "own"
        if contract["kind"] == "stream":
            self.config = ModelConfig.from_dict(shape)
            self.attention, self.norm = self.config.attention, self.config.norm
            self.flops_per_step = step_flops(self.config)
        is_held = isinstance(module, HeldModel)
        self._model = module if is_held else HeldModel(contract, module=module)
        self.dtype = resolve_dtype(dtype, self.device)
        self._runner, self.kernel = build_runner(
            runner, self._model, contract, self.device, self.dtype, max_streams
        )
        self.runner = self._runner.name
        self._pool = CachePool(self._runner.new_tensors, max_streams, self.window)
        self._temporary_bytes: int | None = None

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        attention: str = "model",
        norm: str = "model",
        device: str = "auto",
        dtype: str = "auto",
        max_streams: int = 1,
        runner: str = "auto",
        run_code: bool = False,
    ) -> AttentionModelAdapter:
        """The model of a shipped family's name, of a family's folder, or of a `.pt` or
        `.safetensors` file.

        ``attention`` and ``norm`` choose within a family; of a single file they must be what it
        holds, except that `mha` and `flash` run each other's weights. "model" takes those that the
        file holds. ``run_code`` lets the code in a file of kind "window" run, which may do
        whatever this process may. No other code of a file runs.

        Raises:
            ModelFileError: in one line, naming what was found instead.
        """
        path = files.resolve(model, attention, norm)
        weights, contract = files.read_model(path, attention, norm)
        if weights is not None:
            held = HeldModel(contract, weights, path=path)
        else:
            load("torch", f"{path}, a model of kind 'window',")
            from . import torchscript

            held = HeldModel(contract, module=torchscript.load(path, run_code=run_code)[0])
        return cls(held, contract, device, dtype, max_streams, runner)

    def step(self, tokens: np.ndarray, streams: Sequence[int] | None = None) -> np.ndarray:
        """Classifies the next N steps of one or more streams, which may be at any position.

        Several steps of a stream give the same, to float rounding, as one call for each; the
        fastest way to compute them depends on model and device.

        Args:
            tokens: [N, n, n_bins + n_features], float32, spectra in dB; an array, or what
                makes one, such as a tensor on the CPU.
            streams: the stream of each step; the steps of one stream follow each other. Up to
                ``max_streams`` different numbers; None: stream 0. A stream that is not held takes a
                free cache, or that of a stream outside the call (`CachePool`), and begins a
                segment.

        Returns:
            logits [N, n_classes], float32.
        """
        tokens = np.ascontiguousarray(tokens, np.float32)
        streams = _ONE_STREAM if streams is None else streams
        if tokens.shape != (len(streams), self.block_size, self.n_values):
            values = "n_bins + n_features" if self.n_features else "n_bins"
            raise ValueError(
                f"step: tokens must be {(len(streams), self.block_size, self.n_values)} "
                f"(steps, block_size, {values}), got {tokens.shape}"
            )
        names, runs = _runs_of(streams)
        return self.step_held(tokens, self.hold(names, len(streams)), runs)

    def step_held(
        self, tokens: np.ndarray, states: list[StreamState], runs: list[int]
    ) -> np.ndarray:
        """Does what `step` does, for streams whose states `hold` returned for this call; ``runs``
        has the number of steps of each."""
        tokens = np.ascontiguousarray(tokens, np.float32)
        if max(runs) <= self._runner.longest_run:
            return self._step_runs(tokens, states, runs)
        return self._step_pieces(tokens, states, runs)

    def _step_runs(self, tokens: np.ndarray, states: list, runs: list[int]) -> np.ndarray:
        logits = self._runner.step(tokens, states, runs)
        for state, count in zip(states, runs, strict=True):
            state.position += count * self.block_size
            state.seen += count * self.block_size
        return logits

    def _step_pieces(self, tokens: np.ndarray, states: list, runs: list[int]) -> np.ndarray:
        """Runs in pieces that the runner takes: a piece of each stream in a call."""
        most = self._runner.longest_run
        logits = np.empty((len(tokens), self.n_classes), np.float32)
        first = np.cumsum([0, *runs[:-1]])
        for done in range(0, max(runs), most):
            left = [i for i, count in enumerate(runs) if count > done]
            pieces = [min(most, runs[i] - done) for i in left]
            rows = np.concatenate(
                [first[i] + done + np.arange(n) for i, n in zip(left, pieces, strict=True)]
            )
            logits[rows] = self._step_runs(tokens[rows], [states[i] for i in left], pieces)
        return logits

    def hold(self, streams: Sequence[int], steps: int = 0) -> list[StreamState]:
        """The states of ``streams``, up to ``max_streams`` different numbers: each has a cache from
        now on, and a call with all of them evicts none. They are about to take ``steps`` steps, all
        together."""
        return self._pool.take(streams, steps * self.block_size)

    def reset(self, stream: int | None = None, position: int | None = None) -> None:
        """Begins a new segment in ``stream``, or (None) in every stream. Token numbers continue, or
        start again at ``position``; with None they start there in later streams too."""
        self._pool.reset(stream, position)

    def end(self, stream: int) -> None:
        """Frees the cache of a stream for another; no error where it holds none."""
        self._pool.end(stream)

    def clear(self) -> None:
        """Frees the caches of all streams; token numbers start at 0."""
        self._pool.clear()

    def offline(self, tokens: np.ndarray, position: int = 0) -> np.ndarray:
        """Logits [B, T / n, n_classes] of whole segments [B, T, n_bins + n_features] in one pass of
        torch; no stream changes."""
        if self.config is None:
            raise ValueError("offline: a model of kind 'window' has no offline pass")
        tokens = np.ascontiguousarray(tokens, np.float32)
        if tokens.ndim != 3 or tokens.shape[2] != self.n_values:
            raise ValueError(f"offline: tokens must be [B, T, {self.n_values}], got {tokens.shape}")
        import torch

        module = getattr(self._runner, "module", None) or self._model.module
        with torch.inference_mode():
            tensor = torch.from_numpy(tokens).to(self.device)
            return module.offline(tensor, position).cpu().numpy()

    def fill(self, streams: Sequence[int] | None = None) -> None:
        """Makes the windows of ``streams`` (None: stream 0) full, so that a step costs what it
        costs in the steady state.

        For warming up and timing: the windows then hold arbitrary values. `reset` removes them.
        """
        for state in self._pool.take(_ONE_STREAM if streams is None else streams):
            self._runner.fill(state)

    def warm_up(self, streams: int = 1) -> None:
        """Runs a few steps of ``streams`` streams at once, so that the first real one takes no
        longer than the others, then ends every stream."""
        numbers, cuda = range(streams), self._cuda()
        self._pool.clear()
        if cuda is not None:
            cuda.synchronize(self.device)
            cuda.reset_peak_memory_stats(self.device)
            before = cuda.memory_allocated(self.device)
        blank = np.full((streams, self.block_size, self.n_values), -60.0, np.float32)
        self.step(blank, numbers)
        self.fill(numbers)
        self.step(blank, numbers)
        if cuda is not None and self._runner.temporary_bytes is None:
            peak = cuda.max_memory_allocated(self.device)
            self._temporary_bytes = peak - before - self.kv_bytes
        self._pool.clear()

    def prepare(self, streams: int) -> None:
        """Records what calls of up to ``streams`` streams start, so that no step waits for it. Only
        the runner "graph" records, on CUDA, and does so at the first call of its kind elsewhere."""
        self._runner.prepare(min(streams, self.max_streams))

    @property
    def streams(self) -> list[int]:
        """The streams whose caches are held, longest idle first."""
        return self._pool.streams

    @property
    def longest_run(self) -> int:
        """Steps of one stream that are computed together at most."""
        return self._runner.longest_run

    @property
    def evictions(self) -> int:
        """Streams that lost their cache to another since the start."""
        return self._pool.evictions

    @property
    def cache_changes(self) -> int:
        """How often a stream got or lost a cache since the start."""
        return self._pool.changes

    @property
    def kv_bytes(self) -> int:
        """Bytes of the caches that streams hold now."""
        return self._pool.bytes

    @property
    def max_kv_bytes(self) -> int:
        """Bytes of the caches of ``max_streams`` streams, predicted from the configuration."""
        return self.max_streams * self._runner.bytes_per_stream

    @property
    def peak_temporary_bytes(self) -> int | None:
        """The most bytes that a step took on the device beside the caches; None where unknown."""
        known = self._runner.temporary_bytes
        return self._temporary_bytes if known is None else known

    @property
    def device_bytes(self) -> int | None:
        """Bytes that tensors hold on the device now; None on the CPU."""
        cuda = self._cuda()
        return None if cuda is None else cuda.memory_allocated(self.device)

    @property
    def threads(self) -> int:
        """Threads that a step takes at most."""
        if self.runner == "native":
            return 1
        import torch

        return torch.get_num_threads()

    def describe(self) -> dict:
        """The model that runs, in plain values."""
        names = (
            *("attention", "norm", "kernel", "runner", "device", "dtype", "window", "block_size"),
            *("max_streams", "kv_bytes", "max_kv_bytes", "flops_per_step", "threads"),
        )
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return (
            f"<AttentionModelAdapter: {self.attention} with {self.norm}, {self.n_classes} classes, "
            f"steps of {self.block_size} tokens of {self.n_values} values, {self.runner} on "
            f"{self.device} in {self.dtype}>"
        )

    def save(self, path: str | Path) -> None:
        """Writes the TorchScript file with its contract; it holds weights, never the state of a
        stream."""
        from . import torchscript

        torchscript.save(self._model.scripted, self.contract, path)

    def _cuda(self):
        """torch.cuda where the model runs there, else None."""
        if not self.device.startswith("cuda"):
            return None
        import torch

        return torch.cuda


def _runs_of(streams: Sequence[int]) -> tuple[list[int], list[int]]:
    """The different streams in their order, and how many steps each has; a stream that comes again
    after another is there twice."""
    names: list[int] = []
    runs: list[int] = []
    for stream in streams:
        if names and stream == names[-1]:
            runs[-1] += 1
        else:
            names.append(stream)
            runs.append(1)
    return names, runs
