# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of a flowgraph: each field once, with its type, its meaning and its metric.

Blocks send these as PMT dictionaries, `zmq_stats_sink` as JSON with an `Envelope` around them.
Names end in their unit where the type does not give it. A field that is None is absent from the
message. To add an entry to the statistics, add a field to `Stats`. No GNU Radio here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from .entries import entry, read_as, to_dict
from .label_text import label_text

SCHEMA = 1

_SHARE = {"least": 0.0, "most": 1.0 + 1e-6}  # rounding may add a little to a probability
_SECONDS = {"least": 0.0, "most": 1e11}  # 3000 years, which a calendar shows
_TIME = {"least": -1e11, "most": 1e11}
_DECIBELS = {"least": -1000.0, "most": 1000.0}
_RATE = {"least": 1e-3, "most": 1e15}
_HERTZ = {"least": -1e15, "most": 1e15}
_MAX_CLASSES, _MAX_FLAGS, _MAX_NEAREST = 4096, 16, 16


@dataclass(frozen=True)
class Envelope:
    """What `zmq_stats_sink` adds to every message."""

    schema: int = entry("Version of these messages.")
    seq: int = entry("Number of the message within its topic, from 0.")
    time_unix_s: float = entry("When it was sent, s since 1970.", **_SECONDS)


@dataclass(frozen=True)
class Detection:
    """What a model found in the samples of one step. No detection spans two segments."""

    label: str = entry("The most probable class.")
    confidence: float = entry("Probability of the label.", **_SHARE)
    probabilities: dict[str, float] = entry("Probability by class; their sum is 1.", **_SHARE)
    sample_start: int = entry("First sample of the step, counted from the start of the stream.")
    sample_count: int = entry("Samples of the step.")
    segment: int = entry("Segment of the stream; each gap begins another.")
    time: float | None = entry(
        "Time of the first sample, s: since 1970 where the receiver states its time, else since "
        "sample 0; absent where the rate is unknown, too.",
        default=None,
        **_TIME,
    )
    frequency: float | None = entry("Middle of the band, Hz.", default=None, **_HERTZ)
    sample_rate: float | None = entry("Complex samples a second.", default=None, **_RATE)
    attention: str = entry("Attention of the model.", default="")
    norm: str = entry("Norm of the model.", default="")
    stream: int = entry("Stream of the step.", default=0)
    non_finite_tokens: int | None = entry(
        "Tokens of the step that look at a NaN or infinite sample; absent where there are none.",
        default=None,
    )

    def __post_init__(self):
        _check_length("detections: probabilities", self.probabilities, _MAX_CLASSES)

    def to_dict(self) -> dict:
        """The fields in plain values, without the unknown ones."""
        return to_dict(self)


def _check_length(where: str, values, most: int) -> None:
    if values is not None and len(values) > most:
        raise ValueError(f"{where} must have at most {most} entries, got {len(values)}")


STATES = ("new", "update", "end")
"""What a message tells of an emission."""
FLAGS = ("edge", "dc", "image", "overload", "non-finite")
"""What may be wrong with an emission (lib/blocks/emission_pmt.cc)."""
SPEECH = ("amplitude", "frequency", "constant", "none")
"""What speech modulates (lib/blocks/sync_pmt.cc)."""


@dataclass(frozen=True)
class Nearest:
    """An entry of the signal table that an emission is compatible with; this is no label."""

    name: str = entry("Name of the signal.")
    score: float = entry("How well the measurements fit, 0 to 1.", **_SHARE)


