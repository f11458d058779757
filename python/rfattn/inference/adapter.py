# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One interface to every model: the block, the trainer, the benchmark and the tests all run models
through it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..attention.config import ATTENTIONS, ModelConfig
from ..attention.cost import step_flops
from ..attention.kernels import fused_backend, only_fused
from ..attention.model import StreamingTransformer
from . import files, onnx_step, torchscript
from .devices import resolve_device, resolve_dtype
from .runners import OnnxRunner, StreamRunner, WindowRunner

_WARM_UP_STEPS = {"cpu": 1, "cuda": 5}
"""With an empty window, and again with a full one. On CUDA torch's executor compiles in its first
runs of a shape."""
RUNNERS = ("torch", "onnx")


class AttentionModelAdapter:
    """A model on a device, with the state of ``batch`` streams.

    Built from an eager `StreamingTransformer` or, by `load`, from a file. The attention asked for
    is the one that runs: a fused one is run at construction with torch's fallback forbidden.

    Args:
        module: a StreamingTransformer, or a scripted module of the contract's kind.
        contract: see files.py.
        device: "auto" (the first CUDA device, else the CPU), "cpu", "cuda", "cuda:1".
        dtype: "auto" (bfloat16 on CUDA, else float32), "float32", "bfloat16", "float16".
        batch: streams that step together.
        runner: "torch", or "onnx" (ONNX Runtime: `flash` and `gqa` on the CPU in float32, which
            steps faster over long windows).

    Raises:
        ModelFileError: when the contract does not hold.
        ValueError: when device, dtype, batch or runner cannot be had, saying what can.
    """

    def __init__(
        self,
        module,
        contract: dict,
        device: str = "auto",
        dtype: str = "auto",
        batch: int = 1,
        runner: str = "torch",
    ):
        files.check_contract(contract, "contract")
        if batch < 1:
            raise ValueError(f"adapter: batch must be >= 1, got {batch}")
        self.contract = contract
        self.classes = list(contract["classes"])
        self.device = resolve_device(device)
        self.dtype = resolve_dtype(dtype, self.device)
        self.batch, self.runner = batch, runner
        shape = contract["model"]
        self.n_bins, self.n_classes = shape["n_bins"], shape["n_classes"]
        self.block_size, self.window = shape["block_size"], shape["window"]
        scripted = (
            module if isinstance(module, torch.jit.ScriptModule) else torchscript.script(module)
        )
        self._file_module = scripted
        self._check_runner(contract)
        if contract["kind"] == "stream":
            self.config = ModelConfig.from_dict(shape)
            self.attention, self.norm = self.config.attention, self.config.norm
            self.flops_per_step = batch * step_flops(self.config)
            where = (self.config, batch, self.device, self.dtype)
            if runner == "onnx":
                self._runner = OnnxRunner(scripted, self._eager(module), *where)
                self.kernel = "ONNX Runtime"
            else:
                self._runner = StreamRunner(scripted, *where)
                self.kernel = self._prove_kernel()
        else:
            self.config, self.flops_per_step = None, None
            self.attention = self.norm = self.kernel = "own"
            self._runner = WindowRunner(scripted, shape, batch, self.device, self.dtype)
        self._staging = self._new_staging()
        self.peak_temporary_bytes: int | None = None
        self.choice: str | None = None  # why it is this attention, where "auto" chose (auto.py)

    @classmethod
    def load(
        cls,
        model: str | Path = "rf14",
        attention: str = "model",
        norm: str = "model",
        device: str = "auto",
        dtype: str = "auto",
        batch: int = 1,
        runner: str = "torch",
    ) -> AttentionModelAdapter:
        """The model of a shipped family's name, of a family's folder, of a `.pt` or of a
        `.safetensors` file.

        ``attention`` and ``norm`` choose within a family; of a single file they must be what it
        holds, except that `mha` and `flash` run each other's weights. "model" takes what the file
        holds.

        Raises:
            ModelFileError: in one line, saying what was found instead.
        """
        path = files.resolve(model, attention, norm)
        if path.suffix == ".safetensors":
            module, contract = files.load_checkpoint(path, attention, norm)
        else:
            module, contract = torchscript.load(path)
            chosen = files.with_attention(contract, attention, norm, path)
            if chosen is not contract:
                module, contract = files.build(chosen, module.state_dict(), path), chosen
        return cls(module, contract, device, dtype, batch, runner)

    def step(self, tokens: Tensor | np.ndarray) -> Tensor:
        """Logits [B, n_classes], float32 on the CPU, of the next block of tokens [B, n, n_bins],
        float32 in dB."""
        tokens = torch.as_tensor(tokens, dtype=torch.float32)
        expected = (self.batch, self.block_size, self.n_bins)
        if tuple(tokens.shape) != expected:
            raise ValueError(
                f"step: tokens must be {expected} (batch, block_size, n_bins), "
                f"got {tuple(tokens.shape)}"
            )
        with torch.inference_mode():
            staged = self._staging.copy_(tokens).to(self.device, non_blocking=True)
            return self._runner.step(staged).cpu()

    def reset(self, position: int | None = None) -> None:
        """Forgets the segment. Token numbers go on, or start again at ``position``."""
        self._runner.reset(position)

    def offline(self, tokens: Tensor | np.ndarray, position: int = 0) -> Tensor:
        """Logits [B, T / n, n_classes] of whole segments [B, T, n_bins] in one pass; leaves the
        stream alone."""
        if self.config is None:
            raise ValueError("offline: a model of kind 'window' has no offline pass")
        with torch.inference_mode():
            tokens = torch.as_tensor(tokens, dtype=torch.float32).to(self.device)
            return self._runner.module.offline(tokens, position).cpu()

    def fill(self) -> None:
        """Goes on as if the window were full, so that a step costs what it costs for ever.

        For warming up and for timing: what the window then holds are no tokens. `reset` forgets it.
        """
        self._runner.fill()

    def warm_up(self) -> None:
        """Runs a few steps, so that the first real one is like the others, then forgets them."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
            before = torch.cuda.memory_allocated(self.device)
        blank = torch.full((self.batch, self.block_size, self.n_bins), -60.0)
        for _ in range(_WARM_UP_STEPS[self.device.type]):
            self.step(blank)
        self.fill()
        for _ in range(_WARM_UP_STEPS[self.device.type]):
            self.step(blank)
        if self.device.type == "cuda":
            self.peak_temporary_bytes = torch.cuda.max_memory_allocated(self.device) - before
        self.reset(position=0)

    @property
    def kv_bytes(self) -> int:
        """Bytes of the streams' state as allocated; `cost.kv_bytes` predicts the same."""
        return self._runner.state_bytes

    @property
    def device_bytes(self) -> int | None:
        """Bytes that tensors hold on the device now; None on the CPU."""
        return torch.cuda.memory_allocated(self.device) if self.device.type == "cuda" else None

    def describe(self) -> dict:
        """What runs, in plain values."""
        return {
            "attention": self.attention,
            "norm": self.norm,
            "kernel": self.kernel,
            "runner": self.runner,
            "device": str(self.device),
            "dtype": str(self.dtype).removeprefix("torch."),
            "window": self.window,
            "block_size": self.block_size,
            "kv_bytes": self.kv_bytes,
            "flops_per_step": self.flops_per_step,
            "threads": torch.get_num_threads(),
            **({} if self.choice is None else {"choice": self.choice}),
        }

    def save(self, path: str | Path) -> None:
        """Writes the TorchScript file with its contract; it holds weights, never the state of a
        stream."""
        torchscript.save(self._file_module, self.contract, path)

    def _check_runner(self, contract: dict) -> None:
        if self.runner not in RUNNERS:
            raise ValueError(f"runner must be one of {', '.join(RUNNERS)}, got {self.runner!r}")
        if self.runner == "torch":
            return
        attention = contract["model"].get("attention", "own")
        if contract["kind"] != "stream" or attention not in onnx_step.RUNS:
            raise ValueError(f"runner 'onnx' runs {' and '.join(onnx_step.RUNS)}, got {attention}")
        if (self.device.type, self.dtype) != ("cpu", torch.float32):
            raise ValueError(
                "runner 'onnx' runs on the CPU in float32, got "
                f"{self.device}, {str(self.dtype).removeprefix('torch.')}"
            )
        if onnx_step.missing():
            raise ValueError(f"runner 'onnx': {onnx_step.missing()}")

    def _eager(self, module) -> StreamingTransformer:
        if isinstance(module, StreamingTransformer):
            return module
        return files.build(self.contract, module.state_dict(), "contract")

    def _prove_kernel(self) -> str:
        """The kernel that attention runs on, after one step in which torch may not fall back to
        another."""
        if self.attention == "mha":
            return "explicit"
        width = self.config.head_dim
        if self.attention == "mla":
            width = self.config.kv_rank + self.config.rope_dim
        try:
            kernel = fused_backend(self.device, self.dtype, width)
            blank = torch.zeros(self.batch, self.block_size, self.n_bins, device=self.device)
            with only_fused(self.device):
                self._runner.step(blank)
            self._runner.reset(position=0)
        except RuntimeError as error:
            raise ValueError(
                f"attention {self.attention!r} cannot run fused here: {error}; mha can"
            ) from None
        return kernel

    def _new_staging(self) -> Tensor:
        """Where the tokens of every step lie, with strides that never change; pinned for CUDA."""
        pinned = self.device.type == "cuda"
        return torch.empty(self.batch, self.block_size, self.n_bins, pin_memory=pinned)


def explain(
    device: str = "auto", dtype: str = "auto", config: ModelConfig | None = None
) -> dict[str, list[str]]:
    """Why each attention cannot run with these choices; an empty list says that it can."""
    config = config or ModelConfig()
    reasons: dict[str, list[str]] = {name: [] for name in ATTENTIONS}
    for name in ATTENTIONS:
        try:
            shape = config.replace(attention=name)
            contract = {
                "schema": files.SCHEMA,
                "kind": "stream",
                "front_end": {},
                "model": shape.to_dict(),
                "classes": [str(i) for i in range(shape.n_classes)],
            }
            AttentionModelAdapter(StreamingTransformer(shape), contract, device, dtype)
        except ValueError as error:
            reasons[name].append(str(error))
    return reasons
