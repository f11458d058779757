# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saves the state of a training run in a file, from which a killed run continues.

The file is safetensors: tensors of the model, running mean, best weights, optimiser and random
states, and one JSON object with the rest as its metadata. It is replaced as a whole.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from gnuradio.rfattn.files import replace_file
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .distributed import rank

_SCHEMA = 2


class ResumeError(ValueError):
    """A run cannot start or continue. The message gives the reason in one line."""


@dataclass
class Run:
    """Everything that a step changes."""

    model: torch.nn.Module
    average: torch.nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generators: Sequence[np.random.Generator]
    """Random generators of the samplers."""
    step: int = 0
    evaluations: list[dict] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """The running mean at the best evaluation."""

    @property
    def best_evaluation(self) -> int:
        """The number, from 1, of the first evaluation with the highest score; 0 for none."""
        scores = [evaluation["score"] for evaluation in self.evaluations]
        return scores.index(max(scores)) + 1 if scores else 0

    def record(self, evaluation: dict) -> None:
        """Adds an evaluation of the running mean, and keeps these weights if they are the best."""
        best_score = max((earlier["score"] for earlier in self.evaluations), default=-math.inf)
        self.evaluations.append(evaluation)
        if evaluation["score"] > best_score:
            self.best = {k: v.detach().clone() for k, v in self.average.state_dict().items()}

    def is_over(self, steps: int, patience: int) -> bool:
        """All steps are done, or the last ``patience`` evaluations brought no better one."""
        is_stale = len(self.evaluations) - self.best_evaluation >= patience
        return self.step >= steps or bool(self.evaluations) and is_stale


def random_state(run: Run) -> dict:
    """The states of this process's random generators: the samplers' and torch's."""
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else torch.empty(0)
    return {
        "samplers": [generator.bit_generator.state for generator in run.generators],
        "torch": torch.get_rng_state(),
        "cuda": cuda.to(torch.uint8),
    }


class RunFile:
    """The file that holds an unfinished run, in the folder where its model will be.

    Args:
        stem: path of the model's files without their endings.
        resume: continue the run in the file, instead of starting a new one.

    Raises:
        ResumeError: there is a run or a model and ``resume`` is false, or no run and it is true.
    """

    def __init__(self, stem: Path, resume: bool):
        self._path, self._resume = stem.with_name(f"{stem.name}_run.safetensors"), resume
        self._identity: dict = {}
        done = stem.with_suffix(".safetensors")
        if resume and not self._path.exists():
            why = f"it is finished: {done} exists" if done.exists() else f"no {self._path}"
            raise ResumeError(f"no run to resume: {why}")
        if not resume and self._path.exists():
            raise ResumeError(
                f"{self._path} holds a run that is not finished: resume it (--resume), or remove "
                "the file to start a new run"
            )
        if not resume and done.exists():
            raise ResumeError(f"{done} holds a trained model: remove it or write to another folder")

    def check_identity(self, identity: dict) -> None:
        """Sets what the run depends on, JSON, and compares it with that of the run to continue.

        Raises:
            ResumeError: the file holds another run, or it cannot be read.
        """
        self._identity = identity
        if self._resume:
            refuse_other_run(self._path, _read(self._path)[0]["identity"], identity)

    def save(self, run: Run, random: Sequence[dict]) -> None:
        """Writes the run; ``random`` is the `random_state` of each process."""
        optimiser = run.optimiser.state_dict()
        parts = {
            "model": run.model.state_dict(),
            "average": run.average.state_dict(),
            "best": run.best,
            "torch": {str(k): state["torch"] for k, state in enumerate(random)},
            "cuda": {str(k): state["cuda"] for k, state in enumerate(random)},
            "optimiser": {
                f"{index}.{name}": value
                for index, values in optimiser["state"].items()
                for name, value in values.items()
            },
        }
        about = {
            "schema": _SCHEMA,
            "torch": torch.__version__,
            "identity": self._identity,
            "step": run.step,
            "evaluations": run.evaluations,
            "schedule": run.schedule.state_dict(),
            "param_groups": optimiser["param_groups"],
            "samplers": [state["samplers"] for state in random],
        }
        tensors = {
            f"{part}:{name}": value.detach().cpu().contiguous()
            for part, values in parts.items()
            for name, value in values.items()
        }
        replace_file(self._path, save(tensors, {"run": json.dumps(about)}))

    def restore(self, run: Run) -> None:
        """Loads the file into a run that continues, on the devices that its tensors are on."""
        if not self._resume:
            return
        about, parts = _read(self._path)
        if about["torch"] != torch.__version__:
            warnings.warn(
                f"the run started with torch {about['torch']} and continues with "
                f"{torch.__version__}, which may round differently",
                stacklevel=2,
            )
        run.model.load_state_dict(parts["model"])
        run.average.load_state_dict(parts["average"])
        device = next(run.average.parameters()).device
        run.best = {name: value.to(device) for name, value in parts["best"].items()}
        state: dict[int, dict] = {}
        for key, value in parts["optimiser"].items():
            index, _, name = key.partition(".")
            state.setdefault(int(index), {})[name] = value
        run.optimiser.load_state_dict({"state": state, "param_groups": about["param_groups"]})
        run.schedule.load_state_dict(about["schedule"])
        run.step, run.evaluations = about["step"], about["evaluations"]
        for generator, values in zip(run.generators, about["samplers"][rank()], strict=True):
            generator.bit_generator.state = values
        torch.set_rng_state(parts["torch"][str(rank())])
        if len(parts["cuda"][str(rank())]):
            torch.cuda.set_rng_state(parts["cuda"][str(rank())])

    def remove(self) -> None:
        """Removes the file, when the model is written."""
        self._path.unlink()


def refuse_other_run(path: Path, had: dict, has: dict) -> None:
    """Raises a ResumeError that names up to four differences, if there are any."""
    had, has = (dict(_flatten(json.loads(json.dumps(values)))) for values in (had, has))
    changed = [
        f"{name} was {_format(had.get(name))}, is {_format(has.get(name))}"
        for name in sorted({*had, *has})
        if had.get(name) != has.get(name)
    ]
    if changed:
        rest = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
        raise ResumeError(f"{path} holds another run: {'; '.join(changed[:4])}{rest}")


def _read(path: Path) -> tuple[dict, dict[str, dict[str, torch.Tensor]]]:
    parts: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("run", "{}"))
            for key in file.keys():
                part, _, name = key.partition(":")
                parts.setdefault(part, {})[name] = file.get_tensor(key)
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise ResumeError(f"{path}: not a training run: {error}") from None
    if about.get("schema") != _SCHEMA:
        raise ResumeError(
            f"{path}: the run has schema {about.get('schema')!r}, this version reads {_SCHEMA}"
        )
    return about, parts


def _flatten(values: dict, prefix: str = "") -> list[tuple[str, object]]:
    """The leaves with their dotted names."""
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _flatten(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found


def _format(value) -> str:
    return "absent" if value is None else json.dumps(value)
