# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels one recording of an archive, in this process or in a worker of a cluster.

What it returns is the same in every run: it holds no times and no amounts of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .._version import __version__
from ..emissions.proofs import Proofs
from ..emissions.record import EmissionRecord
from ..recordings.archive import local_path
from ..recordings.formats import open_recording
from ..recordings.recording import RecordingError
from .audio import AudioOptions, as_received
from .options import EmissionOptions, ModelOptions

_COUNTS = (
    "samples",
    "samples_non_finite",
    "samples_saturated",
    "samples_absent",
    "emissions_cut",
    "emissions_not_cut",
    "samples_missed",
    "emissions_ignored",
    "emissions_joined",
    "emissions_weak",
)
_OF_MODEL = ("attention", "norm", "kernel", "runner", "device", "dtype", "window", "block_size")
_OF_LABELS = ("kind", "classes", "families", "taught")
_CHECK_RATE = 1e6
"""Hz; any rate that the blocks take."""


@dataclass(frozen=True)
class Settings:
    """How the recordings of an archive are opened and labelled.

    Attributes:
        sample_rate, frequency, datatype: of the recordings that do not state them; see
            `open_recording`.
        options, model: see `EmissionFlowgraph`.
        audio: see `as_received`.
        folder: where relative paths begin, for workers that run in another one.
        version: of gr-rfattn, which a worker must have.
    """

    sample_rate: float | None
    frequency: float | None
    datatype: str | None
    options: EmissionOptions
    model: ModelOptions | None
    audio: AudioOptions = AudioOptions()
    folder: str = ""
    version: str = __version__


@dataclass(frozen=True)
class Labelled:
    """A recording that was labelled.

    Attributes:
        about: what it states: file, samples, sample_rate (Hz), frequency (Hz or None), in
            ``origin`` where that was taken from, unless its metadata state it, and what
            `Received.about` has.
        records: its emissions, in the order in which they became final.
        rest: tokens, counts and model, as `EmissionFlowgraph.costs` has them, and what checksums
            prove, as `Proofs.to_dict` has it.
    """

    about: dict
    records: list[EmissionRecord]
    rest: dict


def check_settings(settings: Settings) -> dict:
    """Refuses what no recording could be labelled with, where the work will be done.

    Returns:
        Of the contract of the model, or of frames alone, what states the labels.

    Raises:
        ImportError: a package is missing, or gr-rfattn here is another version.
        ValueError, RuntimeError: in one line, whatever a block or the model refuses.
    """
    check_version(settings.version)
    from .emissions import make_labeller

    labeller = make_labeller(_CHECK_RATE, "two", settings.options, settings.model, "block")
    contract = labeller.labels.contract
    return {key: contract[key] for key in _OF_LABELS if key in contract}


def label_recording(
    name: str, settings: Settings, look: Callable[[float], object] | None = None
) -> Labelled:
    """Labels one recording.

    Args:
        name: a path or an address, see `recordings.archive`.
        look: called some times a second with the share that was searched, 0 to 1.

    Raises:
        RecordingError: in one line that names the recording, whatever went wrong with it.
        ImportError: a package is missing, or gr-rfattn here is another version.
    """
    check_version(settings.version)
    path = name
    try:
        with local_path(name, settings.folder) as path:
            return _label(name, path, settings, look)
    except ImportError:
        raise
    except Exception as error:
        raise recording_error(error, name, path) from None


def recording_error(error: Exception, name: str, path: str) -> RecordingError:
    """The same in one line that names the recording as the user did, not its ``path`` here. A
    worker sends the text only."""
    text = " ".join(str(error).split()).replace(path, name) or type(error).__name__
    return RecordingError(text if text.startswith(name) else f"{name}: {text}")


def _label(name: str, path: str, settings: Settings, look) -> Labelled:
    from .emissions import RecordingEmissionFlowgraph

    stated = settings.sample_rate, settings.frequency, settings.datatype
    opened = open_recording(path, *stated, are_defaults=True)
    received = as_received(opened, settings.audio, settings.options, settings.model)
    recording = received.recording
    flowgraph = RecordingEmissionFlowgraph(
        recording, options=received.options, model=received.model, contents=received.has_labels
    )
    records: list[EmissionRecord] = []

    def take(done: int) -> None:
        records.extend(_emissions(flowgraph))
        if look is not None:
            look(done / recording.n_samples)

    flowgraph.run_to_end(take)
    records.extend(_emissions(flowgraph))
    proofs, costs = Proofs(), flowgraph.costs()
    for record in records:
        proofs.add_emission(record.latest)
    about = {
        "file": name,
        "samples": recording.n_samples,
        "sample_rate": recording.sample_rate,
        "frequency": recording.frequency,
    }
    if recording.origin:
        about["origin"] = recording.origin
    about |= received.about
    model = costs["model"]
    rest = {
        "tokens": costs["tokens"],
        "stats": {count: costs["stats"][count] for count in _COUNTS if count in costs["stats"]},
        "model": None if model is None else {fact: model[fact] for fact in _OF_MODEL},
        "proofs": proofs.to_dict(),
    }
    return Labelled(about, records, rest)


def _emissions(flowgraph) -> Iterator[EmissionRecord]:
    """Those that are final and no parts of others."""
    return (record for record in flowgraph.take_final() if not record.latest.is_part)


def check_version(version: str) -> None:
    """Refuses work for another gr-rfattn than this one.

    Raises:
        ImportError: naming both versions.
    """
    if version != __version__:
        raise ImportError(
            f"a worker has gr-rfattn {__version__}, this command is {version}: install "
            "the same on all machines"
        )
