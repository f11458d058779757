# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every emission of a band, measured and labelled, in one block."""

from __future__ import annotations

import pmt
from gnuradio import blocks, gr

from ..emissions.ignore_list import IgnoreList
from ..inference import NO_MODEL, emission_model
from ..recordings.emission_features import FEATURES
from ..rfattn_python import (
    emission_detector,
    latency_probe,
    token_buffer,
    token_scheduler,
)
from ..telemetry.zmq_publisher import plain
from .emission_extractor import emission_extractor
from .emission_labels import emission_labels
from .frame_contents import frame_contents
from .labeller_options import LabellerOptions
from .parts.counts import account_tokens, count_faulty
from .parts.lifetime import FreedWithFlowgraph
from .parts.policy import check_policy
from .transformer import transformer

_TOPICS = ("emissions", "detections", "stats", "model")
MAX_EMISSIONS = {"block": 512, "drop": 64}
"""Emissions that are cut at a time; each may have a queue and a cache, about 0.6 MB together. More
would take a receiver's model too long; a recording can wait."""
_MAX_BATCH = 64
"""Steps in a call of the model. More are hardly faster for each; under policy drop as many come
together only when the model is late."""
_FIRST_REST_S = 1.0
_LONGEST_REST_S = {"block": _FIRST_REST_S, "drop": 32.0}
"""Rests of a stream between looks of the model. When they may grow they depend on labels, and so on
when the messages of these arrive; under policy block all are equal."""
_OPTIONS = LabellerOptions()
_DROP_WINDOWS = 2
"""Steps that may wait under policy drop, in windows: as many come out in one run after a drop, so
that the last of them have all the context that they can have."""


