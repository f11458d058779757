# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several subcommands share; the spellings are those of the blocks."""

from __future__ import annotations

import argparse

from .. import attention
from ..inference import DEFAULT_MODEL

ATTENTIONS = ("model", "auto", *attention.ATTENTIONS)
NORMS = ("model", *attention.NORMS)
DTYPES = ("auto", "float32", "bfloat16", "float16")
RUNNERS = ("torch", "onnx")
POLICIES = ("block", "drop_oldest")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="shipped family (see gr-rfattn models), folder, .pt or .safetensors "
        "file (default: %(default)s)",
    )
    group.add_argument(
        "--attention",
        choices=ATTENTIONS,
        default="model",
        help="'model': as the model says (default); 'auto': the most accurate whose "
        "step meets the budget on this machine",
    )
    group.add_argument(
        "--budget-ms",
        type=float,
        default=0.0,
        metavar="MS",
        help="of 'auto': what a step may take in 95 of 100 cases (default: as long "
        "as its samples last)",
    )
    group.add_argument(
        "--bench",
        default="",
        metavar="FILE",
        help="of 'auto': choose by a report.json of gr-rfattn bench --model "
        "(default: time the attentions at the start)",
    )
    group.add_argument(
        "--norm", choices=NORMS, default="model", help="'model': as the model says (default)"
    )
    group.add_argument(
        "--device", default="auto", help="auto, cpu, cuda, cuda:1 (default: auto, CUDA if present)"
    )
    group.add_argument(
        "--dtype",
        choices=DTYPES,
        default="auto",
        help="default: auto, float32 on the CPU, bfloat16 on CUDA",
    )
    group.add_argument(
        "--threads",
        type=int,
        default=0,
        metavar="N",
        help="threads of the model (default: 0, chosen by the block)",
    )
    group.add_argument(
        "--runner",
        choices=RUNNERS,
        default="torch",
        help="onnx: ONNX Runtime, for flash and gqa on the CPU (default: torch)",
    )


def model_options(arguments: argparse.Namespace) -> dict:
    """The options above as arguments of ``transformer``."""
    names = (
        "model",
        "attention",
        "norm",
        "device",
        "dtype",
        "threads",
        "budget_ms",
        "bench",
        "runner",
    )
    return {name: getattr(arguments, name) for name in names}


def add_squelch_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--squelch",
        type=float,
        metavar="DB",
        help="let the model rest while nothing lies DB above the noise floor, e.g. 3",
    )


def add_publish_options(parser: argparse.ArgumentParser) -> None:
    """What `sinks.open_sinks` reads."""
    parser.add_argument(
        "--stats",
        metavar="ADDRESS",
        default="",
        help="publish statistics, labels and spectra over ZMQ, e.g. "
        "tcp://127.0.0.1:5557, for gr-rfattn serve and watch",
    )
    add_prometheus_option(parser)


def add_prometheus_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prometheus",
        metavar="HOST:PORT",
        default="",
        help="serve metrics to Prometheus, e.g. 127.0.0.1:9557",
    )


def add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON; - for stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
