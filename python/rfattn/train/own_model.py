# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of a user's own: a shipped network with classes that the user taught.

A folder of `files.own_models` holds the model, its rehearsal, and ``_examples.json``, what the
network made of the examples of each teaching. All taught classes are fitted again from these when
one is added or taken back. A teaching with ``labels`` was learned by a station, see `learn`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..attention import ModelConfig, StreamingTransformer
from ..emissions.classes import Names
from ..emissions.decision import Decision
from ..emissions.evidence import Facts
from ..emissions.taught import TaughtClass
from ..files import replace_file
from ..inference import AttentionModelAdapter, ModelFileError, load_eager
from ..inference.contract import input_of
from ..inference.files import SHIPPED, own_models, resolve
from ..json_files import read_json
from ..messages.label_text import UNKNOWN
from ..recordings.cut_set import Cut
from ..recordings.labelled_folder import OTHER
from .emission_report import observe
from .fit_decision import Observed
from .rehearsal import States, beside, network_sum, read_rehearsal
from .teach import Example, Lesson, teach

EXAMPLES = "_examples.json"
"""What follows the name of a model in the name of the file."""
_BEFORE = "_before.json"
"""The same of the file with the teachings before the last learning."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,39}", re.ASCII)
_MAX_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Network:
    """A trained model for emissions, to teach classes to.

    Attributes:
        path: its file.
        model, contract: what is in it.
    """

    path: Path
    model: StreamingTransformer
    contract: dict

    @classmethod
    def load(cls, model: str) -> Network:
        """That of a family, a folder or a .pt file.

        Raises:
            ModelFileError: there is none, or it labels bands.
        """
        path = resolve(model, "model", "model")
        module, contract = load_eager(path)
        if input_of(contract) != "emission":
            raise ModelFileError(f"{path}: labels bands; only models for emissions can be taught")
        return cls(path, module, contract)

    @property
    def shape(self) -> ModelConfig:
        return ModelConfig.from_dict(self.contract["model"])

    @property
    def names(self) -> Names:
        return tuple(self.contract["classes"])

    def examples(self, cuts: Sequence[Cut]) -> list[Example]:
        """What it makes of cuts of labelled recordings. Labels are those that the recordings have;
        cuts shorter than a step are left out."""
        long = [cut for cut in cuts if len(cut.tokens) >= self.shape.block_size]
        seen = observe(self.model, self.shape, long) if long else []
        return [
            Example(Path(cut.file).name, replace(one, label=cut.stated or cut.label))
            for cut, one in zip(long, seen, strict=True)
        ]


def own_folder(name: str) -> Path:
    """The folder of an own model.

    Raises:
        ValueError: the name is no plain one, or that of a shipped family.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            "--name must be 1 to 40 letters, digits or ._- and begin with a letter or digit, got "
            f"{name!r:.60}"
        )
    if (SHIPPED / name).is_dir():
        raise ValueError(f"--name must not be that of a shipped family, got {name}")
    return own_models() / name


