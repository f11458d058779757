# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model in the flowgraph: steps of tokens in, logits and detections out."""

from __future__ import annotations

import threading
import time

import numpy as np
import pmt
from gnuradio import gr

from ..inference import blas
from ..recordings.front_end import FrontEnd
from ..rfattn_python import step_tags
from ..telemetry.detection import from_logits
from ..telemetry.messages import to_message
from .step_block import step_block
from .step_tag import StepCosts, read_step
from .work_errors import stop_on_error

_DETECTIONS = pmt.intern("detections")
_MODEL = pmt.intern("model")


class transformer(step_block):
    """Classifies each step of ``block_size`` tokens with a streaming attention model.

    Streams in
        ``channels`` times float32[n_bins], tokens in dB, as `token_buffer` gives them: whole steps,
        an ``rfattn:step`` tag on the first token of each.

    Streams out
        ``channels`` times float32[n_classes], the logits of one step per item.

    Tags
        ``rfattn:step`` on every item: the dictionary that came in, with ``start_ns`` and ``end_ns``
        (uint64, monotonic clock), ``kv_bytes``, ``attention`` and ``norm``, and where known
        ``peak_temporary_bytes`` and ``device_bytes``; with several channels, ``channel``.

    Messages out
        ``detections``: one dictionary a step and channel (see `detection.Detection`).
        ``model``: at the start and after each swap, dictionaries ``before`` (empty at the start),
        ``after`` (what runs: attention, norm, kernel, device, dtype, window, kv_bytes, ...) and
        ``requested``.

    The channels, bands of one receiver, go through the model together as one batch, so the slowest
    sets the pace. A change of any one's segment number empties the cache of all, so no detection
    spans two segments; bands of one receiver have their gaps in common. The model
    can be swapped while the flowgraph runs: the new one is built and warmed up in the caller's
    thread and takes over between two steps, with an empty cache; no token is lost.

    Args:
        model: name of a shipped family, a folder, a ``.pt`` or a ``.safetensors`` file.
        attention, norm: which of a family, or "model" for what the file holds.
        device: "auto", "cpu", "cuda", "cuda:1".
        dtype: "auto", "float32", "bfloat16", "float16".
        threads: torch's intra-op threads, which hold for the process; 0: all cores but one.
        channels: inputs, and outputs, >= 1.
        runner: "torch", or "onnx": ONNX Runtime, for flash and gqa on the CPU, faster over windows
            of some thousand tokens.

    Attributes:
        n_bins, block_size, n_classes, classes, channels, front_end (parameters of
        ``power_spectrum``), adapter (the `AttentionModelAdapter` that runs), error (None, or the
        exception that ended the flowgraph).

    Raises:
        ValueError: (ModelFileError for model files) in one line, when the model cannot run.
    """

    def __init__(
        self,
        model="rf14",
        attention="model",
        norm="model",
        device="auto",
        dtype="auto",
        threads=0,
        channels=1,
        runner="torch",
    ):
        if threads < 0:
            raise ValueError(f"transformer: threads must be >= 0, got {threads}")
        if channels < 1:
            raise ValueError(f"transformer: channels must be >= 1, got {channels}")
        self.channels = channels
        self._threads, self._device, self._dtype, self._runner = threads, device, dtype, runner
        self._requested = {"model": str(model), "attention": attention, "norm": norm}
        self.adapter = self._build(self._requested)
        self._costs = StepCosts(self.adapter, channels)
        self.n_bins, self.block_size = self.adapter.n_bins, self.adapter.block_size
        self.n_classes, self.classes = self.adapter.n_classes, self.adapter.classes
        self.front_end = self.adapter.contract["front_end"]
        self._step_samples = _step_samples(self.front_end, self.block_size)
        self.error = None
        self._segments = None
        self._swapping, self._stepping = threading.Lock(), threading.Lock()
        step_block.__init__(
            self, "transformer", self.n_bins, self.n_classes, self.block_size, channels
        )
        self.set_tag_propagation_policy(gr.TPP_DONT)
        self._tags = step_tags(self.gateway, channels, self.block_size)
        self.message_port_register_out(_DETECTIONS)
        self.message_port_register_out(_MODEL)
        for line in blas.cap_blas_threads():
            self.logger.warn(line)

    def set_attention(self, attention: str) -> None:
        """Swaps to another attention of the same model.

        Raises:
            ValueError: as the constructor; the old model goes on.
        """
        self._swap({**self._requested, "attention": attention})

    def set_norm(self, norm: str) -> None:
        """Swaps to another norm of the same model; raises as `set_attention`."""
        self._swap({**self._requested, "norm": norm})

    def set_model(self, model) -> None:
        """Swaps to another model with the same classes, steps and front end; raises as
        `set_attention`."""
        self._swap({**self._requested, "model": str(model)})

    def start(self):
        blas.set_torch_threads(self._threads)  # for this thread, which computes
        self.error, self._segments = None, None
        self._tell_model({}, self.adapter.describe(), self._requested)
        return step_block.start(self)

    @stop_on_error
    def work(self, input_items, output_items):
        tokens = input_items[0][None] if self.channels == 1 else np.stack(input_items)
        segments, counts = zip(*self._tags.read(), strict=True)
        self._check_counts(counts)
        with self._stepping:
            adapter, costs = self.adapter, self._costs
            if segments != self._segments:
                adapter.reset(position=0)
                self._segments = segments
            start_ns = time.monotonic_ns()
            logits = adapter.step(tokens, range(self.channels)).numpy()
            end_ns = time.monotonic_ns()
        # What is not finite, a detection refuses.
        detects = self._tags.is_heard(_DETECTIONS) or not np.isfinite(logits).all()
        for channel in range(self.channels):
            output_items[channel][0] = logits[channel]
            step = self._tags.write(channel, start_ns, end_ns, costs.of(channel))
            if detects:
                detection = from_logits(logits[channel], read_step(step), self.classes)
                self.message_port_pub(_DETECTIONS, to_message(detection))
        return 1

    def _build(self, requested: dict):
        from ..inference import AttentionModelAdapter

        blas.set_torch_threads(self._threads)
        adapter = AttentionModelAdapter.load(
            **requested,
            device=self._device,
            dtype=self._dtype,
            max_streams=self.channels,
            runner=self._runner,
        )
        adapter.warm_up()
        return adapter

    def _swap(self, requested: dict) -> None:
        with self._swapping:
            adapter = self._build(requested)
            self._check_fits(adapter)
            with self._stepping:
                before, self.adapter = self.adapter.describe(), adapter
                self._costs = StepCosts(adapter, self.channels)
                self._segments = None
            self._requested = requested
            self._tell_model(before, adapter.describe(), requested)

    def _check_fits(self, adapter) -> None:
        for name in ("n_bins", "block_size", "n_classes", "classes"):
            have, new = getattr(self, name), getattr(adapter, name)
            if have != new:
                raise ValueError(
                    f"transformer: the new model has {name} {new}, the running one {have}"
                )
        if adapter.contract["front_end"] != self.front_end:
            raise ValueError(
                f"transformer: the new model has front end {adapter.contract['front_end']}, "
                f"the running one {self.front_end}"
            )

    def _check_counts(self, counts) -> None:
        for count in counts:
            if self._step_samples and count not in self._step_samples:
                raise ValueError(
                    f"transformer: a step of {count} samples; the model's front end "
                    f"{self.front_end} makes steps of "
                    f"{' or '.join(map(str, self._step_samples[:-1]))} samples"
                )

    def _tell_model(self, before: dict, after: dict, requested: dict) -> None:
        message = {"before": before, "after": after, "requested": requested}
        self.message_port_pub(_MODEL, pmt.to_pmt(message))


def _step_samples(front_end: dict, block_size: int) -> list[int]:
    """Samples that a step of the model's front end may look at; empty when the model states none.

    That of the front end, that of its form for real-valued recordings, and at last ``block_size``:
    tokens that come from no ``power_spectrum`` count as samples.
    """
    if not front_end:
        return []
    front = FrontEnd(**front_end)
    forms = [front, front.for_real()] if front.sides == "two" else [front]
    counts = [(block_size - 1) * f.samples_per_token + f.token_samples for f in forms]
    return [*counts, block_size]
