# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes detections as SigMF annotations."""

from __future__ import annotations

import json
from pathlib import Path

import pmt
from gnuradio import gr

from ..recordings.sigmf import META_SUFFIX, VERSION, write_annotations
from ..telemetry.annotation_merger import AnnotationMerger
from ..telemetry.detection import Detection
from ..telemetry.messages import drain, from_message

_NO_RECORDING = {
    "core:datatype": "cf32_le",
    "core:version": VERSION,
    "core:metadata_only": True,
}


class sigmf_annotation_sink(gr.basic_block):
    """Writes detections as SigMF annotations, which inspectrum and IQEngine draw.

    Consecutive detections of one segment with equal labels become one annotation. It has
    core:freq_lower_edge and core:freq_upper_edge where rate and frequency are known. The file is
    written when the flowgraph ends, and by `write()`. Annotations that this block wrote to the file
    earlier are replaced; those of other programs are kept.

    Messages in:
        - detections: dictionaries of `transformer`, one per step.

    Args:
        filename: the .sigmf-meta file to write, in a folder that exists.
        meta: the .sigmf-meta file of the recording, whose global part and captures are copied. "":
            those of `filename` if that file exists. Without either, the metadata describe no
            recording: the sample rate, and a capture wherever the frequency of the detections
            changes.
        min_confidence: detections with less confidence are left out, 0 to 1.
        n_bands: number of bands of the `band_splitter` in front, >= 1. Annotations then count
            samples at the receiver's rate, which is n_bands times that of a band.

    Attributes:
        error: None, or why the file could not be written at the end.

    Raises:
        ValueError: naming the parameter, the rule and the value, or when `meta` cannot be read.
    """

    def __init__(self, filename, meta="", min_confidence=0.0, n_bands=1):
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
        self._base = Path(meta) if meta else self._path
        about = _read_global(self._base) if meta or self._path.exists() else _NO_RECORDING
        is_real = about["core:datatype"].startswith("r")
        self._has_no_recording = not meta and about.get("core:metadata_only", False)
        self._merger = AnnotationMerger(min_confidence, is_real, n_bands)
        self._stream = _Stream(n_bands)
        self.error = None
        gr.basic_block.__init__(self, "sigmf_annotation_sink", None, None)
        self.message_port_register_in(pmt.intern("detections"))
        self.set_msg_handler(pmt.intern("detections"), self._on_detection)

    def write(self) -> None:
        """Writes the annotations of the detections so far.

        Raises:
            OSError: when the file cannot be written.
            SigMFError: when the metadata that it replaces or copies cannot be read.
        """
        drain(self, {"detections": self._on_detection})
        if self._has_no_recording:
            self._stream.write(self._path)
        write_annotations(self._path, self._merger.annotations(), self._base)

    def stop(self):
        try:
            self.write()
        except (OSError, ValueError) as error:
            self.error = error
            self.logger.error(f"{self._path} not written: {error}")
        return True

    def _on_detection(self, message):
        try:
            detection = from_message(message)
        except ValueError as error:
            self.logger.warn(str(error))
            return
        self._stream.add(detection)
        self._merger.add(detection)


class _Stream:
    """What detections say about samples that nobody keeps, those of the receiver."""

    def __init__(self, n_bands: int):
        self._n_bands = n_bands
        self._middle = n_bands // 2 if n_bands > 1 else None  # channel around its frequency
        self._sample_rate: float | None = None
        self._captures: list[dict] = [{"core:sample_start": 0}]

    def add(self, detection: Detection) -> None:
        if detection.channel != self._middle:
            return
        if self._sample_rate is None and detection.sample_rate is not None:
            self._sample_rate = detection.sample_rate * self._n_bands
        frequency = detection.frequency
        if frequency is None or frequency == self._captures[-1].get("core:frequency"):
            return
        if "core:frequency" in self._captures[-1]:
            start = detection.sample_start * self._n_bands
            self._captures.append({"core:sample_start": start})
        self._captures[-1]["core:frequency"] = frequency

    def write(self, path: Path) -> None:
        """Writes metadata to ``path``, with the annotations that are there."""
        rate = {} if self._sample_rate is None else {"core:sample_rate": self._sample_rate}
        annotations = json.loads(path.read_text())["annotations"] if path.exists() else []
        meta = {"global": _NO_RECORDING | rate, "captures": self._captures}
        path.write_text(json.dumps(meta | {"annotations": annotations}))


def _read_global(path: Path) -> dict:
    try:
        about = json.loads(path.read_text())["global"]
        about["core:datatype"].startswith("r")
        return about
    except OSError as error:
        raise ValueError(f"sigmf_annotation_sink: {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(
            f"sigmf_annotation_sink: {path}: no SigMF metadata with a core:datatype"
        ) from None
