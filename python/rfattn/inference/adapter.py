# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One interface to every model, for the block, the trainer, the benchmark and the tests."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.cost import step_flops
from ..attention.model import StreamingTransformer
from . import DEFAULT_MODEL, export_file, files, number_type, torchscript
from .build_runner import build_runner
from .caches import CachePool, StreamState
from .devices import dtype_name, resolve_device
from .export_archive import SUFFIX
from .exported import Library

_ONE_STREAM = (0,)


class AttentionModelAdapter:
    """A model on a device, with the caches of up to ``max_streams`` streams.

    Built from an eager `StreamingTransformer` or, by `load`, from a file. The attention asked for
    is the one that runs: of a fused one steps are run at construction, and refused where torch
    falls back to its math kernel. Only in bfloat16 on the CPU are scores written out where that is
    faster; ``kernel`` tells.

    Args:
        module: a StreamingTransformer, or a scripted module of the contract's kind.
        contract: see files.py.
        device: "auto" (the first CUDA device, else the CPU), "cpu", "cuda", "cuda:1".
        dtype: "auto" (bfloat16 on CUDA, from Ampere on, and else float32; on a CPU float32 or,
            where it multiplies bfloat16 by itself, what is faster, for which a few steps are
            timed), "float32", "bfloat16", "float16".
        max_streams: streams whose caches are held at once, >= 1; one stream more evicts another,
            see `CachePool`. With "torch" and "onnx", a cache is allocated when its stream takes its
            first step.
        runner: "auto" ("graph" on CUDA, else "torch"), "torch", "graph" (a step that CUDA records
            once and replays, over caches of ``max_streams`` streams that are allocated at once),
            "onnx" (ONNX Runtime: `flash`, `gqa` and `ssm` on the CPU in float32, which steps faster
            over long windows), "export" (a program of torch.export, without TorchScript) or
            "compiled" (``library``); the last two on the CPU in float32, over such caches too.
        library: of the file that the model came from (see export_archive.py).

    Attributes:
        dtype, dtype_reason: type of the numbers, and why it was chosen; "" where it was stated.

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
        library: Library | None = None,
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
        self._module = module

        def build(dtype: torch.dtype, streams: int):
            parts = (runner, module, lambda: self._scripted, contract)
            return build_runner(*parts, self.device, dtype, streams, library)

        self.dtype, self.dtype_reason = number_type.choose(
            dtype, self.device, self.config, runner, lambda dtype: build(dtype, 1)[0]
        )
        self._runner, self.kernel = build(self.dtype, max_streams)
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
        """The model of a shipped family's name, of a family's folder, of a `.pt`, an `.export` or a
        `.safetensors` file.

        ``attention`` and ``norm`` choose within a family; of a single file they must be what it
        holds, except that `mha` and `flash` run each other's weights. "model" takes those that the
        file holds. ``run_code`` lets the code in a file run, which may do whatever this process
        may: that of a model of kind "window", and the library of runner "compiled". No other code
        of a file runs.

        Raises:
            ModelFileError: in one line, naming what was found instead.
        """
        path, library = files.resolve(model, attention, norm), None
        if path.suffix == ".safetensors":
            module, contract = files.load_checkpoint(path, attention, norm)
        elif path.suffix == SUFFIX:
            module, contract = export_file.load(path, attention, norm, run_code)
            if runner == "compiled":
                library = export_file.load_library(path, contract, run_code)
        else:
            module, contract = torchscript.load(path, attention, norm, run_code)
        return cls(module, contract, device, dtype, max_streams, runner, library)

    def step(self, tokens: Tensor | np.ndarray, streams: Sequence[int] | None = None) -> Tensor:
        """Classifies the next N steps of one or more streams, which may be at any position.

        Several steps of a stream give the same, to float rounding, as one call for each; the
        fastest way to compute them depends on model and device.

        Args:
            tokens: [N, n, n_bins + n_features], float32, spectra in dB.
            streams: the stream of each step; the steps of one stream follow each other. Up to
                ``max_streams`` different numbers; None: stream 0. A stream that is not held takes a
                free cache, or that of a stream outside the call (`CachePool`), and begins a
                segment.

        Returns:
            logits [N, n_classes], float32 on the CPU.
        """
        tokens = torch.as_tensor(tokens, dtype=torch.float32)
        streams = _ONE_STREAM if streams is None else streams
        if tokens.shape != (len(streams), self.block_size, self.n_values):
            values = "n_bins + n_features" if self.n_features else "n_bins"
            raise ValueError(
                f"step: tokens must be {(len(streams), self.block_size, self.n_values)} "
                f"(steps, block_size, {values}), got {tuple(tokens.shape)}"
            )
        names, runs = _runs_of(streams)
        return self.step_held(tokens, self.hold(names, len(streams)), runs)

    def step_held(
        self, tokens: Tensor | np.ndarray, states: list[StreamState], runs: list[int]
    ) -> Tensor:
        """As `step`, of streams whose states `hold` returned for this call, with as many steps of
        each as ``runs`` has."""
        tokens = torch.as_tensor(tokens, dtype=torch.float32)
        with torch.inference_mode():
            if max(runs) <= self._runner.longest_run:
                return self._step_runs(tokens, states, runs)
            return self._step_pieces(tokens, states, runs)

    def _step_runs(self, tokens: Tensor, states: list, runs: list[int]) -> Tensor:
        logits = self._runner.step(tokens.contiguous(), states, runs)
        for state, count in zip(states, runs, strict=True):
            state.position += count * self.block_size
            state.seen += count * self.block_size
        return logits

    def _step_pieces(self, tokens: Tensor, states: list, runs: list[int]) -> Tensor:
        """Runs in pieces that the runner takes: a piece of each stream in a call."""
        most = self._runner.longest_run
        logits = torch.empty(len(tokens), self.n_classes)
        first = np.cumsum([0, *runs[:-1]])
        for done in range(0, max(runs), most):
            left = [i for i, count in enumerate(runs) if count > done]
            pieces = [min(most, runs[i] - done) for i in left]
            rows = np.concatenate(
                [first[i] + done + np.arange(n) for i, n in zip(left, pieces, strict=True)]
            )
            rows = torch.from_numpy(rows)
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

    def offline(self, tokens: Tensor | np.ndarray, position: int = 0) -> Tensor:
        """Logits [B, T / n, n_classes] of whole segments [B, T, n_bins + n_features] in one pass;
        no stream changes."""
        if self.config is None:
            raise ValueError("offline: a model of kind 'window' has no offline pass")
        with torch.inference_mode():
            tokens = torch.as_tensor(tokens, dtype=torch.float32)
            if tokens.dim() != 3 or tokens.size(2) != self.n_values:
                raise ValueError(
                    f"offline: tokens must be [B, T, {self.n_values}], got {tuple(tokens.shape)}"
                )
            tokens = tokens.to(self.device)
            return self._runner.module.offline(tokens, position).cpu()

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
        numbers = range(streams)
        self._pool.clear()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
            before = torch.cuda.memory_allocated(self.device)
        blank = torch.full((streams, self.block_size, self.n_values), -60.0)
        self.step(blank, numbers)
        self.fill(numbers)
        self.step(blank, numbers)
        if self.device.type == "cuda" and self._runner.temporary_bytes is None:
            peak = torch.cuda.max_memory_allocated(self.device)
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
        return torch.cuda.memory_allocated(self.device) if self.device.type == "cuda" else None

    def describe(self) -> dict:
        """The model that runs, in plain values."""
        return {
            "attention": self.attention,
            "norm": self.norm,
            "kernel": self.kernel,
            "runner": self.runner,
            "device": str(self.device),
            "dtype": dtype_name(self.dtype),
            "dtype_reason": self.dtype_reason,
            "window": self.window,
            "block_size": self.block_size,
            "max_streams": self.max_streams,
            "kv_bytes": self.kv_bytes,
            "max_kv_bytes": self.max_kv_bytes,
            "flops_per_step": self.flops_per_step,
            "threads": torch.get_num_threads(),
        }

    def __repr__(self) -> str:
        return (
            f"<AttentionModelAdapter: {self.attention} with {self.norm}, {self.n_classes} classes, "
            f"steps of {self.block_size} tokens of {self.n_values} values, {self.runner} on "
            f"{self.device} in {dtype_name(self.dtype)}>"
        )

    def save(self, path: str | Path) -> None:
        """Writes the TorchScript file with its contract; it holds weights, never the state of a
        stream."""
        torchscript.save(self._scripted, self.contract, path)

    @functools.cached_property
    def _scripted(self) -> torch.jit.ScriptModule:
        """The model as TorchScript, for files and for the runners that need it."""
        if type(self._module) is StreamingTransformer:
            return torchscript.script_stream(self._module, self.config)
        if isinstance(self._module, torch.jit.ScriptModule):
            return self._module
        if isinstance(self._module, torch.fx.GraphModule):
            raise ValueError("an exported program cannot be written as TorchScript")
        return torchscript.script(self._module)


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
