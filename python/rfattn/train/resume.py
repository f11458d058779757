# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A training run between two steps, and the file from which a killed one goes on.

The file is safetensors: the tensors of model, running mean, best weights, optimiser and random
states, and as its metadata one JSON object of the rest. It appears at once or not at all.
"""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .distributed import rank

_SCHEMA = 1


class ResumeError(ValueError):
    """A run that cannot be begun or gone on with; the message says why in one line."""


@dataclass
class Run:
    """Everything that a step changes."""

    model: torch.nn.Module
    average: torch.nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generators: Sequence[np.random.Generator]
    """Of the samplers."""
    step: int = 0
    looks: list[dict] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """The running mean at the best look."""

    @property
    def best_look(self) -> int:
        """Which of the looks, counted from 1, has the highest score; the first of equal ones."""
        scores = [look["score"] for look in self.looks]
        return scores.index(max(scores)) + 1 if scores else 0

    def take(self, look: dict) -> None:
        """Adds a look at the running mean, which is kept when it is the best so far."""
        before = max((earlier["score"] for earlier in self.looks), default=-math.inf)
        self.looks.append(look)
        if look["score"] > before:
            self.best = {k: v.detach().clone() for k, v in self.average.state_dict().items()}

    def is_over(self, steps: int, patience: int) -> bool:
        stale = len(self.looks) - self.best_look >= patience
        return self.step >= steps or bool(self.looks) and stale


def random_state(run: Run) -> dict:
    """Where this process is in its random numbers: the samplers' and torch's."""
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else torch.empty(0)
    return {
        "samplers": [generator.bit_generator.state for generator in run.generators],
        "torch": torch.get_rng_state(),
        "cuda": cuda.to(torch.uint8),
    }


class State:
    """The file of a run in the folder where its model will be.

    Args:
        stem: of the model's files.
        resume: whether the run that the file holds goes on, or a new one begins.

    Raises:
        ResumeError: there is a run or a model and ``resume`` is false, or no run and it is true.
    """

    def __init__(self, stem: Path, resume: bool):
        self._path, self._resume = stem.with_name(f"{stem.name}_run.safetensors"), resume
        self._identity: dict = {}
        done = stem.with_suffix(".safetensors")
        if resume and not self._path.exists():
            why = f"it is finished: {done} is there" if done.exists() else f"no {self._path}"
            raise ResumeError(f"no run to resume: {why}")
        if not resume and self._path.exists():
            raise ResumeError(
                f"{self._path} holds a run that is not finished: resume it (--resume), or remove "
                "the file to begin anew"
            )
        if not resume and done.exists():
            raise ResumeError(f"{done} holds a trained model: remove it or write to another folder")

    def belong_to(self, identity: dict) -> None:
        """States what the run is of: JSON of all that decides how it ends.

        Raises:
            ResumeError: the run that goes on is of something else, or its file cannot be read.
        """
        self._identity = identity
        if self._resume:
            check_identity(self._path, _read(self._path)[0]["identity"], identity)

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
            "looks": run.looks,
            "schedule": run.schedule.state_dict(),
            "param_groups": optimiser["param_groups"],
            "samplers": [state["samplers"] for state in random],
        }
        tensors = {
            f"{part}:{name}": value.detach().cpu().contiguous()
            for part, values in parts.items()
            for name, value in values.items()
        }
        replace(self._path, save(tensors, {"run": json.dumps(about)}))

    def restore(self, run: Run) -> None:
        """Sets a run that goes on to what the file holds, on the devices that it is on."""
        if not self._resume:
            return
        about, parts = _read(self._path)
        if about["torch"] != torch.__version__:
            warnings.warn(
                f"the run began with torch {about['torch']} and goes on with {torch.__version__}, "
                "which may round differently",
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
        run.step, run.looks = about["step"], about["looks"]
        for generator, values in zip(run.generators, about["samplers"][rank()], strict=True):
            generator.bit_generator.state = values
        torch.set_rng_state(parts["torch"][str(rank())])
        if len(parts["cuda"][str(rank())]):
            torch.cuda.set_rng_state(parts["cuda"][str(rank())])

    def remove(self) -> None:
        """The run is finished, its model written."""
        self._path.unlink()


def check_identity(path: Path, had: dict, has: dict) -> None:
    """Refuses to go on with what is another run.

    Raises:
        ResumeError: naming up to four differences.
    """
    had, has = (dict(_flat(json.loads(json.dumps(values)))) for values in (had, has))
    changed = [
        f"{name} was {_said(had.get(name))}, is {_said(has.get(name))}"
        for name in sorted({*had, *has})
        if had.get(name) != has.get(name)
    ]
    if changed:
        rest = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
        raise ResumeError(f"{path}: of another run: {'; '.join(changed[:4])}{rest}")


def replace(path: Path, content: bytes) -> None:
    """Writes a file that is either the old or the new one, whenever the machine stops."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _read(path: Path) -> tuple[dict, dict[str, dict[str, torch.Tensor]]]:
    parts: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("run", "{}"))
            for key in file.keys():
                part, _, name = key.partition(":")
                parts.setdefault(part, {})[name] = file.get_tensor(key)
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise ResumeError(f"{path}: not the state of a run: {error}") from None
    if about.get("schema") != _SCHEMA:
        raise ResumeError(
            f"{path}: schema of the run is {about.get('schema')!r}, this version reads {_SCHEMA}"
        )
    return about, parts


def _flat(values: dict, prefix: str = "") -> list[tuple[str, object]]:
    """Leaves by dotted name."""
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found


def _said(value) -> str:
    return "absent" if value is None else json.dumps(value)
