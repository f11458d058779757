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

    return ("model", *ATTENTIONS)


def attention_name(text: str) -> str:
    from ..attention.registry import today

    return today(text)


@dataclass(frozen=True)
class ModelOptions:
    """The model that runs; the fields are parameters of ``transformer``."""

    model: str = option(
        DEFAULT_MODEL,
        "shipped family (see gr-rfattn models), folder, .pt or .safetensors file",
        metavar="NAME",
    )
    attention: str = option(
        "model",
        "attention of the model: 'model' takes that of its file",
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
        "--birdies makes one. Those without a name and with an SNR below 0 dB are not shown "
        "either, but with 'none'",
        metavar="FILE",
    )

    def __post_init__(self):
        if self.min_confidence is not None and not 0.0 <= self.min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be from 0 to 1, got {self.min_confidence}")
        if not self.sensitivity > 0.0:
            raise ValueError(f"sensitivity must be > 0, got {self.sensitivity}")