@dataclass
class OwnModel:
    """A network with the examples that it was taught.

    Attributes:
        folder: of the own model; not there before the first teaching.
        kept: emissions of all classes, see `rehearsal`.
        teachings: in their order, as `EXAMPLES` has them.
    """

    folder: Path
    network: Network
    kept: States
    teachings: list[dict]

    @classmethod
    def open(cls, name: str, model: str = "") -> OwnModel:
        """An own model, or a new one.

        Args:
            name: of the own model.
            model: what a new one is made from; "": there must be one of this name.

        Raises:
            ValueError: in one line; also where the own model has another network than ``model``.
        """
        folder = own_folder(name)
        if folder.is_dir():
            network = Network.load(str(folder))
            if model and network_sum(Network.load(model).model) != network_sum(network.model):
                raise ValueError(
                    f"{folder}: made from another network than that of {model}; give another "
                    "--name, or take its teachings back with --undo"
                )
            teachings = _read(folder / f"{network.path.stem}{EXAMPLES}")
        elif model:
            network, teachings = Network.load(model), []
        else:
            raise ValueError(f"--name: there is no own model {name}")
        kept = read_rehearsal(network.path, network.model, network.names)
        return cls(folder, network, kept, teachings)

    def add(self, folder: str, cuts: Sequence[Cut]) -> list[Lesson]:
        """Adds the examples of a labelled folder.

        Args:
            folder: where the cuts are from, as it is listed.
            cuts: of its recordings.

        Returns:
            What all classes were taught.

        Raises:
            ValueError: in one line; nothing has changed.
        """
        examples = self.network.examples(cuts)
        labels = {one.observed.label for one in examples}
        if UNKNOWN in labels:
            raise ValueError(f"{folder}: {UNKNOWN!r} is no label to teach; use {OTHER!r}")
        if not labels or (labels == {OTHER} and not self.teachings):
            raise ValueError(f"{folder}: no emission with a label was found in its recordings")
        added = {"folder": folder, "examples": [to_dict(one) for one in examples]}
        return self._teach([*self.teachings, added])

    def undo(self) -> tuple[str, list[Lesson]]:
        """Takes the last teaching back; with the first one the own model is removed.

        Returns:
            The folder that was taught last, and what all classes that are left were taught.
        """
        *left, last = self.teachings
        return last["folder"], self._go_back(left)

    def undo_learning(self) -> list[Lesson]:
        """Goes back to what there was before `replace_learned` was last called.

        Returns:
            What all classes that are left were taught.

        Raises:
            ValueError: nothing was learned since the last teaching, or it was taken back.
        """
        if not self._before.is_file():
            raise ValueError(f"{self.folder}: nothing was learned since its last change")
        return self._go_back(_read(self._before, may_be_empty=True))

    def replace_learned(self, learned: dict, classes: Sequence[TaughtClass]) -> None:
        """Puts what a station learned in the place of what it had learned before.

        Args:
            learned: a teaching with ``labels``, those that are classes.
            classes: all taught classes, with those that were taught otherwise.
        """
        before = self.teachings
        self.write([*self.by_hand, learned], classes)
        replace_file(self._before, json.dumps(before) + "\n")

    def write(self, teachings: list[dict], classes: Sequence[TaughtClass]) -> None:
        """Writes the own model."""
        network = self.network
        contract = {**network.contract, "taught": [one.to_dict() for one in classes]}
        self.folder.mkdir(parents=True, exist_ok=True)
        self._before.unlink(missing_ok=True)
        path = self.folder / network.path.name
        if path != network.path:
            shutil.copyfile(beside(network.path), beside(path))
        replace_file(self.folder / f"{path.stem}{EXAMPLES}", json.dumps(teachings) + "\n")
        AttentionModelAdapter(network.model, contract, device="cpu").save(path)
        self.teachings, self.network = teachings, replace(network, contract=contract)

    @property
    def decision(self) -> Decision:
        """That of the network, without taught classes."""
        return replace(Decision.of_contract(self.network.contract), taught=())

    @property
    def by_hand(self) -> list[dict]:
        """The teachings that a person gave."""
        return [one for one in self.teachings if not is_learned(one)]

    @property
    def _before(self) -> Path:
        return self.folder / f"{self.network.path.stem}{_BEFORE}"

    def _go_back(self, teachings: list[dict]) -> list[Lesson]:
        if teachings:
            return self._teach(teachings)
        shutil.rmtree(self.folder)
        return []

    def _teach(self, teachings: list[dict]) -> list[Lesson]:
        """Fits all classes, and writes the own model."""
        labels = sorted(set().union(*map(labels_of, teachings)))
        examples = examples_of(teachings)
        lessons = teach(self.network.names, self.decision, self.kept, examples, labels)
        self.write(teachings, [one.taught for one in lessons])
        return lessons


def is_learned(teaching: dict) -> bool:
    """Whether a station learned it, and nobody taught it."""
    return "labels" in teaching


def labels_of(teaching: dict) -> set[str]:
    """The labels of a teaching that become classes."""
    if is_learned(teaching):
        return set(teaching["labels"])
    return {one["label"] for one in teaching["examples"]} - {OTHER}


def examples_of(teachings: Sequence[dict]) -> list[Example]:
    """All examples of teachings; equal names of recordings in two of them are two recordings."""
    return [
        replace(_example(one), source=f"{number} {one['source']}")
        for number, teaching in enumerate(teachings)
        for one in teaching["examples"]
    ]


def list_own() -> dict[str, dict]:
    """The own models: for each name the folders of its teachings, and the recordings and emissions
    of each label."""
    found = {}
    for path in sorted(own_models().glob(f"*/*{EXAMPLES}")):
        teachings = _read(path)
        rows = [one for teaching in teachings for one in teaching["examples"]]
        labels = {
            label: {
                "recordings": len({one["source"] for one in rows if one["label"] == label}),
                "emissions": sum(one["label"] == label for one in rows),
            }
            for label in sorted({one["label"] for one in rows})
        }
        folders = [teaching["folder"] for teaching in teachings]
        found[path.parent.name] = {"folders": folders, "labels": labels}
    return found


def to_dict(one: Example) -> dict:
    """An example as a teaching has it."""
    seen, rate = one.observed, one.observed.facts.symbol_rate
    facts = replace(seen.facts, symbol_rate=None if rate is None else float(rate))
    logs = [round(value, 4) for value in seen.logs.tolist()]
    return {
        "source": one.source,
        "label": seen.label,
        "logs": logs,
        "facts": facts.to_dict(),
    }


def _example(stored: dict) -> Example:
    logs = np.array(stored["logs"], np.float64)
    seen = Observed(stored["label"], logs, Facts.from_dict(stored["facts"]))
    return Example(stored["source"], seen)


def _read(path: Path, may_be_empty: bool = False) -> list[dict]:
    """The teachings of an own model.

    Raises:
        ValueError: in one line: the file is missing or damaged.
    """
    try:
        teachings = read_json(path, _MAX_BYTES)
        for teaching in teachings:
            str(teaching["folder"])
            for one in teaching["examples"]:
                _example(one)
            if is_learned(teaching) and not all(type(one) is str for one in teaching["labels"]):
                raise ValueError("labels must be texts")
        if not teachings and not may_be_empty:
            raise ValueError("it has no teachings")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not the examples of an own model: {error}") from None
    return teachings
