# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the path of `live`: how fast it is, and which part takes how much of a processor."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..flowgraph.emissions import EmissionFlowgraph
from ..flowgraph.options import ModelOptions
from ..inference import DEFAULT_EMISSION_MODEL
from ..reporting import process_bytes
from .band import BandSource
from .bursts import Bursts
from .cpu_time import block_key, thread_cpu_ns

PARTS = {
    "detector": ("detector",),
    "extractor": ("extractor", "scheduler", "queue"),
    "model": ("transformer", "probe"),
    "labels": ("labels", "others"),
}
"""What takes the processor, and the blocks of each part; "others" are all threads but the source,
which take messages and records."""
BLOCKS = tuple(block for blocks in PARTS.values() for block in blocks)
_PACE = {"sample_rate": 4e6, "emissions": 6, "width": 12e3, "signal_s": 4.0, "limit_s": 5.0}
_BURSTS_PACE = _PACE | {"sample_rate": 2.4e6, "emissions": 0, "limit_s": 20.0}
_BURSTS = 100.0
"""A second."""


class PathTooSlowError(RuntimeError, TimeoutError):
    """The path did not begin within the time: the machine is slow, or busy."""


@dataclass(frozen=True)
class PathRun:
    """A stretch of a run, in which the model looks at every emission once a second.

    Attributes:
        sample_rate, emissions, width: of the band.
        found: emissions that the detector has found since the start.
        seconds: that passed; samples, tokens, seen, steps: that were searched, made, looked at by
            the model, and labelled in that time.
        cpu: CPU seconds by block, see `BLOCKS`.
        process_bytes: resident memory of the process, without the band and the caches.
        bursts_per_s: in the band, besides the emissions.
    """

    sample_rate: float
    emissions: int
    width: float
    found: int
    seconds: float
    samples: int
    tokens: int
    steps: int
    cpu: dict[str, float]
    process_bytes: int
    bursts_per_s: float = 0.0

    @property
    def signal_s(self) -> float:
        """Seconds of the band that were searched."""
        return self.samples / self.sample_rate

    @property
    def parts(self) -> dict[str, float]:
        """CPU seconds of each part for a second of the band, see `PARTS`."""
        return {
            part: sum(self.cpu[block] for block in blocks) / self.signal_s
            for part, blocks in PARTS.items()
        }

    @property
    def cores(self) -> float:
        """CPU seconds of all blocks for a second of the band."""
        return sum(self.cpu.values()) / self.signal_s


def measure_path(
    sample_rate: float,
    emissions: int,
    width: float,
    model: ModelOptions,
    signal_s: float,
    limit_s: float,
    bursts: Bursts | None = None,
    from_s: float = 0.5,
) -> tuple[PathRun, object]:
    """Runs detector, extractor, model and labels on a made-up band as fast as they go.

    Args:
        sample_rate, emissions, width, bursts: see `BandSource`.
        model: of emissions.
        signal_s: of the band, to measure over; limit_s: it ends after so many seconds even if they
            did not suffice.
        from_s: signal before the measurement, in which the emissions are found.

    Returns:
        The run, and the adapter of the model.

    Raises:
        ImportError: something that the path needs is missing.
        ValueError, RuntimeError: a block or the model refuses, or nothing was measured.
    """
    source = BandSource(sample_rate, emissions, width, bursts)
    flowgraph = EmissionFlowgraph(source, sample_rate, model=model, policy="block", keep=64)
    meter = _Meter(flowgraph, (from_s, signal_s), limit_s)
    flowgraph.run_watched(meter.look)
    if meter.end is None:
        raise PathTooSlowError(f"nothing was measured at {sample_rate:g} S/s within {limit_s:g} s")
    first, last = meter.begin, meter.end
    adapter = flowgraph.labeller.transformer.adapter
    run = PathRun(
        sample_rate=sample_rate,
        emissions=emissions,
        width=width,
        found=flowgraph.labeller.detector.emissions_found(),
        seconds=last.at - first.at,
        samples=last.samples - first.samples,
        tokens=last.tokens - first.tokens,
        steps=last.steps - first.steps,
        cpu=meter.cpu(),
        process_bytes=max(0, last.process_bytes - source.nbytes - last.kv_bytes),
        bursts_per_s=0.0 if bursts is None else bursts.per_s,
    )
    return run, adapter


def measure_pace() -> float:
    """Samples a second through the path of `live` with the default model, in a band of 4 MS/s with
    six emissions on the air; measured for at most some seconds.

    Raises:
        ImportError, ValueError, RuntimeError: see `measure_path`.
    """
    run, _ = measure_path(**_PACE, model=ModelOptions(model=DEFAULT_EMISSION_MODEL))
    return run.samples / run.seconds


def measure_burst_pace() -> float:
    """Bursts a second through the path of `live` with the default model, in a band of 2.4 MS/s with
    nothing else; measured for at most some seconds.

    Raises:
        ImportError, ValueError, RuntimeError: see `measure_path`.
    """
    bursts = Bursts(_BURSTS_PACE["sample_rate"], _BURSTS)
    model = ModelOptions(model=DEFAULT_EMISSION_MODEL)
    run, _ = measure_path(**_BURSTS_PACE, model=model, bursts=bursts)
    return _BURSTS * run.signal_s / run.seconds


@dataclass(frozen=True)
class _Reading:
    at: float
    samples: int
    tokens: int
    steps: int
    threads: dict[str, int]
    process_bytes: int
    kv_bytes: int


class _Meter:
    """Reads the counters of a running flowgraph at the begin and at the end of a measurement."""

    def __init__(self, flowgraph: EmissionFlowgraph, signal_s: tuple, limit_s: float):
        self._flowgraph, self._rate = flowgraph, flowgraph.sample_rate
        (self._from_s, self._signal_s), self._until = signal_s, time.monotonic() + limit_s
        self.begin: _Reading | None = None
        self.end: _Reading | None = None

    def look(self) -> bool:
        """To be called some times a second; true when the measurement is over."""
        samples = self._flowgraph.samples()
        is_late = time.monotonic() > self._until
        if self.begin is None:
            if samples >= self._from_s * self._rate:
                self.begin = self._read()
        elif samples - self.begin.samples >= self._signal_s * self._rate or is_late:
            self.end = self._read()
        return self.end is not None or is_late

    def cpu(self) -> dict[str, float]:
        """CPU seconds by block, between begin and end, without the source."""
        labeller = self._flowgraph.labeller
        members = {
            "detector": labeller.detector,
            "extractor": labeller.extractor,
            "scheduler": labeller.scheduler,
            "transformer": labeller.transformer,
            "probe": labeller.probe,
            "labels": labeller.labels,
            "": self._flowgraph.source,
        }
        names = {block_key(block): name for name, block in members.items()}
        spent = dict.fromkeys(BLOCKS, 0.0)
        for thread, total in self.end.threads.items():
            # `token_buffer` has two threads of its own.
            other = "queue" if thread.startswith("token_buffer_") else "others"
            name = names.get(thread.rpartition("/")[0], other)
            if name:
                spent[name] += 1e-9 * (total - self.begin.threads.get(thread, 0))
        return spent

    def _read(self) -> _Reading:
        labeller = self._flowgraph.labeller
        return _Reading(
            at=time.monotonic(),
            samples=self._flowgraph.samples(),
            tokens=labeller.extractor.tokens_out(),
            steps=labeller.transformer.nitems_written(0),
            threads=thread_cpu_ns(),
            process_bytes=process_bytes("VmRSS"),
            kv_bytes=labeller.transformer.adapter.kv_bytes,
        )