class signal_labeller(FreedWithFlowgraph, gr.hier_block2):
    """Finds every emission in the band, measures it and labels it.

    Within are `emission_detector` and `emission_labels`; with a model, or to read frames,
    `emission_extractor`, and with a model `token_scheduler`, `token_buffer`, `transformer` and
    `latency_probe`. Those blocks describe the messages and what they mean.

    Stream input:
        complex64, the samples of a receiver or of a recording.

    Tags in:
        rx_rate and rx_freq (double, Hz) and rx_time, as `sigmf_source` and receivers set them. An
        rx_rate that is not sample_rate ends the flowgraph with an error. Without rx_freq the edges
        are relative to the centre of the band.

    Messages in:
        - listen: dictionaries of `emission_demodulator`, for `emission_extractor`.

    Messages out:
        - emissions: dictionaries of `emission_labels`: when an emission is found, at most some
          times a second while it lasts, and when it ends.
        - detections: dictionaries of `transformer`, one per step; the stream is the emission's id.
          None with model "none".
        - stats: dictionaries of `latency_probe`. None with model "none".
        - model: dictionaries of `transformer`. None with model "none".
        - samples: pairs of a dictionary and a vector of complex64, from `emission_extractor`; only
          where `samples` is set.
        - decoded: dictionaries of `frame_contents`; only where `contents` is set.
        - heard: as samples, of those emissions that port listen names, from `emission_extractor`.
          None where there is neither a model nor contents nor I/Q.

    Args:
        sample_rate: samples a second, Hz, > 0.
        sensitivity: false emissions that noise may cause, a second and MHz, > 0; more finds weaker
            ones.
        sides: "two"; "one": real-valued samples with a zero imaginary part, of which only the
            frequencies from 0 Hz up count.
        model: a model whose input is "emission": a family, a folder, or a .pt or .safetensors
            file; "": the shipped family `emissions`; "none": emissions are measured and compared
            with the signal table, and frames alone give labels where contents is set.
        policy: when the model is too slow: "block" makes the source wait, "drop" discards tokens
            and counts them; see `token_buffer`. Under "block" the same samples get the same labels
            in every run, for which the model looks at each emission once a second, and up to 512
            emissions are cut at a time; under "drop" its rests grow while it is sure, see
            `token_scheduler`, and up to 64 are cut.
        samples: send the I/Q of each emission on port samples, as for `emission_recorder`.
        margin_s: least time before and after each burst of which I/Q is sent, s, 0 to 10. Where
            emissions are labelled, another `emission_extractor` then cuts the I/Q, for the cost of
            one.
        contents: read the frames with a right checksum, see `frame_contents`. With model "none"
            frames are looked for then, also those without a checksum, and give the labels.
        options: how the model runs, and how labels are weighed: see `LabellerOptions`.

    Attributes:
        detector, labels: the blocks within; extractor: None unless there is a model, frames are
            read or I/Q is taken; cutter: the extractor that sends the I/Q; scheduler, buffer,
            transformer, probe: None without a model; contents: None unless frames are read.
        TOPICS: names of the message ports.

    Raises:
        ValueError: naming the parameter, the rule and the value, or what is wrong with the model.
    """

    def __init__(
        self,
        sample_rate,
        sensitivity=0.01,
        sides="two",
        model="",
        policy="block",
        samples=False,
        margin_s=0.0,
        contents=False,
        options=_OPTIONS,
    ):
        check_policy("signal_labeller", policy)
        if not isinstance(options, LabellerOptions):
            raise ValueError(
                f"signal_labeller: options must be LabellerOptions, got {options!r:.60}"
            )
        gr.hier_block2.__init__(
            self,
            "signal_labeller",
            gr.io_signature(1, 1, gr.sizeof_gr_complex),
            gr.io_signature(0, 0, 0),
        )
        model = emission_model(str(model))
        self.TOPICS = (*_TOPICS, *(["samples"] if samples else []))
        self.TOPICS += ("decoded",) if contents else ()
        self.extractor = self.scheduler = self.buffer = self.transformer = self.probe = None
        self.cutter = self.contents = None
        for topic in (*self.TOPICS, "heard"):
            self.message_port_register_hier_out(topic)
        self.message_port_register_hier_in("listen")
        self.detector = emission_detector(
            sample_rate, sensitivity, sides, IgnoreList.load(options.ignore).bands
        )
        if model:
            self.transformer = _make_transformer(model, MAX_EMISSIONS[policy], options)
            contract = self.transformer.adapter.contract
        else:
            contract = NO_MODEL if contents else ""
        self.labels = emission_labels(
            model=contract,
            min_confidence=options.min_confidence,
            band_plan=options.band_plan,
            ignore=options.ignore,
            policy=policy,
        )
        self.connect(self, self.detector)
        self.msg_connect(self.detector, "emissions", self.labels, "emissions")
        self.msg_connect(self.labels, "emissions", self, "emissions")
        lookback_s, real_time = options.lookback_s, options.real_time
        has_labels = bool(model or contents)
        if has_labels or samples:
            is_apart = samples and margin_s and has_labels  # a margin would hold up labels
            sends, is_late = samples and not is_apart, not real_time and policy == "block"
            self.extractor = self.cutter = _make_extractor(
                sample_rate,
                self.transformer,
                lookback_s,
                lookback_s if sends or is_late else 0.0,
                MAX_EMISSIONS[policy],
                sends,
                0.0 if has_labels else margin_s,
                has_labels,
                contents,
            )
            if has_labels:
                self.msg_connect(self.extractor, "findings", self.labels, "findings")
            self.connect(self.detector, self.extractor)
            self.msg_connect(self.extractor, "heard", self, "heard")
            self.msg_connect(self, "listen", self.extractor, "listen")
            self._connect_tokens(policy, real_time)
            if is_apart:
                self.cutter = _make_extractor(
                    sample_rate, None, lookback_s, lookback_s, MAX_EMISSIONS[policy], True, margin_s
                )
                self.connect(self.detector, self.cutter)
                self._connect_end(self.cutter)
        if contents:
            self.contents = frame_contents(policy=policy)
            self.msg_connect(self.extractor, "frames", self.contents, "frames")
            self.msg_connect(self.contents, "decoded", self, "decoded")
        if samples:
            self.msg_connect(self.cutter, "samples", self, "samples")

    def set_model(self, model: str) -> None:
        """Swaps to another model with the same classes, steps and front end while the flowgraph
        runs: to one's own, for example, after another class was taught.

        Raises:
            ValueError: as the constructor does, or naming the difference; the block keeps its
                model. With model "none" there is nothing to swap.
        """
        if self.transformer is None:
            raise ValueError("signal_labeller: model 'none' cannot be swapped")
        self.transformer.set_model(model)
        self.labels.set_model(self.transformer.adapter.contract)

    def _connect_tokens(self, policy: str, real_time: bool) -> None:
        """Connects what takes the tokens: a model with what goes before and behind it, or none."""
        model = self.transformer
        if model is None:
            self._connect_end(self.extractor)
            return
        window = model.adapter.window
        self.scheduler = token_scheduler(
            model.n_values, window, _FIRST_REST_S, _LONGEST_REST_S[policy]
        )
        waits = policy == "block"
        self.buffer = token_buffer(
            model.n_values,
            model.block_size,
            2 * model.max_batch if waits else _DROP_WINDOWS * window // model.block_size,
            policy if real_time or not waits else "batch",
            max_streams=MAX_EMISSIONS[policy],
            max_batch=model.max_batch,
            max_run=model.max_run,
        )
        self.probe = latency_probe(model.n_classes)
        self.connect(self.extractor, self.scheduler, self.buffer, model, self.probe)
        self._connect_end(self.probe)
        self.msg_connect(model, "logits", self.labels, "logits")
        if not waits:  # else all rests are equal
            self.msg_connect(self.labels, "confidences", self.scheduler, "detections")
        self.msg_connect(self.probe, "stats", self, "stats")
        for topic in ("detections", "model"):
            self.msg_connect(model, topic, self, topic)

    def _connect_end(self, block) -> None:
        """Connects a sink to a block whose items nobody needs."""
        item_bytes = block.output_signature().sizeof_stream_item(0)
        self.connect(block, blocks.null_sink(item_bytes))

    @property
    def error(self) -> Exception | None:
        """None, or why a block within ended the flowgraph."""
        inner = (self.extractor, self.cutter, self.scheduler, self.buffer, self.probe)
        for block in (self.detector, *inner):
            if block is not None and block.error():  # the blocks in C++ have a text
                return RuntimeError(block.error())
        for block in (self.transformer, self.labels):
            if block is not None and block.error is not None:
                return block.error
        return None

    def drain(self) -> None:
        """Sends the messages that wait within when the flowgraph has ended, such as the ends of
        emissions that lasted until then."""
        self.labels.drain()
        if self.contents is not None:
            self.contents.drain()

    def samples(self) -> int:
        """Samples that were searched."""
        return self.detector.nitems_read(0)

    def tokens(self) -> dict[str, int]:
        """Tokens that were made, rested, labelled, dropped, too few for a step, and those that
        waited in a block when the flowgraph ended; of all emissions together. Empty with model
        "none".

        in = rested + processed + dropped + incomplete + waiting, once the flowgraph has ended.
        """
        if self.transformer is None:
            return {}
        made, rested = self.extractor.tokens_out(), self.scheduler.tokens_rested()
        labelled = self.transformer.nitems_written(0) * self.transformer.block_size
        return {
            "in": made,
            "rested": rested,
            **account_tokens(self.buffer, made - rested, labelled),
        }

    def faulty_samples(self) -> dict[str, int]:
        """Samples that were not finite, that were saturated, and that were absent, so that they
        were not searched: 4 ms or more in a row were exactly equal."""
        absent = self.detector.samples_absent()
        return count_faulty([self.detector]) | {"samples_absent": absent}

    def samples_repeated(self) -> int:
        """See `emission_detector`."""
        return self.detector.samples_repeated()

    def stats(self) -> dict | None:
        """The statistics of `latency_probe` over the run, in plain values; None with model
        "none"."""
        return None if self.probe is None else plain(pmt.to_python(self.probe.stats()))


