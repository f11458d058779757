# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model in the flowgraph: steps of tokens in, logits and detections out."""

from __future__ import annotations

import ctypes
import threading
import time
from operator import attrgetter

import numpy as np
import pmt
from gnuradio import gr

from ..inference import DEFAULT_MODEL, blas
from ..messages.as_pmt import to_message
from ..messages.detection import from_logits
from ..rfattn_python import step_tags
from .parts.entered_streams import EnteredStreams
from .parts.lifetime import KeptByFlowgraph
from .parts.looks import Looks
from .parts.step_block import step_block
from .parts.step_tag import StepCosts, read_step
from .parts.work_errors import keep_error, stop_on_error

_DETECTIONS = pmt.intern("detections")
_LOGITS = pmt.intern("logits")
_MODEL = pmt.intern("model")


class transformer(KeptByFlowgraph, step_block):
    """Classifies each step of `block_size` tokens with a streaming attention model.

    The model sees a step together with the steps before it, up to its window. Steps that wait at
    the input go through the model in one call: those of different streams, and up to `max_run`
    steps of one stream. Each stream has a cache of its
    own, with its own position and fill, and a new segment of a stream empties that cache alone, so
    that no detection spans two segments. Which streams have a cache follows `token_buffer`, whose
    steps name the streams that are gone; give both the same `max_streams`. Where more than
    `max_streams` come all the same, one outside the call loses its cache, which is counted, and
    starts again with an empty one: a stream that is idle, or else the one that came last.

    The model can be swapped while the flowgraph runs. The new one is built and warmed up in the
    thread of the caller and takes over between two calls, with empty caches; no token is lost. An
    impossible swap raises an error, and the current model keeps running. All runners but native
    need python3-torch.

    Stream input:
        float32[n_bins + n_features], tokens in whole steps from `token_buffer`, of any number of
        streams.

    Stream output:
        float32[n_classes], the logits of one step per item.

    Tags in:
        rfattn:step on the first token of each step. Its front_end must be that of the model, or
        its form for real-valued samples, and its features those of the model; a step that states
        others, or no front end, ends the flowgraph with an error that names what differs.

    Tags out:
        - rfattn:step, each item: the dictionary that arrived, and start_ns and end_ns (uint64, ns,
          monotonic clock) of the call, kv_bytes (uint64, of all caches held), streams (caches
          held), evictions (caches evicted so far), attention and norm (symbols), and where known
          peak_temporary_bytes and device_bytes (uint64; when the caches changed last).

    Messages out:
        - detections: one dictionary per step: label, confidence, probabilities, stream, segment,
          sample_start, sample_count, attention, norm; time, frequency and sample_rate where known.
        - logits: a dictionary per call with what `emission_labels` needs of its steps, as vectors
          with an entry for each step: streams, sample_starts, sample_counts (uint64), sample_rates
          (double, Hz; 0 where none is known), logits (float32, the values of one step after those
          of the other); and attention, norm, classes (symbols).
        - model: at the start and after each swap, with the dictionaries before (empty at the
          start), after (what runs: attention, norm, kernel, device, dtype, window, kv_bytes and
          others) and requested.

    GNU Radio Companion:
        The ports are drawn before the model file is opened. Therefore the dialog states the bins
        and features per token, the step and the classes of the model; the flowgraph refuses to
        start when the model has other numbers, and the error names both. Model, attention and norm
        may be variables: the block then swaps when they change, and logs a swap that is
        impossible.

    Args:
        model: name of a shipped family (`gr-rfattn models` lists them), a folder, or a .pt or
            .safetensors file.
        attention: attention of a family, as `gr-rfattn models` lists them, such as "flash";
            "model": that of the file.
        norm: norm of a family: "layernorm", "rmsnorm", "dyt"; "model": that of the file.
        device: "auto" (CUDA if present), "cpu", "cuda", "cuda:1".
        dtype: "auto" (bfloat16 on CUDA cards from Ampere on, which is compute capability 8.0, else
            float32), "float32", "bfloat16", "float16".
        threads: torch's threads within an operation, for the whole process, >= 0; 0: one less
            than there are cores. Runner "native" takes one.
        max_batch: steps that one call takes at most, >= 1.
        max_streams: caches held at most, >= 1; `adapter.max_kv_bytes` is their size in bytes.
        runner: "auto" (graph on CUDA; on the CPU native in float32 for what is built in, else
            torch); "native": in C++, on the CPU in float32; "torch"; "graph": one recorded step on
            CUDA, with the caches of all max_streams streams allocated at once.
        run_code: let the code in a model file run, which may do whatever you may do: that of a
            model of kind "window". Other models are built anew and need no code of their file.

    Attributes:
        n_bins, n_features, block_size, n_classes: sizes that the model file states.
        n_values: values of a token, n_bins + n_features.
        classes: names of the classes, in the order of the logits.
        front_end: parameters of `power_spectrum` that the model needs.
        features: names of the values behind the spectrum of each token, in order.
        max_run: steps of one stream that one call takes at most; on the CPU more than one only
            where steps are short.
        max_batch: the parameter, or max_streams times max_run where that is less.
        model: name or path of the model that runs now.
        attention: the attention that runs now, such as "flash".
        norm: the norm that runs now, such as "layernorm".
        runner: what runs the model now: "native", "torch" or "graph".
        device: where it runs now, such as "cpu".
        adapter: the `AttentionModelAdapter` that runs.
        error: None, or the exception that ended the flowgraph.

    Raises:
        ValueError: the model cannot run; one line (ModelFileError for model files).
    """

    def __init__(
        self,
        model=DEFAULT_MODEL,
        attention="model",
        norm="model",
        device="auto",
        dtype="auto",
        threads=0,
        max_batch=8,
        max_streams=16,
        runner="auto",
        run_code=False,
    ):
        for name, value, least in (
            ("threads", threads, 0),
            ("max_batch", max_batch, 1),
            ("max_streams", max_streams, 1),
        ):
            if value < least:
                raise ValueError(f"transformer: {name} must be >= {least}, got {value}")
        self._threads, self._max_batch = threads, max_batch
        self._where = {
            "device": device,
            "dtype": dtype,
            "max_streams": max_streams,
            "runner": runner,
            "run_code": run_code,
        }
        for name, value in (("attention", attention), ("norm", norm)):
            if not value.isidentifier():
                raise ValueError(f"{name} must be a name, got {value!r}")
        self._requested = {"model": str(model), "attention": attention, "norm": norm}
        self.adapter = self._build(self._requested)
        self.max_run = self.adapter.longest_run
        self.max_batch = min(max_batch, max_streams * self.max_run)
        self._costs = StepCosts(self.adapter)
        self.n_bins, self.block_size = self.adapter.n_bins, self.adapter.block_size
        self.n_features, self.n_values = self.adapter.n_features, self.adapter.n_values
        self.n_classes, self.classes = self.adapter.n_classes, self.adapter.classes
        self.front_end = self.adapter.contract["front_end"]
        self.features = self.adapter.features
        self.error = None
        self._streams = EnteredStreams(self.front_end, self.features)
        self._swapping, self._stepping = threading.Lock(), threading.Lock()
        step_block.__init__(
            self, "transformer", self.n_values, self.n_classes, self.block_size, self.max_batch
        )
        self.set_tag_propagation_policy(gr.TPP_DONT)
        self._tags = step_tags(
            self.gateway, self.block_size, self.max_batch, self.max_run, max_streams
        )
        self.message_port_register_out(_DETECTIONS)
        self.message_port_register_out(_LOGITS)
        self.message_port_register_out(_MODEL)
        for line in blas.cap_blas_threads():
            self.logger.warn(line)

    @property
    def model(self) -> str:
        return self._requested["model"]

    attention = property(attrgetter("adapter.attention"))
    norm = property(attrgetter("adapter.norm"))
    runner = property(attrgetter("adapter.runner"))
    device = property(attrgetter("adapter.device"))

    def set_attention(self, attention: str) -> None:
        """Swaps to another attention of the same model.

        Raises:
            ValueError: as the constructor does; the block keeps its model.
        """
        self._swap({**self._requested, "attention": attention})

    def set_norm(self, norm: str) -> None:
        """Swaps to another norm of the same model; raises as `set_attention` does."""
        self._swap({**self._requested, "norm": norm})

    def set_model(self, model) -> None:
        """Swaps to another model with the same classes, steps and front end; raises as
        `set_attention` does."""
        self._swap({**self._requested, "model": str(model)})

    @keep_error
    def start(self):
        blas.set_torch_threads(self._threads)  # for this thread, which computes
        self.error = None
        self.adapter.clear()
        self._send_model({}, self.adapter.describe(), self._requested)
        return step_block.start(self)

    @stop_on_error
    def work(self, input_items, output_items):
        heads = self._tags.read(len(input_items[0]) * self.block_size)
        with self._stepping:
            adapter, costs = self.adapter, self._costs
            states, runs, order = self._streams.enter(adapter, heads)
            start_ns = time.monotonic_ns()
            logits = _step(adapter, input_items[0][: len(heads)], states, runs, order)
            end_ns = time.monotonic_ns()
            entries = costs.dictionary()
        finite = self._tags.write(logits, output_items[0], start_ns, end_ns, entries)
        if self._tags.is_heard(_LOGITS):
            looks = Looks.of_call(heads, input_items[0][: len(heads)], logits, adapter)
            self.message_port_pub(_LOGITS, looks.to_message())
        # Logits that are not finite are refused by from_logits, so they are always looked at.
        if not finite or self._tags.is_heard(_DETECTIONS):
            for i in range(len(heads)):
                step = read_step(self._tags.written(i))
                detection = from_logits(logits[i], step, self.classes)
                self.message_port_pub(_DETECTIONS, to_message(detection))
        return len(heads)

    def _build(self, requested: dict):
        from ..inference import AttentionModelAdapter

        adapter = AttentionModelAdapter.load(**requested, **self._where)
        blas.set_torch_threads(self._threads)
        adapter.warm_up()
        adapter.prepare(self._max_batch)
        return adapter

    def _swap(self, requested: dict) -> None:
        with self._swapping:
            adapter = self._build(requested)
            self._check_fits(adapter)
            with self._stepping:
                old, self.adapter = self.adapter, adapter
                self._costs = StepCosts(adapter, self._costs.evictions)
                self._requested = requested
            self._send_model(old.describe(), adapter.describe(), requested)
            del old  # not in a step, which would wait until its memory is freed
            _give_back_memory()

    def _check_fits(self, adapter) -> None:
        for name in ("n_bins", "features", "block_size", "n_classes", "classes"):
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

    def _send_model(self, before: dict, after: dict, requested: dict) -> None:
        message = {"before": before, "after": after, "requested": requested}
        self.message_port_pub(_MODEL, pmt.to_pmt(message))


def _step(adapter, tokens: np.ndarray, states: list, runs: list[int], order: list[int]):
    """Logits of steps that come in any order; ``order`` has their numbers stream by stream."""
    if len(order) == len(states):  # one of each
        return adapter.step_held(tokens, states, runs)
    logits = np.empty((len(tokens), adapter.n_classes), np.float32)
    logits[order] = adapter.step_held(tokens[order], states, runs)
    return logits


def _give_back_memory() -> None:
    """Returns to the system what the old model and the building of the new one took. glibc keeps it
    otherwise, about half a megabyte more with every swap; other C libraries have no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
