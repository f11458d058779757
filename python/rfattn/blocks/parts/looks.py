# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logits of one call of the model as a message: one for many steps, and no text in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pmt

from ...emissions.symbol_rate import step_rates
from ...messages.detection import softmax
from ...rfattn_python import float_vector, float_view

_STREAMS, _STARTS, _COUNTS, _RATES, _SYMBOLS, _LOGITS, _ATTENTION, _NORM, _CLASSES = map(
    pmt.intern,
    (
        "streams",
        "sample_starts",
        "sample_counts",
        "sample_rates",
        "symbol_rates",
        "logits",
        "attention",
        "norm",
        "classes",
    ),
)


@dataclass(frozen=True)
class Looks:
    """What the model returned for the steps of one call.

    Attributes:
        streams, sample_starts, sample_counts: of each step.
        sample_rates: of each step's stream, Hz; 0 where none is known.
        symbol_rates: that each step shows, Hz; 0 for none, nan where none was measured.
        logits: float32 [steps, classes].
        attention, norm: of the model; classes: names of the logits.
    """

    streams: list[int]
    sample_starts: list[int]
    sample_counts: list[int]
    sample_rates: list[float]
    symbol_rates: Sequence[float]
    logits: np.ndarray
    attention: str
    norm: str
    classes: tuple[str, ...]

    @classmethod
    def of_call(cls, heads, tokens: np.ndarray, logits: np.ndarray, model) -> Looks:
        """Of the steps with these heads (see `step_tags.read`) and tokens [steps, n, values], by an
        `AttentionModelAdapter`."""
        streams, _, starts, counts, rates = zip(*(head[:5] for head in heads), strict=True)
        symbols = step_rates(tokens[:, -1, model.n_bins :], model.features)
        names = model.attention, model.norm, tuple(model.classes)
        return cls(streams, starts, counts, rates, symbols.tolist(), logits, *names)

    @classmethod
    def from_message(cls, message: pmt.pmt_base) -> Looks:
        """What `to_message` was given.

        Raises:
            ValueError: when it is no message of a ``logits`` port, or its vectors do not fit
                together.
        """
        try:
            classes = _names(_entry(message, _CLASSES))
            streams = pmt.u64vector_elements(_entry(message, _STREAMS))
            looks = cls(
                streams,
                pmt.u64vector_elements(_entry(message, _STARTS)),
                pmt.u64vector_elements(_entry(message, _COUNTS)),
                pmt.f64vector_elements(_entry(message, _RATES)),
                pmt.f64vector_elements(_entry(message, _SYMBOLS)),
                float_view(_entry(message, _LOGITS)).reshape(len(streams), len(classes)),
                pmt.symbol_to_string(_entry(message, _ATTENTION)),
                pmt.symbol_to_string(_entry(message, _NORM)),
                classes,
            )
        except Exception:
            raise ValueError(f"not a message of a logits port: {str(message)[:200]}") from None
        of_steps = (
            looks.sample_starts,
            looks.sample_counts,
            looks.sample_rates,
            looks.symbol_rates,
        )
        if any(len(values) != len(streams) for values in of_steps):
            raise ValueError(
                "logits: streams, sample_starts, sample_counts, sample_rates and symbol_rates "
                "differ in length"
            )
        return looks

    def to_message(self) -> pmt.pmt_base:
        """The PMT dictionary that the port ``logits`` sends."""
        message = pmt.make_dict()
        for key, value in (
            (_STREAMS, pmt.init_u64vector(len(self.streams), self.streams)),
            (_STARTS, pmt.init_u64vector(len(self.sample_starts), self.sample_starts)),
            (_COUNTS, pmt.init_u64vector(len(self.sample_counts), self.sample_counts)),
            (_RATES, pmt.init_f64vector(len(self.sample_rates), self.sample_rates)),
            (_SYMBOLS, pmt.init_f64vector(len(self.symbol_rates), self.symbol_rates)),
            (_LOGITS, float_vector(self.logits)),
            (_ATTENTION, pmt.intern(self.attention)),
            (_NORM, pmt.intern(self.norm)),
            (_CLASSES, _symbols(self.classes)),
        ):
            message = pmt.dict_add(message, key, value)
        return message

    def of_streams(self) -> Iterator[tuple[int, list[int]]]:
        """Each stream, and the numbers of its steps in their order."""
        steps: dict[int, list[int]] = {}
        for i, stream in enumerate(self.streams):
            steps.setdefault(stream, []).append(i)
        yield from steps.items()

    def seconds(self, step: int) -> float:
        """How long a step is; 0 where the rate is not known."""
        rate = self.sample_rates[step]
        return self.sample_counts[step] / rate if rate else 0.0

    def probabilities(self) -> np.ndarray:
        """Float64 [steps, classes].

        Raises:
            ValueError: when a logit is not finite.
        """
        if not np.isfinite(self.logits).all():
            wrong = int(np.flatnonzero(~np.isfinite(self.logits).all(axis=1))[0])
            raise ValueError(
                f"logits must be finite, got others for stream {self.streams[wrong]} "
                f"at sample {self.sample_starts[wrong]}"
            )
        return softmax(self.logits.astype(np.float64))


def _entry(message: pmt.pmt_base, key: pmt.pmt_base) -> pmt.pmt_base:
    return pmt.dict_ref(message, key, pmt.PMT_NIL)


@lru_cache(maxsize=8)
def _symbols(names: tuple[str, ...]) -> pmt.pmt_base:
    vector = pmt.make_vector(len(names), pmt.PMT_NIL)
    for i, name in enumerate(names):
        pmt.vector_set(vector, i, pmt.intern(name))
    return vector


def _names(symbols: pmt.pmt_base) -> tuple[str, ...]:
    references = (pmt.vector_ref(symbols, i) for i in range(pmt.length(symbols)))
    return tuple(pmt.symbol_to_string(name) for name in references)
