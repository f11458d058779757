# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of the statistics; an entry of it is a field of `Stats`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from .entries import entry
from .limits import SECONDS


@dataclass(frozen=True)
class Quantiles:
    """How a duration is distributed over an interval, in s."""

    count: int = entry("Values.")
    mean: float = entry("Mean.", **SECONDS)
    p50: float = entry("Median.", **SECONDS)
    p95: float = entry("95 % are no larger.", **SECONDS)
    p99: float = entry("99 % are no larger.", **SECONDS)
    max: float = entry("Largest.", **SECONDS)


@dataclass(frozen=True)
class Histogram:
    """How a duration is distributed over the run, in s."""

    upper_seconds: list[float] = entry("Upper edges of all buckets but the last.", **SECONDS)
    counts: list[int] = entry("Values by bucket.")
    sum_seconds: float = entry("Sum of all values.", **SECONDS)

    def __post_init__(self):
        if len(self.counts) != len(self.upper_seconds) + 1:
            raise ValueError(
                f"stats: a histogram of {len(self.upper_seconds)} edges must have one count more, "
                f"got {len(self.counts)}"
            )
        if any(high <= low for low, high in itertools.pairwise(self.upper_seconds)):
            raise ValueError("stats: the edges of a histogram must rise")


_LATENCY = "Arrival of a step's last sample to its label, without steps found late."
_WAIT = "Arrival of a step's last sample to the start of its inference, without steps found late."
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
        "Steps with a latency above the budget, without those found late.",
        "rfattn_deadline_misses",
        counts=True,
    )
    found_late_steps: int = entry(
        "Steps that ended before the detector had reported their burst.",
        "rfattn_steps_found_late",
        counts=True,
        default=0,
    )
    budget_seconds: float = entry(
        "Latency up to which a step is in time.", "rfattn_latency_budget_seconds", **SECONDS
    )
    latency_seconds: Quantiles = entry(_LATENCY + _INTERVAL, "rfattn_latency_interval_seconds")
    wait_seconds: Quantiles = entry(_WAIT + _INTERVAL, "rfattn_wait_interval_seconds")
    inference_seconds: Quantiles = entry(
        _INFERENCE + _INTERVAL, "rfattn_inference_interval_seconds"
    )
    found_late_seconds: Quantiles | None = entry(
        "Latency of the steps found late." + _INTERVAL,
        "rfattn_found_late_interval_seconds",
        default=None,
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
        "How long the flowgraph has been running.", "rfattn_uptime_seconds", **SECONDS
    )

    def missed(self) -> str:
        """In words, how many steps missed the budget, and how many could not meet it."""
        text = f"missed by {self.deadline_misses} of {self.steps - self.found_late_steps} steps"
        if self.found_late_steps:
            text += f"; {self.found_late_steps} more ended before their burst was found"
        return text

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
