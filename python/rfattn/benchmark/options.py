# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command-line options of a benchmark's plan."""

from __future__ import annotations

import argparse
import dataclasses

from ..frequency_text import parse_hertz

_SIZE_SUFFIXES = {"k": 1024, "K": 1024}


def names(text: str) -> tuple[str, ...]:
    """flash,gqa → ("flash", "gqa")"""
    return tuple(part.strip() for part in text.split(","))


def sizes(text: str) -> tuple[int, ...]:
    """1k,4096 → (1024, 4096)"""
    return tuple(_size(part.strip()) for part in text.split(","))


def block_sizes(text: str) -> tuple[int, ...]:
    """Like `sizes`; W, the whole window, becomes 0."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(0 if part in ("w", "W") else _size(part) for part in parts)


def frequency(text: str) -> float:
    """2.4M → 2.4e6"""
    try:
        return parse_hertz(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a rate such as 2.4M, got {text!r}") from None


def _size(text: str) -> int:
    factor = _SIZE_SUFFIXES.get(text[-1:], 1)
    digits = text[:-1] if factor != 1 else text
    if not digits.isdigit() or int(digits) == 0:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers >= 1, such as 64 or 4k, got {text!r}"
        )
    return int(digits) * factor


def add_plan_options(parser: argparse.ArgumentParser, not_with: str | tuple = ()) -> None:
    """Adds what `make_plan` reads. Each destination is a field of Plan.

    Args:
        not_with: an option that none of these goes with, see cli/parsing.py.
    """
    parser.add_argument(
        "--quick",
        action="store_true",
        help="less than a minute on an idle machine: two windows, short rounds",
    ).not_with = not_with
    axes = parser.add_argument_group("axes (lists with commas)")
    how = parser.add_argument_group("how")
    axes.not_with = how.not_with = not_with
    add = axes.add_argument
    add(
        "--model",
        metavar="NAME",
        help="measure models of the shape of this family or file (default: width 128, 4 layers)",
    )
    add(
        "--attention",
        dest="attentions",
        metavar="A,B",
        type=names,
        help="attentions to measure (default: all)",
    )
    add("--norm", dest="norms", metavar="A,B", type=names, help="norms to measure (default: all)")
    add(
        "--window",
        dest="windows",
        metavar="1k,4k",
        type=sizes,
        help="tokens in a window (default: 1k to 16k)",
    )
    add(
        "--block-size",
        dest="block_sizes",
        metavar="16,64,W",
        type=block_sizes,
        help="tokens in a step; W: the whole window (default: 64,W)",
    )
    add(
        "--batch",
        dest="batches",
        metavar="1,8",
        type=sizes,
        help="streams in one call (default: 1)",
    )
    add(
        "--streams",
        type=int,
        metavar="N",
        help="compare N streams in one call with N calls, in the shape of --model or the shipped "
        "model (default: 8; 0: leave out)",
    )
    add = how.add_argument
    add("--device", help="where the models run: cpu, cuda, cuda:1, auto (default: cpu)")
    add(
        "--dtype",
        help="type of the numbers (default: auto, bfloat16 on CUDA from Ampere on, else float32)",
    )
    add(
        "--runner",
        dest="runners",
        metavar="A,B",
        type=names,
        help="what computes the steps; next to the first, the others (default: auto)",
    )
    add("--threads", type=int, metavar="N", help="torch threads (default: 0, all cores but one)")
    add("--budget-ms", type=float, metavar="MS", help="deadline of a step (default: 30)")
    add(
        "--sample-rate",
        type=frequency,
        metavar="HZ",
        help="rate of the paced runs, e.g. 2.4M (default: 1M; for models of emissions 25k, the "
        "channel of an emission of 12.5 kHz)",
    )
    add("--rounds", type=int, metavar="N", help="rounds of each measurement (default: 12)")
    add("--seed", type=int, metavar="N", help="seed of weights and samples (default: 1)")


def make_plan(arguments: argparse.Namespace):
    """The Plan of the options: defaults, changed by --quick, by --model, by the other options."""
    from ..inference.devices import resolve_device
    from .plan import QUICK, Plan, fields_of_model

    given = {field.name: getattr(arguments, field.name, None) for field in dataclasses.fields(Plan)}
    chosen = {name: value for name, value in given.items() if value is not None}
    shape = fields_of_model(arguments.model) if arguments.model else {}
    plan = Plan(**((QUICK if arguments.quick else {}) | shape | chosen))
    return dataclasses.replace(plan, device=resolve_device(plan.device))
