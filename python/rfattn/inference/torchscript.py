# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of torch.jit: compiling a model, writing it to a file with its contract, and reading
it back.

TorchScript is deprecated upstream since torch 2.11 and still loads in 2.15.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import torch

from ..attention.config import ModelConfig
from ..attention.kernels import ProductScores, replace_fused
from ..attention.model import StreamingTransformer
from ..files import replace_file
from .archive import CONTRACT, Archive
from .contract import ModelFileError, check_contract
from .eager import build
from .files import available_models, load_checkpoint, read_contract, read_model, resolve

_registry = threading.Lock()  # torch.jit's registry of types is not thread-safe


def script(module: torch.nn.Module) -> torch.jit.ScriptModule:
    """``module`` as TorchScript in evaluation mode, weights still parameters."""
    with _registry, _deprecation_expected():
        return torch.jit.script(module.eval())


def script_stream(
    module: StreamingTransformer, config: ModelConfig, products: bool = False
) -> torch.jit.ScriptModule:
    """``module``, of this configuration, as TorchScript with weights of its own; with ``products``
    it runs `ProductScores` in the place of torch's fused kernel.

    torch keeps some megabytes of every compilation for good, so that each configuration is compiled
    once in a process.
    """
    with _registry, _deprecation_expected():
        program = torch.jit.load(io.BytesIO(_program(config, products)), map_location="cpu")
    weights = module.state_dict()
    for name, tensor in (*program.named_parameters(), *program.named_buffers()):
        tensor.data = weights[name].detach().to("cpu").clone()
    return program.eval()


@functools.lru_cache(maxsize=32)
def _program(config: ModelConfig, products: bool) -> bytes:
    """A TorchScript file for a configuration, with weights of no value.

    That of a shipped model is there at once; it came with this program and is trusted as much, and
    it is that of the source (tests/inference/qa_shipped_programs.py). Another is compiled, which
    takes half a second.
    """
    for model in [] if products else available_models():
        if (model["attention"], model["norm"]) == (config.attention, config.norm):
            archive = Archive(model["path"])
            if ModelConfig.from_dict(archive.contract["model"]) == config:
                return model["path"].read_bytes()
    module, content = StreamingTransformer(config), io.BytesIO()
    if products:
        replace_fused(module, ProductScores)
    for weight in module.parameters():  # which take no memory
        weight.data = torch.zeros(1).expand(weight.shape)
    torch.jit.save(torch.jit.script(module.eval()), content)
    return content.getvalue()


def freeze(module: torch.jit.ScriptModule) -> torch.jit.ScriptModule:
    """``module`` with its weights folded in, for running.

    torch holds the interpreter meanwhile, and the steps of another model wait: some 60 ms. So what
    it offers for other kinds of layers, and what may change a result, is left out.
    """
    keep = ["offline"] if hasattr(module, "offline") else []
    with _registry, _deprecation_expected():
        return torch.jit.freeze(module, preserved_attrs=keep, optimize_numerics=False)


def running():
    """A context for running a frozen module, without torch's optimising executor.

    The executor fuses small operations into kernels that it compiles at the second step and, on
    CUDA, again for the shapes of rings that fill. On the CPU that took 0.3 to 8 seconds (`mla`),
    and saved 3 % of a step at width 128, 15 % at width 64. Without it the first step is like all
    others, and the same tokens give the same bits whatever ran before.
    On CUDA that holds for as many streams in a call: with others, products take other kernels.
    """
    return torch.jit.optimized_execution(False)


def save(
    module: torch.jit.ScriptModule,
    contract: dict,
    path: str | Path,
    extra: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Writes a scripted module and its contract to one self-contained file.

    The file is replaced as a whole, and its bytes do not depend on its name. `Archive.extra` reads
    what ``extra`` has by name.
    """
    contract, content = check_contract(contract, path), io.BytesIO()
    stated = json.dumps(contract, allow_nan=False)
    with _registry, _deprecation_expected():
        torch.jit.save(module, content, _extra_files={**extra, CONTRACT: stated})
    replace_file(path, content.getvalue())


def load(
    path: str | Path, attention: str = "model", norm: str = "model", run_code: bool = False
) -> tuple[torch.nn.Module, dict]:
    """The module of a `.pt` file, on the CPU, and its contract.

    A model of kind "stream" is built anew from its contract and weights, as an eager
    StreamingTransformer with the kernel of ``attention``; the code in its file does not run. A
    model of kind "window" is its code.

    Args:
        attention, norm: those of the file, or "model"; see `files.with_attention`.
        run_code: let the code of a model of kind "window" run.

    Raises:
        ModelFileError: in one line, when the file is missing, damaged, not TorchScript or without a
            contract, when contract and module do not match, or when its code would have to run.
    """
    weights, contract = read_model(path, attention, norm)
    if weights is not None:
        return build(contract, weights, path), contract
    if not run_code:
        raise ModelFileError(
            f"{path}: a model of kind 'window' runs the code in its file, which may do what you "
            "may do; allow it with run_code if you trust its author"
        )
    return _load_code(path).eval(), contract


def load_eager(model: str | Path) -> tuple[StreamingTransformer, dict]:
    """The eager module, to train on, of a shipped family's name, a folder, a `.pt` or a checkpoint.

    Raises:
        ModelFileError: in one line, also when the file holds a model of kind "window".
    """
    path = resolve(model, "model", "model")
    if path.suffix == ".safetensors":
        return load_checkpoint(path)
    if read_contract(path)["kind"] != "stream":
        raise ModelFileError(f"{path}: a model of kind 'window' cannot be trained on")
    return load(path)


def attach_contract(source: str | Path, contract: dict, target: str | Path) -> None:
    """Writes a copy of a foreign TorchScript file, ``forward(window [1, W, n_bins]) -> logits [1,
    n_classes]``, with a contract.

    Raises:
        ModelFileError: when ``source`` is not TorchScript or the contract does not hold.
    """
    save(_load_code(source), contract, target)


def _load_code(path: str | Path) -> torch.jit.ScriptModule:
    """The module of a file, with its code."""
    try:
        with _registry, _deprecation_expected():
            return torch.jit.load(str(path), map_location="cpu")
    except (RuntimeError, ValueError, IndexError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ModelFileError(f"{path}: not a TorchScript file: {reason[:160]}") from None


@contextlib.contextmanager
def _deprecation_expected():
    """torch ≥ 2.11 warns at every call of torch.jit; the documentation mentions it once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit.*")
        yield
