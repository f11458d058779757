# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what the flowgraphs say of a labelled recording with its annotations, in this process or
in a worker of a cluster."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass

from gnuradio.rfattn._version import __version__
from gnuradio.rfattn.flowgraph.archive import check_version, recording_error
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording, open_labelled
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn_station.learning.boxes import Box, Score, score


@dataclass(frozen=True)
class Settings:
    """How recordings are judged.

    Attributes:
        model: one whose input is "band".
        folder: where relative paths begin, for workers that run in another one.
        version: of gr-rfattn, which a worker must have.
    """

    model: ModelOptions
    folder: str = ""
    version: str = __version__


@dataclass(frozen=True)
class Judged:
    """What was found in a recording.

    Attributes:
        row: see `train.evaluate.judge`, with the split; None without a whole step.
        boxes: of its emissions against the annotations with edges; None without such or a rate.
    """

    row: dict | None
    boxes: Score | None


def check_settings(settings: Settings) -> tuple[list[str], dict]:
    """Refuses a model that could judge no recording, where the work will be done.

    Returns:
        Its classes, and what the model is.

    Raises:
        ImportError: a package is missing, or gr-rfattn here is another version.
        ValueError: in one line, whatever the model refuses.
    """
    check_version(settings.version)
    from .band import make_model

    model = make_model(settings.model)
    return list(model.classes), model.adapter.describe()


def judge_recording(
    entry: LabelledRecording, settings: Settings, look: Callable[[float], object] | None = None
) -> Judged:
    """Runs a recording through the model and, where annotations have edges, the detector.

    Args:
        look: called some times a second with the share that the model has seen, 0 to 1.

    Raises:
        RecordingError: in one line that names the recording, whatever went wrong with it.
        ImportError: a package is missing, or gr-rfattn here is another version.
    """
    check_version(settings.version)
    path = os.path.join(settings.folder, entry.path)
    try:
        recording = open_labelled(path, entry.label)
        row = _judge_steps(recording, entry, settings.model, look)
        return Judged(row and {**row, "split": entry.split}, judge_boxes(recording))
    except ImportError:
        raise
    except Exception as error:
        raise recording_error(error, str(entry), path) from None


def _judge_steps(
    recording: Recording, entry: LabelledRecording, model: ModelOptions, look
) -> dict | None:
    import numpy as np

    from ..train.data import Tokens
    from ..train.evaluate import judge
    from .band import BandFlowgraph

    flowgraph = BandFlowgraph(recording, model)
    transformer = flowgraph.transformer

    def look_on() -> None:
        if look is not None:
            look(flowgraph.samples() / recording.n_samples)

    flowgraph.run_watched(look_on)
    logits = np.array(flowgraph.logits.data(), np.float32).reshape(-1, transformer.n_classes)
    if len(logits) == 0:
        return None
    nothing = np.empty((0, transformer.n_bins), np.float32)
    name, targets = recording.data_path.name, _step_targets(flowgraph)
    tokens = Tokens(name, entry.label, entry.group, nothing, targets)
    return judge(tokens, logits, transformer.classes, transformer.block_size)


def _step_targets(flowgraph):
    """The annotated class of every token that reached the model, in order: int64 [tokens]."""
    import numpy as np

    from ..train.data import token_targets

    annotations = flowgraph.source.recording.annotations
    found = []
    for step in flowgraph.detections.detections:
        inside = [
            dataclasses.replace(a, start=a.start - step.sample_start)
            for a in annotations
            if a.end > step.sample_start
        ]
        block_size, classes = flowgraph.transformer.block_size, flowgraph.transformer.classes
        found.append(token_targets(inside, block_size, flowgraph.front_end, classes))
    return np.concatenate(found)


def judge_boxes(recording: Recording) -> Score | None:
    """Runs the detector, and compares its boxes with the annotations that have edges; None where
    there are none, or no rate."""
    truth = true_boxes(recording)
    if not truth or not recording.sample_rate:
        return None
    from gnuradio.rfattn.flowgraph.emissions import RecordingEmissionFlowgraph

    flowgraph = RecordingEmissionFlowgraph(recording, contents=False)
    flowgraph.run_to_end()
    return score(truth, found_boxes(flowgraph.records.all()))


def true_boxes(recording: Recording) -> list[Box]:
    """The annotations with edges. Those of one label and band are bursts of one emission."""
    numbers: dict[tuple, int] = {}
    boxes = []
    for a in recording.annotations:
        band = (a.freq_lower_edge, a.freq_upper_edge)
        if None not in band and a.count:
            number = numbers.setdefault((a.label, *band), len(numbers))
            boxes.append(Box(a.start, a.count, *band, number))
    return boxes


def found_boxes(records) -> list[Box]:
    """A box for each burst of each `EmissionRecord`."""
    return [
        Box(start, count, record.latest.freq_lower, record.latest.freq_upper, record.latest.id)
        for record in records
        for start, count in record.all_bursts()
    ]