@dataclass(frozen=True, kw_only=True)
class Emission:
    """One transmitter's signal in one band of frequencies, as `emission_detector` measured it.

    `emission_labels` adds the fields from ``label`` on.
    """

    id: int = entry("Number of the emission within a run, from 1; the stream of its tokens.")
    state: str = entry('"new", "update" or "end".')
    segment: int = entry("Segment of the samples; each gap begins another.")
    sample_start: int = entry("First sample of the first burst.")
    sample_count: int = entry("Samples up to the last one on the air so far.")
    sample_now: int = entry("Samples that had arrived when the message was made.")
    freq_lower: float = entry(
        "Lower edge, Hz; relative to the centre of the band where rx_freq is absent.", **_HERTZ
    )
    freq_upper: float = entry("Upper edge, Hz.", **_HERTZ)
    snr_db: float = entry(
        "Power between the edges during the bursts over that of the noise, dB.", **_DECIBELS
    )
    power_db: float = entry(
        "Power between the edges during the bursts, dB of full scale.", **_DECIBELS
    )
    duty: float = entry("Share of the time that its bursts take, 0 to 1.", **_SHARE)
    period_s: float | None = entry("Median time from burst to burst, s.", default=None, **_SECONDS)
    burst_count: int = entry("Bursts that ended so far.")
    bursts: list[int] = entry(
        "First sample and number of samples of each burst that ended since the last message."
    )
    burst_start: int | None = entry(
        "First sample of the burst that is on the air; absent between bursts.", default=None
    )
    flags: list[str] = entry(f"Any of {', '.join(FLAGS)}.")
    rx_rate: float | None = entry("Complex samples a second.", default=None, **_RATE)
    rx_freq: float | None = entry("Middle of the receiver's band, Hz.", default=None, **_HERTZ)
    rx_time: list[float] | None = entry(
        "Time of sample_start since 1970: whole seconds and fraction.", default=None, **_TIME
    )
    label: str | None = entry(
        'The class, or "unknown" where the model is in doubt; absent where none looked.',
        default=None,
    )
    family: str | None = entry(
        "Family of the class; of an unknown one the family that is certain.", default=None
    )
    guess: str | None = entry("The most probable class.", default=None)
    confidence: float | None = entry("Probability of the guess.", default=None, **_SHARE)
    probabilities: dict[str, float] | None = entry("Probability by class.", default=None, **_SHARE)
    shape_confidence: float | None = entry(
        "Probability of the guess without the band plan; absent where none is used.",
        default=None,
        **_SHARE,
    )
    looked_at: float | None = entry(
        "Share of its time on the air that the model looked at, 0 to 1; absent where none looked.",
        default=None,
        **_SHARE,
    )
    symbol_rate: float | None = entry(
        "Symbols a second, where power and frequency of the emission show the same rate, or where "
        "the frequency has two levels.",
        default=None,
        **_RATE,
    )
    sync: str | None = entry(
        "Format whose frames were found; in messages of `emission_extractor` alone, and of "
        "`emission_labels`.",
        default=None,
    )
    sync_absent: list[str] | None = entry(
        "Formats that each burst of their class has, where they were looked for in a whole burst "
        "and not found; in messages of `emission_extractor` alone.",
        default=None,
    )
    preamble_rate: float | None = entry(
        "Symbols a second of the alternating preamble of the bursts; in messages of "
        "`emission_extractor` alone.",
        default=None,
        **_RATE,
    )
    longest_run: int | None = entry(
        "Equal symbols of two levels of the frequency that follow each other, but for rare ones; "
        "in messages of `emission_extractor` alone.",
        default=None,
        least=1,
        most=1 << 20,
    )
    run_rate: float | None = entry(
        "Symbols a second of two levels of the frequency; in messages of `emission_extractor` "
        "alone.",
        default=None,
        **_RATE,
    )
    pulse_s: float | None = entry(
        "Length of the short pulses of a carrier that data switches on and off, in s; in messages "
        "of `emission_extractor` alone.",
        default=None,
        least=0.0,
        most=60.0,
    )
    level_rate: float | None = entry(
        "Symbols a second at which the frequency has four levels; in messages of "
        "`emission_extractor` alone.",
        default=None,
        **_RATE,
    )
    deviation: float | None = entry(
        "How far the outer ones of these levels are from the middle, in Hz; in messages of "
        "`emission_extractor` alone.",
        default=None,
        **_RATE,
    )
    speech: str | None = entry(
        "What speech seems to modulate, `amplitude`, `frequency`, nothing where the amplitude is "
        "`constant`, or `none`; in messages of `emission_extractor` alone.",
        default=None,
    )
    nearest: list[Nearest] | None = entry(
        "Entries of the signal table that fit best, at most three.", default=None
    )

    def __post_init__(self):
        if self.state not in STATES:
            raise ValueError(
                f"emissions: state must be one of {', '.join(STATES)}, got {self.state!r}"
            )
        if len(self.bursts) % 2:
            raise ValueError(f"emissions: bursts must be pairs, got {len(self.bursts)} numbers")
        if (self.label is None) != (self.confidence is None):
            raise ValueError("emissions: label and confidence must come together")
        if self.freq_upper < self.freq_lower:
            raise ValueError(
                f"emissions: freq_upper must be >= freq_lower {self.freq_lower}, "
                f"got {self.freq_upper}"
            )
        if self.rx_time is not None and len(self.rx_time) != 2:
            raise ValueError(f"emissions: rx_time must be a pair, got {len(self.rx_time)} numbers")
        _check_length("emissions: flags", self.flags, _MAX_FLAGS)
        _check_length("emissions: sync_absent", self.sync_absent, _MAX_FLAGS)
        _check_length("emissions: nearest", self.nearest, _MAX_NEAREST)
        _check_length("emissions: probabilities", self.probabilities, _MAX_CLASSES)

    @property
    def is_of_frames(self) -> bool:
        """Whether it is of `emission_extractor`, and states what was found of frames."""
        rates = self.preamble_rate, self.run_rate, self.level_rate
        found = self.sync, self.sync_absent, *rates, self.longest_run, self.pulse_s, self.speech
        return any(value is not None for value in found)

    @property
    def is_live(self) -> bool:
        return self.state != "end"

    @property
    def width(self) -> float:
        """Upper minus lower edge, Hz."""
        return self.freq_upper - self.freq_lower

    @property
    def middle(self) -> float:
        """Middle between the edges, Hz."""
        return (self.freq_lower + self.freq_upper) / 2

    @property
    def duration_s(self) -> float | None:
        """From the first sample to the last one on the air so far; None without a rate."""
        return self.sample_count / self.rx_rate if self.rx_rate else None

    @property
    def label_text(self) -> str | None:
        """The label as it is shown, with the guess where it is unknown; None without a label."""
        return label_text(
            self.label,
            self.family,
            self.guess or self.label,
            self.confidence,
            self.shape_confidence,
        )

    def burst_pairs(self) -> list[tuple[int, int]]:
        """First sample and number of samples of each burst in this message."""
        return [(int(a), int(b)) for a, b in zip(self.bursts[::2], self.bursts[1::2], strict=True)]


