# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes and loads model files that hold an exported program (see export_archive.py).

A model of kind "stream" is built from its contract and weights; its program and its library are for
other programs. A model of kind "window" is its program, ``window [1, W, n_bins +
n_features] -> logits``.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import nn

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from . import cpu_info, exported, files
from .contract import ModelFileError, check_contract
from .eager import build
from .export_archive import LIBRARY, MACHINE, PROGRAM, WEIGHTS, ExportArchive, write_archive


def load(
    path: str | Path, attention: str = "model", norm: str = "model", run_code: bool = False
) -> tuple[nn.Module, dict]:
    """The module of a file, an eager StreamingTransformer or a foreign program, and its contract;
    see `torchscript.load`."""
    weights, contract = files.read_model(path, attention, norm)
    if weights is not None:
        return build(contract, weights, path), contract
    if not run_code:
        raise ModelFileError(
            f"{path}: a model of kind 'window' runs the program in its file, which may do what you "
            "may do; allow it with run_code if you trust its author"
        )
    return exported.load_code(ExportArchive(path).read(PROGRAM), path), contract


def save(
    path: str | Path, model: StreamingTransformer, contract: dict, is_compiled: bool = False
) -> None:
    """Writes a model of kind "stream" with the program of its step and, with ``is_compiled``, the
    library that a C++ compiler makes of it.

    Raises:
        ModelFileError: the contract does not hold.
        ValueError: in one line, when the step cannot be exported or compiled here.
    """
    from safetensors.torch import save as serialise

    contract = check_contract(contract, path)
    config = ModelConfig.from_dict(contract["model"])
    program = exported.export_model(model, config)
    weights = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    members = {PROGRAM: exported.save(program), WEIGHTS: serialise(weights)}
    if is_compiled:
        members[LIBRARY] = exported.compile_program(program)
        members[MACHINE] = json.dumps(_machine(contract)).encode()
    write_archive(path, contract, members)


def attach_contract(source: str | Path, contract: dict, target: str | Path) -> None:
    """Writes a foreign program, as torch.export.save wrote it to ``source``, with a contract of
    kind "window". Its code runs: the program is loaded, to see that it is one.

    Raises:
        ModelFileError: ``source`` is no program, or the contract does not hold.
    """
    contract, content = check_contract(contract, target), Path(source).read_bytes()
    if contract["kind"] != "window":
        raise ModelFileError(f"{target}: kind must be 'window', got {contract['kind']!r}")
    exported.load_code(content, source)
    write_archive(target, contract, {PROGRAM: content})


def _machine(contract: dict) -> dict[str, str]:
    """For what a library is compiled."""
    return {
        "torch": str(torch.__version__),
        "processor": cpu_info.name(),
        "attention": contract["model"]["attention"],
    }
