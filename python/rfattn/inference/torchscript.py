# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of torch.jit: compiling a model, writing it to a file with its contract, and reading
it back.

TorchScript is deprecated upstream since torch 2.11 and still loads in 2.15; a second way to run a
model would be a file beside this one with the same functions.
"""

from __future__ import annotations

import contextlib
import io
import json
import threading
import warnings
from pathlib import Path

import torch

from ..attention.model import StreamingTransformer
from ..files import replace_file
from .files import ModelFileError, build, check_contract, load_checkpoint, resolve

CONTRACT = "rfattn.json"
_registry = threading.Lock()  # torch.jit's registry of types is not thread-safe


def script(module: torch.nn.Module) -> torch.jit.ScriptModule:
    """``module`` as TorchScript in evaluation mode, weights still parameters."""
    with _registry, _deprecation_expected():
        return torch.jit.script(module.eval())


def freeze(module: torch.jit.ScriptModule) -> torch.jit.ScriptModule:
    """``module`` with its weights folded in, for running."""
    keep = ["offline"] if hasattr(module, "offline") else []
    with _registry, _deprecation_expected():
        return torch.jit.freeze(module, preserved_attrs=keep)


def running(device: torch.device):
    """A context for running a frozen module: with torch's optimising executor on CUDA, without it
    on the CPU.

    The executor fuses small operations into kernels that it compiles at the second step. On the
    CPU that took 0.3 to 8 seconds (`mla`), and saved 3 % of a step at width 128, 15 % at
    width 64. Without it the first step is like all others, and the same tokens give the same bits
    whatever ran before.
    """
    return torch.jit.optimized_execution(device.type != "cpu")


def save(module: torch.jit.ScriptModule, contract: dict, path: str | Path) -> None:
    """Writes a scripted module and its contract to one self-contained file.

    The file is replaced as a whole, and its bytes do not depend on its name.
    """
    contract, content = check_contract(contract, path), io.BytesIO()
    with _registry, _deprecation_expected():
        torch.jit.save(module, content, _extra_files={CONTRACT: json.dumps(contract)})
    replace_file(path, content.getvalue())


def load(path: str | Path) -> tuple[torch.jit.ScriptModule, dict]:
    """The scripted module of a file, on the CPU, and its contract.

    Raises:
        ModelFileError: in one line, when the file is missing, damaged, not TorchScript or without a
            contract.
    """
    extra = {CONTRACT: ""}
    if not Path(path).is_file():
        raise ModelFileError(f"{path}: no such file")
    try:
        with _registry, _deprecation_expected():
            module = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(f"{path}: not a complete TorchScript file: {reason[:160]}") from None
    if not extra[CONTRACT]:
        raise ModelFileError(
            f"{path}: TorchScript without a contract ({CONTRACT}); see attach_contract"
        )
    try:
        contract = json.loads(extra[CONTRACT])
    except json.JSONDecodeError as error:
        raise ModelFileError(f"{path}: the contract is not JSON: {error}") from None
    checked = check_contract(contract, path)
    if checked is not contract and checked["kind"] == "stream":  # of schema 1
        module = script(build(checked, module.state_dict(), path))
    return module.eval(), checked


def load_eager(model: str | Path) -> tuple[StreamingTransformer, dict]:
    """The eager module, to train on, of a shipped family's name, a folder, a `.pt` or a checkpoint.

    Raises:
        ModelFileError: in one line, also when the file holds a model of kind "window".
    """
    path = resolve(model, "model", "model")
    if path.suffix == ".safetensors":
        return load_checkpoint(path)
    module, contract = load(path)
    if contract["kind"] != "stream":
        raise ModelFileError(f"{path}: a model of kind {contract['kind']!r} cannot be trained on")
    return build(contract, module.state_dict(), path), contract


def attach_contract(source: str | Path, contract: dict, target: str | Path) -> None:
    """Writes a copy of a foreign TorchScript file, ``forward(window [1, W, n_bins]) -> logits [1,
    n_classes]``, with a contract.

    Raises:
        ModelFileError: when ``source`` is not TorchScript or the contract does not hold.
    """
    try:
        with _registry, _deprecation_expected():
            module = torch.jit.load(str(source), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        raise ModelFileError(
            f"{source}: not a TorchScript file: {str(error).splitlines()[0][:160]}"
        ) from None
    save(module, contract, target)


@contextlib.contextmanager
def _deprecation_expected():
    """torch ≥ 2.11 warns at every call of torch.jit; the documentation mentions it once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit.*")
        yield