@dataclass(frozen=True)
class Quantiles:
    """How a duration is distributed over an interval, in s."""

    count: int = entry("Values.")
    mean: float = entry("Mean.", **_SECONDS)
    p50: float = entry("Median.", **_SECONDS)
    p95: float = entry("95 % are no larger.", **_SECONDS)
    p99: float = entry("99 % are no larger.", **_SECONDS)
    max: float = entry("Largest.", **_SECONDS)


@dataclass(frozen=True)
class Histogram:
    """How a duration is distributed over the run, in s."""

    upper_seconds: list[float] = entry("Upper edges of all buckets but the last.", **_SECONDS)
    counts: list[int] = entry("Values by bucket.")
    sum_seconds: float = entry("Sum of all values.", **_SECONDS)

    def __post_init__(self):
        if len(self.counts) != len(self.upper_seconds) + 1:
            raise ValueError(
                f"stats: a histogram of {len(self.upper_seconds)} edges must have one count more, "
                f"got {len(self.counts)}"
            )
        if any(high <= low for low, high in itertools.pairwise(self.upper_seconds)):
            raise ValueError("stats: the edges of a histogram must rise")


_LATENCY = "Arrival of a step's last sample to its label."
_WAIT = "Arrival of a step's last sample to the start of its inference."
_INFERENCE = "Start to end of a step's inference."
_INTERVAL = " Over the latest interval."


