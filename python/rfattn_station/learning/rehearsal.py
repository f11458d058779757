# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a trained model makes of some emissions of each class, kept beside it, or in the file of an
own model.

A class that a user teaches must be told apart from all others, whose cuts are too large to ship.
Their pooled probabilities and measurements are enough.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.emissions.taught import in_octaves
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference.archive import Archive
from gnuradio.rfattn.json_files import parse_json, read_bytes
from gnuradio.rfattn.recordings.labelled_folder import OTHER

from .cut_set import DAMAGE, Cut, read_array
from .emission_report import observe
from .fit_decision import Observed

REHEARSAL = "_rehearsal.npz"
"""What follows the name of a model in the name of the file."""
INSIDE = "rehearsal.npz"
"""The same in the file of an own model."""
MOST_OF_A_CLASS = 40
"""Emissions kept of each class."""
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class States:
    """Emissions as a model shows them.

    Attributes:
        labels: of each.
        logs: logarithms of the probabilities of the model's classes, float64 [emissions, classes].
        octaves: measurements, see `taught.in_octaves`.
    """

    labels: list[str]
    logs: np.ndarray
    octaves: np.ndarray

    @classmethod
    def of(cls, observed: Sequence[Observed]) -> States:
        """Those of at least one emission."""
        logs = np.array([one.logs for one in observed])
        return cls([one.label for one in observed], logs, in_octaves(one.facts for one in observed))

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, numbers: Sequence[int]) -> States:
        """Some of them."""
        numbers = np.asarray(numbers, int)
        labels = [self.labels[number] for number in numbers]
        return States(labels, self.logs[numbers], self.octaves[numbers])

    def joined(self, other: States) -> States:
        """These, and the others behind."""
        return States(
            self.labels + other.labels,
            np.concatenate([self.logs, other.logs]),
            np.concatenate([self.octaves, other.octaves]),
        )


def rehearsed(cuts: Sequence[Cut], names: Names, seed: int = 1) -> list[Cut]:
    """Those to keep of cuts: of split `train`, at most `MOST_OF_A_CLASS` of each class of the model
    and of `OTHER`, drawn; no pieces of signals."""
    by_label: dict[str, list[Cut]] = defaultdict(list)
    for cut in cuts:
        if cut.split == "train" and not cut.is_piece and cut.label in (*names, OTHER):
            by_label[cut.label].append(cut)
    rng, kept = np.random.default_rng([seed, 47]), []
    for label in sorted(by_label):
        order = rng.permutation(len(by_label[label]))[:MOST_OF_A_CLASS]
        kept += [by_label[label][number] for number in order]
    return kept


def write_rehearsal(
    path: Path, model: StreamingTransformer, shape: ModelConfig, cuts: Sequence[Cut]
) -> None:
    """Writes what a model makes of cuts to the file beside its own.

    Args:
        path: of the model.
        cuts: see `rehearsed`; each with at least one step.
    """
    replace_file(beside(path), pack_rehearsal(States.of(observe(model, shape, cuts)), model))


def pack_rehearsal(states: States, model: StreamingTransformer) -> bytes:
    """The content of the file, which is also a part of the file of an own model."""
    about = {"labels": states.labels, "network": network_sum(model)}
    data = io.BytesIO()
    np.savez_compressed(
        data,
        about=np.array(json.dumps(about)),
        logs=states.logs.astype(np.float16),
        octaves=states.octaves.astype(np.float16),
    )
    return data.getvalue()


def read_rehearsal(path: Path, model: StreamingTransformer, names: Names) -> States:
    """That of a model, in its file or beside it.

    Raises:
        ValueError: in one line, where there is none, or it is of another network, or damaged.
    """
    file, data = path, None
    if path.suffix == ".pt":
        data = Archive(path).extra(INSIDE, _MOST_BYTES)
    if data is None:
        file, data = beside(path), _read_beside(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as found:
            if sum(member.file_size for member in found.infolist()) > _MOST_BYTES:
                raise ValueError(f"its members have more than {_MOST_BYTES} bytes")
            about = parse_json(str(read_array(found, "about")).encode("utf-8"))
            logs, octaves = (
                read_array(found, name).astype(np.float64) for name in ("logs", "octaves")
            )
        labels, network = list(map(str, about["labels"])), about["network"]
        if logs.shape != (len(labels), len(names)) or octaves.shape != (len(labels), 3):
            raise ValueError(f"logs {logs.shape} and octaves {octaves.shape} do not fit together")
    except (KeyError, TypeError, *DAMAGE) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(f"{file}: not a rehearsal: {reason[:160]}") from None
    if network != network_sum(model):
        raise ValueError(f"{file}: of another network than {path.name}; calibrate the model again")
    return States(labels, logs, octaves)


def _read_beside(path: Path) -> bytes:
    file = beside(path)
    if not file.is_file():
        raise ValueError(
            f"{file}: not there; gr-rfattn calibrate writes it beside a model, and teach needs it"
        )
    try:
        return read_bytes(file, _MOST_BYTES)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{file}: not a rehearsal: {error}") from None


def beside(path: Path) -> Path:
    """The file of the rehearsal of a model."""
    return path.with_name(f"{path.stem}{REHEARSAL}")


def network_sum(model: StreamingTransformer) -> str:
    """Identifies the weights of a network."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
