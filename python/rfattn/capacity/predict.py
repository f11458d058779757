# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicts what receivers take and how many of them a machine follows: arithmetic alone."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from ..checked import shown
from .bursts import BurstCosts
from .costs import Costs

MOST = 10**6
"""Receivers, emissions in a band, cores and seconds of rest that a plan takes."""
MOST_HZ = 1e12
SAMPLE_BYTES = 8
VALUE_BYTES = 4
MAX_CUT = 64
"""Emissions of a receiver that `signal_labeller` cuts out at a time under policy "drop"."""


def check_amount(name: str, value: float, least: float, most: float) -> None:
    """Raises a ValueError with the parameter, the rule and the value, unless it is within both."""
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least:g} to {most:g}, got {shown(value)}")


@dataclass(frozen=True)
class Demand:
    """What is to be followed.

    Attributes:
        receivers: how many, >= 1; sample_rate: of each, Hz.
        emissions: on the air at a time in the band of each; width: of each emission, Hz.
        rest_s: seconds for which the model leaves an emission alone after a window of it.
        bursts: besides, bursts a second in the band of each, of transmitters that come and go.
        edges: detectors, extractors and rests run at the receivers, and tokens come over the link;
            otherwise samples come and everything runs here.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    receivers: int
    sample_rate: float
    emissions: int
    width: float
    rest_s: float = 1.0
    edges: bool = False
    bursts: float = 0.0

    def __post_init__(self):
        for name, least in (("receivers", 1), ("emissions", 1), ("rest_s", 0.0), ("bursts", 0.0)):
            check_amount(name, getattr(self, name), least, MOST)
        for name in ("sample_rate", "width"):
            check_amount(name, getattr(self, name), 1.0, MOST_HZ)
        if self.emissions * self.width > self.sample_rate:
            raise ValueError(
                f"emissions times width must be at most the rate, {self.sample_rate:g} Hz, got "
                f"{self.emissions} of {self.width:g} Hz"
            )

    @property
    def cut(self) -> int:
        """Emissions of a receiver that are cut out and labelled."""
        return min(self.emissions, MAX_CUT)


@dataclass(frozen=True)
class Machine:
    """What one machine has.

    Attributes:
        cores: of its processor; memory_bytes: for this program.
        link_bits_per_s: over which samples or tokens come; None: no limit.
        devices: GPUs that run the model; 0: the processor does. device_bytes: memory of each.
        load: share of cores and devices that may be used, above 0 and at most 1.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    cores: int
    memory_bytes: float
    link_bits_per_s: float | None = None
    devices: int = 0
    device_bytes: float = 0.0
    load: float = 0.8

    def __post_init__(self):
        for name in ("cores", "memory_bytes", "link_bits_per_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be > 0, got {value}")
        check_amount("cores", self.cores, 1, MOST)
        if not 0.0 < self.load <= 1.0:
            raise ValueError(f"load must be above 0 and at most 1, got {self.load}")


@dataclass(frozen=True)
class Need:
    """What one receiver takes of a machine.

    Attributes:
        detector, extractor, model, labels: cores; 0 for what runs elsewhere.
        device: share of a GPU, 0 without one.
        memory_bytes: process and, without a GPU, caches; shared_bytes: taken once for all
            receivers.
        device_bytes: caches on a GPU.
        link_bits_per_s: that come over the link.
        seen: share of the tokens that the model looks at; steps_per_s: of all its emissions.
    """

    detector: float
    extractor: float
    model: float
    labels: float
    device: float
    memory_bytes: float
    shared_bytes: float
    device_bytes: float
    link_bits_per_s: float
    seen: float
    steps_per_s: float

    @property
    def cores(self) -> float:
        return self.detector + self.extractor + self.model + self.labels