@dataclass(frozen=True, kw_only=True)
class Stats:
    """What `latency_probe` measured: totals since the flowgraph started, durations lately."""

    steps: int = entry("Steps that were labelled.", "rfattn_steps", counts=True)
    interval_steps: int = entry("Steps that the quantiles cover.")
    tokens_in: int | None = entry(
        "Tokens that reached the token buffers.", "rfattn_tokens_in", counts=True, default=None
    )
    dropped_tokens: int = entry(
        "Tokens dropped because the model was too slow.", "rfattn_tokens_dropped", counts=True
    )
    rested_tokens: int = entry(
        "Tokens discarded while their emissions rested.",
        "rfattn_tokens_rested",
        counts=True,
        default=0,
    )
    queued_steps: int = entry("Steps that wait behind the latest one.", "rfattn_queued_steps")
    streams: int | None = entry(
        "Streams that have a cache in the model.", "rfattn_streams", default=None
    )
    evictions: int | None = entry(
        "Caches taken from one stream for another.",
        "rfattn_evictions",
        counts=True,
        default=None,
    )
    retunes: int | None = entry(
        "Gaps in the samples: changes of frequency.", "rfattn_retunes", counts=True, default=None
    )
    overflows: int | None = entry(
        "Gaps in the samples: losses, or another capture.",
        "rfattn_overflows",
        counts=True,
        default=None,
    )
    deadline_misses: int = entry(
        "Steps with a latency above the budget.", "rfattn_deadline_misses", counts=True
    )
    budget_seconds: float = entry(
        "Latency up to which a step is in time.", "rfattn_latency_budget_seconds", **_SECONDS
    )
    latency_seconds: Quantiles = entry(_LATENCY + _INTERVAL, "rfattn_latency_interval_seconds")
    wait_seconds: Quantiles = entry(_WAIT + _INTERVAL, "rfattn_wait_interval_seconds")
    inference_seconds: Quantiles = entry(
        _INFERENCE + _INTERVAL, "rfattn_inference_interval_seconds"
    )
    latency_histogram: Histogram | None = entry(_LATENCY, "rfattn_latency_seconds", default=None)
    wait_histogram: Histogram | None = entry(_WAIT, "rfattn_wait_seconds", default=None)
    inference_histogram: Histogram | None = entry(
        _INFERENCE, "rfattn_inference_seconds", default=None
    )
    kv_bytes: int | None = entry(
        "Key and value caches of the model.", "rfattn_kv_bytes", default=None
    )
    device_bytes: int | None = entry(
        "Memory held on the device.", "rfattn_device_bytes", default=None
    )
    peak_temporary_bytes: int | None = entry(
        "Most device memory that a step took.", "rfattn_temporary_peak_bytes", default=None
    )
    rss_bytes: int = entry(
        "Resident memory of the flowgraph's process.", "rfattn_resident_memory_bytes"
    )
    peak_rss_bytes: int = entry(
        "Largest resident memory so far.", "rfattn_resident_memory_peak_bytes"
    )
    uptime_seconds: float = entry(
        "How long the flowgraph has been running.", "rfattn_uptime_seconds", **_SECONDS
    )

    def dropped_share(self) -> float | None:
        """Share of all tokens that was dropped; None where the number of tokens is unknown."""
        return self._share(self.dropped_tokens)

    def rested_share(self) -> float | None:
        """Share of all tokens that was not looked at while their emissions rested; None where the
        number of tokens is unknown."""
        return self._share(self.rested_tokens)

    def _share(self, tokens: int) -> float | None:
        """Of those that reached the token buffers and those that rested before them."""
        known = self.tokens_in is not None and self.tokens_in + self.rested_tokens > 0
        return tokens / (self.tokens_in + self.rested_tokens) if known else None


