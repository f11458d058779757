# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes and loads model files that hold an exported program (see export_archive.py).

A model of kind "stream" is built from its contract and weights; neither its program nor its library
runs unless that is asked for. A model of kind "window" is its program, ``window [1, W, n_bins +
n_features] -> logits``.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from ..json_files import parse_json
from ..printable import printable
from . import cpu_info, exported, files
from .contract import MAX_BYTES, ModelFileError, check_contract
from .export_archive import LIBRARY, MACHINE, PROGRAM, WEIGHTS, ExportArchive, write_archive


def load(
    path: str | Path, attention: str = "model", norm: str = "model", run_code: bool = False
) -> tuple[nn.Module, dict]:
    """The module of a file, an eager StreamingTransformer or a foreign program, and its contract;
    see `torchscript.load`."""
    archive = ExportArchive(path)
    contract = files.with_attention(archive.contract, attention, norm, path)
    if contract["kind"] == "stream":
        return files.build(contract, _weights(archive), path), contract
    if not run_code:
        raise _needs_run_code(path, "a model of kind 'window'", "the program")
    return exported.load_code(archive.read(PROGRAM), path), contract


def load_library(path: str | Path, contract: dict, run_code: bool) -> exported.Library:
    """The step that was compiled for this machine, of a model with this contract.

    Raises:
        ModelFileError: in one line, when there is none, when it was compiled elsewhere, or when its
            code would have to run.
    """
    archive = ExportArchive(path)
    if LIBRARY not in archive.names:
        raise ModelFileError(f"{path}: holds no library; {how_to_compile()}")
    if not run_code:
        raise _needs_run_code(path, "runner 'compiled'", "the library")
    try:
        stated = parse_json(archive.read(MACHINE, MAX_BYTES))
    except ValueError as error:
        raise ModelFileError(f"{path}: {MACHINE} in it: {error}") from None
    if stated != (here := _machine(contract)):
        found, wanted = (printable(json.dumps(each)) for each in (stated, here))
        raise ModelFileError(
            f"{path}: its library was compiled for {found}, here runs {wanted}; {how_to_compile()}"
        )
    return exported.Library(archive.read(LIBRARY), path)


def _weights(archive: ExportArchive) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    try:
        return parse(archive.read(WEIGHTS))
    except SafetensorError as error:
        raise archive.damaged(f"{WEIGHTS}: {error}") from None


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


def how_to_compile() -> str:
    return "gr-rfattn convert --export compiled writes one"


def _machine(contract: dict) -> dict[str, str]:
    """For what a library is compiled."""
    return {
        "torch": str(torch.__version__),
        "processor": cpu_info.name(),
        "attention": contract["model"]["attention"],
    }


def _needs_run_code(path: Path, what: str, code: str) -> ModelFileError:
    return ModelFileError(
        f"{path}: {what} runs {code} in its file, which may do what you may do; allow it with "
        "run_code if you trust its author"
    )