def need_of(demand: Demand, costs: Costs) -> Need:
    """What one of the receivers takes, by measured costs and exact counts.

    Raises:
        ValueError: bursts are wanted, and what they take was not measured.
    """
    config, bursts = costs.config, costs.bursts
    if demand.bursts and bursts is None:
        raise ValueError(
            f"bursts must be 0 where what they take was not measured, got {demand.bursts:g}; "
            "gr-rfattn bench measures it"
        )
    each = bursts or BurstCosts(0.0, 0.0, 0.0, 0.0, 0.0)
    tokens_per_s = costs.tokens_per_s * demand.width / costs.width
    look_s = config["window"] / tokens_per_s
    seen = look_s / (look_s + demand.rest_s)
    made = demand.cut * tokens_per_s
    of_bursts = demand.bursts * each.steps
    steps = seen * made / config["block_size"] + of_bursts
    scale = demand.sample_rate / costs.sample_rate
    values = config["n_bins"] + config["n_features"]
    token_bits, sample_bits = 8 * VALUE_BYTES * values, 8 * SAMPLE_BYTES
    on_device = costs.device_step_s is not None
    caches = demand.cut * costs.kv_bytes
    process, shared = (0, costs.process_bytes) if demand.edges else (costs.process_bytes, 0)
    return Need(
        detector=0.0
        if demand.edges
        else scale * costs.detector.base
        + demand.emissions * costs.detector.slope
        + demand.bursts * each.detector,
        extractor=0.0
        if demand.edges
        else scale * costs.extractor.base
        + made * costs.extractor.slope
        + demand.bursts * each.extractor,
        model=steps * costs.step_s,
        labels=costs.labels(demand.cut) + demand.bursts * each.labels,
        device=steps * costs.device_step_s if on_device else 0.0,
        memory_bytes=process + (0 if on_device else caches),
        shared_bytes=shared,
        device_bytes=caches if on_device else 0,
        link_bits_per_s=steps * config["block_size"] * token_bits
        if demand.edges
        else demand.sample_rate * sample_bits,
        seen=seen,
        steps_per_s=steps,
    )


@dataclass(frozen=True)
class Fit:
    """How many of the receivers a machine follows.

    Attributes:
        limits: receivers by what bounds them, as fractions.
        bound: name of the smallest; receivers: that many fit; streams: emissions of these.
        problem: why not even one fits; empty where one does.
    """

    limits: dict[str, float]
    bound: str
    receivers: int
    streams: int
    problem: str = ""


def fit_of(demand: Demand, need: Need, machine: Machine) -> Fit:
    """How many of the receivers this machine follows, and what bounds it."""
    limits = {_compute_name(need): machine.cores * machine.load / need.cores}
    if machine.devices:
        limits["the model on the GPU"] = machine.devices * machine.load / need.device
        limits["memory of the GPU"] = machine.devices * machine.device_bytes / need.device_bytes
    if need.memory_bytes:
        free = machine.memory_bytes - need.shared_bytes
        limits["memory"] = max(0.0, free / need.memory_bytes)
    if machine.link_bits_per_s:
        limits["the link"] = machine.link_bits_per_s / need.link_bits_per_s
    bound = min(limits, key=limits.get)
    fits, problem = math.floor(limits[bound]), ""
    part = max(("detector", "extractor"), key=lambda name: getattr(need, name))
    cores = getattr(need, part)
    if cores > 1.0:
        fits, bound = 0, f"the thread of the {part}"
        problem = f"the {part} of one receiver takes {cores:.2g} cores and has one thread"
    elif fits == 0:
        problem = f"one receiver is more than this machine has of {bound}"
    return Fit(limits, bound, fits, fits * demand.cut, problem)


def _compute_name(need: Need) -> str:
    parts = {
        "processor, mostly the model": need.model + need.labels,
        "processor, mostly detector and extractor": need.detector + need.extractor,
    }
    return max(parts, key=parts.get)


def totals(demand: Demand, need: Need, machine: Machine, fit: Fit) -> dict:
    """What all receivers take together: machines (None where not even one receiver fits), cores
    and devices at the machine's load, bytes of memory, bits a second of links, streams."""
    machines = math.ceil(demand.receivers / fit.receivers) if fit.receivers else None
    return {
        "machines": machines,
        "cores": demand.receivers * need.cores / machine.load,
        "devices": math.ceil(demand.receivers * need.device / machine.load),
        "memory_bytes": demand.receivers * need.memory_bytes + (machines or 1) * need.shared_bytes,
        "link_bits_per_s": demand.receivers * need.link_bits_per_s,
        "streams": demand.receivers * demand.cut,
    }


def scaled_costs(costs: Costs, config: dict, flops: int, kv_bytes: int, speed: float) -> Costs:
    """The costs with another model, whose step was not measured on the path.

    Args:
        config, flops, kv_bytes: of the other model.
        speed: operations a second of the other model over those of the measured one, both in the
            bare step.
    """
    factor = flops / costs.step_flops / speed
    return dataclasses.replace(
        costs,
        config=config,
        step_flops=flops,
        kv_bytes=kv_bytes,
        step_s=costs.step_s * factor,
        device_step_s=None if costs.device_step_s is None else costs.device_step_s * factor,
    )
