# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects every detection from the stream of logits, for programs."""

from __future__ import annotations

import numpy as np
from gnuradio import gr

from ..messages.detection import from_logits
from ..rfattn_python import tags
from .parts.lifetime import KeptByFlowgraph
from .parts.step_tag import STEP, read_step
from .parts.work_errors import keep_error, stop_on_error


class detection_sink(KeptByFlowgraph, gr.sync_block):
    """Turns logits into detections for a Python program, all of them and in order.

    The messages of the `detections` port can be lost when a flowgraph ends; the stream is complete.
    Connect the sink to a `transformer`, or to a `latency_probe` behind it.

    Stream input:
        float32[n_classes], logits, one item per step.

    Tags in:
        rfattn:step on every item.

    Args:
        classes: names of the logits, in their order; not empty.
        on_detection: function called with each `messages.detection.Detection`, in the thread of
            the block. None: the detections are appended to `detections`.

    Attributes:
        detections: list of the detections so far, without `on_detection`.
        error: None, or the exception that ended the flowgraph.

    Raises:
        ValueError: when `classes` is empty.
    """

    def __init__(self, classes, on_detection=None):
        if not classes:
            raise ValueError("detection_sink: classes must not be empty")
        gr.sync_block.__init__(self, "detection_sink", [(np.float32, len(classes))], None)
        self.detections = []
        self.error = None
        self._classes = list(classes)
        self._on_detection = on_detection or self.detections.append

    @keep_error
    def start(self):
        self.error = None
        return True

    @stop_on_error
    def work(self, input_items, output_items):
        logits = input_items[0]
        found = self.get_tags_in_window(0, 0, len(logits), STEP)
        steps = {tag.offset - self.nitems_read(0): tag.value for tag in found}
        for i, row in enumerate(logits):
            if i not in steps:
                raise ValueError(
                    f"detection_sink: no {tags.STEP} tag on item {self.nitems_read(0) + i}"
                )
            self._on_detection(from_logits(row, read_step(steps[i]), self._classes))
        return len(logits)
