# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the running path, said once: the command line is derived from these fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..catalogue.band_plan import SHIPPED
from ..inference import DEFAULT_MODEL

NORMS = ("model", "layernorm", "rmsnorm", "dyt")
DTYPES = ("auto", "float32", "bfloat16", "float16")
RUNNERS = ("auto", "native", "torch", "graph")
POLICIES = ("block", "drop")


def option(default, help: str, flag: str = "", metavar: str = "", choices=None, kind=None):
    """A field that is also an option of the command line.

    Args:
        default: its value when nobody states one; its type is the option's.
        help: a line for ``--help``.
        flag: the option, where it is not the field's name.
        metavar: what stands for the value in ``--help``.
        choices: the values allowed, or a function that returns them.
        kind: makes the value of the text; None: the type of the field.
    """
    about = {"help": help, "flag": flag, "metavar": metavar, "choices": choices, "kind": kind}
    return field(default=default, metadata=about)


def attentions() -> tuple[str, ...]:
    from ..attention import ATTENTIONS

    return ("model", "auto", *ATTENTIONS)


def attention_name(text: str) -> str:
    from ..attention.registry import today

    return today(text)


@dataclass(frozen=True)
class ModelOptions:
    """The model that runs; the fields are parameters of ``transformer``, except that attention
    "auto" is for the command, which turns it into a name."""

    model: str = option(
        DEFAULT_MODEL,
        "shipped family (see gr-rfattn models), folder, .pt, .export or .safetensors file",
        metavar="NAME",
    )
    attention: str = option(
        "model",
        "attention of the model: 'model' takes that of its file, 'auto' the most accurate whose "
        "step meets the budget on this machine",
        choices=attentions,
        kind=attention_name,
    )
    norm: str = option("model", "norm of the model: 'model' takes that of its file", choices=NORMS)
    device: str = option("auto", "where the model runs: auto (CUDA if present), cpu, cuda, cuda:1")
    dtype: str = option(
        "auto",
        "type of its numbers: auto is bfloat16 on CUDA cards from Ampere on, else float32",
        choices=DTYPES,
    )
    threads: int = option(
        0, "threads of the model (default: 0, which is all cores but one)", metavar="N"
    )
    runner: str = option(
        "auto",
        "what runs the model: native is C++ on the CPU in float32, graph is one recorded step on "
        "CUDA, auto is graph on CUDA and native on the CPU",
        choices=RUNNERS,
    )
    run_code: bool = option(
        False,
        "let the code in a model file run, which may do what you may do: that of a model of kind "
        "'window'; others need none",
    )


@dataclass(frozen=True)
class EmissionOptions:
    """How emissions are found."""

    sensitivity: float = option(
        0.01,
        "false emissions that noise may cause, per second and MHz; a higher value finds weaker "
        "ones",
        metavar="RATE",
    )
    min_confidence: float | None = option(
        None,
        "probability from 0 to 1 that a class, or a family, needs to be named; without it an "
        "emission is 'unknown' (default: those of the model)",
        metavar="SHARE",
    )
    band_plan: str = option(
        SHIPPED,
        "where classes transmit, which counts for the label where the frequency is known: "
        "'shipped', 'none', or a JSON file {class: [[low, high], ...]} in Hz",
        metavar="PLAN",
    )

    ignore: str = option(
        "",
        "JSON Lines file with bands and classes of emissions that are not shown but counted; "
        "gr-rfattn birdies makes one. Those without a name and with an SNR below 0 dB are not "
        "shown either, but with 'none'",
        metavar="FILE",
    )

    def __post_init__(self):
        if self.min_confidence is not None and not 0.0 <= self.min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be from 0 to 1, got {self.min_confidence}")
        if not self.sensitivity > 0.0:
            raise ValueError(f"sensitivity must be > 0, got {self.sensitivity}")


@dataclass(frozen=True)
class PathOptions:
    """How samples become labels: queue, budget and bands."""

    policy: str = option(
        "block",
        "when the model is too slow: block makes the source wait; drop discards the tokens of a "
        "stream in one piece, at least a window, so that the labels between keep their context",
        choices=POLICIES,
    )
    capacity: int = option(
        0,
        "steps of a stream that may wait for the model (default: 16 with block, two windows with "
        "drop)",
        metavar="STEPS",
    )
    budget_ms: float = option(
        0.0,
        "latency above which a step is late (default: 30). With --attention auto also the time "
        "that 99 of 100 steps may take (default: as long as their samples last)",
        metavar="MS",
    )
    bands: int = option(
        1, "split the source into N bands and label each, 1/N of the rate wide", metavar="N"
    )

    def __post_init__(self):
        for name, least in (("capacity", 0), ("budget_ms", 0.0), ("bands", 1)):
            value = getattr(self, name)
            if not value >= least:
                raise ValueError(f"{name} must be >= {least}, got {value}")
        if self.policy not in POLICIES:
            raise ValueError(f"policy must be one of {', '.join(POLICIES)}, got {self.policy!r}")
