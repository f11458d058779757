# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of a user's own: a shipped network with classes that the user taught.

Its file, in a folder of `files.own_models`, holds the network, its rehearsal, and the teachings:
what the network made of the examples of each. All taught classes are fitted again from these when
one is added or taken back. The file is replaced as a whole, so that a kill or a full disk leaves
the own model of before.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.attention.registry import stored_as
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.taught import TaughtClass
from gnuradio.rfattn.files import locked
from gnuradio.rfattn.inference import ModelFileError, load_eager, torchscript
from gnuradio.rfattn.inference.archive import Archive
from gnuradio.rfattn.inference.contract import input_of
from gnuradio.rfattn.inference.files import SHIPPED, own_models, resolve
from gnuradio.rfattn.json_files import parse_json, read_json
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.labelled_folder import OTHER

from .cut_set import Cut
from .emission_report import observe
from .rehearsal import INSIDE, REHEARSAL, States, network_sum, pack_rehearsal, read_rehearsal
from .teach import Example, Lesson, teach

TEACHINGS = "teachings.json"
"""The part of the file that holds them."""
_BESIDE = ("_examples.json", "_before.json")
"""What follows the name of a model in the names of files beside it, which 0.2 wrote: the first
holds the teachings."""
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
        path: of its file; not there before the first teaching.
        kept: emissions of all classes, see `rehearsal`.
        teachings: in their order.
    """

    path: Path
    network: Network
    kept: States
    teachings: list[dict]

    @classmethod
    @contextmanager
    def open(cls, name: str, model: str = "", default: str = "") -> Iterator[OwnModel]:
        """An own model, or a new one, which no other process opens meanwhile.

        Args:
            name: of the own model.
            model: what a new one is made from, and whose network one that is there must have.
            default: the same for a new one where ``model`` is ""; "": one must be there.

        Raises:
            ValueError: in one line; also where another process has opened it.
        """
        folder = own_folder(name)
        lock = folder.with_name(f".{name}.lock")  # the folder itself goes with the last teaching
        with locked(lock, f"own model {name}: another teach is at work on it"):
            yield cls._read(folder, model, default)

    @classmethod
    def _read(cls, folder: Path, model: str, default: str) -> OwnModel:
        if any(folder.glob("*.pt")):  # a kill may leave a folder without
            network = Network.load(str(folder))
            path, found = network.path, read_teachings(network.path)
            if found is None:
                raise ValueError(f"{path}: not made by teach; give another --name")
            if model and network_sum(Network.load(model).model) != network_sum(network.model):
                raise ValueError(
                    f"{folder}: made from another network than that of {model}; give another "
                    "--name, or take its teachings back with --undo"
                )
        elif model or default:
            network, found = Network.load(model or default), []
            path = folder / f"{stored_as(network.shape.attention)}_{network.shape.norm}.pt"
        else:
            raise ValueError(f"--name: there is no own model {folder.name}")
        kept = read_rehearsal(network.path, network.model, network.names)
        return cls(path, network, kept, found)

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
        added = {"folder": folder, "examples": [one.to_dict() for one in examples]}
        return self._teach([*self.teachings, added])

    def undo(self) -> tuple[str, list[Lesson]]:
        """Takes the last teaching back; with the first one the own model is removed.

        Returns:
            The folder that was taught last, and what all classes that are left were taught.
        """
        *left, last = self.teachings
        if left:
            return last["folder"], self._teach(left)
        self.path.unlink()
        shutil.rmtree(self.path.parent)
        return last["folder"], []

    def _write(self, teachings: list[dict], classes: Sequence[TaughtClass]) -> None:
        """Writes the own model, then removes what 0.2 or a kill left beside it."""
        network = self.network
        contract = {**network.contract, "taught": [one.to_dict() for one in classes]}
        stored = json.dumps({"teachings": teachings})
        parts = {TEACHINGS: stored.encode(), INSIDE: pack_rehearsal(self.kept, network.model)}
        self.path.parent.mkdir(exist_ok=True)
        program = torchscript.script_stream(network.model, network.shape)
        torchscript.save(program, contract, self.path, parts)
        beside_it = [self.path.with_name(self.path.stem + end) for end in (*_BESIDE, REHEARSAL)]
        for file in (*beside_it, *self.path.parent.glob(".*.partial")):
            file.unlink(missing_ok=True)
        self.teachings, self.network = teachings, replace(network, contract=contract)

    @property
    def decision(self) -> Decision:
        """That of the network, without taught classes."""
        return replace(Decision.of_contract(self.network.contract), taught=())

    def _teach(self, teachings: list[dict]) -> list[Lesson]:
        """Fits all classes, and writes the own model."""
        labels = sorted(set().union(*map(_labels_of, teachings)))
        examples = _examples_of(teachings)
        lessons = teach(self.network.names, self.decision, self.kept, examples, labels)
        self._write(teachings, [one.taught for one in lessons])
        return lessons


def _labels_of(teaching: dict) -> set[str]:
    """The labels of a teaching that become classes. What a station learned with 0.2 states them,
    since others of its examples were no good."""
    if "labels" in teaching:
        return set(teaching["labels"])
    return {one["label"] for one in teaching["examples"]} - {OTHER}


def _examples_of(teachings: Sequence[dict]) -> list[Example]:
    """All examples of teachings; equal names of recordings in two of them are two recordings."""
    return [
        replace(Example.from_dict(one), source=f"{number} {one['source']}")
        for number, teaching in enumerate(teachings)
        for one in teaching["examples"]
    ]


def list_own() -> dict[str, dict]:
    """The own models: for each name the folders of its teachings, and the recordings and emissions
    of each label."""
    found = {}
    for path in sorted(own_models().glob("*/*.pt")):
        teachings = read_teachings(path)
        if not teachings:
            continue
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


def read_teachings(path: Path) -> list[dict] | None:
    """The teachings in the file of a model, or beside it; None: it has none.

    Raises:
        ValueError: in one line: they are damaged.
    """
    archive, file = Archive(path), path
    inside = archive.extra(TEACHINGS, _MAX_BYTES)
    try:
        if inside is not None:
            teachings = parse_json(inside)["teachings"]
        else:
            file = path.with_name(path.stem + _BESIDE[0])
            if not file.is_file():
                return None
            teachings = read_json(file, _MAX_BYTES)
        _check(teachings, archive.contract)
        if not teachings:
            raise ValueError("it has no teachings")
    except OSError as error:
        raise ValueError(f"{error.filename or file}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"{file}: not the examples of an own model: {error}") from None
    return teachings


def _check(teachings, contract: dict) -> None:
    """Raises one of `read_teachings`'s errors where a value is no list of teachings of a model."""
    if not isinstance(teachings, list):
        raise ValueError("teachings must be a list")
    for teaching in teachings:
        examples = [Example.from_dict(one) for one in teaching["examples"]]
        if any(one.observed.logs.shape != (len(contract["classes"]),) for one in examples):
            raise ValueError("logs must have a number for each class")
        labels, given = teaching.get("labels", ()), {one.observed.label for one in examples}
        if type(teaching["folder"]) is not str or not set(labels) <= given:
            raise ValueError("folder must be text, and labels those of examples")