def _make_transformer(model: str, max_streams: int, options: LabellerOptions) -> transformer:
    """The block ``transformer`` with a model of emissions.

    Raises:
        ValueError: when the model cannot run, or takes something else than emissions.
    """
    names = ("attention", "norm", "device", "dtype", "threads", "runner", "run_code")
    settings = {name: getattr(options, name) for name in names}
    made = transformer(model, **settings, max_streams=max_streams, max_batch=_MAX_BATCH)
    takes = made.adapter.input
    if takes != "emission":
        raise ValueError(
            f"signal_labeller: model {model} takes the spectra of a whole {takes}; give one whose "
            "input is 'emission', or 'none' to run without one; the block transformer labels "
            "whole bands"
        )
    if strange := [name for name in made.features if name not in FEATURES]:
        raise ValueError(
            f"signal_labeller: model {model} needs the feature {strange[0]}; emission_extractor "
            f"makes {', '.join(FEATURES)}"
        )
    return made


def _make_extractor(
    sample_rate: float,
    model: transformer | None,
    lookback_s: float,
    delay_s: float,
    max_emissions: int,
    samples: bool,
    margin_s: float,
    frame_sync: bool = False,
    contents: bool = False,
):
    """The block ``emission_extractor`` with front end and features of the model, or with its own
    front end."""
    front_end = {"max_snr_db": 0.0} | ({} if model is None else dict(model.front_end))
    front_end.pop("sides", None)  # of a channel there are always two
    return emission_extractor(
        sample_rate,
        **front_end,
        lookback_s=lookback_s,
        delay_s=delay_s,
        max_emissions=max_emissions,
        samples=samples,
        margin_s=margin_s,
        features=[] if model is None else model.features,
        frame_sync=frame_sync,
        contents=contents,
    )
