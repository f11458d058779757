# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of torch.export and of AOTInductor: the step of a model as a program of torch's
operators, its file, and the library that a C++ compiler makes of it.

torch.export is what upstream offers in the place of TorchScript. Its programs are run operator by
operator, in Python; a library runs without Python.
"""

from __future__ import annotations

import io
import tempfile
import threading
from pathlib import Path

import torch
from torch import Tensor, nn

from ..attention.config import ModelConfig
from ..attention.cost import new_pool
from ..attention.model import StreamingTransformer
from ..attention.pool import PooledTransformer
from ..silence import silence
from .contract import ModelFileError

_exporting = threading.Lock()
_MOST = 2**20
"""Lanes and slots of a program; torch wants a bound."""


def export_step(step: PooledTransformer, config: ModelConfig) -> torch.export.ExportedProgram:
    """The step of any number of lanes over a pool of any number of slots, in float32 on the CPU.

    The program takes tokens [B, n, n_bins + n_features], lanes [3, B] and the pool, which it writes
    in place, and returns logits [B, n_classes]; see `PooledTransformer.forward`.

    Raises:
        ValueError: torch cannot export the step; one line.
    """
    lanes, slots = (torch.export.Dim(name, min=1, max=_MOST) for name in ("lanes", "slots"))
    pool = new_pool(config, 3)
    tokens = torch.zeros(2, config.block_size, config.n_values)
    inputs = (tokens, torch.tensor([[0, 1], [0, 0], [0, 0]]), pool)
    shapes = ({0: lanes}, {1: lanes}, [{0: slots} for _ in pool])
    try:
        with _exporting, torch.inference_mode(False), torch.no_grad():
            program = torch.export.export(
                _Masked(step).eval(), inputs, dynamic_shapes=shapes, strict=False
            )
    except Exception as error:  # torch raises whatever it meets while it traces
        raise ValueError(
            f"attention {config.attention!r} cannot be exported with torch {torch.__version__}: "
            f"{_line(error)}"
        ) from None
    for node in program.graph.nodes:  # so that no file names folders of this machine
        node.meta.pop("stack_trace", None)
    return program


def export_model(model: StreamingTransformer, config: ModelConfig) -> torch.export.ExportedProgram:
    """`export_step` of a model, of which it has a copy.

    While torch traces a step it replaces methods of torch.nn.Module, so that no other thread may
    run or build a module.
    """
    return export_step(PooledTransformer(model, config), config)


class _Masked(nn.Module):
    """A step with a mask over slots that are still empty, so that rings may be filled in part."""

    def __init__(self, step: PooledTransformer):
        super().__init__()
        self.step = step

    def forward(self, tokens: Tensor, lanes: Tensor, pool: list[Tensor]) -> Tensor:
        return self.step(tokens, lanes, pool, False, False)


def save(program: torch.export.ExportedProgram) -> bytes:
    """The file of a program."""
    content, inputs = io.BytesIO(), program.example_inputs
    empty = torch.utils._pytree.tree_map(lambda part: part.new_zeros(1).expand_as(part), inputs)
    with _exporting:
        program.example_inputs = empty  # the file has them too, and a pool may be large
        torch.export.save(program, content)
        program.example_inputs = inputs
    return content.getvalue()


def load_code(content: bytes, path) -> nn.Module:
    """The module of a program's file. Loading it may run any code that its author wrote: torch
    unpickles parts of it, and evaluates others as Python.

    Raises:
        ModelFileError: in one line.
    """
    try:
        with _exporting:
            return torch.export.load(io.BytesIO(content)).module()
    except Exception as error:  # torch raises whatever the content causes
        raise ModelFileError(f"{path}: not an exported program: {_line(error)}") from None


def compile_program(program: torch.export.ExportedProgram) -> bytes:
    """A library for this machine and this version of torch, as a file of AOTInductor.

    torch tries whether the compiler makes vector instructions, and compiles without them, which is
    several times as slow, where that fails. With Debian's torch it always fails, since the linker
    leaves out a library that this try needs and the step does not; so it is left out.

    Raises:
        ValueError: in one line, when there is no compiler, or it fails.
    """
    from torch._inductor import config as inductor_config

    with _exporting, tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path, printed = Path(folder) / "library.pt2", Path(folder) / "printed"
        try:
            with silence(2, into=printed), inductor_config.patch({"cpp.vec_isa_ok": True}):
                torch._inductor.aoti_compile_and_package(program, package_path=str(path))
        except Exception as error:  # torch raises whatever it meets while it compiles
            text = printed.read_text(encoding="utf-8", errors="replace")
            raise ValueError(
                f"the step cannot be compiled: {_reason(text, error)}; it needs g++ and headers "
                "(apt-get install g++ libtorch-dev libsleef-dev)"
            ) from None
        return path.read_bytes()


def _reason(printed: str, error: Exception) -> str:
    """What a compiler complained of first, else the first line of the error."""
    _, found, rest = printed.partition(" error: ")
    return rest.partition("\n")[0][:160] if found else _line(error)


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