SIDES = ("two", "one")
"""Whether a spectrum extends to both sides of its frequency."""


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """A row of a waterfall, from `spectrum_probe`."""

    peak_db: list[float | None] = entry("Largest value by bin, dB.")
    mean_db: list[float | None] = entry("Mean of the values in dB, by bin.")
    tokens: int = entry("Tokens that the row covers.")
    sample_start: int = entry("First sample of the first token.")
    segment: int = entry("Segment of the first token.")
    sides: str = entry('"two": around the frequency; "one": from the frequency upwards.')
    frequency: float | None = entry("Frequency of the receiver, Hz.", default=None, **_HERTZ)
    sample_rate: float | None = entry("Complex samples a second.", default=None, **_RATE)

    def __post_init__(self):
        if self.sides not in SIDES:
            raise ValueError(
                f"spectra: sides must be one of {', '.join(SIDES)}, got {self.sides!r:.60}"
            )
        if len(self.peak_db) != len(self.mean_db):
            raise ValueError(
                f"spectra: peak_db and mean_db must have equal lengths, got {len(self.peak_db)} "
                f"and {len(self.mean_db)}"
            )

    def edges(self) -> tuple[float | None, float | None]:
        """Edges of the band in Hz: None without a rate; around 0 without a frequency."""
        if not self.sample_rate:
            return None, None
        middle, half = self.frequency or 0.0, self.sample_rate / 2
        return middle if self.sides == "one" else middle - half, middle + half


@dataclass(frozen=True, kw_only=True)
class ModelDescription:
    """The model that a `transformer` runs; its message has more for whoever reads the JSON."""

    attention: str = entry("Name of the attention.")
    norm: str = entry("Name of the norm.")
    device: str = entry("Where it runs.")
    dtype: str = entry("Type of its numbers.")
    kernel: str | None = entry("What computes the attention.", default=None)
    window: int | None = entry("Tokens that a layer sees.", default=None)
    block_size: int | None = entry("Tokens of a step.", default=None)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A `transformer` started or changed its model."""

    after: ModelDescription = entry("The model that runs now.")
    before: dict | None = entry("The model that ran before; empty at the start.", default=None)
    requested: dict | None = entry("Model, attention and norm as asked for.", default=None)


@dataclass(frozen=True, kw_only=True)
class Info:
    """What a subscriber that comes late needs; sent about once a second."""

    versions: dict | None = entry("Versions by package.", default=None)
    parameters: dict | None = entry("Parameters of the sink.", default=None)
    model: Model | None = entry("The latest message of the topic model.", default=None)


EDGE_STATES = ("connected", "gone")
"""Of an edge at its host."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What came from an edge over the network, and what did not; all its runs together."""

    edge: int = entry("Number of the edge.")
    state: str = entry('"connected" or "gone".', default="connected")
    runs: int = entry("How often it connected.", default=0)
    vanished: int = entry("How often it was not heard for too long.", default=0)
    tokens: int = entry("Tokens that came.", default=0)
    tokens_dropped: int = entry(
        "Tokens that the edge did not send because the host was late or away.", default=0
    )
    tokens_elsewhere: int = entry(
        "Tokens that another host took, such as this one before it started again.", default=0
    )
    messages: int = entry("Messages of emissions that came.", default=0)
    messages_dropped: int = entry("Messages of emissions that were not sent.", default=0)
    messages_elsewhere: int = entry("Messages of emissions that another host took.", default=0)
    bytes: int = entry("Bytes that came, without those of ZMQ and TCP.", default=0)
    refused: int = entry(
        "Messages that were refused, of all edges and strangers together.", default=0
    )

    def __post_init__(self):
        if self.state not in EDGE_STATES:
            raise ValueError(
                f"edges: state must be one of {', '.join(EDGE_STATES)}, got {self.state!r}"
            )


MESSAGES = {
    "stats": Stats,
    "detections": Detection,
    "emissions": Emission,
    "spectra": Spectra,
    "model": Model,
    "info": Info,
    "edges": Edge,
}
"""Class by topic, which is the name of the message port, too."""


def read(topic: str, message: dict):
    """The message of ``topic`` as an object of its class; fields that it lacks are ignored.

    Raises:
        ValueError: naming the topic, the field and its rule, when a field is missing or wrong.
    """
    return read_as(MESSAGES[topic], message, topic)
