# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes emissions and detections as SigMF annotations."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from ..emissions.record import EmissionRecords
from ..files import replace_file
from ..messages import schema
from ..messages.decoded import Decoded
from ..messages.detection import Detection
from ..messages.emission import Emission
from ..recordings import sigmf_keys as keys
from ..recordings.recording import Facts, Recording
from ..recordings.sigmf import META_SUFFIX, VERSION, metadata_of, write_annotations
from ..recordings.sigmf_metadata import read_metadata
from ..telemetry.annotation_merger import AnnotationMerger, ratio_of_rates
from ..telemetry.emission_annotations import burst_annotations
from .parts.message_sink import MessageSink

_NO_RECORDING = {
    keys.DATATYPE: "cf32_le",
    keys.VERSION: VERSION,
    keys.METADATA_ONLY: True,
}


class sigmf_annotation_sink(MessageSink):
    """Writes emissions or detections as SigMF annotations, which inspectrum and IQEngine draw.

    Each burst of an emission becomes one annotation with the edges of the emission. Its label is
    the class or family that the model names, or "unknown" and the width; measurements are in fields
    of the namespace rfattn, which docs/sigmf-extension.md describes. Of a whole band, consecutive
    detections of one segment with equal labels become one annotation. It has core:freq_lower_edge
    and core:freq_upper_edge where rate and frequency are known.

    The file is written when the flowgraph ends, and by `write()`; until then all annotations are in
    memory. Annotations that this block wrote to the file earlier are replaced; those of other
    programs are kept.

    Messages in:
        - emissions: dictionaries of `emission_detector` or `emission_labels`.
        - detections: dictionaries of `transformer`, one per step of a whole band. Leave it
          unconnected where the streams are emissions.
        - decoded: dictionaries of `frame_contents` or `emission_decoder`: the newest line of a
          burst stands in its comment.

    Annotations count the samples of the recording. Of a stream at 1/N of its sample rate, sample
    numbers are multiplied by N.

    Args:
        filename: the .sigmf-meta file to write, in a folder that exists.
        meta: the .sigmf-meta file of the recording, or its metadata as a dictionary, whose global
            part and captures are copied. "": those of `filename` if that file exists. Without
            either, the metadata describe no recording: the sample rate, and a capture wherever the
            frequency of the detections or of the receiver changes.
        min_confidence: detections with less confidence are left out, 0 to 1. Emissions have the
            labels that `emission_labels` gives them.
        n_bands: number of bands of the `band_splitter` in front, >= 1. It is needed where no
            recording states the rate: the receiver's is n_bands times that of the streams, and
            its frequency is that of stream n_bands // 2.
        sidebands: whether to write those emissions, too, that are sidebands of others when the file
            is written.

    Attributes:
        error: None, or why the file could not be written at the end.

    Raises:
        ValueError: naming the parameter, the rule and the value, or when `meta`, or the file that
            is there, cannot be read.
    """

    TOPICS = ("emissions", "detections", "decoded")
    TAKES = {"detections": ""}
    """Those in the path of emissions are of emissions, not of the band."""

    def __init__(self, filename, meta="", min_confidence=0.0, n_bands=1, sidebands=False):
        self._path = Path(filename)
        if not self._path.name.endswith(META_SUFFIX):
            raise ValueError(
                f"sigmf_annotation_sink: filename must end in {META_SUFFIX}, got {filename}"
            )
        if not self._path.parent.is_dir():
            raise ValueError(f"sigmf_annotation_sink: no folder {self._path.parent} for filename")
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(
                f"sigmf_annotation_sink: min_confidence must be from 0 to 1, got {min_confidence}"
            )
        if n_bands < 1:
            raise ValueError(f"sigmf_annotation_sink: n_bands must be >= 1, got {n_bands}")
        self._base = meta or self._path
        if meta and self._path.exists():
            _read_global(self._path)  # since the annotations in it are kept
        about = _read_global(self._base) if meta or self._path.exists() else _NO_RECORDING
        is_real = about[keys.DATATYPE].startswith("r")
        self._has_no_recording = not meta and about.get(keys.METADATA_ONLY, False)
        rate = None if self._has_no_recording else about.get(keys.SAMPLE_RATE)
        self._sample_rate = rate
        self._emissions, self._has_sidebands = EmissionRecords(), sidebands
        self._merger = AnnotationMerger(min_confidence, is_real, rate, n_bands)
        self._captures = _Captures(n_bands // 2 if n_bands > 1 else 0)
        MessageSink.__init__(self, is_guest=True)

    def _receive(self, topic: str, message: dict) -> None:
        values = schema.read(topic, message)
        if isinstance(values, Emission):
            self._emissions.add(values)
            if values.state == "new" and values.rx_freq is not None:
                start = round(values.sample_start * self._samples_per_sample(values))
                self._captures.begin(values.rx_freq, start)
        elif isinstance(values, Decoded):
            self._emissions.add_decoded(values)
        else:
            self._merger.add(values)
            ratio = self._merger.samples_per_sample(values)
            self._captures.add(values, round(values.sample_start * ratio))

    def _samples_per_sample(self, emission: Emission) -> Fraction:
        """Samples of the recording to one of the detector's."""
        if self._sample_rate is None:
            self._sample_rate = emission.rx_rate
        if not self._sample_rate or not emission.rx_rate:
            return Fraction(1)
        return ratio_of_rates(self._sample_rate, emission.rx_rate)

    def write(self) -> None:
        """Writes the annotations of all messages so far.

        Raises:
            OSError: when the file cannot be written.
            SigMFError: when the metadata that it replaces or copies cannot be read.
        """
        self.drain()
        annotations = self._merger.annotations()
        for record in self._emissions.all():
            if not record.latest.is_shown(self._has_sidebands):
                continue
            ratio = self._samples_per_sample(record.latest)
            annotations += burst_annotations(record, ratio)
        if self._has_no_recording:
            self._captures.write(self._path, self._merger.sample_rate or self._sample_rate)
        write_annotations(self._path, annotations, self._base)

    def complete(self) -> None:
        self.write()

    def _finish(self) -> None:
        self.write()


def annotations_of(recording: Facts, filename, sidebands: bool = False) -> sigmf_annotation_sink:
    """The sink that writes annotations of a recording to ``filename``; of a pipe without samples.

    Args:
        sidebands: see `sigmf_annotation_sink`.

    Raises:
        ValueError: see `sigmf_annotation_sink`, or SigMF cannot describe the recording.
    """
    is_file = isinstance(recording, Recording)
    meta = metadata_of(recording) if is_file else ""
    return sigmf_annotation_sink(filename, meta, sidebands=sidebands)


class _Captures:
    """Captures of samples that are not recorded, from the frequency of the receiver or of the
    middle stream."""

    def __init__(self, middle: int):
        self._middle = middle
        self._captures: list[dict] = [{keys.SAMPLE_START: 0}]

    def add(self, detection: Detection, start: int) -> None:
        """Begins a capture at sample ``start`` when the frequency is another."""
        if detection.stream == self._middle and detection.frequency is not None:
            self.begin(detection.frequency, start)

    def begin(self, frequency: float, start: int) -> None:
        known = self._captures[-1].get(keys.FREQUENCY)
        if known is not None and known != frequency:
            self._captures.append({keys.SAMPLE_START: start})
        self._captures[-1][keys.FREQUENCY] = frequency

    def write(self, path: Path, sample_rate: float | None) -> None:
        """Writes metadata to ``path``, with the annotations that are there."""
        rate = {} if sample_rate is None else {keys.SAMPLE_RATE: sample_rate}
        before = read_metadata(path) if path.exists() else {}
        annotations = before.get(keys.ANNOTATIONS, [])
        meta = {keys.GLOBAL: _NO_RECORDING | rate, keys.CAPTURES: self._captures}
        replace_file(path, json.dumps(meta | {keys.ANNOTATIONS: annotations}, allow_nan=False))


def _read_global(path: str | Path | dict) -> dict:
    if isinstance(path, dict):
        return path[keys.GLOBAL]
    try:
        about = read_metadata(Path(path))[keys.GLOBAL]
    except OSError as error:
        raise ValueError(f"sigmf_annotation_sink: {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"sigmf_annotation_sink: {path}: {error}") from None
    if keys.DATATYPE not in about:
        raise ValueError(f"sigmf_annotation_sink: {path}: {keys.DATATYPE} is missing")
    return about
