# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of torch.export and of AOTInductor: the step of a model as a program of torch's
operators, its file, and the library that a C++ compiler makes of it.

torch.export is what upstream offers in the place of TorchScript. Its programs are run operator by
operator, in Python; a library runs without Python.
"""

from __future__ import annotations

import functools
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
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
_FUSED = b"_scaled_dot_product_flash_attention_for_cpu"
"""What a library that calls torch's fused attention names."""


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
    run or build a module; `program_of` is for processes with other threads.
    """
    return export_step(PooledTransformer(model, config), config)


@functools.lru_cache(maxsize=32)
def program_of(config: ModelConfig) -> torch.export.ExportedProgram:
    """`export_step` of a configuration, with weights of no value. A process of its own traces it.

    Raises:
        ValueError: torch cannot export the step; one line.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with _exporting, tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "program.pt2")
        command = [sys.executable, "-m", __name__, json.dumps(config.to_dict()), path]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode == 0:
            return torch.export.load(path)
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    raise ValueError(lines[-1])


class _Masked(nn.Module):
    """A step that masks what is not written yet, so that it is right at any fill of the rings."""

    def __init__(self, step: PooledTransformer):
        super().__init__()
        self.step = step

    def forward(self, tokens: Tensor, lanes: Tensor, pool: list[Tensor]) -> Tensor:
        return self.step(tokens, lanes, pool, False, False)


class Program:
    """Runs the program of a configuration with the weights of a step.

    The module that torch makes of a program checks every shape at every call, which takes half as
    long as a step; this calls the function of its graph.
    """

    def __init__(self, program: torch.export.ExportedProgram, step: PooledTransformer):
        values = {**program.constants, **_Masked(step).state_dict()}
        self._run = program.graph_module.forward
        self._weights = [
            values[spec.target]
            for spec in program.graph_signature.input_specs
            if spec.target is not None
        ]

    def __call__(self, tokens: Tensor, lanes: Tensor, pool: list[Tensor]) -> Tensor:
        (logits,) = self._run(*self._weights, tokens, lanes, *pool)
        return logits


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


class Library:
    """Runs a compiled step, which is machine code: loading it runs what its author wrote.

    Attributes:
        is_fused: whether it calls torch's fused attention.

    Raises:
        ModelFileError: in one line, when it is no library of AOTInductor.
    """

    def __init__(self, content: bytes, path):
        try:
            self.is_fused = _FUSED in _machine_code(content)
            self._run = torch._inductor.aoti_load_package(io.BytesIO(content))
        except Exception as error:  # torch raises whatever the content causes
            raise ModelFileError(f"{path}: not a library of AOTInductor: {_line(error)}") from None

    def __call__(self, tokens: Tensor, lanes: Tensor, pool: list[Tensor]) -> Tensor:
        return self._run(tokens, lanes, pool)


def _machine_code(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        return b"".join(members.read(name) for name in members.namelist() if name.endswith(".so"))


def _reason(printed: str, error: Exception) -> str:
    """What a compiler complained of first, else the first line of the error."""
    _, found, rest = printed.partition(" error: ")
    return rest.partition("\n")[0][:160] if found else _line(error)


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def main(config: str, path: str) -> int:
    """Writes the program of a configuration to a file, for `program_of`."""
    shape = ModelConfig.from_dict(json.loads(config))
    model = StreamingTransformer(shape).requires_grad_(False)
    for weight in model.parameters():  # which take no memory
        weight.data = torch.zeros(1).expand(weight.shape)
    try:
        Path(path).write_bytes(save(export_model(model, shape)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
