# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels samples in memory as `gr-rfattn label` labels a recording."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from gnuradio.rfattn.catalogue.classes import frames_contract
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.flowgraph.emissions import EmissionFlowgraph
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL, read_contract
from gnuradio.rfattn.recordings.tail import TAIL_S, tail_of
from gnuradio.rfattn_station.cutting.cut import ArraySource, boxes_within
from gnuradio.rfattn_station.learning.boxes import Box

_KEPT_RATE = 40e6
"""Samples per second of all flowgraphs that are kept, so that the model is built once for each
rate. Each keeps seconds of samples."""


class Labeller:
    """Runs detector, extractor, scheduler, model and decision over samples, one flowgraph a rate.

    Args:
        model: name of a shipped family, folder, or file of a model whose input is "emission"; None:
            frames alone give labels.

    Attributes:
        contract: of the model; classes: names of its classes; decision: decides on its
            labels.

    Raises:
        ValueError: in one line, when the model cannot be read.
    """

    def __init__(self, model: str | None = DEFAULT_EMISSION_MODEL):
        self.contract = frames_contract() if model is None else read_contract(model)
        self.classes: list[str] = self.contract["classes"]
        self.decision = Decision.of_contract(self.contract)
        named = model is not None
        self._model = ModelOptions(model=model, device="cpu", threads=1) if named else None
        self._kept: OrderedDict[tuple[float, bool], _Path] = OrderedDict()

    def label(
        self, samples: np.ndarray, sample_rate: float, is_real: bool = False
    ) -> list[EmissionRecord]:
        """The emissions of the samples in the order of their ids, as they are when all has ended.

        The tail of `tail_of` is played behind the samples, and what is found there left out, as for
        a recording.

        Args:
            samples: complex64 [n], full scale 1.0.
            sample_rate: Hz.
            is_real: the imaginary parts are zero; only frequencies from 0 Hz up count.

        Raises:
            ValueError: the model takes no emissions, or a block refuses the rate.
            RuntimeError: a block ended with an error.
        """
        key = (sample_rate, is_real)
        path = self._kept.pop(key, None) or _Path(self._model, *key)
        self._kept[key] = path
        while len(self._kept) > 1 and sum(rate for rate, _ in self._kept) > _KEPT_RATE:
            self._kept.popitem(last=False)
        return path.run(samples)


class _Path:
    """The flowgraph of one rate, which may run many times."""

    def __init__(self, model: ModelOptions | None, sample_rate: float, is_real: bool):
        self._rate = sample_rate
        self._source = ArraySource(np.zeros(0, np.complex64), sample_rate)
        self._source.is_real = is_real
        self._found: dict[int, EmissionRecord] = {}
        self._flowgraph = EmissionFlowgraph(
            self._source,
            sample_rate,
            model=model,
            policy="block",
            on_emission=self._take,
        )

    def _take(self, record: EmissionRecord) -> None:
        self._found[record.latest.id] = record

    def run(self, samples: np.ndarray) -> list[EmissionRecord]:
        tail = tail_of(samples[-round(TAIL_S * self._rate) :], self._rate, TAIL_S)
        self._source.samples = np.concatenate([samples, tail], dtype=np.complex64)
        self._flowgraph.labeller.labels.end_at(len(samples), self._rate)
        self._found.clear()
        self._flowgraph.run_watched(lambda: None)
        self._source.samples = self._source.samples[:0]
        return [self._found[number] for number in sorted(self._found)]


def boxes_of(record: EmissionRecord, count: int) -> list[Box]:
    """The bursts of an emission within the first ``count`` samples, in Hz from the centre."""
    return boxes_within(record, 0, count)
